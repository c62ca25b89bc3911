/* SPDX-License-Identifier: MIT */
#include "flow_rows.h"

#include <math.h>
#include <string.h>

#include "numerics/grid.h"

struct pass {
  struct flow_space *space;
  enum flow_rows_task task;
  double *omega;
};

/* The waves of a row. */
static void write_waves(const struct flow_space *space, const struct flow_slot *slot, size_t y, const double *row) {
  double *half = slot->half[0], *to = space->waves + y * FLOW_LINE;
  fftw_execute_dft_r2c(space->to_half, (double *)row, (fftw_complex *)half);
  memset(half + 2 * space->half, 0, (space->lines * FLOW_LINE - 2 * space->half) * sizeof *half);
  for (size_t line = 0; line < space->lines; line++) {
    memcpy(to + line * space->waves_stride, half + line * FLOW_LINE, FLOW_LINE * sizeof *half);
  }
}

/* Makes the row that the waves stand for, in slot->fresh. */
static void read_waves(const struct flow_space *space, const struct flow_slot *slot, size_t y) {
  const double *from = space->waves + y * FLOW_LINE, scale = 1 / (double)space->n;
  double *half = slot->half[0];
  for (size_t line = 0; line < space->lines; line++) {
    memcpy(half + line * FLOW_LINE, from + line * space->waves_stride, FLOW_LINE * sizeof *half);
  }
  fftw_execute_dft_c2r(space->to_row, (fftw_complex *)half, slot->fresh);
  for (size_t x = 0; x < space->n; x++) slot->fresh[x] *= scale;
}

/* Makes slot->row: the fields of a row, with or without those of the strain. */
static void derive_fields(const struct flow_space *space, const struct flow_slot *slot, size_t y, bool strain) {
  struct flow_row row = {.lines = space->lines,
                         .tables = &space->tables,
                         .waves = space->waves + y * FLOW_LINE,
                         .parts = space->parts + y * FLOW_PARTS * FLOW_LINE,
                         .waves_stride = space->waves_stride,
                         .parts_stride = space->parts_stride,
                         .nyquist = space->nyquist,
                         .sign = y % 2 ? -1.0 : 1.0};
  const size_t fields = strain ? FLOW_FIELDS : FLOW_STRAIN;
  for (size_t i = 0; i < fields; i++) row.field[i] = slot->half[i];
  space->kernels->flow_spectra(&row);
  if (strain) slot->half[FLOW_SHEAR][0] += space->mean;
  for (size_t i = 0; i < fields; i++) {
    fftw_execute_dft_c2r(space->to_row, (fftw_complex *)slot->half[i], slot->row[i]);
  }
}

static struct flow_values values_of(const struct pass *pass, const struct flow_slot *slot, size_t y) {
  const struct flow_space *space = pass->space;
  const size_t at = y * space->pitch;
  struct flow_values values = {.n = space->n,
                               .omega = pass->omega + at,
                               .viscosity = space->viscosity + at,
                               .slope = space->slope + at,
                               .nu0 = space->nu0,
                               .eddy = space->eddy,
                               .dt = space->dt};
  for (size_t i = 0; i < FLOW_FIELDS; i++) values.field[i] = slot->row[i];
  return values;
}

/* Row y of the field is slot->fresh; whether it is finite is noted. */
static void settle_row(const struct pass *pass, struct flow_slot *slot, size_t y) {
  const size_t n = pass->space->n;
  double poison = 0; /* 0, or NAN if a value is not finite */
  for (size_t x = 0; x < n; x++) poison += slot->fresh[x] - slot->fresh[x];
  memcpy(pass->omega + y * pass->space->pitch, slot->fresh, n * sizeof *slot->fresh);
  if (poison == 0 || slot->bad != SIZE_MAX) return;
  size_t x = 0;
  while (isfinite(slot->fresh[x])) x++;
  slot->bad = y * n + x;
}

static void do_row(const struct pass *pass, struct flow_slot *slot, size_t y) {
  const struct flow_space *space = pass->space;
  const struct kernels *kernels = space->kernels;
  const struct flow_values values = values_of(pass, slot, y);
  switch (pass->task) {
  case FLOW_ROWS_BEGIN:
    memcpy(slot->fresh, values.omega, space->n * sizeof *slot->fresh);
    break;
  case FLOW_ROWS_PREDICT:
    derive_fields(space, slot, y, true);
    kernels->flow_viscosity(&values);
    kernels->flow_predict(&values, slot->fresh);
    break;
  case FLOW_ROWS_CORRECT:
    derive_fields(space, slot, y, false);
    kernels->flow_correct(&values, slot->fresh);
    settle_row(pass, slot, y);
    break;
  case FLOW_ROWS_SUM:
    derive_fields(space, slot, y, false);
    kernels->flow_sum(&values, slot->fresh);
    break;
  case FLOW_ROWS_ADD:
    read_waves(space, slot, y);
    for (size_t x = 0; x < space->n; x++) slot->fresh[x] = values.omega[x] + 0.5 * space->dt * slot->fresh[x];
    settle_row(pass, slot, y);
    break;
  case FLOW_ROWS_REPLACE:
    read_waves(space, slot, y);
    settle_row(pass, slot, y);
    break;
  }
  write_waves(space, slot, y, slot->fresh);
}

static void rows_slot(void *ctx, size_t number, size_t slots) {
  const struct pass *pass = ctx;
  struct flow_slot *slot = &pass->space->slots[number];
  const struct range share = range_of_slot(pass->space->n, number, slots);
  slot->bad = SIZE_MAX;
  for (size_t y = share.begin; y < share.end; y++) do_row(pass, slot, y);
}

size_t flow_rows(struct flow_space *space, enum flow_rows_task task, double *omega) {
  struct pass pass = {space, task, omega};
  team_run(space->team, rows_slot, &pass);
  size_t bad = SIZE_MAX;
  for (size_t i = 0; i < space->team.slots; i++) {
    if (space->slots[i].bad < bad) bad = space->slots[i].bad;
  }
  return bad;
}
