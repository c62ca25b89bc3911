/* SPDX-License-Identifier: MIT */
#include "diagnostics.h"

/*
 * Energy 0.5 mean(u^2 + v^2) with u = d(psi)/dy, v = -d(psi)/dx and -lap psi = omega is, for a field with the full
 * spectrum c_k, the sum over k != 0 of 0.5 |c_k|^2 (kx'^2 + ky'^2) / |k|^4, where k' is k with its own Nyquist
 * component set to 0 (a real field's derivative has none).
 */
static double energy_factor(const struct grid *grid, size_t row, size_t column) {
  const double n = (double)grid->n;
  const double kx = (double)column, ky = 2 * row < grid->n ? (double)row : (double)row - n;
  const double k2 = kx * kx + ky * ky;
  if (k2 == 0) return 0;
  const double slope_x = 2 * column == grid->n ? 0 : kx, slope_y = 2 * row == grid->n ? 0 : ky;
  return 0.5 * mode_weight(grid, column) * (slope_x * slope_x + slope_y * slope_y) / (k2 * k2);
}

static double square_of(double re, double im) {
  return re * re + im * im;
}

/* Computed directly from the coefficients: no transform is needed. */
static double energy_of_modes(const struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const struct coefficients low = field_low(field);
  double energy = 0;
  for (size_t i = 0; i < plan->low.count; i++) {
    const struct mode *mode = &plan->low.modes[i];
    const struct complex_value value = mode_value(mode, &low);
    energy += energy_factor(&plan->grid, mode->row, mode->column) * square_of(value.re, value.im);
  }
  return energy;
}

/* Likewise, by Parseval's theorem: omega_lp may not have been written anywhere. */
static double enstrophy_of_modes(const struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const struct coefficients low = field_low(field);
  double enstrophy = 0;
  for (size_t i = 0; i < plan->low.count; i++) {
    const struct mode *mode = &plan->low.modes[i];
    const struct complex_value value = mode_value(mode, &low);
    enstrophy += 0.5 * mode_weight(&plan->grid, mode->column) * square_of(value.re, value.im);
  }
  return enstrophy;
}

struct squares {
  struct field *field;
  struct view view;
};

/* In eight strands, for the sake of vector registers. */
static double square_sum(const double *values, size_t n) {
  double strand[8] = {0};
  size_t x = 0;
  for (; x + 8 <= n; x += 8) {
    for (size_t i = 0; i < 8; i++) strand[i] += values[x + i] * values[x + i];
  }
  for (size_t i = 0; x < n; x++, i++) strand[i] += values[x] * values[x];
  return ((strand[0] + strand[1]) + (strand[2] + strand[3])) + ((strand[4] + strand[5]) + (strand[6] + strand[7]));
}

static void square_rows(void *ctx, size_t slot, size_t slots) {
  const struct squares *squares = ctx;
  const struct grid *grid = &squares->field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    squares->field->work->row_sum[y] = square_sum(squares->view.values + y * squares->view.pitch, grid->n);
  }
}

static double enstrophy_of(struct field *field, struct view view) {
  const double n = (double)field->plan->grid.n;
  struct squares squares = {field, view};
  team_run(field->team, square_rows, &squares);
  return 0.5 * field_row_total(field) / (n * n);
}

static void count_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct grid *grid = &field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  size_t cells = 0;
  for (size_t y = share.begin; y < share.end; y++) {
    const int8_t *row = field->ternary + y * field->ternary_pitch;
    for (size_t x = 0; x < grid->n; x++) cells += row[x] != 0;
  }
  field->slots.cells[slot] = cells;
}

static double support_fraction(struct field *field) {
  const double n = (double)field->plan->grid.n;
  field_run(field, count_rows);
  size_t cells = 0;
  for (size_t slot = 0; slot < field->team.slots; slot++) cells += field->slots.cells[slot];
  return (double)cells / (n * n);
}

void diagnose_lp(struct field *field, struct vordec_scalars *scalars) {
  scalars->energy_lp = energy_of_modes(field);
  scalars->enstrophy_lp =
      mode_sums_used(&field->plan->low_sums) ? enstrophy_of_modes(field) : enstrophy_of(field, field->lp);
  scalars->support_frac = support_fraction(field);
}

static void energy_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct grid *grid = &field->plan->grid;
  const double *spectrum = field->work->other; /* re, im, re, .. */
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t row = share.begin; row < share.end; row++) {
    double sum = 0;
    for (size_t column = 0; column < grid->half; column++) {
      const double *value = spectrum + row * grid->pitch + 2 * column;
      sum += energy_factor(grid, row, column) * square_of(value[0], value[1]);
    }
    field->work->row_sum[row] = sum;
  }
}

void diagnose_hat(struct field *field, struct vordec_scalars *scalars) {
  const double n = (double)field->plan->grid.n;
  const struct view hat = {field->work->spare, field->plan->grid.pitch};
  scalars->enstrophy_hat = enstrophy_of(field, hat);
  fftw_execute_dft_r2c(field->plan->forward, field->work->spare, (fftw_complex *)field->work->other);
  field_run(field, energy_rows);
  scalars->energy_hat = field_row_total(field) / (n * n * n * n);
}
