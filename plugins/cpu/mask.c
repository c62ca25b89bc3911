#include "mask.h"

#include <string.h>

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

/* A window of one cell leaves nothing: R = 0. */
static void run_nothing(const struct field *field, int8_t *out, size_t pitch) {
  for (size_t y = 0; y < field->plan->grid.n; y++) memset(out + y * pitch, 0, field->plan->grid.n);
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
  if (plan->smoothing.width > 1) {
    planes_mask(field, field->absmax, out, pitch);
  } else {
    run_nothing(field, out, pitch);
  }
  field->ternary = out;
  field->ternary_pitch = pitch;
}
