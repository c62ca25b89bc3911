/* SPDX-License-Identifier: MIT */
#include "vulkan_modes.h"

#include "gpu/vulkan_host.h"
#include "push_constants.h"

#include <stdlib.h>

static int by_place(const void *left, const void *right) {
  const struct mode *a = left, *b = right;
  if (a->kx != b->kx) return a->kx < b->kx ? -1 : 1;
  if (a->ky != b->ky) return a->ky < b->ky ? -1 : 1;
  return 0;
}

/* Lists the roles of the coefficients. Each is the source at its own place and the mirror at the opposite place, as far
 * as these lie in the half that is stored. `once`: it has one role only, that of the source if it could have both. */
static size_t list_roles(uint32_t n, const uint32_t *index, uint32_t count, bool once, struct mode *modes) {
  size_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t y = index[i] / n, x = index[i] % n;
    const uint32_t opposite_x = (n - x) % n, opposite_y = (n - y) % n;
    if (x <= n / 2) modes[used++] = (struct mode){.source = i, .mirror = VORDEC_ABSENT, .kx = x, .ky = y};
    if (opposite_x <= n / 2 && !(once && x <= n / 2)) {
      modes[used++] = (struct mode){.source = VORDEC_ABSENT, .mirror = i, .kx = opposite_x, .ky = opposite_y};
    }
  }
  return used;
}

/* Joins the two roles that one place may have. The list is sorted. */
static uint32_t join_roles(struct mode *modes, size_t count) {
  uint32_t used = 0;
  for (size_t i = 0; i < count; i++) {
    if (used && by_place(&modes[used - 1], &modes[i]) == 0) {
      if (modes[i].source != VORDEC_ABSENT) modes[used - 1].source = modes[i].source;
      if (modes[i].mirror != VORDEC_ABSENT) modes[used - 1].mirror = modes[i].mirror;
    } else {
      modes[used++] = modes[i];
    }
  }
  return used;
}

static uint32_t list_columns(const struct mode *modes, uint32_t count, struct mode_column *columns) {
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (used && columns[used - 1].kx == modes[i].kx) {
      columns[used - 1].count++;
    } else {
      columns[used++] = (struct mode_column){.first = i, .count = 1, .kx = modes[i].kx};
    }
  }
  return used;
}

static enum vordec_status build(const struct vordec_host *host, uint32_t n, const uint32_t *index, uint32_t count,
                                bool once, struct mode_table *table, struct vordec_error *error) {
  *table = (struct mode_table){0};
  if (count == 0) return VORDEC_OK;
  table->modes = host_alloc(host, (size_t)count * 2, sizeof *table->modes);
  table->columns = host_alloc(host, (size_t)n / 2 + 1, sizeof *table->columns);
  if (!table->modes || !table->columns) {
    mode_table_free(host, table);
    return host_no_memory(error, "the table of modes");
  }
  const size_t roles = list_roles(n, index, count, once, table->modes);
  qsort(table->modes, roles, sizeof *table->modes, by_place);
  table->mode_count = once ? (uint32_t)roles : join_roles(table->modes, roles);
  table->column_count = list_columns(table->modes, table->mode_count, table->columns);
  return VORDEC_OK;
}

enum vordec_status mode_table_build(const struct vordec_host *host, uint32_t n, const uint32_t *index, uint32_t count,
                                    struct mode_table *table, struct vordec_error *error) {
  return build(host, n, index, count, false, table, error);
}

enum vordec_status mode_table_build_once(const struct vordec_host *host, uint32_t n, const uint32_t *index,
                                         uint32_t count, struct mode_table *table, struct vordec_error *error) {
  return build(host, n, index, count, true, table, error);
}

void mode_table_free(const struct vordec_host *host, struct mode_table *table) {
  host_free(host, table->modes);
  host_free(host, table->columns);
  *table = (struct mode_table){0};
}

struct complex_value {
  double re, im;
};

static struct complex_value half_sum(uint32_t source, uint32_t mirror, struct mode_values values) {
  struct complex_value sum = {0.0, 0.0};
  if (source != VORDEC_ABSENT) {
    sum.re += values.re[source];
    sum.im += values.im[source];
  }
  if (mirror != VORDEC_ABSENT) {
    sum.re += values.re[mirror];
    sum.im -= values.im[mirror];
  }
  return (struct complex_value){0.5 * sum.re, 0.5 * sum.im};
}

/* Returns the factor that makes the mode's share of the energy out of |omega_k|^2. */
static double energy_weight(uint32_t n, uint32_t kx_index, uint32_t ky_index) {
  const double kx = kx_index; /* never negative in half a spectrum */
  const double ky = 2 * ky_index < n ? (double)ky_index : (double)ky_index - (double)n;
  const double k2 = kx * kx + ky * ky;
  if (k2 == 0.0) return 0.0;
  const double own_x = 2 * kx_index == n ? 0.0 : kx, own_y = 2 * ky_index == n ? 0.0 : ky;
  const double copies = kx_index == 0 || 2 * kx_index == n ? 1.0 : 2.0;
  return 0.5 * copies * (own_x * own_x + own_y * own_y) / (k2 * k2);
}

enum vordec_status energy_table_build(const struct vordec_host *host, uint32_t n, const struct mode_table *low,
                                      const struct mode_table *kept, struct energy_table *table,
                                      struct vordec_error *error) {
  const size_t most = (size_t)low->mode_count + kept->mode_count;
  table->count = 0;
  table->modes = host_alloc(host, most, sizeof *table->modes);
  table->weights = host_alloc(host, most, sizeof *table->weights);
  if (!table->modes || !table->weights) {
    energy_table_free(host, table);
    return host_no_memory(error, "the table of energies");
  }
  for (uint32_t i = 0, j = 0; i < low->mode_count || j < kept->mode_count; table->count++) {
    int order = i < low->mode_count ? -1 : 1;
    if (i < low->mode_count && j < kept->mode_count) order = by_place(&low->modes[i], &kept->modes[j]);
    const struct mode none = {.source = VORDEC_ABSENT, .mirror = VORDEC_ABSENT};
    const struct mode *own = order <= 0 ? &low->modes[i++] : &none, *other = order >= 0 ? &kept->modes[j++] : &none;
    const struct mode *place = order <= 0 ? own : other;
    table->modes[table->count] = (struct energy_mode){own->source, own->mirror, other->source, other->mirror};
    table->weights[table->count] = energy_weight(n, place->kx, place->ky);
  }
  return VORDEC_OK;
}

void energy_table_free(const struct vordec_host *host, struct energy_table *table) {
  host_free(host, table->modes);
  host_free(host, table->weights);
  *table = (struct energy_table){0};
}

double modes_energy(const struct energy_table *table, struct mode_values low, const struct mode_values *kept) {
  double energy = 0.0;
  for (uint32_t i = 0; i < table->count; i++) {
    const struct energy_mode *mode = &table->modes[i];
    struct complex_value value = half_sum(mode->low_source, mode->low_mirror, low);
    if (kept) {
      const struct complex_value other = half_sum(mode->kept_source, mode->kept_mirror, *kept);
      value = (struct complex_value){value.re + other.re, value.im + other.im};
    }
    energy += table->weights[i] * (value.re * value.re + value.im * value.im);
  }
  return energy;
}
