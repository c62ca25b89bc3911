/* SPDX-License-Identifier: MIT */
/* The results of a benchmark: a table for people, JSON for programs (docs/bench.schema.json). */
#ifndef VORDEC_CLI_BENCH_BENCH_REPORT_H
#define VORDEC_CLI_BENCH_BENCH_REPORT_H

#include "bench_request.h"

struct bench_results {
  struct bench_result *list;
  size_t count;
};

enum vordec_status bench_results_add(struct bench_results *results, const struct bench_result *result,
                                     struct vordec_error *error);
void bench_results_release(struct bench_results *results);

/* The table's head, a row as soon as it is known, and the start-up times where there are any. before: the result of the
 * row above, NULL for the first; where backend or device is another one, a line says which. */
void bench_print_head(bool readback);
void bench_print_row(const struct bench_result *result, const struct bench_result *before);
void bench_print_startup(const struct bench_results *results);

/* A JSON array, one object a case; free with cJSON_free(). NULL: out of memory. mask: of all cases. */
char *bench_json(const struct bench_results *results, const struct bench_mask *mask);

#endif
