/* SPDX-License-Identifier: MIT */
/* Several runs of snapshots done together: each simulates and forecasts by itself, all learn one operator. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_RUN_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_RUN_H

#include "ensemble.h"

/* All ranks: does all of it, or ends early, in order, if a signal comes. A failure of a member ends the run on all
 * ranks, with a message that names both, and leaves no files of the ensemble; journals stay where one can go on. */
enum vordec_status ensemble_run_do(struct ensemble *run, struct vordec_error *error);

/* Accepts one that was never done. */
void ensemble_run_release(struct ensemble *run);

#endif
