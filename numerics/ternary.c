/* SPDX-License-Identifier: MIT */
#include "ternary.h"

struct threshold {
  const struct grid *grid;
  const double *r;
  double scale, tau;
  int8_t *mask;
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
  const struct grid *grid = threshold->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    threshold_row(threshold->mask + y * grid->mask_pitch, threshold->r + y * grid->pitch, grid->n, threshold->scale,
                  threshold->tau);
  }
}

void ternary_threshold(const struct grid *grid, const double *r, double absmax, double tau, int8_t *mask,
                       struct team team) {
  struct threshold threshold = {grid, r, absmax + 1e-12, tau, mask};
  team_run(team, threshold_rows, &threshold);
}
