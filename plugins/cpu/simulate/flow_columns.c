/* SPDX-License-Identifier: MIT */
#include "flow_columns.h"

#include <math.h>
#include <string.h>

#include "numerics/grid.h"

#define FILTER_ALPHA 36.0
#define FILTER_POWER 8.0

/* Measured: a pass that writes 8 MB is not faster when it writes past the caches; one of 33 MB is. */
#define CACHED_DOUBLES ((size_t)2 << 20)

#define VALUE (2 * sizeof(double)) /* bytes of a complex value */

struct pass {
  struct flow_space *space;
  enum flow_damping damping;
};

static void transform(fftw_plan plan, double *in, double *out) {
  fftw_execute_dft(plan, (fftw_complex *)in, (fftw_complex *)out);
}

/* The number of columns that this line has. */
static size_t columns_of(const struct flow_space *space, size_t line) {
  const size_t left = space->half - line * FLOW_COLUMNS;
  return left < FLOW_COLUMNS ? left : FLOW_COLUMNS;
}

/* Separates the columns of a line and transforms them: slot->spectrum. */
static void read_columns(const struct flow_space *space, const struct flow_slot *slot, size_t line) {
  const double *from = space->waves + line * space->waves_stride;
  const size_t count = columns_of(space, line), pitch = space->column_pitch;
  for (size_t y = 0; y < space->n; y++) {
    for (size_t c = 0; c < FLOW_COLUMNS; c++) {
      memcpy(slot->columns + c * pitch + 2 * y, from + y * FLOW_LINE + 2 * c, VALUE);
    }
  }
  for (size_t c = 0; c < count; c++) transform(space->forward, slot->columns + c * pitch, slot->spectrum + c * pitch);
}

static void write_lines(const struct flow_space *space, const struct flow_slot *slot, size_t fields, double *line) {
  const struct flow_lines lines = {.n = space->n,
                                   .fields = fields,
                                   .pitch = space->column_pitch,
                                   .columns = slot->columns,
                                   .line = line,
                                   .past_caches = fields * space->waves_stride * space->lines > CACHED_DOUBLES};
  space->kernels->flow_join(&lines);
}

static void write_waves(const struct flow_space *space, const struct flow_slot *slot, size_t line) {
  write_lines(space, slot, 1, space->waves + line * space->waves_stride);
}

static void write_parts(const struct flow_space *space, const struct flow_slot *slot, size_t line) {
  write_lines(space, slot, FLOW_PARTS, space->parts + line * space->parts_stride);
}

/* Sets those rows of a column's spectrum to 0 that the two-thirds rule leaves out. */
static void truncate_column(const struct flow_space *space, double *spectrum) {
  const size_t rows = space->n - 2 * space->kept + 1; /* kept .. n - kept */
  memset(spectrum + 2 * space->kept, 0, rows * VALUE);
}

/* What the formula of the shear in numerics/flow.h lacks in column x: there it takes a derivative of something that has
 * none along y, and a share of the mean. */
static void note_shear(struct flow_space *space, const double *spectrum, size_t x) {
  const size_t n = space->n;
  const double kx2 = (double)(x * x), largest = 0.25 * (double)n * (double)n;
  const double share = 0.5 * largest / (kx2 + largest) / ((double)n * (double)n);
  if (x == 0) space->mean = 0.5 * spectrum[0] / ((double)n * (double)n);
  for (size_t part = 0; part < 2; part++) {
    space->nyquist[2 * x + part] = n % 2 == 0 ? share * spectrum[n + part] : 0.0;
  }
}

/* The mean, which has no stream function. */
static void settle_mean(const struct flow_space *space, const struct flow_column *column) {
  for (size_t part = 0; part < 2; part++) {
    column->part[FLOW_PSI][part] = 0.0;
    column->part[FLOW_PSI_Y][part] = 0.0;
    column->part[FLOW_OMEGA_YY][part] = space->reference_mean ? -column->scale * column->spectrum[part] : 0.0;
  }
}

static void derive_column(struct flow_space *space, const struct flow_slot *slot, size_t x) {
  const size_t pitch = space->column_pitch, c = x % FLOW_COLUMNS;
  double *spectrum = slot->spectrum + c * pitch;
  struct flow_column column = {.n = space->n,
                               .kx2 = (double)(x * x),
                               .scale = 1 / ((double)space->n * (double)space->n),
                               .ky2 = space->ky2,
                               .iky = space->iky,
                               .spectrum = spectrum};
  if (space->dealias) truncate_column(space, spectrum);
  note_shear(space, spectrum, x);
  for (size_t part = 0; part < FLOW_PARTS; part++) column.part[part] = slot->derived + part * pitch;
  space->kernels->flow_derive(&column);
  if (x == 0) settle_mean(space, &column);
  for (size_t part = 0; part < FLOW_PARTS; part++) {
    transform(space->backward, column.part[part], slot->columns + (part * FLOW_COLUMNS + c) * pitch);
  }
}

/* Writes column c of a line as it was, except for what its spectrum is multiplied by; with `nothing`, it becomes 0. */
static void restore_column(const struct flow_space *space, const struct flow_slot *slot, size_t c, bool nothing) {
  const double scale = 1 / (double)space->n;
  double *spectrum = slot->spectrum + c * space->column_pitch, *column = slot->columns + c * space->column_pitch;
  if (nothing) {
    memset(column, 0, space->n * VALUE);
    return;
  }
  for (size_t i = 0; i < 2 * space->n; i++) slot->derived[i] = scale * spectrum[i];
  transform(space->backward, slot->derived, column);
}

static void clear_columns(const struct flow_space *space, const struct flow_slot *slot, size_t c) {
  for (size_t part = 0; part < FLOW_PARTS; part++) {
    memset(slot->columns + (part * FLOW_COLUMNS + c) * space->column_pitch, 0, space->n * VALUE);
  }
}

static void derive_line(struct flow_space *space, const struct flow_slot *slot, size_t line) {
  const size_t first = line * FLOW_COLUMNS;
  read_columns(space, slot, line);
  for (size_t c = 0; c < FLOW_COLUMNS; c++) {
    if (first + c < space->kept) {
      derive_column(space, slot, first + c);
    } else {
      clear_columns(space, slot, c);
    }
  }
  write_parts(space, slot, line);
  if (!space->dealias) return;
  for (size_t c = 0; c < FLOW_COLUMNS; c++) restore_column(space, slot, c, first + c >= space->kept);
  write_waves(space, slot, line);
}

static void derive_slot(void *ctx, size_t number, size_t slots) {
  struct flow_space *space = ctx;
  const struct range share = range_of_slot(space->lines, number, slots);
  for (size_t line = share.begin; line < share.end; line++) derive_line(space, &space->slots[number], line);
}

void flow_columns_derive(struct flow_space *space) {
  team_run(space->team, derive_slot, space);
}

/* ---- damping ---- */

static void filter_column(const struct flow_space *space, double *spectrum, size_t x) {
  const double largest = 0.5 * (double)space->n;
  for (size_t y = 0; y < space->n; y++) {
    const double ky = flow_wavenumber(y, space->n), ratio = sqrt(ky * ky + (double)(x * x)) / largest;
    const double factor = exp(-FILTER_ALPHA * pow(ratio, FILTER_POWER));
    spectrum[2 * y] *= factor;
    spectrum[2 * y + 1] *= factor;
  }
}

static void damp_line(const struct pass *pass, const struct flow_slot *slot, size_t line) {
  const struct flow_space *space = pass->space;
  read_columns(space, slot, line);
  for (size_t c = 0; c < FLOW_COLUMNS; c++) {
    const size_t x = line * FLOW_COLUMNS + c;
    double *spectrum = slot->spectrum + c * space->column_pitch;
    bool nothing = x >= space->half;
    switch (pass->damping) {
    case FLOW_TWO_THIRDS:
      nothing = x >= space->kept;
      if (!nothing) truncate_column(space, spectrum);
      break;
    case FLOW_FILTER:
      if (!nothing) filter_column(space, spectrum, x);
      break;
    }
    restore_column(space, slot, c, nothing);
  }
  write_waves(space, slot, line);
}

static void damp_slot(void *ctx, size_t number, size_t slots) {
  const struct pass *pass = ctx;
  const struct range share = range_of_slot(pass->space->lines, number, slots);
  for (size_t line = share.begin; line < share.end; line++) damp_line(pass, &pass->space->slots[number], line);
}

void flow_columns_damp(struct flow_space *space, enum flow_damping damping) {
  struct pass pass = {space, damping};
  team_run(space->team, damp_slot, &pass);
}
