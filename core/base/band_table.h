/* SPDX-License-Identifier: MIT */
/*
 * band_table.h - which modes belong to which band of a synthesised residual.
 *
 * Low modes are in no band, and neither are the kept ones, which are the first K of the anchors. Of all other modes,
 * those with |k|^2 <= mid_limit are the mid band, and the rest is the high band. Where states store half the modes, the
 * partner of a low mode counts as low, and the partner of a kept one as kept (modes.h).
 *
 * Any thread; a table that is being filled belongs to the thread that fills it.
 */
#ifndef VORDEC_CORE_BASE_BAND_TABLE_H
#define VORDEC_CORE_BASE_BAND_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "modes.h"

enum band { BAND_MID = 0, BAND_HIGH, BANDS, BAND_NONE = BANDS };

/* The layout of a state, as far as the bands depend on it. The arrays are the caller's, and are only read. */
struct band_desc {
  uint32_t n, mid_limit;
  enum modes modes; /* which modes a state stores */
  const uint32_t *low_index;
  uint32_t m;
  const uint32_t *anchor_index;
  uint32_t max_kept; /* the largest K that a state may have */
};

#define BAND_FREE UINT32_MAX /* in `until`: the mode belongs to its band whatever K is */

/*
 * The bands, as a table. Modes beyond `reach` along an axis are always in the high band. For the others `until` has a
 * square of side * side entries, with the mode (ky, kx) in row ky + reach and column kx + reach: the mode is in its
 * band as long as K < until.
 */
struct band_table {
  uint32_t n, mid_limit, reach, side;
  uint32_t *until;
  uint32_t *mid_modes; /* max_kept + 1 entries: how many modes the mid band has for each K */
  uint32_t high_modes;
};

/* Returns the largest |k|^2 of the mid band, for a cut of 0 or more. */
uint32_t band_limit(double resid_mid_cut);

/* Sets the sizes of the table, reach and side among them. The caller then makes the arrays `until` and `mid_modes`,
 * which stay the caller's, before calling band_table_fill(). */
void band_table_measure(const struct band_desc *desc, struct band_table *table);
/* Fills both arrays, and counts the modes of the bands. */
void band_table_fill(const struct band_desc *desc, struct band_table *table);

/* The wavenumber that index i along an axis stands for; n / 2 counts as negative. */
static inline int32_t band_wavenumber(uint32_t i, uint32_t n) {
  return 2 * i < n ? (int32_t)i : (int32_t)i - (int32_t)n;
}

/* The band of the mode at row y and column x of the full spectrum, for a state that keeps `kept` modes. */
static inline enum band band_of(const struct band_table *table, uint32_t y, uint32_t x, uint32_t kept) {
  const int32_t ky = band_wavenumber(y, table->n), kx = band_wavenumber(x, table->n), reach = (int32_t)table->reach;
  if (ky < -reach || ky > reach || kx < -reach || kx > reach) return BAND_HIGH;
  if (kept >= table->until[(uint32_t)(ky + reach) * table->side + (uint32_t)(kx + reach)]) return BAND_NONE;
  return (uint32_t)(ky * ky + kx * kx) <= table->mid_limit ? BAND_MID : BAND_HIGH;
}

/* How many modes a band has, for a state that keeps `kept` modes. */
static inline uint32_t band_modes(const struct band_table *table, enum band band, uint32_t kept) {
  return band == BAND_MID ? table->mid_modes[kept] : table->high_modes;
}

/* The mean square that a band is to have once it is gated: the number of its modes times the mean energy E of a mode,
 * which the state holds. 0: the band is empty, or has no energy. */
static inline double band_target(const struct band_table *table, enum band band, uint32_t kept, double energy) {
  const double whole = (double)band_modes(table, band, kept) * energy;
  return whole > 0.0 ? whole : 0.0;
}

#endif
