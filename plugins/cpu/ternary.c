#include "ternary.h"

struct threshold {
  struct field *field;
  double scale, tau;
};

/* The quotient cannot pass 1, so the formula's clipping to [-1, 1] changes nothing. It stays a division: comparing R
 * with tau times the scale would round differently. */
static void threshold_row(int8_t *restrict mask, const double *restrict r, size_t n, double scale, double tau) {
  for (size_t x = 0; x < n; x++) {
    const double quotient = r[x] / scale;
    mask[x] = (int8_t)((quotient >= tau) - (quotient <= -tau));
  }
}

static void threshold_rows(void *ctx, size_t slot, size_t slots) {
  const struct threshold *threshold = ctx;
  const struct workspace *work = threshold->field->work;
  const struct grid *grid = &threshold->field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    threshold_row(work->mask + y * grid->mask_pitch, work->other + y * grid->pitch, grid->n, threshold->scale,
                  threshold->tau);
  }
}

void ternary_threshold(struct field *field, double absmax) {
  struct threshold threshold = {field, absmax + 1e-12, field->plan->tau};
  team_run(field->team, threshold_rows, &threshold);
}
