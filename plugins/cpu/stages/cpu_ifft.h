/* SPDX-License-Identifier: MIT */
/*
 * cpu_ifft.h - a half spectrum to its real field, and back.
 *
 * Two ways, which agree to rounding:
 *   fftw    one two-dimensional transform of the whole half spectrum, stored by rows; one thread a field
 *   pruned  along y only the columns that hold a mode, then every row, split among the team. Few columns are summed up
 *           (cpu_mode_sums.h). Where they are many, FFTW transforms columns and rows one by one; the spectrum is then
 *           stored by columns
 * Plans are made by FFTW_ESTIMATE and used for every row or column alike, at one alignment, so that the bits depend
 * neither on the number of threads nor on the field's place in a batch.
 */
#ifndef VORDEC_CPU_IFFT_H
#define VORDEC_CPU_IFFT_H

#include <fftw3.h>
#include <vordec/backend.h>

#include "cpu_modes.h"
#include "numerics/pool.h"

struct ifft {
  struct grid grid;
  bool pruned;
  bool sums; /* pruned sums few columns up; not for a window of one cell, whose R would be rounding errors instead of 0
              */
  fftw_plan column, row; /* pruned */
  fftw_plan whole;       /* fftw */
};

/* The transforms' names for the backend's table, NULL-terminated. */
extern const char *const cpu_ifft_names[];

/* Decides which transform serves a plan. Writes its name to info, and the reason if the choice was left open.
 * E_UNSUPPORTED with REASON_NO_FFT: there is no transform of that name. The choice never depends on the batch. */
enum vordec_status ifft_choose(struct ifft *ifft, const struct grid *grid, const struct mode_table *low,
                               const struct vordec_plan_desc *desc, struct vordec_plan_info *info,
                               struct vordec_error *error);

/* The arrays that a transform works on. ifft_input() says which of the first two takes the spectrum; both are
 * overwritten. */
struct ifft_arrays {
  double *spare, *other;
  double *out; /* rows of grid.pitch; not `spare` */
};

/* Makes FFTW's plans for arrays like these, which are not written to. False: FFTW has no plan. Thread-safe after
 * planner_ready(). */
bool ifft_plan(struct ifft *ifft, const struct ifft_arrays *arrays);

/* Accepts what ifft_choose() or a failed ifft_plan() has left. Thread-safe. */
void ifft_destroy(struct ifft *ifft);

/* A plan from a field to its half spectrum by rows of pitch / 2 values, not normalised; NULL: none. Thread-safe, and to
 * be freed by ifft_free_plan(), which accepts NULL. */
fftw_plan ifft_plan_forward(const struct grid *grid, double *in, fftw_complex *spectrum);
void ifft_free_plan(fftw_plan plan);

/* Where the cells of a spectrum are: (row, column) at row * row_stride + place(column) * column_stride. */
struct spectrum_layout {
  const uint16_t *place; /* place of a column among the stored ones; NULL: its own number */
  size_t row_stride, column_stride;
  size_t extent; /* complex values to clear */
};

struct spectrum_layout ifft_layout(const struct ifft *ifft, const struct mode_table *table);

static inline size_t spectrum_cell(const struct spectrum_layout *layout, size_t row, size_t column) {
  const size_t place = layout->place ? layout->place[column] : column;
  return row * layout->row_stride + place * layout->column_stride;
}

/* The number of complex values that the spectrum of a table may take, whichever the transform. */
size_t ifft_spectrum_values(const struct ifft *ifft, const struct mode_table *table);

/* The array that takes the spectrum: `other` for pruned, whose columns go on to `spare` (in place, FFTW would take
 * memory in the middle of a decode), and `spare` for fftw. */
fftw_complex *ifft_input(const struct ifft *ifft, const struct ifft_arrays *arrays);

/* Says whether this table's modes are summed rather than transformed. This never depends on the batch. */
bool ifft_sums_modes(const struct ifft *ifft, const struct mode_table *table);

/* What a slot of a team needs for itself. */
struct ifft_slot {
  fftw_complex *rows;
};

/* Makes this for so many slots, zeroed; NULL: no memory. */
struct ifft_slot *ifft_slots_create(const struct ifft *ifft, struct memory *memory, size_t count);
void ifft_slots_destroy(struct ifft_slot *slots, const struct memory_source *source, size_t count);

/* Transforms the spectrum of a table to arrays->out. */
void ifft_run(const struct ifft *ifft, const struct mode_table *table, const struct ifft_arrays *arrays,
              struct team team, struct ifft_slot *slots);

#endif
