/* SPDX-License-Identifier: MIT */
#include "bench_cases.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/options/arguments.h"

#define BATCH_MAX ((size_t)1 << 20)

static void add_case(struct bench_cases *cases, size_t batch, size_t n) {
  cases->list[cases->count++] = (struct bench_case){.n = n, .batch = batch};
}

enum vordec_status bench_cases_cross(struct bench_cases *cases, const char *sizes, const char *batches,
                                     struct vordec_error *error) {
  size_t size[BENCH_LIST_MAX], batch[BENCH_LIST_MAX];
  struct count_list size_list = {size, BENCH_LIST_MAX, 0}, batch_list = {batch, BENCH_LIST_MAX, 0};
  enum vordec_status status = argument_counts("sizes", sizes, 4, VORDEC_MAX_N, &size_list, error);
  if (!status) status = argument_counts("batch", batches, 1, BATCH_MAX, &batch_list, error);
  for (size_t i = 0; i < size_list.count && !status; i++) {
    for (size_t j = 0; j < batch_list.count; j++) add_case(cases, batch[j], size[i]);
  }
  return status;
}

/* One "BATCHxN" up to the comma; moves *at past it. */
static enum vordec_status read_case(struct bench_cases *cases, const char **at, struct vordec_error *error) {
  const size_t length = strcspn(*at, ",");
  char text[64];
  size_t batch = 0, n = 0;
  snprintf(text, sizeof text, "%.*s", length < sizeof text ? (int)length : (int)sizeof text - 1, *at);
  char *cross = strchr(text, 'x');
  if (!cross || cross == text || !cross[1] || length >= sizeof text) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--cases '%.100s': expected BATCHxN, as 8x4096", text);
  }
  *cross = '\0';
  enum vordec_status status = argument_count("cases", text, 1, BATCH_MAX, &batch, error);
  if (!status) status = argument_count("cases", cross + 1, 4, VORDEC_MAX_N, &n, error);
  if (!status) add_case(cases, batch, n);
  *at += length;
  return status;
}

enum vordec_status bench_cases_list(struct bench_cases *cases, const char *listed, struct vordec_error *error) {
  for (const char *at = listed;; at++) {
    if (cases->count == BENCH_LIST_MAX) {
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--cases: expected at most %d cases", BENCH_LIST_MAX);
    }
    const enum vordec_status status = read_case(cases, &at, error);
    if (status || !*at) return status;
  }
}

size_t bench_cases_smallest(const struct bench_cases *cases) {
  size_t smallest = VORDEC_MAX_N;
  for (size_t i = 0; i < cases->count; i++) {
    if (cases->list[i].n < smallest) smallest = cases->list[i].n;
  }
  return smallest;
}
