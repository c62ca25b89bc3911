/* SPDX-License-Identifier: MIT */
/* One case of a benchmark: decodes of stages 1 to 3, timed. */
#ifndef VORDEC_CLI_BENCH_BENCH_CASE_H
#define VORDEC_CLI_BENCH_BENCH_CASE_H

#include <vordec/vordec.h>

#include "bench_result.h"

/* Fills *result for the backend and FFT that the runtime is configured for. *fill is measured if its rate is 0. */
enum vordec_status bench_case_run(struct vordec_runtime *runtime, const struct bench_case *what,
                                  struct bench_fill *fill, struct bench_result *result, struct vordec_error *error);

/* Makes one decoder and decodes once; what start-up children do. */
enum vordec_status bench_case_once(struct vordec_runtime *runtime, const struct bench_case *what,
                                   struct startup *startup, struct vordec_error *error);

#endif
