/* SPDX-License-Identifier: MIT */
#include "way_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AS_FAST 1.01 /* times the fastest time counts as equally fast */
#define FASTER 0.98  /* a run this much faster than the last says that the clock is still rising */

void way_times_add(struct way_times *times, uint32_t way, double ms) {
  if (times->count[way] < WAY_TIMES_MAX) times->ms[way][times->count[way]++] = ms;
}

static int compare(const void *a, const void *b) {
  const double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

double way_times_median(const struct way_times *times, uint32_t way) {
  const uint32_t count = times->count[way];
  double sorted[WAY_TIMES_MAX];
  if (!count) return INFINITY;
  memcpy(sorted, times->ms[way], count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare);
  return 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
}

uint32_t way_times_best(const double *medians) {
  double fastest = INFINITY;
  for (uint32_t way = 0; way < SIMULATION_WAYS; way++) fastest = fmin(fastest, medians[way]);
  uint32_t best = 0;
  while (best + 1 < SIMULATION_WAYS && !(medians[best] <= AS_FAST * fastest && isfinite(medians[best]))) best++;
  return best;
}

bool clock_has_settled(const double *ms, uint32_t count) {
  if (count <= CLOCK_RUNS) return false;
  const double before = ms[count - 1 - CLOCK_RUNS];
  for (uint32_t i = count - CLOCK_RUNS; i < count; i++) {
    if (ms[i] < FASTER * before) return false;
  }
  return true;
}
