/* What a benchmark goes through: pairs of a backend and an FFT, and the cases of each. */
#ifndef VORDEC_CLI_BENCH_BENCH_JOBS_H
#define VORDEC_CLI_BENCH_BENCH_JOBS_H

#include "bench_case.h"
#include "cli/command.h"

#define BENCH_NAME_MAX 64

struct bench_pair {
  char backend[BENCH_NAME_MAX], fft[BENCH_NAME_MAX];
  bool optional; /* one of "all": where it cannot serve a size, that case is left out */
};

struct bench_pairs {
  struct bench_pair *list;
  size_t count;
};

/*
 * Which backends with which FFTs. backends: a list of names, or NULL for [decode] backend or, where that is auto, for
 * all that are usable. ffts: a list of names, "all", or NULL for [decode] fft. What is passed over is said on stderr.
 * E_REFUSED: nothing is usable, or no backend offers a name of ffts.
 */
enum vordec_status bench_pairs_find(const struct invocation *invocation, const char *backends, const char *ffts,
                                    struct bench_pairs *pairs, struct vordec_error *error);
void bench_pairs_release(struct bench_pairs *pairs);

#endif
