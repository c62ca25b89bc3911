#include "majority.h"

/* triple[x + 1] = the sum of three cells above each other; its ends wrap. */
static void add_rows(int8_t *restrict triple, const int8_t *restrict above, const int8_t *restrict row,
                     const int8_t *restrict below, size_t n) {
  for (size_t x = 0; x < n; x++) triple[x + 1] = (int8_t)(above[x] + row[x] + below[x]);
  triple[0] = triple[n];
  triple[n + 1] = triple[1];
}

/* Returns the bits in which a cell of the row changed. */
static int8_t take_signs(int8_t *restrict out, const int8_t *restrict triple, const int8_t *restrict row, size_t n) {
  int8_t difference = 0;
  for (size_t x = 0; x < n; x++) {
    const int8_t sum = (int8_t)(triple[x] + triple[x + 1] + triple[x + 2]);
    const int8_t sign = (int8_t)((sum > 0) - (sum < 0));
    out[x] = sign;
    difference = (int8_t)(difference | (sign ^ row[x]));
  }
  return difference;
}

static void majority_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct workspace *work = field->work;
  const size_t n = field->plan->grid.n, pitch = field->plan->grid.mask_pitch;
  const struct range share = range_of_slot(n, slot, slots);
  struct scratch *scratch = &field->scratch[slot];
  int8_t difference = 0;
  for (size_t y = share.begin; y < share.end; y++) {
    const int8_t *row = work->mask_other + y * pitch;
    const int8_t *above = work->mask_other + (y + n - 1) % n * pitch;
    const int8_t *below = work->mask_other + (y + 1) % n * pitch;
    add_rows(scratch->triple, above, row, below, n);
    difference = (int8_t)(difference | take_signs(work->mask + y * pitch, scratch->triple, row, n));
  }
  scratch->changed = difference != 0;
}

/* One round; true if a cell changed. */
static bool majority_round(struct field *field) {
  int8_t *swap = field->work->mask;
  field->work->mask = field->work->mask_other;
  field->work->mask_other = swap;
  field_run(field, majority_rows);
  bool changed = false;
  for (size_t slot = 0; slot < field->team.slots; slot++) changed |= field->scratch[slot].changed;
  return changed;
}

void majority(struct field *field) {
  for (uint32_t i = 0; i < field->plan->majority_iters; i++) {
    if (!majority_round(field)) return;
  }
}
