/* SPDX-License-Identifier: MIT */
/* One case of a benchmark of simulations: their steps, timed. */
#ifndef VORDEC_CLI_BENCH_STEP_CASE_H
#define VORDEC_CLI_BENCH_STEP_CASE_H

#include "step_result.h"

/* Fills *result for the backend, precision and FFT that the runtime is configured for. *fill is measured if its rate is
 * 0. The flow is that of 'vordec simulate' without options. */
enum vordec_status step_case_run(struct vordec_runtime *runtime, const struct step_case *what, struct bench_fill *fill,
                                 struct step_result *result, struct vordec_error *error);

#endif
