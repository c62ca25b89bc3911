/* SPDX-License-Identifier: MIT */
/*
 * sample.h - states to decode, with all that may come with them.
 */
#ifndef VORDEC_CONFORMANCE_SAMPLE_H
#define VORDEC_CONFORMANCE_SAMPLE_H

#include <vordec/backend.h>

struct sample_shape {
  uint32_t n, k_cut, anchors;
  bool lopsided; /* half of the low modes lack their partner at -k */
  bool half;     /* all do that have one, as states of half the modes store them */
};

/* A cut for grids of any size: modes below it, and above it. */
uint32_t sample_k_cut(uint32_t n);

/* Random states that are not Hermitian, as states are that were rolled out. K differs from state to state, and is no
 * integer in most. */
struct sample {
  uint32_t n, m, anchors, d, count;
  uint32_t *low, *anchor; /* flat indices */
  double *z;              /* count x d */
  double *residual;       /* count x n x n */
  double *band[2];        /* count x n x n */
  double *band_energy[2]; /* count; some are 0 */
};

/* States first .. first + count - 1 of the series that belongs to a shape: state i is the same in every sample that
 * holds it. Fewer anchors than asked for where the grid has fewer. Aborts without memory. */
struct sample sample_create(const struct sample_shape *shape, uint32_t first, uint32_t count);
/* States of one non-zero coefficient each: number i of the 2 n^2 that a grid has (first all real parts). */
struct sample sample_single_modes(uint32_t n, uint32_t first, uint32_t count);
void sample_destroy(struct sample *sample);

/* A plan that the sample fits, with everything on and the defaults of the configuration. Borrows the sample's lists. */
struct vordec_plan_desc sample_plan(const struct sample *sample, uint32_t batch, enum vordec_precision precision,
                                    const char *fft);

/* Uniform in [-1, 1): value `number` of a fixed series. */
double sample_draw(uint64_t number);

#endif
