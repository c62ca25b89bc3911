/* SPDX-License-Identifier: MIT */
#include "window.h"

static double box(uint32_t width, int64_t offset) {
  (void)width;
  (void)offset;
  return 1.0;
}

static double triangle(uint32_t width, int64_t offset) {
  return (double)((int64_t)((width + 1) / 2) - (offset < 0 ? -offset : offset));
}

static const struct window windows[] = {
    [VORDEC_SMOOTH_BOX] = {"box", false, box},
    [VORDEC_SMOOTH_TRIANGLE] = {"triangle", true, triangle},
};

#define WINDOWS (sizeof windows / sizeof *windows)

const struct window *window_at(enum vordec_smooth_kernel kernel) {
  return (size_t)kernel < WINDOWS ? &windows[kernel] : NULL;
}

const char *window_name(size_t i) {
  return i < WINDOWS ? windows[i].name : NULL;
}

const char *window_note(size_t i) {
  return i < WINDOWS && windows[i].needs_odd ? "odd widths only" : NULL;
}

bool window_allows(enum vordec_smooth_kernel kernel, uint64_t width) {
  return width % 2 == 1 || !windows[kernel].needs_odd;
}

double window_total(enum vordec_smooth_kernel kernel, uint32_t width) {
  const int64_t first = -(int64_t)(width / 2);
  double total = 0;
  for (int64_t d = first; d < first + width; d++) total += windows[kernel].height(width, d);
  return total;
}

void window_weights(enum vordec_smooth_kernel kernel, uint32_t width, double *weights) {
  const double total = window_total(kernel, width);
  const int64_t first = -(int64_t)(width / 2);
  for (uint32_t i = 0; i < width; i++) weights[i] = windows[kernel].height(width, first + i) / total;
}
