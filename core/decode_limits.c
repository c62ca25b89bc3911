/* SPDX-License-Identifier: MIT */
#include "decode_limits.h"

#include <math.h>

#include "errors.h"

struct limits limits_of(const struct vordec_plan_desc *desc) {
  const bool fp64 = desc->precision == VORDEC_FP64;
  const double most = fp64 ? DBL_MAX : (double)FLT_MAX, n = (double)desc->n;
  return (struct limits){.precision = desc->precision,
                         .coefficient = vordec_coefficient_max(desc),
                         .residual = most / 16.0,
                         .band = sqrt(most) / (2.0 * n),
                         .energy = most / (16.0 * n * n)};
}

/* Says whether all values are at most `most` in magnitude, which NaN is not. It works in blocks, for the sake of vector
 * registers. */
static bool all_within(const double *values, size_t count, double most) {
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    int within = 1;
    for (size_t j = 0; j < 64; j++) within &= fabs(values[i + j]) <= most;
    if (!within) return false;
  }
  for (; i < count; i++) {
    if (!(fabs(values[i]) <= most)) return false;
  }
  return true;
}

static size_t first_beyond(const double *values, size_t count, double most) {
  size_t i = 0;
  while (i < count && fabs(values[i]) <= most) i++;
  return i;
}

/* Says what is wrong with a value; `what` names it. */
static enum vordec_status refuse(const struct limits *limits, const char *what, double value, double most,
                                 struct vordec_error *error) {
  if (!isfinite(value)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s is %s", what, isnan(value) ? "NaN" : "infinite");
  }
  const bool fp64 = limits->precision == VORDEC_FP64;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s is %g: a decode in %s overflows beyond %g%s", what, value,
                     fp64 ? "fp64" : "fp32", most, fp64 ? "" : "; use [decode] precision = fp64");
}

enum vordec_status limits_check_states(const struct limits *limits, const struct vordec_layout *layout, const double *z,
                                       size_t first, size_t count, struct vordec_error *error) {
  const size_t d = layout->info.d, low = 2 * layout->info.m, kept = low + 4;
  enum vordec_status status = layout_check_states(layout, z, first, count, error);
  for (size_t i = 0; i < count && !status; i++, z += d) {
    const double most = limits->coefficient;
    if (all_within(z, low, most) && all_within(z + kept, d - kept, most)) continue;
    size_t at = first_beyond(z, low, most);
    if (at == low) at = kept + first_beyond(z + kept, d - kept, most);
    char what[96];
    snprintf(what, sizeof what, "z: state %zu, entry %zu (%s)", first + i, at,
             vordec_entry_name((uint32_t)layout->info.m, at));
    status = refuse(limits, what, z[at], most, error);
  }
  return status;
}

/* Fields of `count` states. */
struct fields {
  const char *name;
  const double *values; /* NULL: there are none */
  size_t count, cells;
};

static enum vordec_status check_fields(const struct limits *limits, const struct fields *fields, double most,
                                       struct vordec_error *error) {
  const size_t total = fields->count * fields->cells;
  if (!fields->values || all_within(fields->values, total, most)) return VORDEC_OK;
  const size_t at = first_beyond(fields->values, total, most);
  char what[96];
  const size_t state = at / fields->cells; /* NOLINT(clang-analyzer-core.DivideZero): a grid is never empty */
  snprintf(what, sizeof what, "%s: state %zu, cell %zu", fields->name, state, at % fields->cells);
  return refuse(limits, what, fields->values[at], most, error);
}

enum vordec_status limits_refuse_energy(const struct limits *limits, const char *band, size_t state, double energy,
                                        struct vordec_error *error) {
  char what[96];
  snprintf(what, sizeof what, "%s: n E of state %zu", band, state);
  return refuse(limits, what, energy, limits->energy, error);
}

static enum vordec_status check_energy(const struct limits *limits, const char *name, const double *energy,
                                       size_t count, struct vordec_error *error) {
  if (all_within(energy, count, limits->energy)) return VORDEC_OK;
  const size_t at = first_beyond(energy, count, limits->energy);
  return limits_refuse_energy(limits, name, at, energy[at], error);
}

enum vordec_status limits_check_residuals(const struct limits *limits, const struct vordec_layout *layout,
                                          const struct vordec_decode_io *io, struct vordec_error *error) {
  static const char *const names[2] = {"mid band", "high band"};
  const size_t cells = layout->info.n * layout->info.n;
  const struct fields residual = {"residual", io->residual, io->count, cells};
  enum vordec_status status = check_fields(limits, &residual, limits->residual, error);
  for (int i = 0; i < 2 && !status; i++) {
    if (!io->band[i]) continue;
    const struct fields band = {names[i], io->band[i], io->count, cells};
    status = check_fields(limits, &band, limits->band, error);
    if (!status) status = check_energy(limits, names[i], io->band_energy[i], io->count, error);
  }
  return status;
}
