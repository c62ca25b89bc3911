/* SPDX-License-Identifier: MIT */
#include "trajectory_positions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_packing.h"

/* Positions come in single precision, too. */
#define EQUAL_SPACING 1e-3

static enum vordec_status fail_memory(const struct array_source *source, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", source->path);
}

/* The distance between neighbours; NAN: they are not equally spaced. */
static double spacing(const double *values, size_t count) {
  const double step = (values[count - 1] - values[0]) / (double)(count - 1);
  for (size_t i = 1; i < count; i++) {
    if (!(fabs(values[i] - values[i - 1] - step) <= EQUAL_SPACING * fabs(step))) return NAN;
  }
  return step;
}

static enum vordec_status unpack(struct array_source *source, const char *key, size_t count, double *values,
                                 struct vordec_error *error) {
  char name[2 * ARRAY_NAME_MAX];
  const struct trajectory_packing packing = trajectory_packing_of(source, key);
  snprintf(name, sizeof name, "%s: %s", source->path, key);
  return trajectory_unpack(&packing, name, values, count, count, error);
}

/* The entries of an array of one axis, of a column, or of the sample's row of an array of two. NULL with OK: it is
 * another kind. */
static enum vordec_status read_positions(struct array_source *source, const char *key, size_t sample, size_t *count,
                                         double **values, struct vordec_error *error) {
  struct array_slabs *slabs = NULL;
  *values = NULL;
  if (!*key) return VORDEC_OK;
  enum vordec_status status = array_source_open_slabs(source, key, &slabs, error);
  if (status) return status;
  const bool column = slabs->ndim == 1 || (slabs->ndim == 2 && slabs->shape[1] == 1);
  const bool rows = !column && slabs->ndim == 2;
  if (rows && slabs->shape[0] == 1) sample = 0;
  if (column || (rows && sample < slabs->shape[0])) {
    const size_t start[2] = {rows ? sample : 0, 0};
    const size_t counts[2] = {rows ? 1 : slabs->shape[0], rows ? slabs->shape[1] : 1};
    *count = slabs->shape[rows ? 1 : 0];
    *values = malloc((*count ? *count : 1) * sizeof **values);
    status = *values ? array_slabs_read(slabs, start, counts, *values, error) : fail_memory(source, error);
    if (!status) status = unpack(source, key, *count, *values, error);
  }
  array_slabs_close(slabs);
  if (status) {
    free(*values);
    *values = NULL;
  }
  return status;
}

/* ---- the box */

/* The number L of the file. An array of that name that is no number is something else. */
static enum vordec_status read_side(struct array_source *source, double *side, bool *found,
                                    struct vordec_error *error) {
  struct vordec_error inner;
  double value = NAN;
  const enum vordec_status status =
      array_source_has(source, "L") ? array_source_read_f64(source, "L", &value, &inner) : VORDEC_E_INPUT;
  *found = !status;
  if (status == VORDEC_E_NO_MEMORY) *error = inner;
  if (status) return status == VORDEC_E_NO_MEMORY ? status : VORDEC_OK;
  *side = value;
  if (value > 0 && isfinite(value)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: L: %g is not the side of a box", source->path, value);
}

static enum vordec_status take_side(const struct array_source *source, double side, struct trajectory_grid *grid,
                                    struct vordec_error *error) {
  if (!isfinite(grid->box)) grid->box = side;
  if (!(fabs(side - grid->box) > EQUAL_SPACING * grid->box)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: the box is %g x %g; only square ones are supported", source->path,
                     side, grid->box);
}

/* The distance between the points along an axis, signed; 0: the file does not say. */
static enum vordec_status read_step(struct array_source *source, const struct trajectory_layout *layout, size_t which,
                                    size_t n, size_t sample, double *step, struct vordec_error *error) {
  const char *key = layout->position[which];
  double *values = NULL;
  size_t count = 0;
  const enum vordec_status status = read_positions(source, key, sample, &count, &values, error);
  *step = values && count == n ? spacing(values, count) : 0;
  free(values);
  if (layout->by_name[which] && !isfinite(*step)) *step = 0;
  if (status || isfinite(*step)) return status;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: the positions are not equally spaced; only regular grids are supported", source->path,
                     key);
}

enum vordec_status trajectory_positions_grid(struct array_source *source, const struct trajectory_layout *layout,
                                             size_t n, size_t sample, struct trajectory_grid *grid,
                                             struct vordec_error *error) {
  bool said = false;
  *grid = (struct trajectory_grid){.box = layout->box};
  enum vordec_status status = read_side(source, &grid->box, &said, error);
  if (!status && !said && isfinite(layout->box_y)) status = take_side(source, layout->box_y, grid, error);
  for (size_t which = TRAJECTORY_X; !status && which <= TRAJECTORY_Y; which++) {
    double step = 0;
    status = read_step(source, layout, which, n, sample, &step, error);
    grid->descending[which] = step < 0;
    if (!status && step != 0 && !said) status = take_side(source, fabs(step) * (double)n, grid, error);
  }
  return status;
}

/* ---- times */

/* Times of a series stand beside it: snapshots/t/STEP; else they follow from the steps and clock/dt. */
static enum vordec_status series_time(struct array_source *source, const char *key, const char *frame, double *time,
                                      struct vordec_error *error) {
  char name[ARRAY_NAME_MAX];
  const char *group = strrchr(key, '/'), *step = strrchr(frame, '/') + 1;
  snprintf(name, sizeof name, "%.*st/%.20s", group ? (int)(group - key) + 1 : 0, key, step);
  if (array_source_has(source, name)) return array_source_read_f64(source, name, time, error);
  *time = NAN;
  if (!array_source_has(source, "clock/dt")) return VORDEC_OK;
  const enum vordec_status status = array_source_read_f64(source, "clock/dt", time, error);
  *time *= strtod(step, NULL);
  return status;
}

static enum vordec_status read_series_times(struct array_source *source, const struct trajectory_layout *layout,
                                            const struct trajectory_choice *choice, double **times,
                                            struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  bool known = true;
  *times = malloc(choice->frames * sizeof **times);
  if (!*times) return fail_memory(source, error);
  for (size_t i = 0; i < choice->frames && !status && known; i++) {
    const char *frame = choice->names[choice->first + i * choice->stride];
    status = series_time(source, layout->key[0], frame, &(*times)[i], error);
    known = !isnan((*times)[i]);
  }
  if (!status && known) return VORDEC_OK;
  free(*times);
  *times = NULL;
  return status;
}

/* The times of the chosen frames; NULL with OK: the file does not say. */
static enum vordec_status read_times(struct array_source *source, const struct trajectory_layout *layout,
                                     const struct trajectory_choice *choice, double **times,
                                     struct vordec_error *error) {
  size_t count = 0;
  if (layout->series) return read_series_times(source, layout, choice, times, error);
  const enum vordec_status status =
      read_positions(source, layout->position[TRAJECTORY_T], choice->sample, &count, times, error);
  if (status || !*times) return status;
  double *values = *times;
  if (choice->first + (choice->frames - 1) * choice->stride >= count) {
    free(values);
    *times = NULL;
    return VORDEC_OK;
  }
  for (size_t i = 0; i < choice->frames; i++) values[i] = values[choice->first + i * choice->stride];
  return VORDEC_OK;
}

enum vordec_status trajectory_positions_dt(struct array_source *source, const struct trajectory_layout *layout,
                                           const struct trajectory_choice *choice, double *dt,
                                           struct vordec_error *error) {
  double *times = NULL;
  const char *name = layout->series ? layout->key[0] : layout->position[TRAJECTORY_T];
  const enum vordec_status status = read_times(source, layout, choice, &times, error);
  const bool said = !status && times && choice->frames > 1;
  const double step = said ? spacing(times, choice->frames) : NAN;
  free(times);
  if (!said || (layout->by_name[TRAJECTORY_T] && isnan(step))) return status;
  *dt = step;
  if (step > 0) return status;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: the times %s; choose frames that are equally spaced, with --frames A:B:S", source->path,
                     name, step <= 0 ? "do not increase" : "are not equally spaced");
}
