/* SPDX-License-Identifier: MIT */
/* What a benchmark goes through: pairs of a backend and an FFT. */
#ifndef VORDEC_CLI_BENCH_BENCH_PAIRS_H
#define VORDEC_CLI_BENCH_BENCH_PAIRS_H

#include "bench_request.h"

#define BENCH_NAME_MAX 64

struct bench_pair {
  char backend[BENCH_NAME_MAX], fft[BENCH_NAME_MAX];
  bool optional; /* one of "all": where it cannot serve a size, that case is left out */
};

struct bench_pairs {
  struct bench_pair *list;
  size_t count;
};

/* What the request names; what is passed over is said on stderr. E_REFUSED: nothing is usable, or no backend offers a
 * name of its FFTs. */
enum vordec_status bench_pairs_find(const struct bench_request *request, struct bench_pairs *pairs,
                                    struct vordec_error *error);
void bench_pairs_release(struct bench_pairs *pairs);

#endif
