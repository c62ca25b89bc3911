#include "mask.h"

#include "majority.h"
#include "planes.h"
#include "ternary.h"

/* The plain way, by the definition. */
static void run_plain(struct field *field) {
  field->absmax = smooth_residual(field);
  ternary_threshold(field, field->absmax);
  majority(field);
  field->ternary = field->work->mask;
  field->ternary_pitch = field->plan->grid.mask_pitch;
}

void mask_run(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  if (!plan->ifft.pruned) {
    run_plain(field);
    return;
  }
  int8_t *out = field->mask ? field->mask : field->work->mask;
  const size_t pitch = field->mask ? plan->grid.n : plan->grid.mask_pitch;
  if (!synthesis_used(&plan->low_synthesis)) field->absmax = smooth_residual(field);
  planes_mask(field, field->absmax, out, pitch);
  field->ternary = out;
  field->ternary_pitch = pitch;
}
