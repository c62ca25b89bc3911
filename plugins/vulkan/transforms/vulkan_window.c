#include "vulkan_window.h"

#include <math.h>

static uint32_t reach_left(const struct window *window) {
  return window->width / 2;
}

struct window window_of(const struct vordec_plan_desc *desc, const double complex *roots) {
  struct window window = {.n = desc->n,
                          .width = desc->smooth_width,
                          .kernel = desc->smooth_kernel,
                          .boundary = desc->boundary,
                          .roots = roots};
  if (desc->boundary == VORDEC_BOUNDARY_ZERO) {
    window.left = reach_left(&window);
    window.right = window.width - 1 - window.left;
  }
  return window;
}

static double complex mode_at(const struct window *window, uint32_t k, uint64_t x) {
  return window->roots[k * x % window->n];
}

/* 1 - exp(i theta d) for the d-th cell, theta = 2 pi k / n; from half the angle, so that nothing cancels. */
static double complex loss_at(const struct window *window, uint32_t k, int64_t d) {
  const uint64_t n = window->n, distance = (uint64_t)(d < 0 ? -d : d);
  const uint64_t turns = distance * k % n; /* NOLINT(clang-analyzer-core.DivideZero): a grid is never empty */
  const double half = 3.141592653589793238463 * (double)(turns <= n / 2 ? turns : n - turns) / (double)n;
  const double s = sin(half), imaginary = cimag(window->roots[turns]);
  return 2.0 * s * s + (d < 0 ? imaginary : -imaginary) * I;
}

double complex window_loss(const struct window *window, uint32_t k) {
  const int64_t first = -(int64_t)reach_left(window), last = first + window->width;
  const uint32_t half_width = (window->width + 1) / 2;
  double complex sum = 0.0;
  for (int64_t d = first; d < last; d++) {
    const double height = half_width - (double)(d < 0 ? -d : d);
    const double weight =
        window->kernel == VORDEC_SMOOTH_TRIANGLE ? height / ((double)half_width * half_width) : 1.0 / window->width;
    sum += weight * loss_at(window, k, d);
  }
  return sum;
}

size_t window_scratch(const struct window *window) {
  return 4 * (size_t)window->n + 2 * (size_t)window->width;
}

/* box[i] = mean of the `width` cells up to and with i - late; cells out of the line count as 0. sums: count + 1. */
static void box(const double complex *line, size_t count, size_t width, size_t late, double complex *sums,
                double complex *result, size_t results) {
  sums[0] = 0.0;
  for (size_t i = 0; i < count; i++) sums[i + 1] = sums[i] + line[i];
  for (size_t i = 0; i < results; i++) {
    const size_t after = i + late + 1, end = after < count ? after : count, begin = after > width ? after - width : 0;
    result[i] = (sums[end] - sums[begin < end ? begin : end]) / (double)width;
  }
}

static void smooth(const struct window *window, const double complex *line, double complex *scratch,
                   double complex *smoothed) {
  const size_t n = window->n, width = window->width;
  if (window->kernel == VORDEC_SMOOTH_BOX) {
    box(line, n, width, width - 1 - reach_left(window), scratch, smoothed, n);
    return;
  }
  /* A triangle is a box of half the width on such a box, whose result reaches out of the line on the right. */
  const size_t half_width = (width + 1) / 2, reached = n + half_width - 1;
  double complex *once = scratch + reached + 1;
  box(line, n, half_width, 0, scratch, once, reached);
  box(once, reached, half_width, half_width - 1, scratch, smoothed, n);
}

void window_difference(const struct window *window, uint32_t k, double complex *scratch, double complex *difference) {
  const uint32_t n = window->n;
  double complex *line = scratch, *rest = scratch + n;
  for (uint32_t x = 0; x < n; x++) line[x] = mode_at(window, k, x);
  if (window->left + window->right > 0) {
    smooth(window, line, rest, difference);
    for (uint32_t x = 0; x < n; x++) difference[x] = line[x] - difference[x];
  }
  const double complex loss = window_loss(window, k);
  for (uint32_t x = window->left; x < n - window->right; x++) difference[x] = loss * line[x];
}
