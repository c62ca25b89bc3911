#include "readback.h"

#include <string.h>

static void copy_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct workspace *work = field->work;
  const struct grid *grid = &field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  const size_t bytes = grid->n * sizeof(double);
  for (size_t y = share.begin; y < share.end; y++) {
    if (field->omega_lp) memcpy(field->omega_lp + y * grid->n, work->lp + y * grid->pitch, bytes);
    if (field->mask) memcpy(field->mask + y * grid->n, work->mask + y * grid->mask_pitch, grid->n);
    if (field->omega_hat) memcpy(field->omega_hat + y * grid->n, work->spare + y * grid->pitch, bytes);
  }
}

void readback(struct field *field) {
  if (field->omega_lp || field->mask || field->omega_hat) field_run(field, copy_rows);
}
