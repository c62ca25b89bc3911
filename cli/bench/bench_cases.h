/* SPDX-License-Identifier: MIT */
/* The cases of a benchmark, from lists of sizes and batches. */
#ifndef VORDEC_CLI_BENCH_BENCH_CASES_H
#define VORDEC_CLI_BENCH_BENCH_CASES_H

#include "bench_result.h"

#define BENCH_LIST_MAX 32

struct bench_cases {
  struct bench_case list[BENCH_LIST_MAX * BENCH_LIST_MAX];
  size_t count;
};

/* Each size with each batch. E_USAGE: a list that is none. */
enum vordec_status bench_cases_cross(struct bench_cases *cases, const char *sizes, const char *batches,
                                     struct vordec_error *error);

/* Exactly those of a list as 1024x128,1x4096: BATCHxN. E_USAGE: it is none. */
enum vordec_status bench_cases_list(struct bench_cases *cases, const char *listed, struct vordec_error *error);

/* The smallest N. */
size_t bench_cases_smallest(const struct bench_cases *cases);

#endif
