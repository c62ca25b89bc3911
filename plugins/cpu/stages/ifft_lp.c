/* SPDX-License-Identifier: MIT */
#include "ifft_lp.h"

void ifft_lp(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  struct view *lp = &field->lp;
  *lp = (struct view){field->work->lp, plan->grid.pitch};
  if (!mode_sums_used(&plan->low_sums)) {
    const struct ifft_arrays arrays = field_transform(field, lp->values);
    ifft_run(&plan->ifft, &plan->low, &arrays, field->team, field->slots.ifft);
    return;
  }
  if (field->omega_lp) *lp = (struct view){field->omega_lp, plan->grid.n};
  const struct mode_sums_work work = field_mode_sums(field);
  field->absmax = mode_sums_run(&plan->low_sums, &work, field->lp_wanted ? lp->values : NULL, lp->pitch);
}
