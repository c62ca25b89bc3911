/* SPDX-License-Identifier: MIT */
#include "trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_file.h"
#include "trajectory_find.h"
#include "trajectory_order.h"
#include "trajectory_scalars.h"
#include "trajectory_series.h"
#include "trajectory_stagger.h"
#include "trajectory_units.h"

static const char *key_of(const struct trajectory *trajectory) {
  return trajectory->layout.key[0];
}

/* Length of an axis between its margins. */
static size_t inner_length(const struct trajectory *trajectory, const size_t *shape, size_t axis) {
  const size_t margins = 2 * trajectory->layout.margin[axis];
  return shape[axis] > margins ? shape[axis] - margins : 0;
}

/* Length of an axis by its letter; 1 where the array has none. */
static size_t length_of(const struct trajectory *trajectory, const size_t *shape, char letter) {
  const char *at = strchr(trajectory->layout.axes, letter);
  return at ? inner_length(trajectory, shape, (size_t)(at - trajectory->layout.axes)) : 1;
}

static enum vordec_status fail_memory(const struct trajectory *trajectory, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", trajectory->path);
}

/* ---- shape */

static enum vordec_status check_grid(struct trajectory *trajectory, const size_t *shape, uint32_t ndim,
                                     struct vordec_error *error) {
  const size_t x = length_of(trajectory, shape, 'x'), y = length_of(trajectory, shape, 'y');
  char text[NPY_SHAPE_TEXT_MAX];
  npy_shape_text(shape, ndim, text, sizeof text);
  if (ndim != strlen(trajectory->layout.axes)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: its number of axes differs from the first frame's",
                       trajectory->path, key_of(trajectory), text);
  }
  for (uint32_t axis = 0; axis < ndim; axis++) {
    if (trajectory->layout.axes[axis] != TRAJECTORY_SINGLE || inner_length(trajectory, shape, axis) == 1) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: axis %u is given as 1, but has %zu entries",
                       trajectory->path, key_of(trajectory), text, axis, shape[axis]);
  }
  if (x != y) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: shape %s: the grid is %zu x %zu; only square grids are supported", trajectory->path,
                       key_of(trajectory), text, y, x);
  }
  if (x < TRAJECTORY_LEAST_N || x > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: %zu is not a grid size (%d .. %u)",
                       trajectory->path, key_of(trajectory), text, x, TRAJECTORY_LEAST_N, VORDEC_MAX_N);
  }
  trajectory->n = x;
  return VORDEC_OK;
}

static enum vordec_status check_components(const struct trajectory *trajectory, const size_t *shape,
                                           struct vordec_error *error) {
  const size_t held = length_of(trajectory, shape, 'c') * trajectory->layout.arrays;
  const size_t wanted = trajectory_components(trajectory);
  if (held == wanted) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it has %zu component%s per cell, but %s", trajectory->path,
                     key_of(trajectory), held, held == 1 ? "" : "s",
                     wanted == 1 ? "a vorticity has one (--velocity takes the curl of two)" : "a velocity has two");
}

static enum vordec_status check_shape(struct trajectory *trajectory, struct vordec_error *error) {
  const struct array_slabs *slabs = trajectory->slabs[0], *second = trajectory->slabs[1];
  char text[NPY_SHAPE_TEXT_MAX];
  enum vordec_status status = check_grid(trajectory, slabs->shape, slabs->ndim, error);
  if (!status) status = check_components(trajectory, slabs->shape, error);
  if (status) return status;
  if (second && (second->ndim != slabs->ndim || memcmp(second->shape, slabs->shape, sizeof slabs->shape) != 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s and %s differ in their shapes", trajectory->path,
                       key_of(trajectory), trajectory->layout.key[1]);
  }
  if (!trajectory->layout.series) trajectory->frames = length_of(trajectory, slabs->shape, 't');
  if (trajectory->frames > 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: it has no frames", trajectory->path,
                     key_of(trajectory), npy_shape_text(slabs->shape, slabs->ndim, text, sizeof text));
}

/* ---- opening and reading */

static void read_packing(struct trajectory *trajectory, struct array_source *source) {
  const struct trajectory_layout *layout = &trajectory->layout;
  for (size_t i = 0; i < layout->arrays && !layout->series; i++) {
    trajectory->packing[i] = trajectory_packing_of(source, layout->key[i]);
  }
}

/* Times that are not equally spaced, in an array that may be something else. */
static void note_times(struct trajectory *trajectory) {
  struct trajectory_layout *layout = &trajectory->layout;
  if (!isnan(trajectory->dt) || trajectory->frames < 2 || !layout->position[TRAJECTORY_T][0]) return;
  memcpy(layout->unread[TRAJECTORY_T], layout->position[TRAJECTORY_T], sizeof layout->unread[TRAJECTORY_T]);
  layout->unread_why[TRAJECTORY_T] = "is not equally spaced";
}

static void note_positions(struct trajectory *trajectory) {
  struct trajectory_layout *layout = &trajectory->layout;
  for (size_t which = TRAJECTORY_X; which <= TRAJECTORY_Y; which++) {
    if (!isnan(trajectory->grid.box) || !layout->position[which][0]) continue;
    memcpy(layout->unread[which], layout->position[which], sizeof layout->unread[which]);
    layout->unread_why[which] = "is not equally spaced";
  }
}

static enum vordec_status read_times(struct trajectory *trajectory, struct array_source *source, double own,
                                     struct vordec_error *error) {
  const struct trajectory_choice *choice = &trajectory->choice;
  trajectory->dt = own * (double)choice->stride;
  const enum vordec_status status =
      trajectory_positions_dt(source, &trajectory->layout, choice, &trajectory->dt, &trajectory->time_units, error);
  if (!status) note_times(trajectory);
  return status;
}

static enum vordec_status read_positions(struct trajectory *trajectory, struct array_source *source,
                                         const struct trajectory_request *request, struct vordec_error *error) {
  const struct trajectory_layout *layout = &trajectory->layout;
  const struct trajectory_choice *choice = &trajectory->choice;
  struct trajectory_scalars scalars;
  const bool timed = request->dt == 0;
  enum vordec_status status = trajectory_units_components(source, layout, error);
  if (!status) status = trajectory_scalars_read(source, layout, trajectory->n, timed, &scalars, error);
  if (status) return status;
  trajectory->seed = scalars.seed;
  trajectory->dt = request->dt;
  if (timed) status = read_times(trajectory, source, scalars.dt, error);
  if (status) return status;
  const struct trajectory_points points = {trajectory->n, choice->sample, request->box};
  status = trajectory_positions_grid(source, layout, &points, &trajectory->grid, error);
  if (!status) note_positions(trajectory);
  trajectory->ends_known = trajectory->grid.placed;
  return status ? status : trajectory_stagger_read(source, &points, &trajectory->layout, error);
}

/* An array of frames. */
static enum vordec_status open_frames(struct array_source *source, const char *name, struct array_slabs **slabs,
                                      struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (trajectory_units_are_dates(source, name)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s holds dates or spans of time, which are no field",
                         source->path, name);
  }
  return status ? status : array_source_open_slabs(source, name, slabs, error);
}

static enum vordec_status open_arrays(struct trajectory *trajectory, struct array_source *source,
                                      struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (trajectory->layout.series) {
    trajectory->source = source;
    status = trajectory_series_find(source, key_of(trajectory), &trajectory->choice.names, &trajectory->frames, error);
    if (status || !trajectory->frames) return status;
    return open_frames(source, trajectory->choice.names[0], &trajectory->slabs[0], error);
  }
  for (size_t i = 0; !status && i < trajectory->layout.arrays; i++) {
    status = open_frames(source, trajectory->layout.key[i], &trajectory->slabs[i], error);
  }
  return status;
}

static enum vordec_status choose(struct trajectory *trajectory, const struct trajectory_request *request,
                                 struct vordec_error *error) {
  const size_t samples = length_of(trajectory, trajectory->slabs[0]->shape, 'b');
  const enum vordec_status status =
      trajectory_choose(request, &trajectory->layout, samples, trajectory->frames, &trajectory->choice, error);
  trajectory->frames = trajectory->choice.frames;
  return status;
}

enum vordec_status trajectory_open(const struct trajectory_request *request, struct trajectory *trajectory,
                                   struct vordec_error *error) {
  struct array_source *source = NULL;
  *trajectory = (struct trajectory){.path = request->path, .dt = NAN, .grid.box = NAN, .seed = -1};
  enum vordec_status status = array_file_open(request->path, &source, error);
  if (!status) status = trajectory_find(source, request, &trajectory->layout, error);
  if (!status) status = open_arrays(trajectory, source, error);
  if (!status) read_packing(trajectory, source);
  if (!status) status = check_shape(trajectory, error);
  if (!status) status = choose(trajectory, request, error);
  if (!status) status = read_positions(trajectory, source, request, error);
  if (!status) status = array_source_check(source, error);
  if (!status) {
    trajectory->raw = malloc(trajectory_components(trajectory) * trajectory->n * trajectory->n * sizeof(double));
    if (!trajectory->raw) status = fail_memory(trajectory, error);
  }
  if (!trajectory->source) array_source_close(source);
  if (status) trajectory_release(trajectory);
  return status;
}

static enum vordec_status read_array(struct trajectory *trajectory, struct array_slabs *slabs, size_t frame,
                                     double *values, struct vordec_error *error) {
  size_t start[NPY_MAX_NDIM] = {0}, count[NPY_MAX_NDIM];
  const char *axes = trajectory->layout.axes;
  for (uint32_t axis = 0; axis < slabs->ndim; axis++) {
    const bool chosen = axes[axis] == 't' || axes[axis] == 'b';
    start[axis] = trajectory->layout.margin[axis];
    if (chosen) start[axis] = axes[axis] == 't' ? frame : trajectory->choice.sample;
    count[axis] = chosen ? 1 : inner_length(trajectory, slabs->shape, axis);
  }
  const enum vordec_status status = array_slabs_read(slabs, start, count, trajectory->raw, error);
  if (!status) {
    trajectory_put_in_order(&trajectory->layout, &trajectory->grid, trajectory->n, count, trajectory->raw, values);
  }
  return status;
}

/* One array of a frame of a series: KEY/STEP. */
static enum vordec_status read_member(struct trajectory *trajectory, size_t array, size_t frame, double *values,
                                      struct vordec_error *error) {
  struct array_slabs *slabs = NULL;
  char name[2 * ARRAY_NAME_MAX];
  snprintf(name, sizeof name, "%s%s", trajectory->layout.key[array], strrchr(trajectory->choice.names[frame], '/'));
  enum vordec_status status = open_frames(trajectory->source, name, &slabs, error);
  const size_t n = trajectory->n;
  if (!status) status = check_grid(trajectory, slabs->shape, slabs->ndim, error);
  if (!status && trajectory->n != n) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: its grid differs from the first frame's", trajectory->path,
                         name);
  }
  trajectory->n = n;
  if (!status) status = read_array(trajectory, slabs, 0, values, error);
  array_slabs_close(slabs);
  return status;
}

/* One array of a frame that is part of it. */
static enum vordec_status read_part(struct trajectory *trajectory, size_t array, size_t frame, double *values,
                                    struct vordec_error *error) {
  char name[2 * ARRAY_NAME_MAX];
  const size_t held = trajectory_components(trajectory) * trajectory->n * trajectory->n / trajectory->layout.arrays;
  const enum vordec_status status = read_array(trajectory, trajectory->slabs[array], frame, values, error);
  if (status) return status;
  snprintf(name, sizeof name, "%s: %s: frame %zu", trajectory->path, trajectory->layout.key[array], frame);
  return trajectory_unpack(&trajectory->packing[array], name, values, held, trajectory->n, error);
}

static enum vordec_status check_finite(const struct trajectory *trajectory, size_t frame, const double *values,
                                       struct vordec_error *error) {
  const size_t n = trajectory->n, cells = n * n;
  for (size_t j = 0; j < trajectory_components(trajectory) * cells; j++) {
    if (isfinite(values[j])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: frame %zu is %s at row %zu, column %zu", trajectory->path,
                       key_of(trajectory), frame, isnan(values[j]) ? "NaN" : "infinite", j % cells / n, j % n);
  }
  return VORDEC_OK;
}

/* What the edges of n x n values say of points that are there twice. */
enum edges {
  EDGES_DIFFER,
  EDGES_FLAT,  /* the same, but along one of them all of one value, as along walls: nothing */
  EDGES_REPEAT /* the last row and column are the first ones again */
};

static enum edges compare_edges(const double *values, size_t n) {
  const size_t last = n - 1;
  bool rows_vary = false, columns_vary = false;
  for (size_t i = 0; i < n; i++) {
    if (values[i] != values[last * n + i] || values[i * n] != values[i * n + last]) return EDGES_DIFFER;
    rows_vary = rows_vary || values[i] != values[0];
    columns_vary = columns_vary || values[i * n] != values[0];
  }
  return rows_vary && columns_vary ? EDGES_REPEAT : EDGES_FLAT;
}

#define MOST_HALO_CELLS 8

/* Whether the rows and columns up to 2 * cells are there again at the end, as with halos of so many cells at each end.
 */
static bool repeat_as_halos(const double *values, size_t n, size_t cells) {
  const size_t period = n - 2 * cells, row = n * sizeof *values;
  if (memcmp(values, values + period * n, 2 * cells * row) != 0) return false;
  for (size_t i = 0; i < n; i++) {
    if (memcmp(values + i * n, values + i * n + period, 2 * cells * sizeof *values) != 0) return false;
  }
  return true;
}

/* Whether each value is there again so many rows on, and so many columns, all over the grid. */
static bool repeat_everywhere(const double *values, size_t n, size_t period) {
  if (memcmp(values, values + period * n, (n - period) * n * sizeof *values) != 0) return false;
  for (size_t i = 0; i < n; i++) {
    if (memcmp(values + i * n, values + i * n + period, (n - period) * sizeof *values) != 0) return false;
  }
  return true;
}

/* How many cells of halos there seem to be at each end; 0: none. A field that does not vary says nothing, nor does one
 * of equal tiles, which are there again at the end without halos, too. */
static size_t halo_cells(const double *values, size_t n) {
  for (size_t cells = 1; cells <= MOST_HALO_CELLS && 4 * cells < n; cells++) {
    if (values[0] == values[1] || values[0] == values[n]) return 0;
    if (repeat_as_halos(values, n, cells) && !repeat_everywhere(values, n, 2 * cells)) return cells;
  }
  return 0;
}

static enum vordec_status check_halos(const struct trajectory *trajectory, size_t frame, const double *values,
                                      struct vordec_error *error) {
  const size_t cells = trajectory->ends_known ? 0 : halo_cells(values, trajectory->n);
  if (cells == 0) return VORDEC_OK;
  return vordec_fail(
      error, VORDEC_E_INPUT, 0,
      "%s: %s: frame %zu: its first rows and columns are the last ones again, as with halos of %zu cells; "
      "save it without them (Oceananigans: with_halos = false), or, if they are none, say how large the box is with "
      "--box L",
      trajectory->path, key_of(trajectory), frame, cells);
}

/* Looks at frames until one says something, since the first may be 0 everywhere. Fields that are symmetric about the
 * box's edge have the same values there, so that positions count before values, as does a user who names the box. */
static enum vordec_status check_ends(struct trajectory *trajectory, size_t frame, const double *values,
                                     struct vordec_error *error) {
  const size_t cells = trajectory->n * trajectory->n;
  bool repeat = true;
  if (trajectory->ends_known) return VORDEC_OK;
  for (size_t i = 0; i < trajectory_components(trajectory); i++) {
    const enum edges edges = compare_edges(values + i * cells, trajectory->n);
    trajectory->ends_known = trajectory->ends_known || edges == EDGES_DIFFER;
    repeat = repeat && edges == EDGES_REPEAT;
  }
  if (!repeat) return VORDEC_OK;
  return vordec_fail(
      error, VORDEC_E_INPUT, 0,
      "%s: %s: frame %zu: the last row and column are the first ones again, as where positions go over a "
      "whole period; leave them out, or, if they are no repetition, say how large the box is with "
      "--box L",
      trajectory->path, key_of(trajectory), frame);
}

enum vordec_status trajectory_frame(struct trajectory *trajectory, size_t i, double *values,
                                    struct vordec_error *error) {
  const size_t frame = trajectory->choice.first + i * trajectory->choice.stride, cells = trajectory->n * trajectory->n;
  enum vordec_status status = VORDEC_OK;
  for (size_t array = 0; !status && array < trajectory->layout.arrays; array++) {
    double *own = values + array * cells;
    status = trajectory->layout.series ? read_member(trajectory, array, frame, own, error)
                                       : read_part(trajectory, array, frame, own, error);
  }
  if (!status) status = check_finite(trajectory, frame, values, error);
  if (!status) status = check_halos(trajectory, frame, values, error);
  return status ? status : check_ends(trajectory, frame, values, error);
}

void trajectory_release(struct trajectory *trajectory) {
  for (size_t i = 0; i < 2; i++) array_slabs_close(trajectory->slabs[i]);
  array_source_close(trajectory->source);
  free(trajectory->choice.names);
  free(trajectory->raw);
  *trajectory = (struct trajectory){0};
}
