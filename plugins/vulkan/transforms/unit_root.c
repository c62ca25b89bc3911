/* SPDX-License-Identifier: MIT */
#include "unit_root.h"

#include <math.h>

double complex unit_root(uint64_t j, uint64_t n) {
  /* Only angles of up to an eighth of a turn are computed. The others are exact reflections of these. */
  const uint64_t eight = 8 * (j % n), octant = eight / n;
  const uint64_t near = octant & 1 ? (octant + 1) * n - eight : eight - octant * n;
  const double angle = 6.283185307179586476925 * (double)near / (8.0 * (double)n);
  const double c = cos(angle), s = sin(angle);
  const double first[8] = {c, s, -s, -c, -c, -s, s, c}, second[8] = {s, c, c, s, -s, -c, -c, -s};
  return first[octant] + second[octant] * I;
}
