/* SPDX-License-Identifier: MIT */
/* What all ranks of an ensemble have in common, found by the first and checked by the others. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_CHOICE_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_CHOICE_H

#include "ensemble.h"

/* All ranks: tries the first member of each, on the GPU that is its own, and fills the run's layout and kept modes.
 * E_REFUSED: ranks would work with different devices, or share one. Errors of opening a member's run. */
enum vordec_status ensemble_choice_make(struct ensemble *run, struct vordec_error *error);

#endif
