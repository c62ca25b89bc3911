/*
 * residual.h - the bands that a decode synthesises: fields with given energy and random phases.
 *
 * Of the modes outside mask_low, the mid band is those with |k| <= resid_mid_cut, less the kept ones (the first K of
 * anchor_idx), and the high band is those with |k| > resid_mid_cut, decided on exact integers.
 * Of states that store half the modes, partners of low ones are low and partners of kept ones kept (core/base/modes.h).
 * A band with energy E > 0 has the field r(x) = Re sum_k sqrt(E) exp(i phi_k) exp(i k.x), every mode of the full
 * spectrum with its own phase. The fields are not gated: the backend that decodes gates them and scales them to n E.
 */
#ifndef VORDEC_SCIENCE_RESIDUAL_H
#define VORDEC_SCIENCE_RESIDUAL_H

#include <vordec/types.h>

#include "core/base/modes.h"

enum residual_band { RESIDUAL_MID = 0, RESIDUAL_HIGH, RESIDUAL_BANDS };

struct residual_desc {
  size_t n;                  /* 4 .. VORDEC_MAX_N */
  const uint8_t *mask_low;   /* n x n, non-zero: a low mode */
  const int64_t *anchor_idx; /* flat indices inside the grid, each at most once */
  size_t anchor_count;
  double resid_mid_cut;
  enum modes modes; /* of half: no two in mask_low are partners, and no two in anchor_idx */
  uint64_t seed;
  uint32_t threads; /* 0: all; the results do not depend on it */
};

/* What a state asks for, for the record and for the backend. */
struct residual_targets {
  size_t kept;                   /* K as rounded and clamped */
  size_t modes[RESIDUAL_BANDS];  /* n */
  double target[RESIDUAL_BANDS]; /* E as the state has it, vorticity^2 per mode */
  double energy[RESIDUAL_BANDS]; /* n E, the mean square that the gated field is to have; 0 where the field is 0 */
};

struct residual;

/* Everything that states of one layout need. Copies the description; assumes that it obeys the comments above, but for
 * a resid_mid_cut that is not a number or negative: E_INPUT. E_NO_MEMORY. */
enum vordec_status residual_create(const struct residual_desc *desc, struct residual **residual,
                                   struct vordec_error *error);
void residual_destroy(struct residual *residual); /* accepts NULL */

/* What state z (finite, 2 M + 4 + 2 anchor_count values) asks for. One thread at a time per object. */
void residual_targets(const struct residual *residual, const double *z, struct residual_targets *targets);

/*
 * Fills field[band] (n x n each; NULL: that band is not wanted) for state z. phases[band] (n x n radians, read where
 * the band has modes) or, where it is NULL, philox_phase(seed, flat index, step, band). Allocates nothing. One thread
 * at a time per object.
 */
void residual_synthesise(struct residual *residual, const double *z, uint32_t step,
                         const double *const phases[RESIDUAL_BANDS], double *const field[RESIDUAL_BANDS],
                         struct residual_targets *targets);

#endif
