/*
 * ifft_lp.h - stage 2: a half spectrum to its real field.
 *
 * Two ways, which agree to rounding:
 *   fftw    one two-dimensional transform of the whole half spectrum, stored by rows; one thread a field
 *   pruned  along y only the columns that hold a mode, then every row, split among the team. Few columns are summed up
 *           (synthesis.h). Where they are many, FFTW transforms columns and rows one by one; the spectrum is then
 *           stored by columns
 * Plans are made by FFTW_ESTIMATE and used for every row or column alike, at one alignment, so that the bits depend
 * neither on the number of threads nor on the field's place in a batch.
 */
#ifndef VORDEC_CPU_IFFT_LP_H
#define VORDEC_CPU_IFFT_LP_H

#include <fftw3.h>

#include "modes.h"

struct field;
struct vordec_plan_desc;
struct vordec_plan_info;

struct ifft {
  struct grid grid;
  bool pruned;
  bool sums; /* pruned sums few columns up; not for a window of one cell, whose R would be rounding errors instead of 0
              */
  fftw_plan column, row; /* pruned */
  fftw_plan whole;       /* fftw */
};

/* The transforms' names for the backend's table, NULL-terminated. */
extern const char *const ifft_names[];

/* Settles which transform serves a plan and writes its name, and why if it was left open, to info. E_UNSUPPORTED with
 * REASON_NO_FFT: no transform of that name. The choice never depends on the batch. */
enum vordec_status ifft_choose(struct ifft *ifft, const struct grid *grid, const struct mode_table *low,
                               const struct vordec_plan_desc *desc, struct vordec_plan_info *info,
                               struct vordec_error *error);

/* Makes FFTW's plans for workspaces like this one, which is not written to. False: FFTW has no plan. Thread-safe
 * after planner_ready(). */
struct workspace;
bool ifft_plan(struct ifft *ifft, const struct workspace *work);

/* Accepts what ifft_choose() or a failed ifft_plan() left. Thread-safe. */
void ifft_destroy(struct ifft *ifft);

/* A plan from a field to its half spectrum by rows of pitch / 2 values, not normalised; NULL: none. Thread-safe, and to
 * be freed by ifft_free_plan(), which accepts NULL. */
fftw_plan ifft_plan_forward(const struct grid *grid, double *in, fftw_complex *spectrum);
void ifft_free_plan(fftw_plan plan);

/* Where the cells of a spectrum lie: (row, column) at row * row_stride + place(column) * column_stride. */
struct spectrum_layout {
  const uint16_t *place; /* place of a column among those stored; NULL: its own number */
  size_t row_stride, column_stride;
  size_t extent; /* complex values to clear */
};

struct spectrum_layout ifft_layout(const struct ifft *ifft, const struct mode_table *table);

static inline size_t spectrum_cell(const struct spectrum_layout *layout, size_t row, size_t column) {
  const size_t place = layout->place ? layout->place[column] : column;
  return row * layout->row_stride + place * layout->column_stride;
}

/* Complex values that the spectrum of a table may take, whichever the transform; values of scratch for each slot. */
size_t ifft_spectrum_values(const struct ifft *ifft, const struct mode_table *table);
size_t ifft_row_values(const struct ifft *ifft);

/* The array that takes the spectrum: work->other for pruned, whose columns go on to work->spare (in place, FFTW would
 * take memory in the middle of a decode), and work->spare for fftw. */
fftw_complex *ifft_input(const struct field *field);

/* Whether this table's modes are summed up rather than transformed. It never depends on the batch. */
bool ifft_is_synthesis(const struct ifft *ifft, const struct mode_table *table);

/* Stage 2: what scatter_lowk() left to field->lp. Where the low modes are summed up, R = omega_lp - base goes to
 * work->other along with it, and its largest magnitude to field->absmax. */
void ifft_lp(struct field *field);

/* An FFT of any table's spectrum (destroyed, like work->spare); out is work->lp or work->other. */
void ifft_run(struct field *field, const struct mode_table *table, double *out);

#endif
