/* SPDX-License-Identifier: MIT */
#include "scalars.h"

#include "reduce.h"

#include <string.h>

static double real_at(const struct vordec_plan *plan, const struct buffer *buffer, size_t i) {
  return plan->desc.precision == VORDEC_FP64 ? ((const double *)buffer->mapped)[i]
                                             : (double)((const float *)buffer->mapped)[i];
}

static double fold(const struct vordec_plan *plan, uint32_t place, enum partial_slot slot) {
  const size_t at = partial_offset(plan, slot) + (size_t)place * plan->groups;
  double value = 0.0;
  const uint32_t groups = slot == PARTIAL_ABSMAX ? plan->absmax_groups : plan->groups;
  for (uint32_t i = 0; i < groups; i++) {
    const double partial = real_at(plan, &plan->buffers[PLAN_PARTIALS_READBACK], at + i);
    value = slot == PARTIAL_ABSMAX ? fmax(value, partial) : value + partial;
  }
  return value;
}

/* Returns the kept coefficients of a state, whose real and imaginary parts are K apart. There may be fewer than in the
 * table; the rest counts as zero. */
static struct mode_values kept_values(const struct vordec_plan *plan, const double *z) {
  const double *entry = z + 2 * (size_t)plan->desc.m + 4;
  const uint32_t k = vordec_kept_count(entry[-1], plan->kept);
  double *re = plan->kept_values, *im = re + plan->kept;
  memset(re, 0, 2 * (size_t)plan->kept * sizeof *re);
  memcpy(re, entry, k * sizeof *re);
  memcpy(im, entry + k, k * sizeof *im);
  return (struct mode_values){re, im};
}

/* Returns the energy of omega_lp: from the coefficients of the state, or from the sums of the device if the host does
 * not have the state. */
static double energy_lp(const struct vordec_plan *plan, uint32_t place, const double *z) {
  if (!z) return fold(plan, place, PARTIAL_ENERGY_LP);
  return modes_energy(&plan->energies, (struct mode_values){z, z + plan->desc.m}, NULL);
}

static double energy_hat(const struct vordec_plan *plan, uint32_t place, const double *z) {
  if (!z) return fold(plan, place, PARTIAL_ENERGY_HAT);
  const struct mode_values low = {z, z + plan->desc.m};
  if (!plan->kept) return modes_energy(&plan->energies, low, NULL);
  const struct mode_values kept = kept_values(plan, z);
  return modes_energy(&plan->energies, low, &kept);
}

void scalars_band_targets(const struct vordec_plan *plan, uint32_t place, double energy[2]) {
  for (uint32_t band = 0; band < 2; band++) {
    const bool made = plan->synthesis.bands & (uint32_t)VORDEC_RESIDUAL_MID << band;
    energy[band] = made ? real_at(plan, &plan->buffers[PLAN_GAINS_READBACK], 4 * (size_t)place + 2 + band) : NAN;
  }
}

struct vordec_scalars scalars_finish(const struct vordec_plan *plan, uint32_t place, const double *z, bool combined,
                                     uint32_t residual_set) {
  const double cells = plan->cells;
  struct vordec_scalars scalars = {
      .energy_lp = energy_lp(plan, place, z),
      .enstrophy_lp = 0.5 * fold(plan, place, PARTIAL_LP) / cells,
      .energy_hat = NAN,
      .enstrophy_hat = NAN,
      .support_frac = fold(plan, place, PARTIAL_SUPPORT) / cells,
      .residual_absmax = fold(plan, place, PARTIAL_ABSMAX),
      .band_energy = {NAN, NAN},
      .band_gain = {NAN, NAN},
  };
  if (!combined) return scalars;
  scalars.enstrophy_hat = 0.5 * fold(plan, place, PARTIAL_HAT) / cells;
  if (residual_set == 0) {
    scalars.energy_hat = energy_hat(plan, place, z);
  } else if (plan->synthesis.sums_hat) {
    scalars.energy_hat = fold(plan, place, PARTIAL_ENERGY_HAT);
  }
  for (uint32_t band = 0; band < 2; band++) {
    if (!(residual_set & (VORDEC_RESIDUAL_MID << band))) continue;
    const double gain = real_at(plan, &plan->buffers[PLAN_GAINS_READBACK], 4 * (size_t)place + band);
    scalars.band_gain[band] = gain;
    scalars.band_energy[band] = gain * (gain * fold(plan, place, band ? PARTIAL_HIGH : PARTIAL_MID) / cells);
  }
  return scalars;
}
