/* SPDX-License-Identifier: MIT */
#include "modes.h"

const char *modes_name(size_t modes) {
  static const char *const names[MODES_COUNT] = {[MODES_FULL] = "full", [MODES_HALF] = "half"};
  return modes < MODES_COUNT ? names[modes] : NULL;
}

size_t modes_partner(size_t n, size_t index) {
  const size_t y = index / n, x = index % n;
  return (y ? n - y : 0) * n + (x ? n - x : 0);
}

double modes_weight(enum modes modes, size_t n, size_t index) {
  return modes == MODES_HALF && index < modes_partner(n, index) ? 2.0 : 1.0;
}

size_t modes_kept(enum modes modes, size_t n, size_t index, size_t kept[2]) {
  const size_t partner = modes_partner(n, index);
  kept[0] = index;
  kept[1] = partner;
  if (modes == MODES_FULL || index == partner) return 1;
  if (index < partner) return 2;
  kept[0] = partner;
  return 1;
}
