/* SPDX-License-Identifier: MIT */
/* What 'vordec loss' does. */
#ifndef VORDEC_CLI_LOSS_LOSS_RUN_H
#define VORDEC_CLI_LOSS_LOSS_RUN_H

#include "loss_request.h"

/* Measures, prints the tables to stdout and writes the files. *reached: no target was asked for, or a state of the
 * table reaches it. */
enum vordec_status loss_run(const struct loss_request *request, bool *reached, struct vordec_error *error);

#endif
