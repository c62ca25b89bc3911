/* SPDX-License-Identifier: MIT */
/* The pointwise work of a simulation's step, each set of kernels that this processor can run, against plain formulas.
 * Nothing is fused, so that all sets have the same bits. */
#include "doubles.h"

#include <complex.h>
#include <numerics/kernels.h>
#include <numerics/memory.h>
#include <stdlib.h>
#include <string.h>

#define LINES 5
#define DOUBLES (LINES * FLOW_LINE)
#define VALUES (LINES * FLOW_COLUMNS)

/* Aligned, and different at every place. */
static double *numbers(size_t count, uint64_t first) {
  struct memory memory = {.source = memory_of_process()};
  double *block = memory_take(&memory, count, sizeof *block);
  assert_non_null(block);
  for (size_t i = 0; i < count; i++) block[i] = (double)((2654435761u * i + 40503u * first) % 1000003) / 500001.5 - 1;
  return block;
}

static double complex value_at(const double *pairs, size_t i) {
  return pairs[2 * i] + pairs[2 * i + 1] * I;
}

static void check(const double *got, size_t i, double complex expected) {
  check_near(got[2 * i], creal(expected), 1e-15);
  check_near(got[2 * i + 1], cimag(expected), 1e-15);
}

/* What the first set makes is kept, and the others have to make the same. */
static void check_same(double **kept, const double *made, size_t count) {
  if (!*kept) {
    *kept = numbers(count, 0);
    memcpy(*kept, made, count * sizeof *made);
  }
  assert_memory_equal(*kept, made, count * sizeof *made);
}

static void test_derive(void **state) {
  (void)state;
  double *kept[FLOW_PARTS] = {NULL}, *in = numbers(DOUBLES, 1), *ky2 = numbers(DOUBLES, 2), *iky = numbers(DOUBLES, 3);
  for (size_t i = 0; i < DOUBLES; i++) {
    const double ky = (double)(i / 2) - 7;
    ky2[i] = ky * ky;
    iky[i] = i % 2 ? ky : -ky;
  }
  for (const struct kernels *const *set = kernels_usable(); *set; set++) {
    struct flow_column column = {.n = VALUES - 1, .kx2 = 9, .scale = 0.5, .ky2 = ky2, .iky = iky, .spectrum = in};
    for (size_t part = 0; part < FLOW_PARTS; part++) column.part[part] = numbers(DOUBLES, 4);
    (*set)->flow_derive(&column);
    for (size_t i = 0; i < column.n; i++) {
      const double ky = (double)i - 7;
      const double complex w = 0.5 * value_at(in, i), psi = w / (9 + ky * ky);
      check(column.part[FLOW_PSI], i, psi);
      check(column.part[FLOW_PSI_Y], i, I * ky * psi);
      check_near(column.part[FLOW_OMEGA_Y][2 * i], creal(I * ky * w), 1e-13);
      check_near(column.part[FLOW_OMEGA_Y][2 * i + 1], cimag(I * ky * w), 1e-13);
      check_near(column.part[FLOW_OMEGA_YY][2 * i], -ky * ky * creal(w), 1e-13);
      check_near(column.part[FLOW_OMEGA_YY][2 * i + 1], -ky * ky * cimag(w), 1e-13);
    }
    for (size_t part = 0; part < FLOW_PARTS; part++) {
      check_same(&kept[part], column.part[part], 2 * column.n);
      free(column.part[part]);
    }
  }
  for (size_t part = 0; part < FLOW_PARTS; part++) free(kept[part]);
  free(iky);
  free(ky2);
  free(in);
}

/* Lines of this row, and of one behind it, which may be fetched. */
static void test_spectra(void **state) {
  (void)state;
  double *kept[FLOW_FIELDS] = {NULL}, *waves = numbers(2 * DOUBLES, 5), *nyquist = numbers(DOUBLES, 6);
  double *parts = numbers(2 * FLOW_PARTS * DOUBLES, 7), *table = numbers(5 * DOUBLES, 8);
  double *minus = table, *ikx = table + DOUBLES, *ikx_w = ikx + DOUBLES, *kx2_w = ikx_w + DOUBLES;
  double *shear = kx2_w + DOUBLES;
  for (size_t i = 0; i < DOUBLES; i++) {
    const double kx = (double)(i / 2);
    ikx[i] = i % 2 ? kx : -kx;
    minus[i] = -ikx[i];
    ikx_w[i] = 0.25 * ikx[i];
    kx2_w[i] = 0.25 * kx * kx;
    shear[i] = kx * kx;
  }
  const struct flow_tables tables = {minus, ikx, ikx_w, kx2_w, shear, 0.125};
  for (const struct kernels *const *set = kernels_usable(); *set; set++) {
    struct flow_row row = {.lines = LINES,
                           .tables = &tables,
                           .waves = waves,
                           .parts = parts,
                           .waves_stride = FLOW_LINE,
                           .parts_stride = FLOW_PARTS * FLOW_LINE,
                           .nyquist = nyquist,
                           .sign = -1.0};
    for (size_t field = 0; field < FLOW_FIELDS; field++) row.field[field] = numbers(DOUBLES, 9);
    (*set)->flow_spectra(&row);
    for (size_t i = 0; i < VALUES; i++) {
      const double *line = parts + i / FLOW_COLUMNS * FLOW_PARTS * FLOW_LINE + 2 * (i % FLOW_COLUMNS), kx = (double)i;
      const double complex w = value_at(waves, i), psi = line[0] + line[1] * I;
      const double complex psi_y = line[FLOW_LINE] + line[FLOW_LINE + 1] * I;
      const double complex omega_y = line[2 * FLOW_LINE] + line[2 * FLOW_LINE + 1] * I;
      const double complex omega_yy = line[3 * FLOW_LINE] + line[3 * FLOW_LINE + 1] * I;
      const double complex expected[FLOW_FIELDS] = {psi_y,
                                                    -I * kx * psi,
                                                    0.25 * I * kx * w,
                                                    omega_y,
                                                    omega_yy - 0.25 * kx * kx * w,
                                                    I * kx * psi_y,
                                                    kx * kx * psi - 0.125 * w - value_at(nyquist, i)};
      for (size_t field = 0; field < FLOW_FIELDS; field++) {
        check_near(row.field[field][2 * i], creal(expected[field]), 1e-12);
        check_near(row.field[field][2 * i + 1], cimag(expected[field]), 1e-12);
      }
    }
    for (size_t field = 0; field < FLOW_FIELDS; field++) {
      check_same(&kept[field], row.field[field], DOUBLES);
      free(row.field[field]);
    }
  }
  for (size_t field = 0; field < FLOW_FIELDS; field++) free(kept[field]);
  free(table);
  free(parts);
  free(nyquist);
  free(waves);
}

static void test_values(void **state) {
  (void)state;
  enum { N = 37 };
  double *fields = numbers(FLOW_FIELDS * 64, 10), *omega = numbers(N, 11), *kept[5] = {NULL};
  for (const struct kernels *const *set = kernels_usable(); *set; set++) {
    struct flow_values row = {.n = N,
                              .omega = omega,
                              .viscosity = numbers(N, 12),
                              .slope = numbers(N, 13),
                              .nu0 = 0.25,
                              .eddy = 0.5,
                              .dt = 0.125};
    double *predicted = numbers(N, 14), *corrected = numbers(N, 15), *sum = numbers(N, 16);
    for (size_t field = 0; field < FLOW_FIELDS; field++) row.field[field] = fields + 64 * field;
    (*set)->flow_viscosity(&row);
    (*set)->flow_predict(&row, predicted);
    (*set)->flow_correct(&row, corrected);
    (*set)->flow_sum(&row, sum);
    for (size_t x = 0; x < N; x++) {
      const double *at = fields + x, strain = at[64 * FLOW_STRAIN], shear = at[64 * FLOW_SHEAR];
      const double nu = 0.25 + 0.5 * sqrt(4 * (strain * strain + shear * shear));
      const double slope = nu * at[64 * FLOW_LAPLACIAN] - at[64 * FLOW_U] * at[64 * FLOW_GRADIENT_X] -
                           at[64 * FLOW_V] * at[64 * FLOW_GRADIENT_Y];
      check_near(row.viscosity[x], nu, 1e-14);
      check_near(row.slope[x], slope, 1e-14);
      check_near(predicted[x], omega[x] + 0.125 * slope, 1e-14);
      check_near(corrected[x], omega[x] + 0.125 * slope, 1e-14);
      check_near(sum[x], 2 * slope, 1e-14);
    }
    double *made[] = {row.viscosity, row.slope, predicted, corrected, sum};
    for (size_t i = 0; i < 5; i++) {
      check_same(&kept[i], made[i], N);
      free(made[i]);
    }
  }
  for (size_t i = 0; i < 5; i++) free(kept[i]);
  free(omega);
  free(fields);
}

static void test_join(void **state) {
  (void)state;
  enum { N = 9, PITCH = 24, FIELDS = 3 };
  const double *columns = numbers(FIELDS * FLOW_COLUMNS * PITCH, 17);
  for (const struct kernels *const *set = kernels_usable(); *set; set++) {
    for (int past = 0; past < 2; past++) {
      double *line = numbers(FIELDS * N * FLOW_LINE, 18);
      const struct flow_lines lines = {N, FIELDS, PITCH, columns, line, past};
      (*set)->flow_join(&lines);
      for (size_t i = 0; i < FIELDS * N * FLOW_LINE; i++) {
        const size_t y = i / (FIELDS * FLOW_LINE), field = i / FLOW_LINE % FIELDS, column = i % FLOW_LINE / 2;
        assert_true(line[i] == columns[(field * FLOW_COLUMNS + column) * PITCH + 2 * y + i % 2]);
      }
      free(line);
    }
  }
  free((double *)columns);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_derive), cmocka_unit_test(test_spectra),
                                     cmocka_unit_test(test_values), cmocka_unit_test(test_join)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
