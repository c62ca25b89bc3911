/* The smoothing by itself: every window through the way that serves any, against its own way and against plain sums. */
#include "doubles.h"

#include <core/base/window.h>
#include <numerics/smooth.h>
#include <stdlib.h>

#include "shape.h"

#define MOST_N 40

struct stand {
  struct memory memory;
  struct grid grid;
  struct smoothing smoothing;
  struct smooth_slot *slots;
  double *in, *along_x, *residual;
};

static void stand_open(struct stand *stand, size_t n, const struct window_choice *window) {
  *stand = (struct stand){.memory = {.source = memory_of_process()}, .grid = grid_of(n)};
  const size_t cells = n * stand->grid.pitch;
  assert_true(smoothing_create(&stand->smoothing, &stand->memory, &stand->grid, window));
  stand->slots = smooth_slots_create(&stand->smoothing, &stand->memory, 1);
  stand->in = memory_take(&stand->memory, cells, sizeof(double));
  stand->along_x = memory_take(&stand->memory, cells, sizeof(double));
  stand->residual = memory_take(&stand->memory, cells, sizeof(double));
  assert_true(stand->slots && stand->in && stand->along_x && stand->residual);
  uint64_t seed = n;
  for (size_t i = 0; i < cells; i++) stand->in[i] = uniform(&seed);
}

static void stand_close(struct stand *stand) {
  const struct memory_source source = stand->memory.source;
  smoothing_destroy(&stand->smoothing, &source);
  smooth_slots_destroy(stand->slots, &source, 1);
  memory_release(&source, stand->in);
  memory_release(&source, stand->along_x);
  memory_release(&source, stand->residual);
}

static double run(struct stand *stand) {
  const struct smooth_fields fields = {stand->in, stand->along_x, stand->residual};
  return smooth_residual(&stand->smoothing, &fields, (struct team){.slots = 1}, stand->slots);
}

/* R of one cell, by the definition. */
static double residual_at(const struct stand *stand, size_t y, size_t x) {
  const long n = (long)stand->grid.n, width = (long)stand->smoothing.width;
  const bool wraps = stand->smoothing.boundary == VORDEC_BOUNDARY_PERIODIC;
  long double base = 0;
  for (long i = 0; i < width; i++) {
    for (long j = 0; j < width; j++) {
      const long row = (long)y + i - width / 2, column = (long)x + j - width / 2;
      if (!wraps && (row < 0 || row >= n || column < 0 || column >= n)) continue;
      const size_t at = (size_t)((row + n) % n) * stand->grid.pitch + (size_t)((column + n) % n);
      base += (long double)stand->smoothing.weights[i] * stand->smoothing.weights[j] * stand->in[at];
    }
  }
  return (double)(stand->in[y * stand->grid.pitch + x] - base);
}

static void check_cells(const struct stand *stand, double absmax) {
  double most = 0;
  for (size_t y = 0; y < stand->grid.n; y++) {
    for (size_t x = 0; x < stand->grid.n; x++) {
      const double r = stand->residual[y * stand->grid.pitch + x];
      check_near(r, residual_at(stand, y, x), 2e-15); /* |in| < 1: the roundings of two sums of products */
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
  struct stand stand;
  stand_open(&stand, n, window);
  check_cells(&stand, run(&stand));
  smoothing_generalise(&stand.smoothing);
  check_cells(&stand, run(&stand));
  make_lopsided(&stand.smoothing);
  check_cells(&stand, run(&stand));
  stand_close(&stand);
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
    struct stand stand;
    stand_open(&stand, 16, &window);
    smoothing_generalise(&stand.smoothing);
    for (size_t i = 0; i < 16 * stand.grid.pitch; i++) stand.in[i] = 0.1;
    assert_true(run(&stand) == 0);
    stand_close(&stand);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_weights), cmocka_unit_test(test_every_window),
                                     cmocka_unit_test(test_constant)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
