/* SPDX-License-Identifier: MIT */
/*
 * band_table.h - which modes the bands of a synthesised residual consist of.
 *
 * Of the modes that are not low, the mid band is those with |k|^2 <= mid_limit, less the kept ones (the first K of the
 * anchors), and the high band is the rest. Where states store half the modes, partners of low ones count as low and
 * partners of kept ones as kept (modes.h).
 */
#ifndef VORDEC_CORE_BASE_BAND_TABLE_H
#define VORDEC_CORE_BASE_BAND_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "modes.h"

enum band { BAND_MID = 0, BAND_HIGH, BANDS, BAND_NONE = BANDS };

/* What decides about them. */
struct band_desc {
  uint32_t n, mid_limit;
  enum modes modes; /* that states store */
  const uint32_t *low_index;
  uint32_t m;
  const uint32_t *anchor_index;
  uint32_t max_kept; /* K is never more */
};

#define BAND_FREE UINT32_MAX /* of a mode that belongs to its band whatever K is */

/*
 * Modes beyond `reach` along an axis are in the high band; what of the others is in a band stands in `until`, a square
 * of side * side entries with row ky + reach and column kx + reach: a mode is in its band where K < until.
 */
struct band_table {
  uint32_t n, mid_limit, reach, side;
  uint32_t *until;
  uint32_t *mid_modes; /* max_kept + 1: modes of the mid band for each K */
  uint32_t high_modes;
};

/* |k|^2 up to which modes are of the mid band; cut >= 0. */
uint32_t band_limit(double resid_mid_cut);

/* The sizes: reach and side. Arrays are left to the caller, who fills in until and mid_modes before band_table_fill().
 */
void band_table_measure(const struct band_desc *desc, struct band_table *table);
void band_table_fill(const struct band_desc *desc, struct band_table *table);

/* Wavenumber of index i of an axis. */
static inline int32_t band_wavenumber(uint32_t i, uint32_t n) {
  return 2 * i < n ? (int32_t)i : (int32_t)i - (int32_t)n;
}

/* The band of the mode at row y and column x of the full spectrum, with K modes kept. */
static inline enum band band_of(const struct band_table *table, uint32_t y, uint32_t x, uint32_t kept) {
  const int32_t ky = band_wavenumber(y, table->n), kx = band_wavenumber(x, table->n), reach = (int32_t)table->reach;
  if (ky < -reach || ky > reach || kx < -reach || kx > reach) return BAND_HIGH;
  if (kept >= table->until[(uint32_t)(ky + reach) * table->side + (uint32_t)(kx + reach)]) return BAND_NONE;
  return (uint32_t)(ky * ky + kx * kx) <= table->mid_limit ? BAND_MID : BAND_HIGH;
}

/* How many modes a band has. */
static inline uint32_t band_modes(const struct band_table *table, enum band band, uint32_t kept) {
  return band == BAND_MID ? table->mid_modes[kept] : table->high_modes;
}

/* n E, the mean square that a band is to have once it is gated, from E as the state says it; 0: it has none. */
static inline double band_target(const struct band_table *table, enum band band, uint32_t kept, double energy) {
  const double whole = (double)band_modes(table, band, kept) * energy;
  return whole > 0.0 ? whole : 0.0;
}

#endif
