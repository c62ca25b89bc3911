/* SPDX-License-Identifier: MIT */
/* The results of a benchmark as a figure. */
#ifndef VORDEC_CLI_BENCH_BENCH_PLOT_H
#define VORDEC_CLI_BENCH_BENCH_PLOT_H

#include "bench_report.h"

/* Time of a call against cells, and time of a cell against the bytes written, with the floor. A curve for each backend
 * and FFT; for each N, too, where shapes of equally many cells would make it jump. */
enum vordec_status bench_plot(const char *path, const struct bench_results *results, struct vordec_error *error);

#endif
