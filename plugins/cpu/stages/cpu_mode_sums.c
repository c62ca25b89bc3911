/* SPDX-License-Identifier: MIT */
#include "cpu_mode_sums.h"

#include <math.h>
#include <string.h>

/* Rows that are done together: this many from the upper half of the grid, and their mirror images. */
#define PANEL 32

/* Measured: up to this size R, of one field or of one for each thread, stays in the second-level caches. */
#define KEEP_R_N 512
/* And so do this many doubles of an R that is made again. */
#define R_DOUBLES ((size_t)1 << 14)

static size_t matrix_pitch(const struct mode_sums *sums) {
  return (sums->x.terms + PRODUCT_ROWS) / PRODUCT_ROWS * PRODUCT_ROWS; /* at least one more than there are terms */
}

static size_t matrix_doubles(const struct mode_sums *sums) {
  return (sums->y.terms + 1) * matrix_pitch(sums);
}

size_t mode_sums_matrix_doubles(const struct mode_sums *sums) {
  return mode_sums_used(sums) ? matrix_doubles(sums) : 0;
}

#define SIGNAL_PITCH (2 * PANEL + 8) /* room for the last rows' neighbours, and off a power of two */

static size_t signal_doubles(const struct mode_sums *sums) {
  return 2 * sums->x.terms * SIGNAL_PITCH;
}

bool mode_sums_keeps_r(const struct mode_sums *sums) {
  return sums->x.n <= KEEP_R_N;
}

/* The number of rows of R that are made again at a time. */
static size_t r_rows(const struct mode_sums *sums) {
  const size_t rows = R_DOUBLES / sums->grid.pitch / PRODUCT_ROWS * PRODUCT_ROWS;
  if (rows < PRODUCT_ROWS) return PRODUCT_ROWS;
  return rows < PANEL ? rows : PANEL;
}

static size_t slot_doubles(const struct mode_sums *sums) {
  if (!mode_sums_used(sums)) return 0;
  const size_t again = mode_sums_keeps_r(sums) ? 0 : r_rows(sums) * sums->grid.pitch;
  return signal_doubles(sums) + again;
}

struct mode_sums_slot *mode_sums_slots_create(const struct mode_sums *one, const struct mode_sums *other,
                                              struct memory *memory, size_t count) {
  const size_t a = slot_doubles(one), b = slot_doubles(other);
  struct mode_sums_slot *slots = memory_take(memory, count, sizeof *slots);
  for (size_t i = 0; slots && i < count; i++) {
    slots[i].signals = memory_take(memory, a > b ? a : b, sizeof *slots[i].signals);
    if (slots[i].signals) continue;
    mode_sums_slots_destroy(slots, &memory->source, count);
    return NULL;
  }
  return slots;
}

void mode_sums_slots_destroy(struct mode_sums_slot *slots, const struct memory_source *source, size_t count) {
  for (size_t i = 0; slots && i < count; i++) memory_release(source, slots[i].signals);
  memory_release(source, slots);
}

/* A row of the half spectrum as a wavenumber without its sign, and the sign. */
static size_t row_wavenumber(size_t n, size_t row) {
  return 2 * row <= n ? row : n - row;
}

static bool create_bases(struct mode_sums *sums, struct memory *memory, const struct grid *grid,
                         const struct mode_table *table, const struct smoothing *smoothing) {
  struct memory temporary = {.source = memory->source};
  bool *present = memory_take(&temporary, 2 * grid->half, sizeof *present);
  if (!present) return false;
  bool *x = present, *y = present + grid->half;
  for (size_t i = 0; i < table->count; i++) {
    x[table->modes[i].column] = true;
    y[row_wavenumber(grid->n, table->modes[i].row)] = true;
  }
  /* The base is subtracted, so one of its factors is negative. */
  const bool made = basis_create(&sums->x, memory, grid->n, x, smoothing, 1) &&
                    basis_create(&sums->y, memory, grid->n, y, smoothing, -1);
  memory_release(&memory->source, present);
  return made;
}

/* exp(i k.x) at the middle of the grid is exp(i pi (kx + ky) (n - 1) / n). */
static bool create_factors(struct mode_sums *sums, struct memory *memory, const struct grid *grid,
                           const struct mode_table *table) {
  const size_t n = grid->n;
  struct memory temporary = {.source = memory->source};
  double(*circle)[2] = basis_circle(&temporary, n);
  if (!circle) return false;
  sums->factor = memory_take(memory, table->count, sizeof *sums->factor);
  for (size_t i = 0; sums->factor && i < table->count; i++) {
    const struct mode *mode = &table->modes[i];
    const size_t k = 2 * mode->row <= n ? mode->column + (size_t)mode->row : mode->column + n + mode->row;
    /* k stands for itself minus 2 n if the row's wavenumber is negative; the phase does not depend on that. */
    const size_t m = k * (n - 1) % (2 * n);
    const double weight = mode_weight(grid, mode->column);
    sums->factor[i][0] = weight * circle[m][0];
    sums->factor[i][1] = weight * circle[m][1];
  }
  memory_release(&memory->source, circle);
  return sums->factor != NULL;
}

bool mode_sums_create(struct mode_sums *sums, struct memory *memory, const struct grid *grid,
                      const struct mode_table *table, const struct smoothing *smoothing) {
  *sums = (struct mode_sums){.grid = *grid};
  if (create_bases(sums, memory, grid, table, smoothing) && create_factors(sums, memory, grid, table)) {
    return true;
  }
  mode_sums_destroy(sums, &memory->source);
  return false;
}

void mode_sums_destroy(struct mode_sums *sums, const struct memory_source *source) {
  basis_destroy(&sums->x, source);
  basis_destroy(&sums->y, source);
  memory_release(source, sums->factor);
  *sums = (struct mode_sums){0};
}

/* With X = kx x' and Y = |ky| y', s the sign of ky: Re g exp(i X) exp(i s Y) =
 *   Re g (cos X cos Y - s sin X sin Y) - Im g (sin X cos Y + s cos X sin Y). */
static void add_mode(double *matrix, size_t pitch, const struct mode_sums *sums, const struct mode *mode,
                     const double *factor, struct complex_value value) {
  const size_t n = sums->x.n, k = row_wavenumber(n, mode->row);
  const double sign = 2 * mode->row <= n ? 1 : -1;
  const double re = value.re * factor[0] - value.im * factor[1], im = value.re * factor[1] + value.im * factor[0];
  double *cosines = matrix + sums->y.cosine[k] * pitch, *sines = matrix + sums->y.sine[k] * pitch;
  const size_t cosine = sums->x.cosine[mode->column], sine = sums->x.sine[mode->column];
  cosines[cosine] += re;
  cosines[sine] -= im;
  sines[cosine] -= sign * im;
  sines[sine] -= sign * re;
}

void mode_sums_scatter(const struct mode_sums *sums, const struct mode_table *table, const struct coefficients *given,
                       double *matrix) {
  const size_t pitch = matrix_pitch(sums);
  memset(matrix, 0, matrix_doubles(sums) * sizeof *matrix);
  for (size_t i = 0; i < table->count; i++) {
    const struct mode *mode = &table->modes[i];
    add_mode(matrix, pitch, sums, mode, sums->factor[i], mode_value(mode, given));
  }
}

static bool has_smoothing(const struct basis *basis) {
  return basis->even[1].count + basis->odd[1].count > 0;
}

struct run {
  const struct mode_sums *sums;
  const struct mode_sums_work *work;
  double *out;
  size_t pitch;
};

/* The signals of rows y .. y + count - 1, then those of their mirror images, in the order of rows. */
static void sum_along_y(const struct run *run, double *signals, size_t y, size_t count) {
  const struct basis *basis = &run->sums->y;
  const double *matrix = run->work->matrix;
  double *smoothed = signals + run->sums->x.terms * SIGNAL_PITCH;
  struct product product = {.rows = run->sums->x.terms,
                            .columns = count,
                            .signal = {matrix, matrix},
                            .signal_pitch = matrix_pitch(run->sums),
                            .table = basis->table + y,
                            .table_pitch = basis->pitch,
                            .even = {basis->even[0], basis->even[1]},
                            .odd = {basis->odd[0], basis->odd[1]},
                            .left = {signals},
                            .right = {signals + 2 * count - 1},
                            .pitch = {SIGNAL_PITCH, SIGNAL_PITCH}};
  if (has_smoothing(basis)) {
    product.left[1] = smoothed;
    product.right[1] = smoothed + 2 * count - 1;
  }
  run->work->kernels->multiply(&product);
}

/* Rows y .. y + count - 1 from their signals. R, if it is kept, goes to `r`, the first of those rows. */
static double sum_along_x(const struct run *run, const double *signals, double *r, size_t y, size_t count) {
  const struct basis *basis = &run->sums->x;
  const size_t n = basis->n;
  struct product product = {.rows = count,
                            .columns = basis->half,
                            .signal = {signals, signals + basis->terms * SIGNAL_PITCH},
                            .signal_pitch = SIGNAL_PITCH,
                            .table = basis->table,
                            .table_pitch = basis->pitch,
                            .even = {basis->even[0], basis->even[1]},
                            .odd = {basis->odd[0], basis->odd[1]},
                            .together = true,
                            .pitch = {run->pitch, run->sums->grid.pitch}};
  if (run->out) {
    product.left[0] = run->out + y * run->pitch;
    product.right[0] = product.left[0] + n - 1;
  }
  if (r) {
    product.left[1] = r;
    product.right[1] = r + n - 1;
  }
  return run->work->kernels->multiply(&product);
}

static double larger_or_nan(double a, double b) {
  return isnan(a) || a > b ? a : b;
}

/* The rows of a panel: those that start at y, and their mirror images, without the middle of the grid, which is its own
 * mirror image. */
struct panel {
  size_t first[2], count[2];
  const double *signals[2];
};

static struct panel make_panel(const struct run *run, double *signals, size_t index) {
  const size_t n = run->sums->x.n, half = run->sums->y.half;
  const size_t y = index * PANEL, count = half - y < PANEL ? half - y : PANEL;
  const size_t middle = 2 * (y + count) > n;
  sum_along_y(run, signals, y, count);
  return (struct panel){{y, n - y - count + middle}, {count, count - middle}, {signals, signals + count + middle}};
}

static struct range panels_of_slot(const struct run *run, size_t slot, size_t slots) {
  return range_of_slot((run->sums->y.half + PANEL - 1) / PANEL, slot, slots);
}

static void run_panels(void *ctx, size_t slot, size_t slots) {
  const struct run *run = ctx;
  struct mode_sums_slot *own = &run->work->slots[slot];
  const struct range share = panels_of_slot(run, slot, slots);
  const bool keeps_r = has_smoothing(&run->sums->x) && mode_sums_keeps_r(run->sums);
  own->absmax = 0;
  for (size_t i = share.begin; i < share.end; i++) {
    const struct panel panel = make_panel(run, own->signals, i);
    for (size_t side = 0; side < 2; side++) {
      const size_t y = panel.first[side];
      double *r = keeps_r ? run->work->r + y * run->sums->grid.pitch : NULL;
      const double absmax = sum_along_x(run, panel.signals[side], r, y, panel.count[side]);
      own->absmax = larger_or_nan(absmax, own->absmax);
    }
  }
}

double mode_sums_run(const struct mode_sums *sums, const struct mode_sums_work *work, double *out, size_t pitch) {
  struct run run = {sums, work, out, pitch};
  team_run(work->team, run_panels, &run);
  double absmax = 0;
  for (size_t slot = 0; slot < work->team.slots; slot++) absmax = larger_or_nan(work->slots[slot].absmax, absmax);
  return absmax;
}

struct thresholding {
  struct run run;
  struct planes planes;
  double bound;
};

static void threshold_side(const struct thresholding *thresholding, const struct panel *panel, size_t side,
                           double *again) {
  const struct run *run = &thresholding->run;
  const struct grid *grid = &run->sums->grid;
  const size_t most = r_rows(run->sums);
  for (size_t done = 0; done < panel->count[side]; done += most) {
    const size_t rows = panel->count[side] - done < most ? panel->count[side] - done : most;
    sum_along_x(run, panel->signals[side] + done, again, 0, rows);
    for (size_t i = 0; i < rows; i++) {
      run->work->kernels->threshold(thresholding->planes, panel->first[side] + done + i, again + i * grid->pitch,
                                    grid->n, thresholding->bound);
    }
  }
}

static void threshold_panels(void *ctx, size_t slot, size_t slots) {
  const struct thresholding *thresholding = ctx;
  const struct run *run = &thresholding->run;
  double *signals = run->work->slots[slot].signals;
  const struct range share = panels_of_slot(run, slot, slots);
  for (size_t i = share.begin; i < share.end; i++) {
    const struct panel panel = make_panel(run, signals, i);
    for (size_t side = 0; side < 2; side++) {
      threshold_side(thresholding, &panel, side, signals + signal_doubles(run->sums));
    }
  }
}

void mode_sums_threshold(const struct mode_sums *sums, const struct mode_sums_work *work, struct planes planes,
                         double bound) {
  struct thresholding thresholding = {{sums, work, NULL, 0}, planes, bound};
  team_run(work->team, threshold_panels, &thresholding);
}
