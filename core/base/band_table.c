/* SPDX-License-Identifier: MIT */
#include "band_table.h"

#include <math.h>

uint32_t band_limit(double resid_mid_cut) {
  const double square = resid_mid_cut * resid_mid_cut;
  return square < (double)UINT32_MAX ? (uint32_t)square : UINT32_MAX;
}

static uint32_t larger(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

static uint32_t size_of(int32_t k) {
  return (uint32_t)(k < 0 ? -k : k);
}

/* The square holds the mid band and all low modes, wherever these are. */
void band_table_measure(const struct band_desc *desc, struct band_table *table) {
  const uint32_t n = desc->n, most = n / 2;
  uint32_t reach = (uint32_t)sqrt((double)desc->mid_limit);
  for (uint32_t i = 0; i < desc->m; i++) {
    const uint32_t y = desc->low_index[i] / n, x = desc->low_index[i] % n;
    reach = larger(reach, larger(size_of(band_wavenumber(y, n)), size_of(band_wavenumber(x, n))));
  }
  if (reach > most) reach = most;
  *table = (struct band_table){.n = n, .mid_limit = desc->mid_limit, .reach = reach, .side = 2 * reach + 1};
}

static uint32_t *entry_at(const struct band_table *table, uint32_t index) {
  const int32_t ky = band_wavenumber(index / table->n, table->n), kx = band_wavenumber(index % table->n, table->n);
  const int32_t reach = (int32_t)table->reach;
  if (size_of(ky) > table->reach || size_of(kx) > table->reach) return NULL;
  return &table->until[(uint32_t)(ky + reach) * table->side + (uint32_t)(kx + reach)];
}

static bool is_mid(const struct band_table *table, uint32_t index) {
  const int32_t ky = band_wavenumber(index / table->n, table->n), kx = band_wavenumber(index % table->n, table->n);
  return (uint32_t)(ky * ky + kx * kx) <= table->mid_limit;
}

/* Takes the anchor's modes out of the mid band for every K beyond its number. An anchor outside the mid band changes
 * nothing. */
static void keep(const struct band_desc *desc, struct band_table *table, uint32_t number) {
  size_t kept[2];
  const size_t count = modes_kept(desc->modes, desc->n, desc->anchor_index[number], kept);
  uint32_t taken = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t *entry = entry_at(table, (uint32_t)kept[i]);
    if (!entry || *entry != BAND_FREE || !is_mid(table, (uint32_t)kept[i])) continue;
    *entry = number + 1;
    taken++;
  }
  table->mid_modes[number + 1] = table->mid_modes[number] - taken;
}

static void count_modes(struct band_table *table) {
  const uint32_t n = table->n;
  uint32_t mid = 0, high = 0;
  for (uint32_t y = 0; y < n; y++) {
    for (uint32_t x = 0; x < n; x++) {
      const enum band band = band_of(table, y, x, 0);
      mid += band == BAND_MID;
      high += band == BAND_HIGH;
    }
  }
  table->mid_modes[0] = mid;
  table->high_modes = high;
}

void band_table_fill(const struct band_desc *desc, struct band_table *table) {
  const size_t entries = (size_t)table->side * table->side;
  for (size_t i = 0; i < entries; i++) table->until[i] = BAND_FREE;
  for (uint32_t i = 0; i < desc->m; i++) {
    *entry_at(table, desc->low_index[i]) = 0;
    if (desc->modes == MODES_HALF) *entry_at(table, (uint32_t)modes_partner(desc->n, desc->low_index[i])) = 0;
  }
  count_modes(table);
  for (uint32_t i = 0; i < desc->max_kept; i++) keep(desc, table, i);
}
