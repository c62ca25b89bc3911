/* SPDX-License-Identifier: MIT */
#include "smooth.h"

#include <math.h>
#include <string.h>

#include "core/base/window.h"

/* Samples are `stride` apart: 1 along a row, a tile's width down its columns. */
struct samples {
  double *values, *sums, *spare;
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
static void sum_windows(struct samples *samples, size_t count, size_t width) {
  size_t offset = 0; /* samples that are in the sums already */
  bool empty = true;
  for (size_t size = 1;; size *= 2) { /* values[i] is now the sum of `size` samples */
    if (width & size) {
      const double *part = samples->values + offset * samples->stride;
      if (empty) {
        memcpy(samples->sums, part, count * sizeof *part);
      } else {
        accumulate(samples->sums, part, count);
      }
      empty = false;
      offset += size;
    }
    if (2 * size > width) return;
    add_shifted(samples->spare, samples->values, size * samples->stride, count + (width - 2 * size) * samples->stride);
    double *swap = samples->values;
    samples->values = samples->spare;
    samples->spare = swap;
  }
}

static void sum_box(const struct smoothing *smoothing, struct samples *samples, size_t count) {
  sum_windows(samples, count, smoothing->width);
}

static void sum_triangle(const struct smoothing *smoothing, struct samples *samples, size_t count) {
  const size_t h = (smoothing->width + 1) / 2;
  sum_windows(samples, count + (h - 1) * samples->stride, h);
  double *swap = samples->values;
  samples->values = samples->sums;
  samples->sums = swap;
  sum_windows(samples, count, h);
}

static void add_weighted(double *restrict sums, const double *restrict in, double weight, size_t count) {
  for (size_t i = 0; i < count; i++) sums[i] += weight * in[i];
}

static void sum_weighted(const struct smoothing *smoothing, struct samples *samples, size_t count) {
  memset(samples->sums, 0, count * sizeof *samples->sums);
  for (size_t i = 0; i < smoothing->width; i++) {
    add_weighted(samples->sums, samples->values + i * samples->stride, smoothing->weights[i], count);
  }
}

/* Leave the sums of `count` outputs in samples->sums, not yet divided. A window that is not here has sum_weighted(). */
static void (*const tuned[])(const struct smoothing *, struct samples *,
                             size_t) = {[VORDEC_SMOOTH_BOX] = sum_box, [VORDEC_SMOOTH_TRIANGLE] = sum_triangle};

/* Three arrays of `doubles` in a slot's scratch. */
static struct samples samples_in(double *scratch, size_t doubles, size_t stride) {
  return (struct samples){scratch, scratch + doubles, scratch + 2 * doubles, stride};
}

static bool is_palindrome(const double *values, size_t count) {
  for (size_t i = 0; i < count / 2; i++) {
    if (values[i] != values[count - 1 - i]) return false;
  }
  return true;
}

static void choose_sum(struct smoothing *smoothing, enum vordec_smooth_kernel kernel) {
  const bool is_tuned = (size_t)kernel < sizeof tuned / sizeof *tuned;
  smoothing->sum = is_tuned ? tuned[kernel] : sum_weighted;
  smoothing->total = is_tuned ? window_total(kernel, (uint32_t)smoothing->width) : 1;
  smoothing->weight = 1 / (smoothing->total * smoothing->total);
}

bool smoothing_create(struct smoothing *smoothing, struct memory *memory, const struct grid *grid,
                      const struct window_choice *choice) {
  const size_t width = choice->width;
  *smoothing = (struct smoothing){.grid = *grid, .width = width, .boundary = choice->boundary};
  smoothing->weights = memory_take(memory, width, sizeof *smoothing->weights);
  if (!smoothing->weights) return false;
  window_weights(choice->kernel, (uint32_t)width, smoothing->weights);
  smoothing->symmetric = width % 2 == 1 && is_palindrome(smoothing->weights, width);
  choose_sum(smoothing, choice->kernel);
  /* Twice the window, so that the rows around a tile are at most half as many as its own, if the grid has them. */
  const size_t block = 2 * width < 64 ? 64 : 2 * width;
  smoothing->block_rows = block < grid->n ? block : grid->n;
  smoothing->tile_doubles = (smoothing->block_rows + width - 1) * SMOOTH_TILE_COLUMNS;
  return true;
}

void smoothing_destroy(struct smoothing *smoothing, const struct memory_source *source) {
  memory_release(source, smoothing->weights);
  *smoothing = (struct smoothing){0};
}

void smoothing_generalise(struct smoothing *smoothing) {
  smoothing->sum = sum_weighted;
  smoothing->total = 1;
  smoothing->weight = 1;
}

static size_t row_samples(const struct smoothing *smoothing) {
  return grid_padded(smoothing->grid.n + smoothing->width - 1, 8);
}

struct smooth_slot *smooth_slots_create(const struct smoothing *smoothing, struct memory *memory, size_t count) {
  const size_t row = row_samples(smoothing);
  const size_t doubles = 3 * (row > smoothing->tile_doubles ? row : smoothing->tile_doubles);
  struct smooth_slot *slots = memory_take(memory, count, sizeof *slots);
  for (size_t i = 0; slots && i < count; i++) {
    slots[i].samples = memory_take(memory, doubles, sizeof *slots[i].samples);
    if (slots[i].samples) continue;
    smooth_slots_destroy(slots, &memory->source, count);
    return NULL;
  }
  return slots;
}

void smooth_slots_destroy(struct smooth_slot *slots, const struct memory_source *source, size_t count) {
  for (size_t i = 0; slots && i < count; i++) memory_release(source, slots[i].samples);
  memory_release(source, slots);
}

struct smooth_run {
  const struct smoothing *smoothing;
  const struct smooth_fields *fields;
  struct smooth_slot *slots;
  double level; /* see level_of() */
};

/* The value of all cells, where they are equal and the window wraps; else 0. Smoothing leaves a constant as it is, but
 * its rounding errors are relative to the constant's level, and would look like a residual: so it is taken away before.
 */
static double level_of(const struct smoothing *smoothing, const double *in) {
  const struct grid *grid = &smoothing->grid;
  const double level = in[0];
  if (smoothing->boundary != VORDEC_BOUNDARY_PERIODIC) return 0;
  for (size_t y = 0; y < grid->n; y++) {
    for (size_t x = 0; x < grid->n; x++) {
      if (in[y * grid->pitch + x] != level) return 0;
    }
  }
  return level;
}

/* The samples around a row, less `level`: `width - 1` more than the row has. Windows begin width / 2 before their cell.
 */
static void load_row(double *samples, const double *row, const struct smoothing *smoothing, double level) {
  const size_t n = smoothing->grid.n;
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

size_t smooth_line_doubles(const struct smoothing *smoothing) {
  return 3 * row_samples(smoothing);
}

void smooth_line(const struct smoothing *smoothing, double *line, double *scratch) {
  const size_t n = smoothing->grid.n;
  struct samples samples = samples_in(scratch, row_samples(smoothing), 1);
  load_row(samples.values, line, smoothing, 0);
  smoothing->sum(smoothing, &samples, n);
  for (size_t i = 0; i < n; i++) line[i] = samples.sums[i] / smoothing->total; /* 1 where all samples are 1 */
}

static void smooth_rows(void *ctx, size_t slot, size_t slots) {
  const struct smooth_run *run = ctx;
  const struct smoothing *smoothing = run->smoothing;
  const struct grid *grid = &smoothing->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    struct samples samples = samples_in(run->slots[slot].samples, row_samples(smoothing), 1);
    load_row(samples.values, run->fields->in + y * grid->pitch, smoothing, run->level);
    smoothing->sum(smoothing, &samples, grid->n);
    memcpy(run->fields->along_x + y * grid->pitch, samples.sums, grid->n * sizeof(double));
  }
}

struct tile {
  size_t x, y, columns, rows;
};

/* A tile's columns of the rows that its own rows depend on. */
static void load_tile(double *samples, const struct smooth_run *run, const struct tile *tile) {
  const struct smoothing *smoothing = run->smoothing;
  const struct grid *grid = &smoothing->grid;
  const size_t before = smoothing->width / 2;
  for (size_t i = 0; i < tile->rows + smoothing->width - 1; i++) {
    double *out = samples + i * SMOOTH_TILE_COLUMNS;
    /* Row y + i - before, counted from n rows above the grid. */
    const size_t lifted = tile->y + i + grid->n - before;
    const bool inside = lifted >= grid->n && lifted < 2 * grid->n;
    if (inside || smoothing->boundary == VORDEC_BOUNDARY_PERIODIC) {
      memcpy(out, run->fields->along_x + lifted % grid->n * grid->pitch + tile->x, tile->columns * sizeof *out);
    } else {
      memset(out, 0, tile->columns * sizeof *out);
    }
  }
}

/* Of each column of a tile: the largest |R|, and the sum of R - R, which is 0 unless R is not finite. */
struct column_extremes {
  double largest[SMOOTH_TILE_COLUMNS], poison[SMOOTH_TILE_COLUMNS];
};

/* One row of R, as wide as the tile. */
static void subtract_row(const struct smooth_run *run, double *restrict r, const double *restrict in,
                         const double *restrict sums, size_t columns, struct column_extremes *restrict extremes) {
  const double weight = run->smoothing->weight, level = run->level;
  for (size_t j = 0; j < columns; j++) {
    const double value = (in[j] - level) - sums[j] * weight;
    const double magnitude = fabs(value);
    r[j] = value;
    extremes->largest[j] = magnitude > extremes->largest[j] ? magnitude : extremes->largest[j];
    extremes->poison[j] += value - value;
  }
}

static double finish_tile(const struct smooth_run *run, const double *sums, const struct tile *tile) {
  struct column_extremes extremes = {0};
  for (size_t i = 0; i < tile->rows; i++) {
    const size_t at = (tile->y + i) * run->smoothing->grid.pitch + tile->x;
    subtract_row(run, run->fields->residual + at, run->fields->in + at, sums + i * SMOOTH_TILE_COLUMNS, tile->columns,
                 &extremes);
  }
  double absmax = 0, bad = 0;
  for (size_t j = 0; j < tile->columns; j++) {
    absmax = fmax(absmax, extremes.largest[j]);
    bad += extremes.poison[j];
  }
  return absmax + bad;
}

static void smooth_columns(void *ctx, size_t slot, size_t slots) {
  const struct smooth_run *run = ctx;
  const struct smoothing *smoothing = run->smoothing;
  const struct grid *grid = &smoothing->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  run->slots[slot].absmax = 0;
  for (size_t y = share.begin; y < share.end; y += smoothing->block_rows) {
    const size_t rows = share.end - y < smoothing->block_rows ? share.end - y : smoothing->block_rows;
    for (size_t x = 0; x < grid->n; x += SMOOTH_TILE_COLUMNS) {
      const size_t columns = grid->n - x < SMOOTH_TILE_COLUMNS ? grid->n - x : SMOOTH_TILE_COLUMNS;
      const struct tile tile = {x, y, columns, rows};
      struct samples samples = samples_in(run->slots[slot].samples, smoothing->tile_doubles, SMOOTH_TILE_COLUMNS);
      load_tile(samples.values, run, &tile);
      smoothing->sum(smoothing, &samples, rows * SMOOTH_TILE_COLUMNS);
      const double absmax = finish_tile(run, samples.sums, &tile);
      if (!(absmax <= run->slots[slot].absmax)) run->slots[slot].absmax = absmax; /* NAN, too */
      if (isnan(absmax)) return;
    }
  }
}

double smooth_residual(const struct smoothing *smoothing, const struct smooth_fields *fields, struct team team,
                       struct smooth_slot *slots) {
  struct smooth_run run = {smoothing, fields, slots, level_of(smoothing, fields->in)};
  team_run(team, smooth_rows, &run);
  team_run(team, smooth_columns, &run);
  double absmax = 0;
  for (size_t slot = 0; slot < team.slots; slot++) {
    const double part = slots[slot].absmax;
    if (isnan(part)) return NAN;
    absmax = fmax(absmax, part);
  }
  return absmax;
}
