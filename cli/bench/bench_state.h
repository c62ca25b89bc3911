/* SPDX-License-Identifier: MIT */
/* The states that a benchmark decodes: smooth and random, the same on every machine. */
#ifndef VORDEC_CLI_BENCH_BENCH_STATE_H
#define VORDEC_CLI_BENCH_BENCH_STATE_H

#include <vordec/vordec.h>

struct bench_state {
  struct vordec_layout *layout; /* the disc |k| <= k_cut */
  double *z;                    /* batch x D: amplitudes exp(-|k|^2 / 72), random phases, no mean */
};

enum vordec_status bench_state_create(size_t n, size_t k_cut, size_t batch, struct bench_state *state,
                                      struct vordec_error *error);
/* Accepts a zeroed one. */
void bench_state_release(struct bench_state *state);

#endif
