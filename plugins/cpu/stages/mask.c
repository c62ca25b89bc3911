/* SPDX-License-Identifier: MIT */
#include "mask.h"

#include "numerics/ternary.h"

static void smooth(struct field *field) {
  const struct smooth_fields fields = {field->work->lp, field->work->spare, field->work->other};
  field->absmax = smooth_residual(&field->plan->smoothing, &fields, field->team, field->slots.smooth);
}

/* The plain way, by the definition. */
static void run_plain(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  struct majority_masks *masks = &field->work->masks;
  smooth(field);
  ternary_threshold(&plan->grid, field->work->other, field->absmax, plan->tau, masks->mask, field->team);
  majority_run(&plan->grid, masks, plan->majority_iters, field->team, field->slots.majority);
  field->ternary = masks->mask;
  field->ternary_pitch = plan->grid.mask_pitch;
}

/* R is in work->other, or is made again if it did not stay in the cache. */
static void threshold(struct field *field, const struct planes_work *planes, double bound) {
  const struct mode_sums *sums = &field->plan->low_sums;
  if (!mode_sums_used(sums) || mode_sums_keeps_r(sums)) {
    planes_threshold(planes, field->work->other, bound);
    return;
  }
  const struct mode_sums_work work = field_mode_sums(field);
  mode_sums_threshold(sums, &work, planes_first(planes), bound);
}

static void run_planes(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const struct planes_work planes = {.kernels = plan->session->kernels,
                                     .grid = &plan->grid,
                                     .bits = field->work->bits,
                                     .team = field->team,
                                     .slots = field->slots.planes};
  int8_t *out = field->mask ? field->mask : field->work->masks.mask;
  const size_t pitch = field->mask ? plan->grid.n : plan->grid.mask_pitch;
  if (!mode_sums_used(&plan->low_sums)) smooth(field);
  threshold(field, &planes, planes_bound(field->absmax + 1e-12, plan->tau));
  planes_settle(&planes, plan->majority_iters, out, pitch);
  field->ternary = out;
  field->ternary_pitch = pitch;
}

void mask_run(struct field *field) {
  if (field->plan->ifft.pruned) {
    run_planes(field);
  } else {
    run_plain(field);
  }
}
