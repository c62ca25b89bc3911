/* SPDX-License-Identifier: MIT */
/*
 * shape.h - layouts of states, states, and fields computed the slow way.
 */
#ifndef VORDEC_TESTS_CPU_SHAPE_H
#define VORDEC_TESTS_CPU_SHAPE_H

#include <stddef.h>
#include <stdint.h>

struct shape {
  size_t n, m, d, anchors;
  uint32_t *low;    /* m flat indices, ascending */
  uint32_t *anchor; /* flat indices */
};

/* All modes with |k| <= k_cut are low; the first `anchors` of the others, from a fixed shuffle, are kept. */
struct shape shape_disc(size_t n, double k_cut, size_t anchors);
/* The low modes are those at the given flat indices (ascending); no anchors. */
struct shape shape_list(size_t n, const uint32_t *low, size_t m);
void shape_destroy(struct shape *shape);

/* `count` states of random coefficients in [-1, 1), not Hermitian, with K = the number of anchors. Freed by free(). */
double *shape_states(const struct shape *shape, size_t count, uint64_t seed);

/* Uniform in [-1, 1), from a state that it advances. */
double uniform(uint64_t *state);

/* Wavenumber of an index along an axis. */
double wavenumber(size_t index, size_t n);

/* Adds Re sum_j (re_j + i im_j) exp(i k_j.x) to field (n x n), by direct sums; phases are reduced exactly. */
void add_modes(double *field, size_t n, const uint32_t *index, const double *re, const double *im, size_t count);

#endif
