/* SPDX-License-Identifier: MIT */
#include "vulkan_window.h"

#include <math.h>

#include "core/base/window.h"
#include "gpu/debug.h"
#include "push_constants.h"

uint32_t vulkan_window_shape(enum vordec_smooth_kernel kernel) {
  static const uint32_t shapes[] = {
      [VORDEC_SMOOTH_BOX] = VORDEC_SHAPE_BOX, [VORDEC_SMOOTH_TRIANGLE] = VORDEC_SHAPE_TRIANGLE};
  const bool own = (size_t)kernel < sizeof shapes / sizeof *shapes && !debug_windows_are_tables();
  return own ? shapes[kernel] : VORDEC_SHAPE_TABLE;
}

static uint32_t reach_left(const struct vulkan_window *window) {
  return window->width / 2;
}

struct vulkan_window vulkan_window_of(const struct vordec_plan_desc *desc, const double complex *roots,
                                      double *weights) {
  struct vulkan_window window = {.n = desc->n,
                                 .width = desc->smooth_width,
                                 .shape = vulkan_window_shape(desc->smooth_kernel),
                                 .weights = weights,
                                 .roots = roots};
  window_weights(desc->smooth_kernel, desc->smooth_width, weights);
  if (desc->boundary == VORDEC_BOUNDARY_ZERO) {
    window.left = reach_left(&window);
    window.right = window.width - 1 - window.left;
  }
  return window;
}

static double complex mode_at(const struct vulkan_window *window, uint32_t k, uint64_t x) {
  return window->roots[k * x % window->n];
}

/* Returns 1 - exp(i theta d) for the d-th cell, with theta = 2 pi k / n. It is computed from half the angle, so that
 * nothing cancels. */
static double complex loss_at(const struct vulkan_window *window, uint32_t k, int64_t d) {
  const uint64_t n = window->n, distance = (uint64_t)(d < 0 ? -d : d);
  const uint64_t turns = distance * k % n; /* NOLINT(clang-analyzer-core.DivideZero): a grid is never empty */
  const double half = 3.141592653589793238463 * (double)(turns <= n / 2 ? turns : n - turns) / (double)n;
  const double s = sin(half), imaginary = cimag(window->roots[turns]);
  return 2.0 * s * s + (d < 0 ? imaginary : -imaginary) * I;
}

double complex vulkan_window_loss(const struct vulkan_window *window, uint32_t k) {
  const int64_t first = -(int64_t)reach_left(window);
  double complex sum = 0.0;
  for (uint32_t i = 0; i < window->width; i++) sum += window->weights[i] * loss_at(window, k, first + i);
  return sum;
}

size_t vulkan_window_scratch(const struct vulkan_window *window) {
  return 4 * (size_t)window->n + 2 * (size_t)window->width;
}

struct line {
  double complex *cells;
  size_t count;
};

/* Sets result[i] to the mean of the `width` cells that end with i + ahead; cells beyond the line count as 0. `sums` has
 * room for one value more than the line has cells. */
static void box(struct line line, size_t width, size_t ahead, double complex *sums, struct line result) {
  const size_t count = line.count;
  sums[0] = 0.0;
  for (size_t i = 0; i < count; i++) sums[i + 1] = sums[i] + line.cells[i];
  for (size_t i = 0; i < result.count; i++) {
    const size_t after = i + ahead + 1, end = after < count ? after : count, begin = after > width ? after - width : 0;
    result.cells[i] = (sums[end] - sums[begin < end ? begin : end]) / (double)width;
  }
}

/* Smooths with a triangle: a box of half the width is applied to the result of such a box, which reaches beyond the
 * line on its right. */
static void triangle(struct line line, size_t half_width, double complex *scratch, struct line result) {
  const size_t reached = line.count + half_width - 1;
  const struct line once = {scratch + reached + 1, reached};
  box(line, half_width, 0, scratch, once);
  box(once, half_width, half_width - 1, scratch, result);
}

/* Sums term by term, but only where the window reaches beyond the line. */
static void sum_ends(const struct vulkan_window *window, struct line line, struct line result) {
  const int64_t n = window->n, width = window->width;
  for (int64_t x = 0; x < n; x++) {
    if (x == window->left && x < n - window->right) x = n - window->right;
    if (x == n) return;
    const int64_t first = x - reach_left(window);
    result.cells[x] = 0.0;
    for (int64_t i = 0; i < width; i++) {
      if (first + i >= 0 && first + i < n) result.cells[x] += window->weights[i] * line.cells[first + i];
    }
  }
}

static void smooth(const struct vulkan_window *window, struct line line, double complex *scratch,
                   struct line smoothed) {
  const size_t width = window->width;
  if (window->shape == VORDEC_SHAPE_BOX) {
    box(line, width, width - 1 - reach_left(window), scratch, smoothed);
  } else if (window->shape == VORDEC_SHAPE_TRIANGLE) {
    triangle(line, (width + 1) / 2, scratch, smoothed);
  } else {
    sum_ends(window, line, smoothed);
  }
}

void vulkan_window_difference(const struct vulkan_window *window, uint32_t k, double complex *scratch,
                              double complex *difference) {
  const uint32_t n = window->n;
  double complex *line = scratch, *rest = scratch + n;
  for (uint32_t x = 0; x < n; x++) line[x] = mode_at(window, k, x);
  if (window->left + window->right > 0) {
    smooth(window, (struct line){line, n}, rest, (struct line){difference, n});
    for (uint32_t x = 0; x < n; x++) difference[x] = line[x] - difference[x];
  }
  const double complex loss = vulkan_window_loss(window, k);
  for (uint32_t x = window->left; x < n - window->right; x++) difference[x] = loss * line[x];
}
