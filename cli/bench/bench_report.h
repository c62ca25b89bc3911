/* The results of a benchmark: a table for people, JSON for programs (docs/bench.schema.json), a figure. */
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

/* The table's head, a row as soon as it is known, and the start-up times where there are any. */
void bench_print_head(void);
void bench_print_row(const struct bench_result *result);
void bench_print_startup(const struct bench_results *results);

/* A JSON array, one object a case; free with cJSON_free(). NULL: out of memory. mask: of all cases. */
char *bench_json(const struct bench_results *results, const struct bench_mask *mask);

/* Time of a call against cells, and time of a cell against the bytes written, with the floor. A curve for each backend
 * and FFT; for each N, too, where shapes of equally many cells would make it jump. */
enum vordec_status bench_plot(const char *path, const struct bench_results *results, struct vordec_error *error);

#endif
