/* SPDX-License-Identifier: MIT */
#include "combine.h"

#include <math.h>

#include "scatter_lowk.h"

struct combination {
  struct field *field;
  const double *band; /* the one whose mean square is taken */
  double gain[2];
  const double *kept; /* field of the kept modes; NULL: none */
};

/* Makes the kept modes' field in work->other. */
static void transform_kept(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const double *tail = field->z + 2 * plan->m + 3;
  const size_t count = vordec_kept_count(tail[0], (uint32_t)plan->max_kept);
  const struct coefficients kept = {tail + 1, tail + 1 + count, count};
  double *out = field->work->other;
  if (mode_sums_used(&plan->kept_sums)) {
    const struct mode_sums_work work = field_mode_sums(field);
    mode_sums_scatter(&plan->kept_sums, &plan->kept, &kept, work.matrix);
    mode_sums_run(&plan->kept_sums, &work, out, plan->grid.pitch);
    return;
  }
  const struct ifft_arrays arrays = field_transform(field, out);
  scatter_modes(field, &plan->kept, &kept);
  ifft_run(&plan->ifft, &plan->kept, &arrays, field->team, field->slots.ifft);
}

/* The sum of squares of a row of the band where the mask is not 0, in eight strands, for the sake of vector registers.
 */
static double gated_square_sum(const double *band, const int8_t *mask, size_t n) {
  double strand[8] = {0};
  size_t x = 0;
  for (; x + 8 <= n; x += 8) {
    for (size_t i = 0; i < 8; i++) strand[i] += mask[x + i] != 0 ? band[x + i] * band[x + i] : 0.0;
  }
  for (size_t i = 0; x < n; x++, i++) strand[i] += mask[x] != 0 ? band[x] * band[x] : 0.0;
  return ((strand[0] + strand[1]) + (strand[2] + strand[3])) + ((strand[4] + strand[5]) + (strand[6] + strand[7]));
}

static void square_rows(void *ctx, size_t slot, size_t slots) {
  const struct combination *combination = ctx;
  const struct field *field = combination->field;
  const struct grid *grid = &field->plan->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    field->work->row_sum[y] =
        gated_square_sum(combination->band + y * grid->n, field->ternary + y * field->ternary_pitch, grid->n);
  }
}

/* The square of both gates is 1 wherever the mask is not 0. */
static double gated_mean_square(struct combination *combination, const double *band) {
  const double n = (double)combination->field->plan->grid.n;
  combination->band = band;
  team_run(combination->field->team, square_rows, combination);
  return field_row_total(combination->field) / (n * n);
}

static double band_gain(double energy, double mean_square) {
  if (energy <= 0) return 0;
  return mean_square <= 1e-30 ? 1 : sqrt(energy) / sqrt(mean_square); /* their quotient may overflow */
}

static void add_gated(double *restrict out, const double *restrict in, const int8_t *restrict mask, size_t n,
                      double gain, enum vordec_gate gate) {
  if (gate == VORDEC_GATE_SIGNED) {
    for (size_t x = 0; x < n; x++) out[x] += (double)mask[x] * (gain * in[x]);
  } else {
    for (size_t x = 0; x < n; x++) out[x] += mask[x] != 0 ? gain * in[x] : 0.0;
  }
}

static void combine_row(const struct combination *combination, size_t y) {
  const struct field *field = combination->field;
  const struct workspace *work = field->work;
  const struct grid *grid = &field->plan->grid;
  const enum vordec_gate gate = field->plan->gate;
  const int8_t *mask = field->ternary + y * field->ternary_pitch;
  double *out = work->spare + y * grid->pitch;
  const double *lp = field->lp.values + y * field->lp.pitch;
  if (combination->kept) {
    const double *kept = combination->kept + y * grid->pitch;
    for (size_t x = 0; x < grid->n; x++) out[x] = lp[x] + kept[x];
  } else {
    for (size_t x = 0; x < grid->n; x++) out[x] = lp[x];
  }
  if (field->residual) add_gated(out, field->residual + y * grid->n, mask, grid->n, 1.0, gate);
  for (size_t i = 0; i < 2; i++) {
    if (!field->band[i] || combination->gain[i] == 0) continue;
    add_gated(out, field->band[i] + y * grid->n, mask, grid->n, combination->gain[i], gate);
  }
}

static void combine_rows(void *ctx, size_t slot, size_t slots) {
  const struct combination *combination = ctx;
  const struct range share = range_of_slot(combination->field->plan->grid.n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) combine_row(combination, y);
}

void combine(struct field *field, struct combine_bands *bands) {
  struct combination combination = {.field = field};
  if (field->plan->kept.count > 0) {
    transform_kept(field);
    combination.kept = field->work->other;
  }
  for (size_t i = 0; i < 2; i++) {
    bands->gain[i] = NAN;
    bands->energy[i] = NAN;
    if (!field->band[i]) continue;
    const double mean_square = gated_mean_square(&combination, field->band[i]);
    combination.gain[i] = band_gain(field->band_energy[i], mean_square);
    bands->gain[i] = combination.gain[i];
    bands->energy[i] = combination.gain[i] * (combination.gain[i] * mean_square);
  }
  team_run(field->team, combine_rows, &combination);
}
