#include "modes.h"

#include "host.h"
#include "push_constants.h"

#include <stdlib.h>

static int by_place(const void *left, const void *right) {
  const struct mode *a = left, *b = right;
  if (a->kx != b->kx) return a->kx < b->kx ? -1 : 1;
  if (a->ky != b->ky) return a->ky < b->ky ? -1 : 1;
  return 0;
}

/* Each coefficient is the source at its own place and the mirror at the opposite one, where those lie in the half. */
static size_t list_roles(uint32_t n, const uint32_t *index, uint32_t count, struct mode *modes) {
  size_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t y = index[i] / n, x = index[i] % n;
    const uint32_t opposite_x = (n - x) % n, opposite_y = (n - y) % n;
    if (x <= n / 2) modes[used++] = (struct mode){.source = i, .mirror = VORDEC_ABSENT, .kx = x, .ky = y};
    if (opposite_x <= n / 2) {
      modes[used++] = (struct mode){.source = VORDEC_ABSENT, .mirror = i, .kx = opposite_x, .ky = opposite_y};
    }
  }
  return used;
}

/* Joins the two roles of a place; the list is sorted. */
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

enum vordec_status mode_table_build(const struct vordec_host *host, uint32_t n, const uint32_t *index, uint32_t count,
                                    struct mode_table *table, struct vordec_error *error) {
  *table = (struct mode_table){0};
  if (count == 0) return VORDEC_OK;
  table->modes = host_alloc(host, (size_t)count * 2, sizeof *table->modes);
  table->columns = host_alloc(host, (size_t)n / 2 + 1, sizeof *table->columns);
  if (!table->modes || !table->columns) {
    mode_table_free(host, table);
    return host_no_memory(error, "the table of modes");
  }
  const size_t roles = list_roles(n, index, count, table->modes);
  qsort(table->modes, roles, sizeof *table->modes, by_place);
  table->mode_count = join_roles(table->modes, roles);
  table->column_count = list_columns(table->modes, table->mode_count, table->columns);
  return VORDEC_OK;
}

void mode_table_free(const struct vordec_host *host, struct mode_table *table) {
  host_free(host, table->modes);
  host_free(host, table->columns);
  *table = (struct mode_table){0};
}

struct complex_value {
  double re, im;
};

static struct complex_value mode_value(const struct mode *mode, struct mode_values values) {
  struct complex_value sum = {0.0, 0.0};
  if (mode->source != VORDEC_ABSENT) {
    sum.re += values.re[mode->source];
    sum.im += values.im[mode->source];
  }
  if (mode->mirror != VORDEC_ABSENT) {
    sum.re += values.re[mode->mirror];
    sum.im -= values.im[mode->mirror];
  }
  return (struct complex_value){0.5 * sum.re, 0.5 * sum.im};
}

/* |omega_k|^2 times this is the mode's share of the energy. */
static double energy_weight(uint32_t n, uint32_t kx_index, uint32_t ky_index) {
  const double kx = kx_index; /* half spectrum: never negative */
  const double ky = 2 * ky_index < n ? (double)ky_index : (double)ky_index - (double)n;
  const double k2 = kx * kx + ky * ky;
  if (k2 == 0.0) return 0.0;
  const double own_x = 2 * kx_index == n ? 0.0 : kx, own_y = 2 * ky_index == n ? 0.0 : ky;
  const double copies = kx_index == 0 || 2 * kx_index == n ? 1.0 : 2.0;
  return 0.5 * copies * (own_x * own_x + own_y * own_y) / (k2 * k2);
}

double modes_energy(uint32_t n, const struct mode_table *a, struct mode_values a_values, const struct mode_table *b,
                    struct mode_values b_values) {
  const uint32_t b_count = b ? b->mode_count : 0;
  double energy = 0.0;
  uint32_t i = 0, j = 0;
  while (i < a->mode_count || j < b_count) {
    int order = i >= a->mode_count ? 1 : -1;
    if (i < a->mode_count && j < b_count) order = by_place(&a->modes[i], &b->modes[j]);
    const struct mode *place = order <= 0 ? &a->modes[i] : &b->modes[j];
    struct complex_value value = {0.0, 0.0};
    if (order <= 0) value = mode_value(&a->modes[i++], a_values);
    if (order >= 0) {
      const struct complex_value other = mode_value(&b->modes[j++], b_values);
      value = (struct complex_value){value.re + other.re, value.im + other.im};
    }
    energy += energy_weight(n, place->kx, place->ky) * (value.re * value.re + value.im * value.im);
  }
  return energy;
}
