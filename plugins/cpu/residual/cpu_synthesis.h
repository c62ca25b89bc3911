/* SPDX-License-Identifier: MIT */
/*
 * cpu_synthesis.h - the bands of a residual: fields of given energy and random phases (vordec.residual/1).
 *
 * Spectra are n rows of n / 2 + 1 values and are transformed in place, by one plan for every row, thread and state.
 */
#ifndef VORDEC_CPU_SYNTHESIS_H
#define VORDEC_CPU_SYNTHESIS_H

#include <fftw3.h>
#include <vordec/backend.h>

#include "core/base/band_table.h"
#include "numerics/grid.h"
#include "numerics/pool.h"

struct cpu_synthesis {
  uint32_t bands; /* VORDEC_RESIDUAL_MID, VORDEC_RESIDUAL_HIGH; 0: nothing is synthesised */
  uint64_t seed;
  uint32_t max_kept;
  double energy_max; /* the n E beyond which squares overflow */
  struct band_table table;
  fftw_plan inverse;
};

/* What a state asks for. */
struct cpu_band_state {
  uint32_t kept, step;
  double target[BANDS];       /* E */
  double energy[BANDS];       /* n E, at least 0 */
  const double *const *phase; /* of both bands; NULL: drawn */
};

/* Makes the tables. If memory runs out, cpu_synthesis_destroy() frees what was made. */
bool cpu_synthesis_create(struct cpu_synthesis *synthesis, struct memory *memory, const struct vordec_plan_desc *desc,
                          const struct vordec_residual_setup *setup);
/* Makes the transform for buffers like this one, which is not written to: n (2 (n / 2 + 1)) doubles. False: FFTW has no
 * plan. */
bool cpu_synthesis_plan(struct cpu_synthesis *synthesis, double *buffer);
void cpu_synthesis_destroy(struct cpu_synthesis *synthesis,
                           const struct memory_source *source); /* accepts a zeroed one */

/* What state z of m low modes asks for at a step. */
struct cpu_band_state cpu_synthesis_state(const struct cpu_synthesis *synthesis, const double *z, size_t m,
                                          uint32_t step);
/* Fills the field of a band, n x n; `buffer`, as above, is overwritten. */
void cpu_synthesis_run(const struct cpu_synthesis *synthesis, const struct cpu_band_state *state, enum band band,
                       double *buffer, double *field, struct team team);

#endif
