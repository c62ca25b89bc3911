/* SPDX-License-Identifier: MIT */
#include "loss_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "fft.h"
#include "field_residual.h"
#include "largest_modes.h"

#define SCALARS 4 /* of a state besides its modes */
#define POINTS 24 /* of the curve of the largest modes */

/* A place in a half spectrum that stands for a mode and its conjugate. */
struct candidate {
  double power;    /* |r_k|^2 in the first frame */
  size_t at;       /* in doubles from the beginning of a half spectrum */
  uint32_t weight; /* independent numbers, and modes: 1 or 2 */
};

/* The mid band of one k_cut, mid cut and width, in the order in which its modes would be kept. */
struct band {
  size_t k_cut, mid_cut, width; /* on the axes */
  struct candidate *candidates;
  size_t count; /* as many as any row keeps */
};

struct loss_table {
  size_t n, frames, squares;         /* squares: |k|^2 is below */
  struct loss_axes axes;             /* with copies of the lists */
  struct field_residual **residuals; /* one for each width */
  struct fft fft;
  double *spectrum, *residual; /* half spectra */
  double *r;                   /* n x n */
  double *power;               /* of the modes with |k|^2 at most the index */
  struct band *bands;
  size_t band_count;
  struct loss_row *rows;
  size_t row_count;
  struct largest_modes largest;
  struct loss_point points[POINTS];
  size_t point_count;
};

static enum vordec_status fail_memory(size_t n, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "losses: out of memory for N = %zu", n);
}

/* ---- places ---- */

/* The largest |k|^2 that a cut holds. */
static size_t squared_of(const struct loss_table *table, double cut) {
  const double squared = cut * cut;
  return squared < (double)(table->squares - 1) ? (size_t)squared : table->squares - 1;
}

static double power_of(const double *value) {
  return value[0] * value[0] + value[1] * value[1];
}

/* ---- making one ---- */

static bool copy_axes(struct loss_table *table, const struct loss_axes *axes) {
  double *k_cuts = calloc(axes->k_cut_count, sizeof *k_cuts), *mid_cuts = calloc(axes->mid_cut_count, sizeof *mid_cuts);
  size_t *kept = calloc(axes->kept_count, sizeof *kept);
  uint32_t *widths = calloc(axes->width_count, sizeof *widths);
  table->axes = *axes;
  table->axes.k_cuts = k_cuts;
  table->axes.mid_cuts = mid_cuts;
  table->axes.kept = kept;
  table->axes.widths = widths;
  if (!k_cuts || !mid_cuts || !kept || !widths) return false;
  memcpy(k_cuts, axes->k_cuts, axes->k_cut_count * sizeof *k_cuts);
  memcpy(mid_cuts, axes->mid_cuts, axes->mid_cut_count * sizeof *mid_cuts);
  memcpy(kept, axes->kept, axes->kept_count * sizeof *kept);
  memcpy(widths, axes->widths, axes->width_count * sizeof *widths);
  return true;
}

/* Numbers of the disc |k|^2 <= squared. */
static size_t disc_numbers(size_t n, size_t squared) {
  size_t numbers = 0;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x <= n / 2; x++) numbers += fft_squared(n, y, x) <= squared ? fft_numbers(n, y, x) : 0;
  }
  return numbers;
}

static void add_row(struct loss_table *table, const struct loss_row *row) {
  table->rows[table->row_count++] = *row;
}

/* One row for each number of kept modes, as far as the band has as many. */
static void add_rows(struct loss_table *table, const struct band *band, size_t disc) {
  size_t most = 0;
  for (size_t i = 0; i < band->count; i++) most += band->candidates[i].weight;
  bool whole = false;
  for (size_t i = 0; i < table->axes.kept_count && !whole; i++) {
    const size_t asked = table->axes.kept[i] / 2 * 2, kept = asked < most ? asked : most;
    if (kept == 0) continue;
    whole = kept == most;
    add_row(table, &(struct loss_row){.k_cut = table->axes.k_cuts[band->k_cut],
                                      .mid_cut = table->axes.mid_cuts[band->mid_cut],
                                      .asked = table->axes.kept[i],
                                      .kept = kept,
                                      .width = table->axes.widths[band->width],
                                      .numbers = disc + kept + SCALARS});
  }
}

/* Room for all modes of the band; which and in what order, the first frame says. */
static bool make_band(struct loss_table *table, struct band *band) {
  const size_t n = table->n, low = squared_of(table, table->axes.k_cuts[band->k_cut]),
               mid = squared_of(table, table->axes.mid_cuts[band->mid_cut]);
  size_t count = 0;
  for (int pass = 0; pass < 2; pass++) {
    count = 0;
    for (size_t y = 0; y < n; y++) {
      for (size_t x = 0; x <= n / 2; x++) {
        const size_t squared = fft_squared(n, y, x);
        const uint32_t weight = fft_numbers(n, y, x);
        if (squared <= low || squared > mid || !weight) continue;
        if (pass) band->candidates[count] = (struct candidate){.at = y * fft_pitch(n) + 2 * x, .weight = weight};
        count++;
      }
    }
    if (pass) break;
    band->candidates = calloc(count + 1, sizeof *band->candidates);
    if (!band->candidates) return false;
  }
  band->count = count;
  return true;
}

static bool make_rows(struct loss_table *table) {
  const struct loss_axes *axes = &table->axes;
  const size_t bands = axes->k_cut_count * axes->mid_cut_count * axes->width_count;
  table->bands = calloc(bands, sizeof *table->bands);
  table->rows = calloc(axes->k_cut_count + bands * axes->kept_count, sizeof *table->rows);
  if (!table->bands || !table->rows) return false;
  for (size_t k = 0; k < axes->k_cut_count; k++) {
    const size_t disc = disc_numbers(table->n, squared_of(table, axes->k_cuts[k]));
    add_row(table, &(struct loss_row){.k_cut = axes->k_cuts[k], .mid_cut = NAN, .numbers = disc + SCALARS});
    for (size_t m = 0; m < axes->mid_cut_count; m++) {
      for (size_t w = 0; w < axes->width_count && axes->mid_cuts[m] > axes->k_cuts[k]; w++) {
        struct band *band = &table->bands[table->band_count++];
        *band = (struct band){.k_cut = k, .mid_cut = m, .width = w};
        if (!make_band(table, band)) return false;
        add_rows(table, band, disc);
      }
    }
  }
  return true;
}

static bool make_points(struct loss_table *table) {
  size_t least = SIZE_MAX, most = 0;
  for (size_t i = 0; i < table->row_count; i++) {
    const size_t numbers = table->rows[i].numbers;
    if (numbers < least) least = numbers;
    if (numbers > most) most = numbers;
  }
  for (int i = 0; i < POINTS; i++) {
    const double share = (double)i / (POINTS - 1);
    const size_t numbers = (size_t)lround((double)least * pow((double)most / (double)least, share));
    if (table->point_count && table->points[table->point_count - 1].numbers == numbers) continue;
    table->points[table->point_count++] = (struct loss_point){.numbers = numbers};
  }
  return largest_modes_create(&table->largest, most);
}

static enum vordec_status make_residuals(struct loss_table *table, struct vordec_error *error) {
  const struct loss_axes *axes = &table->axes;
  enum vordec_status status = VORDEC_OK;
  table->residuals = calloc(axes->width_count, sizeof(struct field_residual *));
  if (!table->residuals) return fail_memory(table->n, error);
  for (size_t w = 0; w < axes->width_count && !status; w++) {
    const struct field_residual_desc desc = {.n = table->n,
                                             .smooth_width = axes->widths[w],
                                             .smooth_kernel = axes->smooth_kernel,
                                             .boundary = axes->boundary,
                                             .threads = axes->threads};
    status = field_residual_create(&desc, &table->residuals[w], error);
  }
  return status;
}

static bool allocate(struct loss_table *table, const struct loss_axes *axes) {
  const size_t n = table->n;
  if (!copy_axes(table, axes)) return false;
  table->spectrum = fft_buffer(n);
  table->residual = fft_buffer(n);
  table->r = malloc(n * n * sizeof *table->r);
  table->power = calloc(table->squares, sizeof *table->power);
  if (!table->spectrum || !table->residual || !table->r || !table->power) return false;
  return make_rows(table) && make_points(table) && fft_create(&table->fft, n, table->spectrum);
}

enum vordec_status loss_table_create(const struct loss_axes *axes, struct loss_table **table,
                                     struct vordec_error *error) {
  *table = NULL;
  struct loss_table *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(axes->n, error);
  made->n = axes->n;
  made->squares = 2 * (axes->n / 2) * (axes->n / 2) + 1;
  enum vordec_status status = allocate(made, axes) ? make_residuals(made, error) : fail_memory(axes->n, error);
  if (status) {
    loss_table_destroy(made);
    return status;
  }
  *table = made;
  return VORDEC_OK;
}

void loss_table_destroy(struct loss_table *table) {
  if (!table) return;
  for (size_t w = 0; table->residuals && w < table->axes.width_count; w++) field_residual_destroy(table->residuals[w]);
  for (size_t i = 0; i < table->band_count; i++) free(table->bands[i].candidates);
  fft_destroy(&table->fft);
  largest_modes_release(&table->largest);
  fftw_free(table->spectrum);
  fftw_free(table->residual);
  free((void *)table->axes.k_cuts);
  free((void *)table->axes.mid_cuts);
  free((void *)table->axes.kept);
  free((void *)table->axes.widths);
  free(table->residuals);
  free(table->r);
  free(table->power);
  free(table->bands);
  free(table->rows);
  free(table);
}

/* ---- measuring a frame ---- */

static void transform(const struct loss_table *table, const double *field, double *spectrum) {
  const double cells = (double)(table->n * table->n);
  fft_load(spectrum, table->n, field);
  fft_forward(&table->fft, spectrum);
  for (size_t i = 0; i < table->n * fft_pitch(table->n); i++) spectrum[i] /= cells;
}

/* Fills power, and offers every mode to the largest. */
static void gather(struct loss_table *table) {
  const size_t n = table->n;
  memset(table->power, 0, table->squares * sizeof *table->power);
  largest_modes_clear(&table->largest);
  for (size_t y = 0; y < n; y++) {
    const double *row = table->spectrum + y * fft_pitch(n);
    for (size_t x = 0; x <= n / 2; x++) {
      const double power = power_of(row + 2 * x);
      table->power[fft_squared(n, y, x)] += fft_weight(x, n) * power;
      const uint32_t weight = fft_numbers(n, y, x);
      if (weight) largest_modes_offer(&table->largest, &(struct largest_mode){power, y * n + x, weight});
    }
  }
  for (size_t i = 1; i < table->squares; i++) table->power[i] += table->power[i - 1];
}

/* Mean so far, and worst. */
static void book(const struct loss_table *table, double lost, double *mean, double *worst) {
  const double whole = table->power[table->squares - 1];
  const double relative = lost > 0 && whole > 0 ? sqrt(lost / whole) : 0; /* rounding may leave less than nothing */
  *mean += (relative - *mean) / (double)(table->frames + 1);
  if (relative > *worst) *worst = relative;
}

static int compare_candidates(const void *left, const void *right) {
  const struct candidate *a = left, *b = right;
  if (a->power != b->power) return a->power > b->power ? -1 : 1;
  return (a->at > b->at) - (a->at < b->at);
}

/* The first frame's choice; what no row keeps is forgotten. */
static void choose(struct loss_table *table, struct band *band) {
  size_t most = 0, kept = 0, count = 0;
  for (size_t i = 0; i < table->axes.kept_count; i++) most = table->axes.kept[i] > most ? table->axes.kept[i] : most;
  for (size_t i = 0; i < band->count; i++) {
    band->candidates[i].power = power_of(table->residual + band->candidates[i].at);
  }
  qsort(band->candidates, band->count, sizeof *band->candidates, compare_candidates);
  while (count < band->count && kept < most) kept += band->candidates[count++].weight;
  band->count = count;
}

/* The rows of a band stand together, from *row on. */
static void measure_band(struct loss_table *table, struct band *band, size_t *row) {
  const double k_cut = table->axes.k_cuts[band->k_cut], mid_cut = table->axes.mid_cuts[band->mid_cut];
  const uint32_t width = table->axes.widths[band->width];
  double lost = table->power[table->squares - 1] - table->power[squared_of(table, k_cut)];
  size_t kept = 0, next = 0;
  for (; *row < table->row_count; ++*row) {
    struct loss_row *at = &table->rows[*row];
    if (at->k_cut != k_cut || at->mid_cut != mid_cut || at->width != width) break;
    for (; kept < at->kept && next < band->count; next++) {
      const struct candidate *mode = &band->candidates[next];
      const double *w = table->spectrum + mode->at, *r = table->residual + mode->at;
      const double left[] = {w[0] - r[0], w[1] - r[1]};
      lost -= mode->weight * (power_of(w) - power_of(left));
      kept += mode->weight;
    }
    book(table, lost, &at->mean, &at->worst);
  }
}

/* Bands with one width share its R; their rows are found by going through all in their order. */
static void measure_width(struct loss_table *table, size_t width) {
  for (size_t i = 0, row = 0; i < table->band_count; i++) {
    struct band *band = &table->bands[i];
    if (band->width != width) continue;
    if (table->frames == 0) choose(table, band);
    const double k_cut = table->axes.k_cuts[band->k_cut], mid_cut = table->axes.mid_cuts[band->mid_cut];
    while (row < table->row_count && !(table->rows[row].k_cut == k_cut && table->rows[row].mid_cut == mid_cut &&
                                       table->rows[row].width == table->axes.widths[width])) {
      row++;
    }
    measure_band(table, band, &row);
  }
}

static int compare_powers(const void *left, const void *right) {
  const struct largest_mode *a = left, *b = right;
  return (a->power < b->power) - (a->power > b->power);
}

static void measure_points(struct loss_table *table) {
  struct largest_modes *largest = &table->largest;
  qsort(largest->modes, largest->count, sizeof *largest->modes, compare_powers);
  double lost = table->power[table->squares - 1];
  size_t next = 0, numbers = 0;
  for (size_t i = 0; i < table->point_count; i++) {
    struct loss_point *point = &table->points[i];
    for (; next < largest->count && numbers + SCALARS < point->numbers; next++) {
      lost -= largest->modes[next].weight * largest->modes[next].power;
      numbers += largest->modes[next].weight;
    }
    book(table, lost, &point->mean, &point->worst);
  }
}

void loss_table_add(struct loss_table *table, const double *omega) {
  transform(table, omega, table->spectrum);
  gather(table);
  measure_points(table);
  for (size_t i = 0; i < table->row_count; i++) {
    struct loss_row *row = &table->rows[i];
    const double lost = table->power[table->squares - 1] - table->power[squared_of(table, row->k_cut)];
    if (!row->width) book(table, lost, &row->mean, &row->worst);
  }
  for (size_t w = 0; w < table->axes.width_count; w++) {
    field_residual_make(table->residuals[w], omega, table->r);
    transform(table, table->r, table->residual);
    measure_width(table, w);
  }
  table->frames++;
}

/* ---- results ---- */

const struct loss_row *loss_table_rows(const struct loss_table *table, size_t *count) {
  *count = table->row_count;
  return table->rows;
}

const struct loss_point *loss_table_largest(const struct loss_table *table, size_t *count) {
  *count = table->point_count;
  return table->points;
}

const struct loss_row *loss_table_pick(const struct loss_table *table, double target) {
  const struct loss_row *best = NULL;
  for (size_t i = 0; i < table->row_count; i++) {
    const struct loss_row *row = &table->rows[i];
    if (row->worst > target) continue;
    const bool better =
        !best || row->numbers < best->numbers || (row->numbers == best->numbers && row->worst < best->worst);
    if (better) best = row;
  }
  return best;
}
