/* SPDX-License-Identifier: MIT */
#include "mask_rim.h"

#include <stdio.h>

#define ROUNDS_MAX 8 /* rounds beyond these hardly move support any further */

struct mask_rim mask_rim_measure(const int8_t *mask, size_t n, size_t pitch, struct rim_reach reach) {
  if (reach.width <= 1) return (struct mask_rim){0};
  const size_t rounds = reach.rounds < ROUNDS_MAX ? reach.rounds : ROUNDS_MAX;
  const size_t before = reach.width / 2 + rounds, after = reach.width - 1 - reach.width / 2 + rounds;
  if (before + after >= n) return (struct mask_rim){.depth = before, .area = 1.0};
  size_t inner = 0, all = 0;
  for (size_t y = 0; y < n; y++) {
    const bool rim_row = y < before || y + after >= n;
    for (size_t x = 0; x < n; x++) {
      if (mask[y * pitch + x] == 0) continue;
      all++;
      inner += !rim_row && x >= before && x + after < n;
    }
  }
  const double side = (double)(n - before - after) / (double)n, inner_area = side * side;
  struct mask_rim rim = {.depth = before, .area = 1.0 - inner_area};
  if (all == 0) return rim;
  rim.support = 1.0 - (double)inner / (double)all;
  rim.crowded = rim.area <= 0.5 && 1.0 - rim.support < 0.5 * inner_area;
  return rim;
}

void mask_rim_text(const struct mask_rim *rim, char text[MASK_RIM_TEXT_MAX]) {
  snprintf(text, MASK_RIM_TEXT_MAX,
           "%.0f %% of the mask's support lie within %zu cells of the edge, which are %.0f %% of the grid: with a zero "
           "boundary it shows the jump there rather than the flow; [mask] boundary = periodic has none",
           100.0 * rim->support, rim->depth, 100.0 * rim->area);
}
