/* SPDX-License-Identifier: MIT */
/* The parts of the fast path by themselves, each set of kernels that this processor can run, against plain loops. */
#include "doubles.h"

#include <float.h>
#include <numerics/basis.h>
#include <numerics/kernels.h>
#include <numerics/planes.h>
#include <numerics/pool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shape.h"

#define PI 3.14159265358979323846264338327950288L

static void *zeros(size_t count, size_t size) {
  struct memory memory = {.source = memory_of_process()};
  void *block = memory_take(&memory, count, size);
  assert_non_null(block);
  return block;
}

/* ---- bit-planes ---- */

static const size_t widths[] = {4, 5, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200, 256, 300};
#define WIDTHS (sizeof widths / sizeof *widths)

/* Planes of n columns and n rows, between one row above and one below. */
static struct planes planes_of(size_t n) {
  const size_t stride = n + 2 + MAJORITY_SLACK;
  return (struct planes){zeros(planes_words(n) * stride, 8), zeros(planes_words(n) * stride, 8), stride};
}

static void planes_free(struct planes planes) {
  free(planes.plus);
  free(planes.minus);
}

static int cell_of(struct planes planes, size_t y, size_t x) {
  const size_t at = x / 64 * planes.stride + y;
  const int plus = planes.plus[at] >> x % 64 & 1, minus = planes.minus[at] >> x % 64 & 1;
  assert_false(plus && minus);
  return plus - minus;
}

static void set_row(struct planes planes, size_t y, const int8_t *cells, size_t n) {
  for (size_t x = 0; x < n; x++) {
    const size_t at = x / 64 * planes.stride + y;
    planes.plus[at] |= (uint64_t)(cells[x] > 0) << x % 64;
    planes.minus[at] |= (uint64_t)(cells[x] < 0) << x % 64;
  }
}

/* Bits beyond the last cell are 0. */
static void check_row(struct planes planes, size_t y, const int8_t *cells, size_t n) {
  for (size_t x = 0; x < 64 * planes_words(n); x++) {
    assert_int_equal(cell_of(planes, y, x), x < n ? cells[x] : 0);
  }
}

static int8_t majority_at(const int8_t *cells, size_t n, size_t y, size_t x) {
  int sum = 0;
  for (size_t dy = n - 1; dy <= n + 1; dy++) {
    for (size_t dx = n - 1; dx <= n + 1; dx++) sum += cells[(y + dy) % n * n + (x + dx) % n];
  }
  return (int8_t)((sum > 0) - (sum < 0));
}

/* Rows begin .. end - 1 (counted from the one above the grid). */
static void check_round(const struct kernels *kernels, const int8_t *cells, size_t n, size_t begin, size_t end) {
  struct planes in = planes_of(n), out = planes_of(n);
  int8_t *expected = zeros(n, 1);
  uint64_t *sums = zeros(MAJORITY_SUMS, 8);
  for (size_t y = 0; y < n + 2; y++) set_row(in, y, cells + (y + n - 1) % n * n, n);
  const bool changed = kernels->majority(out, in, n, begin, end, sums);
  bool differs = false;
  for (size_t y = begin; y < end; y++) {
    for (size_t x = 0; x < n; x++) expected[x] = majority_at(cells, n, y - 1, x);
    check_row(out, y, expected, n);
    differs |= memcmp(expected, cells + (y - 1) * n, n) != 0;
  }
  assert_int_equal(changed, differs);
  planes_free(in);
  planes_free(out);
  free(expected);
  free(sums);
}

static void check_rounds(const struct kernels *kernels, size_t n) {
  int8_t *cells = zeros(n * n, 1);
  uint64_t seed = n;
  for (size_t density = 1; density <= 8; density++) { /* from few cells set to all of them */
    for (size_t i = 0; i < n * n; i++) {
      const double draw = 4 * uniform(&seed);
      cells[i] = (int8_t)(fabs(draw) < 0.5 * (double)density ? (draw > 0) - (draw < 0) : 0);
    }
    check_round(kernels, cells, n, 1, n + 1);
    check_round(kernels, cells, n, 2, n);
    check_round(kernels, cells, n, n / 2, n / 2 + 1);
  }
  memset(cells, 0, n * n);
  check_round(kernels, cells, n, 1, n + 1); /* nothing changes */
  memset(cells, 1, n * n);
  check_round(kernels, cells, n, 1, n + 1);
  for (size_t i = 0; i < n * n; i += n - 1) { /* one row of the grid or one cell in it makes the difference */
    memset(cells, 0, n * n);
    cells[i] = -1;
    check_round(kernels, cells, n, 1, n + 1);
    if (i > 3 * n) break;
  }
  free(cells);
}

static void test_majority(void **state) {
  (void)state;
  for (const struct kernels *const *kernels = kernels_usable(); *kernels; kernels++) {
    for (size_t i = 0; i < WIDTHS; i++) check_rounds(*kernels, widths[i]);
  }
}

static void test_threshold_and_write(void **state) {
  (void)state;
  for (const struct kernels *const *kernels = kernels_usable(); *kernels; kernels++) {
    for (size_t i = 0; i < WIDTHS; i++) {
      const size_t n = widths[i];
      struct planes planes = planes_of(n);
      double *r = zeros(n + 1, sizeof *r);
      int8_t *cells = zeros(n + 16, 1), *out = zeros(n + 16, 1);
      uint64_t seed = n;
      static const double special[] = {0.5, -0.5, 0.5 - 0x1p-54, -0.5 + 0x1p-54, INFINITY, -INFINITY, NAN, 0};
      for (size_t x = 0; x < n; x++) {
        r[x + 1] = x % 3 == 0 ? special[x / 3 % 8] : uniform(&seed); /* at an address that suits no vector */
        cells[x] = (int8_t)((r[x + 1] >= 0.5) - (r[x + 1] <= -0.5));
      }
      (*kernels)->threshold(planes, 2, r + 1, n, 0.5);
      check_row(planes, 2, cells, n);
      memset(out, 7, n + 16);
      (*kernels)->write(out + 3, planes, 2, n);
      check_same_bytes(out + 3, cells, n);
      for (size_t x = 0; x < 16; x++) assert_int_equal(out[x < 3 ? x : n + x], 7);
      (*kernels)->threshold(planes, 2, r + 1, n, NAN);
      memset(cells, 0, n);
      check_row(planes, 2, cells, n);
      planes_free(planes);
      free(r);
      free(cells);
      free(out);
    }
  }
}

/* The smallest number that passes the division, whatever the magnitudes. */
static void test_bound(void **state) {
  (void)state;
  static const double taus[] = {1, 0.35, 1.0 / 3, 0.02, 1e-300, 5e-324, 0x1.fffffffffffffp-1};
  uint64_t seed = 1;
  for (size_t i = 0; i < 2000; i++) {
    const double scale = i % 4 == 0 ? 1e-12 : ldexp(1 + fabs(uniform(&seed)), (int)(i % 1000) - 30);
    const double tau = i < 1000 ? taus[i % 7] : fabs(uniform(&seed)) + 1e-9;
    const double bound = planes_bound(scale, tau);
    assert_true(bound > 0 && bound / scale >= tau && !(nextafter(bound, 0) / scale >= tau));
  }
}

/* ---- products ---- */

/* A product of random numbers: `odd_terms` and so on as sets of terms may have them. */
static void check_product(const struct kernels *kernels, size_t rows, size_t columns, const struct terms even[2],
                          const struct terms odd[2], bool together) {
  const size_t signals = 12, table_rows = 24, signal_pitch = rows + 4;
  const size_t table_pitch = (columns + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS;
  const size_t width = 2 * columns, pitch = width + 5;
  double *signal[2] = {zeros(signals * signal_pitch, 8), zeros(signals * signal_pitch, 8)};
  double *table = zeros(table_rows * table_pitch, 8),
         *out[2] = {zeros((rows + 1) * pitch, 8), zeros((rows + 1) * pitch, 8)};
  uint64_t seed = rows * columns;
  for (size_t i = 0; i < signals * signal_pitch; i++) {
    signal[0][i] = uniform(&seed);
    signal[1][i] = uniform(&seed);
  }
  for (size_t i = 0; i < table_rows * table_pitch; i++) table[i] = i % table_pitch < columns ? uniform(&seed) : 0;
  for (size_t i = 0; i < (rows + 1) * pitch; i++) out[0][i] = out[1][i] = -99;
  const struct product product = {.rows = rows,
                                  .columns = columns,
                                  .signal = {signal[0], signal[1]},
                                  .signal_pitch = signal_pitch,
                                  .table = table,
                                  .table_pitch = table_pitch,
                                  .even = {even[0], even[1]},
                                  .odd = {odd[0], odd[1]},
                                  .together = together,
                                  .left = {out[0] + 1, out[1] + 1},
                                  .right = {out[0] + width, out[1] + width},
                                  .pitch = {pitch, pitch}};
  const double absmax = kernels->multiply(&product);
  double largest = 0;
  for (size_t set = 0; set < 2; set++) {
    for (size_t r = 0; r < rows; r++) {
      for (size_t x = 0; x < width; x++) {
        const size_t column = x < columns ? x : width - 1 - x;
        const double side = x < columns ? 1 : -1;
        long double sum = 0;
        for (size_t part = set == 1 && !together ? 1 : 0; part <= set; part++) {
          for (size_t i = 0; i < even[part].count; i++) {
            sum += (long double)signal[part][(even[part].signal + i) * signal_pitch + r] *
                   table[(even[part].row + i) * table_pitch + column];
          }
          for (size_t i = 0; i < odd[part].count; i++) {
            sum += (long double)side * signal[part][(odd[part].signal + i) * signal_pitch + r] *
                   table[(odd[part].row + i) * table_pitch + column];
          }
        }
        check_near(out[set][r * pitch + 1 + x], (double)sum, 1e-14);
        if (set == 1) largest = fmax(largest, fabs(out[set][r * pitch + 1 + x]));
      }
      for (size_t x = width + 1; x < pitch; x++) assert_true(out[set][r * pitch + x] == -99);
    }
    assert_true(out[set][0] == -99);
    for (size_t x = 1; x < pitch; x++) assert_true(out[set][rows * pitch + x] == -99);
  }
  assert_true(absmax == largest);
  free(signal[0]);
  free(signal[1]);
  free(table);
  free(out[0]);
  free(out[1]);
}

static void test_products(void **state) {
  (void)state;
  static const size_t shapes[][2] = {{1, 1}, {2, 3}, {3, 16}, {4, 15}, {4, 64}, {5, 17}, {8, 33}, {9, 48}, {32, 150}};
  const struct terms odd_window[2][2] = {{{0, 0, 5}, {0, 9, 5}}, {{5, 5, 4}, {5, 14, 4}}};
  const struct terms even_window[2][2] = {{{0, 0, 5}, {0, 9, 9}}, {{5, 5, 4}, {2, 1, 9}}};
  const struct terms mean[2][2] = {{{0, 0, 1}, {3, 2, 1}}, {{0, 0, 0}, {0, 0, 0}}};
  for (const struct kernels *const *kernels = kernels_usable(); *kernels; kernels++) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
      for (size_t together = 0; together < 2; together++) {
        check_product(*kernels, shapes[i][0], shapes[i][1], odd_window[0], odd_window[1], together);
        check_product(*kernels, shapes[i][0], shapes[i][1], even_window[0], even_window[1], together);
        check_product(*kernels, shapes[i][0], shapes[i][1], mean[0], mean[1], together);
      }
    }
  }
}

/* What is not finite is seen, on either side, also where it is not written and where the first result overflowed. */
static void test_overflow(void **state) {
  (void)state;
  enum { COLUMNS = 19 };
  static const double values[][3] = {/* signal 0, signal 1, finite */
                                     {1e308, 0.5e308, 1}, {1e308, 1e308, 0}, {1e308, -1e308, 0}, {INFINITY, 0, 0},
                                     {NAN, 0, 0},         {0, NAN, 0},       {0, -INFINITY, 0}};
  double *table = zeros((size_t)2 * 32, 8), *signal = zeros(8, 8);
  for (const struct kernels *const *kernels = kernels_usable(); *kernels; kernels++) {
    for (size_t x = 0; x < COLUMNS; x++) {
      for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        memset(table, 0, sizeof(double) * 2 * 32);
        table[x] = table[32 + x] = 1;
        signal[0] = values[i][0];
        signal[4] = values[i][1];
        const struct product product = {.rows = 1,
                                        .columns = COLUMNS,
                                        .signal = {signal, signal},
                                        .signal_pitch = 4,
                                        .table = table,
                                        .table_pitch = 32,
                                        .even = {{0, 0, 0}, {0, 0, 1}},
                                        .odd = {{0, 0, 0}, {1, 1, 1}}};
        const double absmax = (*kernels)->multiply(&product);
        if (values[i][2] == 1) {
          assert_true(absmax == values[i][0] + values[i][1]);
        } else {
          assert_true(isnan(absmax));
        }
      }
    }
  }
  free(table);
  free(signal);
}

/* ---- basis functions ---- */

static long double tap(enum vordec_smooth_kernel kernel, long width, long d) {
  if (kernel == VORDEC_SMOOTH_BOX) {
    return d >= -(width / 2) && d <= width - 1 - width / 2 ? 1.0L / (long double)width : 0.0L;
  }
  const long h = (width + 1) / 2;
  return labs(d) < h ? (long double)(h - labs(d)) / (long double)(h * h) : 0.0L;
}

static long double basis(size_t n, size_t k, size_t part, long x) {
  const long double angle = PI * (long double)((long)k * (2 * x - (long)n + 1) % (2 * (long)n)) / (long double)n;
  return part == 0 ? cosl(angle) : sinl(angle);
}

static long double smoothed(size_t n, size_t k, size_t part, long x, const struct smoothing *smoothing,
                            enum vordec_smooth_kernel kernel) {
  const long width = (long)smoothing->width;
  long double sum = 0;
  for (long d = -width; d <= width; d++) {
    const bool outside = x + d < 0 || x + d >= (long)n;
    if (outside && smoothing->boundary == VORDEC_BOUNDARY_ZERO) continue;
    sum += tap(kernel, width, d) * basis(n, k, part, (x + d + (long)n) % (long)n);
  }
  return sum;
}

/* Row `term` of a set of terms at column x; 0 if the set does not have it. */
static double entry(const struct basis *functions, const struct terms *terms, size_t term, size_t x) {
  if (term < terms->signal || term >= terms->signal + terms->count) return 0;
  return functions->table[(terms->row + term - terms->signal) * functions->pitch + x];
}

static double value_of(const struct basis *functions, size_t set, size_t term, size_t x) {
  const size_t n = functions->n, column = x < functions->half ? x : n - 1 - x;
  const double even = entry(functions, &functions->even[set], term, column),
               odd = entry(functions, &functions->odd[set], term, column);
  return x < functions->half ? even + odd : even - odd;
}

/* valgrind computes long doubles as doubles: what is compared with is then no better than what is tested. */
static bool has_long_doubles(void) {
  volatile long double one = 1, little = LDBL_EPSILON;
  return one + little > one;
}

static void check_basis(size_t n, const struct smoothing *smoothing, enum vordec_smooth_kernel kernel,
                        double tolerance) {
  bool present[40];
  for (size_t k = 0; k <= n / 2; k++) present[k] = k % 4 != 3;
  struct memory memory = {.source = memory_of_process()};
  struct basis functions;
  assert_true(basis_create(&functions, &memory, n, present, smoothing, -1));
  for (size_t k = 0; k <= n / 2; k++) {
    for (size_t part = 0; part < 2; part++) {
      const size_t term = part == 0 ? functions.cosine[k] : functions.sine[k];
      const bool nothing = part == 0 ? 2 * k == n : k == 0; /* 0 everywhere */
      assert_int_equal(term == functions.terms, nothing || !present[k]);
      for (size_t x = 0; term < functions.terms && x < n; x++) {
        check_near(value_of(&functions, 0, term, x), (double)basis(n, k, part, (long)x), 3e-16);
        if (smoothing) {
          check_near(value_of(&functions, 1, term, x), -(double)smoothed(n, k, part, (long)x, smoothing, kernel),
                     tolerance);
        }
      }
    }
  }
  for (size_t row = 0; row < functions.terms; row++) { /* whole tiles are read */
    for (size_t x = functions.half; x < functions.pitch; x++)
      assert_true(functions.table[row * functions.pitch + x] == 0);
  }
  basis_destroy(&functions, &memory.source);
}

/* Every width that fits, both kernels, both boundaries. */
static void test_basis(void **state) {
  (void)state;
  if (!has_long_doubles()) skip();
  static const size_t sizes[] = {4, 5, 8, 9, 16, 17, 33, 64, 75};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t n = sizes[i];
    const struct grid grid = grid_of(n);
    check_basis(n, NULL, VORDEC_SMOOTH_BOX, 0);
    for (size_t width = 2; width <= n; width += width < 20 ? 1 : 7) {
      for (size_t choice = 0; choice < 4; choice++) {
        if (choice >= 2 && width % 2 == 0) continue;
        const struct window_choice window = {width, choice >= 2 ? VORDEC_SMOOTH_TRIANGLE : VORDEC_SMOOTH_BOX,
                                             choice % 2 ? VORDEC_BOUNDARY_PERIODIC : VORDEC_BOUNDARY_ZERO};
        struct memory memory = {.source = memory_of_process()};
        struct smoothing smoothing;
        assert_true(smoothing_create(&smoothing, &memory, &grid, &window));
        assert_int_equal(smoothing.symmetric, width % 2);
        check_basis(n, &smoothing, window.kernel, 1e-15);
        /* One product after the other is added: as many roundings of a sum below 1. */
        const double roundings = 1e-15 + (double)width * 0x1p-53;
        smoothing_generalise(&smoothing);
        check_basis(n, &smoothing, window.kernel, roundings);
        smoothing.symmetric = false; /* as with a window that is none */
        check_basis(n, &smoothing, window.kernel, roundings);
        smoothing_destroy(&smoothing, &memory.source);
      }
    }
  }
}

/* ---- threads ---- */

struct tally {
  size_t done[8], slots;
};

static void count_slot(void *ctx, size_t slot, size_t slots) {
  struct tally *tally = ctx;
  assert_int_equal(slots, tally->slots);
  tally->done[slot]++;
}

/* Every slot of every run once, whether the workers are awake, asleep or falling asleep. */
static void check_pool(size_t threads, bool patient) {
  struct memory memory = {.source = memory_of_process()};
  struct pool *pool = pool_create(&memory, threads, patient);
  assert_non_null(pool);
  assert_int_equal(pool_threads(pool), threads);
  for (size_t i = 0; i < 2000; i++) {
    struct tally tally = {.slots = i % threads + 1};
    pool_run(pool, tally.slots, count_slot, &tally);
    for (size_t slot = 0; slot < 8; slot++) assert_int_equal(tally.done[slot], slot < tally.slots);
    if (i % 40 == 0) { /* up to twice their patience */
      const struct timespec pause = {.tv_nsec = (long)(i % 600) * (POOL_PATIENCE_NS / 300)};
      nanosleep(&pause, NULL);
    }
  }
  pool_destroy(pool);
}

static void test_pool(void **state) {
  (void)state;
  for (size_t threads = 1; threads <= 5; threads++) {
    check_pool(threads, false);
    check_pool(threads, true);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_majority), cmocka_unit_test(test_threshold_and_write),
                                     cmocka_unit_test(test_bound),    cmocka_unit_test(test_products),
                                     cmocka_unit_test(test_overflow), cmocka_unit_test(test_basis),
                                     cmocka_unit_test(test_pool)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
