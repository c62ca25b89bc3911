/* SPDX-License-Identifier: MIT */
/* vordec bench --simulate, below its front door. */
#ifndef VORDEC_CLI_BENCH_STEP_RUN_H
#define VORDEC_CLI_BENCH_STEP_RUN_H

#include "bench_request.h"

/* Times the cases, prints the table, writes the JSON. */
enum vordec_status step_run(const struct bench_request *request, struct vordec_error *error);

#endif
