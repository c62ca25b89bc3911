/* SPDX-License-Identifier: MIT */
/* What 'vordec bench' does. */
#ifndef VORDEC_CLI_BENCH_BENCH_RUN_H
#define VORDEC_CLI_BENCH_BENCH_RUN_H

#include "bench_request.h"

/* Times every case of every pair of backend and FFT; prints as it goes, then writes the files. */
enum vordec_status bench_run(const struct bench_request *request, struct vordec_error *error);

#endif
