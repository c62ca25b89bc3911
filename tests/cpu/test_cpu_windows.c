/* SPDX-License-Identifier: MIT */
/* The smoothing by itself: every window through the way that serves any, against its own way and against plain sums. */
#include "doubles.h"

#include <core/base/window.h>
#include <numerics/smooth.h>
#include <stdlib.h>

#include "shape.h"

#define MOST_N 40

struct smooth_case {
  struct memory memory;
  struct grid grid;
  struct smoothing smoothing;
  struct smooth_slot *slots;
  double *in, *along_x, *residual;
};

static void smooth_case_open(struct smooth_case *smoothed, size_t n, const struct window_choice *window) {
  *smoothed = (struct smooth_case){.memory = {.source = memory_of_process()}, .grid = grid_of(n)};
  const size_t cells = n * smoothed->grid.pitch;
  assert_true(smoothing_create(&smoothed->smoothing, &smoothed->memory, &smoothed->grid, window));
  smoothed->slots = smooth_slots_create(&smoothed->smoothing, &smoothed->memory, 1);
  smoothed->in = memory_take(&smoothed->memory, cells, sizeof(double));
  smoothed->along_x = memory_take(&smoothed->memory, cells, sizeof(double));
  smoothed->residual = memory_take(&smoothed->memory, cells, sizeof(double));
  assert_true(smoothed->slots && smoothed->in && smoothed->along_x && smoothed->residual);
  uint64_t seed = n;
  for (size_t i = 0; i < cells; i++) smoothed->in[i] = uniform(&seed);
}

static void smooth_case_close(struct smooth_case *smoothed) {
  const struct memory_source source = smoothed->memory.source;
  smoothing_destroy(&smoothed->smoothing, &source);
  smooth_slots_destroy(smoothed->slots, &source, 1);
  memory_release(&source, smoothed->in);
  memory_release(&source, smoothed->along_x);
  memory_release(&source, smoothed->residual);
}

static double run(struct smooth_case *smoothed) {
  const struct smooth_fields fields = {smoothed->in, smoothed->along_x, smoothed->residual};
  return smooth_residual(&smoothed->smoothing, &fields, (struct team){.slots = 1}, smoothed->slots);
}

/* R of one cell, by the definition. */
static double residual_at(const struct smooth_case *smoothed, size_t y, size_t x) {
  const long n = (long)smoothed->grid.n, width = (long)smoothed->smoothing.width;
  const bool wraps = smoothed->smoothing.boundary == VORDEC_BOUNDARY_PERIODIC;
  long double base = 0;
  for (long i = 0; i < width; i++) {
    for (long j = 0; j < width; j++) {
      const long row = (long)y + i - width / 2, column = (long)x + j - width / 2;
      if (!wraps && (row < 0 || row >= n || column < 0 || column >= n)) continue;
      const size_t at = (size_t)((row + n) % n) * smoothed->grid.pitch + (size_t)((column + n) % n);
      base += (long double)smoothed->smoothing.weights[i] * smoothed->smoothing.weights[j] * smoothed->in[at];
    }
  }
  return (double)(smoothed->in[y * smoothed->grid.pitch + x] - base);
}

static void check_cells(const struct smooth_case *smoothed, double absmax) {
  double most = 0;
  for (size_t y = 0; y < smoothed->grid.n; y++) {
    for (size_t x = 0; x < smoothed->grid.n; x++) {
      const double r = smoothed->residual[y * smoothed->grid.pitch + x];
      check_near(r, residual_at(smoothed, y, x), 2e-15); /* |in| < 1: the roundings of two sums of products */
      most = fmax(most, fabs(r));
    }
  }
  assert_true(absmax == most);
}

/* Weights that add up to 1, whose mirror image is another window. */
static void make_lopsided(struct smoothing *smoothing) {
  double total = 0;
  for (size_t i = 0; i < smoothing->width; i++) total += (double)(i * i + 1);
  for (size_t i = 0; i < smoothing->width; i++) smoothing->weights[i] = (double)(i * i + 1) / total;
}

static void check_window(size_t n, const struct window_choice *window) {
  struct smooth_case smoothed;
  smooth_case_open(&smoothed, n, window);
  check_cells(&smoothed, run(&smoothed));
  smoothing_generalise(&smoothed.smoothing);
  check_cells(&smoothed, run(&smoothed));
  make_lopsided(&smoothed.smoothing);
  check_cells(&smoothed, run(&smoothed));
  smooth_case_close(&smoothed);
}

static void test_every_window(void **state) {
  (void)state;
  static const size_t sizes[] = {4, 5, 16, 17, 33, MOST_N};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (size_t width = 1; width <= sizes[i]; width += width < 6 ? 1 : 5) {
      for (size_t kernel = 0; window_name(kernel); kernel++) {
        if (!window_allows((enum vordec_smooth_kernel)kernel, width)) continue;
        struct window_choice window = {width, (enum vordec_smooth_kernel)kernel, VORDEC_BOUNDARY_ZERO};
        check_window(sizes[i], &window);
        window.boundary = VORDEC_BOUNDARY_PERIODIC;
        check_window(sizes[i], &window);
      }
    }
  }
}

/* What the table promises of a row. */
static void test_weights(void **state) {
  (void)state;
  double weights[MOST_N];
  for (size_t kernel = 0; window_name(kernel); kernel++) {
    const struct window *window = window_at((enum vordec_smooth_kernel)kernel);
    assert_string_equal(window->name, window_name(kernel));
    for (uint32_t width = 1; width <= MOST_N; width++) {
      if (!window_allows((enum vordec_smooth_kernel)kernel, width)) continue;
      window_weights((enum vordec_smooth_kernel)kernel, width, weights);
      double sum = 0;
      for (uint32_t i = 0; i < width; i++) {
        assert_true(weights[i] >= 0);
        sum += weights[i];
      }
      check_near(sum, 1, 1e-15);
    }
  }
  assert_null(window_at((enum vordec_smooth_kernel)1000));
}

/* Where all cells are equal and the window wraps, nothing is left, whatever the weights round to. */
static void test_constant(void **state) {
  (void)state;
  for (size_t width = 1; width <= 16; width++) {
    const struct window_choice window = {width, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC};
    struct smooth_case smoothed;
    smooth_case_open(&smoothed, 16, &window);
    smoothing_generalise(&smoothed.smoothing);
    for (size_t i = 0; i < 16 * smoothed.grid.pitch; i++) smoothed.in[i] = 0.1;
    assert_true(run(&smoothed) == 0);
    smooth_case_close(&smoothed);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_weights), cmocka_unit_test(test_every_window),
                                     cmocka_unit_test(test_constant)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
