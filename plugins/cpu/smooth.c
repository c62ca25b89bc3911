#include "smooth.h"

#include <math.h>
#include <string.h>

#include "field.h"

/* Samples are `stride` apart: 1 along a row, a tile's width down its columns. */
struct window {
  double *samples, *sums, *spare;
  size_t stride;
};

static void add_shifted(double *restrict out, const double *restrict in, size_t shift, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = in[i] + in[i + shift];
}

static void accumulate(double *restrict sum, const double *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += in[i];
}

/* sums[i] = the sum of `width` samples from i on, for i < count; takes count + (width - 1) stride samples and destroys
 * them. */
static void sum_windows(struct window *window, size_t count, size_t width) {
  size_t offset = 0; /* samples that are in the sums already */
  bool empty = true;
  for (size_t size = 1;; size *= 2) { /* samples[i] is now the sum of `size` samples */
    if (width & size) {
      const double *part = window->samples + offset * window->stride;
      if (empty) {
        memcpy(window->sums, part, count * sizeof *part);
      } else {
        accumulate(window->sums, part, count);
      }
      empty = false;
      offset += size;
    }
    if (2 * size > width) return;
    add_shifted(window->spare, window->samples, size * window->stride, count + (width - 2 * size) * window->stride);
    double *swap = window->samples;
    window->samples = window->spare;
    window->spare = swap;
  }
}

/* Leaves the kernel's sums of `count` outputs in window->sums, not yet weighted. */
static void apply_kernel(const struct smoothing *smoothing, struct window *window, size_t count) {
  if (smoothing->kernel == VORDEC_SMOOTH_BOX) {
    sum_windows(window, count, smoothing->width);
    return;
  }
  const size_t h = (smoothing->width + 1) / 2;
  sum_windows(window, count + (h - 1) * window->stride, h);
  double *swap = window->samples;
  window->samples = window->sums;
  window->sums = swap;
  sum_windows(window, count, h);
}

/* Three arrays of `doubles` in a slot's scratch. */
static struct window window_in(double *scratch, size_t doubles, size_t stride) {
  return (struct window){scratch, scratch + doubles, scratch + 2 * doubles, stride};
}

struct smoothing smoothing_of(const struct grid *grid, size_t width, enum vordec_smooth_kernel kernel,
                              enum vordec_boundary boundary) {
  struct smoothing smoothing = {.width = width, .kernel = kernel, .boundary = boundary};
  const double w = (double)width, h = (w + 1) / 2;
  smoothing.weight = kernel == VORDEC_SMOOTH_BOX ? 1 / (w * w) : 1 / (h * h * h * h);
  /* Twice the window, so that the rows around a tile are at most half as many as its own, if the grid has them. */
  const size_t block = 2 * width < 64 ? 64 : 2 * width;
  smoothing.block_rows = block < grid->n ? block : grid->n;
  smoothing.tile_doubles = (smoothing.block_rows + width - 1) * SMOOTH_TILE_COLUMNS;
  return smoothing;
}

static size_t row_samples(const struct smoothing *smoothing, size_t n) {
  return grid_padded(n + smoothing->width - 1, 8);
}

size_t smooth_window_doubles(const struct smoothing *smoothing, const struct grid *grid) {
  const size_t row = row_samples(smoothing, grid->n);
  return 3 * (row > smoothing->tile_doubles ? row : smoothing->tile_doubles);
}

/* The value of all cells, where they are equal and the window wraps; else 0. Smoothing leaves a constant as it is, but
 * its rounding errors are relative to the constant's level, and would look like a residual: so it is taken away before.
 */
static double level_of(const struct field *field) {
  const struct grid *grid = &field->plan->grid;
  const double *lp = field->work->lp, level = lp[0];
  if (field->plan->smoothing.boundary != VORDEC_BOUNDARY_PERIODIC) return 0;
  for (size_t y = 0; y < grid->n; y++) {
    for (size_t x = 0; x < grid->n; x++) {
      if (lp[y * grid->pitch + x] != level) return 0;
    }
  }
  return level;
}

/* The samples around a row, less `level`: `width - 1` more than the row has. Windows begin width / 2 before their cell.
 */
static void load_row(double *samples, const double *row, const struct smoothing *smoothing, size_t n, double level) {
  const size_t before = smoothing->width / 2, after = smoothing->width - 1 - before;
  for (size_t i = 0; i < n; i++) samples[before + i] = row[i] - level;
  if (smoothing->boundary == VORDEC_BOUNDARY_PERIODIC) { /* width <= n: one wrap is enough */
    memcpy(samples, samples + n, before * sizeof *row);
    memcpy(samples + before + n, samples + before, after * sizeof *row);
  } else {
    memset(samples, 0, before * sizeof *row);
    memset(samples + before + n, 0, after * sizeof *row);
  }
}

size_t smooth_line_doubles(const struct smoothing *smoothing, size_t n) {
  return 3 * row_samples(smoothing, n);
}

void smooth_line(const struct smoothing *smoothing, double *line, size_t n, double *scratch) {
  const double w = (double)smoothing->width, h = (w + 1) / 2;
  const double total = smoothing->kernel == VORDEC_SMOOTH_BOX ? w : h * h;
  struct window window = window_in(scratch, row_samples(smoothing, n), 1);
  load_row(window.samples, line, smoothing, n, 0);
  apply_kernel(smoothing, &window, n);
  for (size_t i = 0; i < n; i++) line[i] = window.sums[i] / total; /* 1 where all samples are 1 */
}

static void smooth_rows(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct grid *grid = &field->plan->grid;
  const struct smoothing *smoothing = &field->plan->smoothing;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    struct window window = window_in(field->scratch[slot].window, row_samples(smoothing, grid->n), 1);
    load_row(window.samples, field->work->lp + y * grid->pitch, smoothing, grid->n, field->level);
    apply_kernel(smoothing, &window, grid->n);
    memcpy(field->work->spare + y * grid->pitch, window.sums, grid->n * sizeof(double));
  }
}

/* A tile's columns x .. x + columns - 1 of the rows that the output rows y .. y + rows - 1 depend on. */
static void load_tile(double *samples, const struct field *field, size_t x, size_t columns, size_t y, size_t rows) {
  const struct grid *grid = &field->plan->grid;
  const struct smoothing *smoothing = &field->plan->smoothing;
  const size_t before = smoothing->width / 2;
  for (size_t i = 0; i < rows + smoothing->width - 1; i++) {
    double *out = samples + i * SMOOTH_TILE_COLUMNS;
    /* Row y + i - before, counted from n rows above the grid. */
    const size_t lifted = y + i + grid->n - before;
    const bool inside = lifted >= grid->n && lifted < 2 * grid->n;
    if (inside || smoothing->boundary == VORDEC_BOUNDARY_PERIODIC) {
      memcpy(out, field->work->spare + lifted % grid->n * grid->pitch + x, columns * sizeof *out);
    } else {
      memset(out, 0, columns * sizeof *out);
    }
  }
}

/* One row of R; the largest |R| of each column of the tile, and R - R, which is 0 unless R is not finite. */
static void subtract_row(double *restrict r, const double *restrict lp, const double *restrict sums, double weight,
                         double level, size_t columns, double *restrict largest, double *restrict poison) {
  for (size_t j = 0; j < columns; j++) {
    const double value = (lp[j] - level) - sums[j] * weight;
    const double magnitude = fabs(value);
    r[j] = value;
    largest[j] = magnitude > largest[j] ? magnitude : largest[j];
    poison[j] += value - value;
  }
}

static double finish_tile(const struct field *field, const double *sums, size_t x, size_t columns, size_t y,
                          size_t rows) {
  double largest[SMOOTH_TILE_COLUMNS] = {0}, poison[SMOOTH_TILE_COLUMNS] = {0};
  for (size_t i = 0; i < rows; i++) {
    const size_t at = (y + i) * field->plan->grid.pitch + x;
    subtract_row(field->work->other + at, field->work->lp + at, sums + i * SMOOTH_TILE_COLUMNS,
                 field->plan->smoothing.weight, field->level, columns, largest, poison);
  }
  double absmax = 0, bad = 0;
  for (size_t j = 0; j < columns; j++) {
    absmax = fmax(absmax, largest[j]);
    bad += poison[j];
  }
  return absmax + bad;
}

static void smooth_columns(void *ctx, size_t slot, size_t slots) {
  const struct field *field = ctx;
  const struct grid *grid = &field->plan->grid;
  const struct smoothing *smoothing = &field->plan->smoothing;
  struct scratch *scratch = &field->scratch[slot];
  const struct range share = range_of_slot(grid->n, slot, slots);
  scratch->absmax = 0;
  for (size_t y = share.begin; y < share.end; y += smoothing->block_rows) {
    const size_t rows = share.end - y < smoothing->block_rows ? share.end - y : smoothing->block_rows;
    for (size_t x = 0; x < grid->n; x += SMOOTH_TILE_COLUMNS) {
      const size_t columns = grid->n - x < SMOOTH_TILE_COLUMNS ? grid->n - x : SMOOTH_TILE_COLUMNS;
      struct window window = window_in(scratch->window, smoothing->tile_doubles, SMOOTH_TILE_COLUMNS);
      load_tile(window.samples, field, x, columns, y, rows);
      apply_kernel(smoothing, &window, rows * SMOOTH_TILE_COLUMNS);
      const double absmax = finish_tile(field, window.sums, x, columns, y, rows);
      if (!(absmax <= scratch->absmax)) scratch->absmax = absmax; /* NAN, too */
      if (isnan(absmax)) return;
    }
  }
}

double smooth_residual(struct field *field) {
  field->level = level_of(field);
  field_run(field, smooth_rows);
  field_run(field, smooth_columns);
  double absmax = 0;
  for (size_t slot = 0; slot < field->team.slots; slot++) {
    const double part = field->scratch[slot].absmax;
    if (isnan(part)) return NAN;
    absmax = fmax(absmax, part);
  }
  return absmax;
}
