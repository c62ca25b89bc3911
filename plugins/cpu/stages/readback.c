/* SPDX-License-Identifier: MIT */
#include "readback.h"

#include <string.h>

static void copy_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct workspace *work = field->work;
  const struct grid *grid = &field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  double *lp = field->omega_lp != field->lp.values ? field->omega_lp : NULL;
  int8_t *mask = field->mask != field->ternary ? field->mask : NULL;
  const size_t bytes = grid->n * sizeof(double);
  for (size_t y = share.begin; y < share.end; y++) {
    if (lp) memcpy(lp + y * grid->n, field->lp.values + y * field->lp.pitch, bytes);
    if (mask) memcpy(mask + y * grid->n, field->ternary + y * field->ternary_pitch, grid->n);
    if (field->omega_hat) memcpy(field->omega_hat + y * grid->n, work->spare + y * grid->pitch, bytes);
  }
}

void readback(struct field *field) {
  const bool lp_is_there = !field->omega_lp || field->omega_lp == field->lp.values;
  const bool mask_is_there = !field->mask || field->mask == field->ternary;
  if (!lp_is_there || !mask_is_there || field->omega_hat) field_run(field, copy_rows);
}
