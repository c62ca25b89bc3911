/* SPDX-License-Identifier: MIT */
#include "trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_file.h"

static const char *key_of(const struct trajectory *trajectory) {
  return trajectory->layout.key[0];
}

/* Length of an axis by its letter; 1 where the array has none. */
static size_t length_of(const struct trajectory *trajectory, const size_t *shape, char letter) {
  const char *at = strchr(trajectory->layout.axes, letter);
  return at ? shape[at - trajectory->layout.axes] : 1;
}

/* ---- a series: frames that are arrays of their own */

struct step_name {
  unsigned long long step;
  char name[ARRAY_NAME_MAX];
};

static int by_step(const void *a, const void *b) {
  const struct step_name *x = a, *y = b;
  return x->step < y->step ? -1 : x->step > y->step;
}

/* The steps of KEY/STEP; false: another name. */
static bool parse_step(const char *name, const char *key, unsigned long long *step) {
  const size_t length = strlen(key);
  char *end = NULL;
  if (strncmp(name, key, length) != 0 || name[length] != '/') return false;
  const char *digits = name + length + 1;
  if (*digits < '0' || *digits > '9') return false;
  *step = strtoull(digits, &end, 10);
  return !*end;
}

static enum vordec_status fail_memory(const struct trajectory *trajectory, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", trajectory->path);
}

static enum vordec_status find_series(struct trajectory *trajectory, struct vordec_error *error) {
  struct step_name *found = NULL;
  struct step_name next;
  size_t at = 0, count = 0, room = 0;
  while (array_source_next(trajectory->source, &at, next.name)) {
    if (!parse_step(next.name, key_of(trajectory), &next.step)) continue;
    if (count == room) {
      room = room ? 2 * room : 64;
      struct step_name *grown = realloc(found, room * sizeof *found);
      if (!grown) {
        free(found);
        return fail_memory(trajectory, error);
      }
      found = grown;
    }
    found[count++] = next;
  }
  if (count) qsort(found, count, sizeof *found, by_step);
  trajectory->names = calloc(count ? count : 1, sizeof *trajectory->names);
  for (size_t i = 0; trajectory->names && i < count; i++) memcpy(trajectory->names[i], found[i].name, sizeof next.name);
  free(found);
  trajectory->frames = count;
  return trajectory->names ? VORDEC_OK : fail_memory(trajectory, error);
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
    if (trajectory->layout.axes[axis] != TRAJECTORY_SINGLE || shape[axis] == 1) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: axis %u, which is named 1, has %zu entries",
                       trajectory->path, key_of(trajectory), text, axis, shape[axis]);
  }
  if (x != y) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: shape %s: the grid is %zu x %zu; only square grids are supported", trajectory->path,
                       key_of(trajectory), text, y, x);
  }
  if (x < 4 || x > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: %zu is not a grid size (4 .. %u)", trajectory->path,
                       key_of(trajectory), text, x, VORDEC_MAX_N);
  }
  trajectory->n = x;
  return VORDEC_OK;
}

static enum vordec_status check_components(const struct trajectory *trajectory, const size_t *shape,
                                           struct vordec_error *error) {
  const size_t held = length_of(trajectory, shape, 'c') * trajectory->layout.arrays;
  const size_t wanted = trajectory_components(trajectory);
  if (held == wanted) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it holds %zu component%s a cell, %s", trajectory->path,
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
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: shape %s: there is no frame in it", trajectory->path,
                     key_of(trajectory), npy_shape_text(slabs->shape, slabs->ndim, text, sizeof text));
}

/* ---- which frames */

static enum vordec_status choose_sample(struct trajectory *trajectory, const struct trajectory_request *request,
                                        struct vordec_error *error) {
  const size_t samples = length_of(trajectory, trajectory->slabs[0]->shape, 'b');
  char *end = NULL;
  if (!request->sample) {
    if (samples == 1) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it holds %zu samples; choose one with --sample (0 .. %zu)%s",
                       trajectory->path, key_of(trajectory), samples, samples - 1,
                       trajectory->layout.guessed ? ", or name its axes with --axes" : "");
  }
  const unsigned long long sample = strtoull(request->sample, &end, 10);
  if (request->sample[0] < '0' || request->sample[0] > '9' || *end || sample >= samples) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: sample '%s': expected a number from 0 to %zu", trajectory->path,
                       request->sample, samples - 1);
  }
  trajectory->sample = (size_t)sample;
  return VORDEC_OK;
}

/* One number of a slice, negative ones counted from the end; `otherwise` where there is none. False: no number. */
static bool slice_number(const char **at, long long count, long long otherwise, long long *value) {
  char *end = NULL;
  *value = otherwise;
  if (**at == ':' || **at == '\0') return true;
  *value = strtoll(*at, &end, 10);
  if (end == *at) return false;
  *at = end;
  if (*value < 0) *value += count;
  return true;
}

static enum vordec_status choose_frames(struct trajectory *trajectory, const struct trajectory_request *request,
                                        struct vordec_error *error) {
  const long long count = (long long)trajectory->frames;
  long long first = 0, end = count, stride = 1;
  trajectory->stride = 1;
  if (!request->frames) return VORDEC_OK;
  const char *at = request->frames;
  bool good = slice_number(&at, count, 0, &first) && *at == ':';
  if (good) at++;
  good = good && slice_number(&at, count, count, &end);
  if (good && *at == ':') {
    at++;
    good = slice_number(&at, 0, 1, &stride);
  }
  if (end > count) end = count;
  if (!good || *at || first < 0 || stride < 1 || first >= end) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: frames '%s': expected A:B:S, from A to before B in steps of S, that name some of the %lld "
                       "frames",
                       trajectory->path, request->frames, count);
  }
  trajectory->first = (size_t)first;
  trajectory->stride = (size_t)stride;
  trajectory->frames = (size_t)((end - first + stride - 1) / stride);
  return VORDEC_OK;
}

/* ---- scalars, as 'vordec simulate' writes them */

/* In files of others an array of such a name may be something else. */
static bool has_scalar(const struct trajectory *trajectory, struct array_source *source, const char *key) {
  const char *layout = trajectory->layout.name;
  struct npy_form form;
  struct vordec_error ignored;
  if (!array_source_has(source, key)) return false;
  if (layout && strcmp(layout, TRAJECTORY_OWN) == 0) return true;
  return !array_source_describe(source, key, &form, &ignored) && form.ndim == 0;
}

static enum vordec_status read_count(const struct trajectory *trajectory, struct array_source *source, const char *key,
                                     int64_t *value, struct vordec_error *error) {
  return has_scalar(trajectory, source, key) ? array_source_read_i64(source, key, value, error) : VORDEC_OK;
}

static enum vordec_status read_scalars(struct trajectory *trajectory, struct array_source *source,
                                       struct vordec_error *error) {
  int64_t n = (int64_t)trajectory->n, stride = 1;
  double dt = NAN;
  enum vordec_status status = read_count(trajectory, source, "N", &n, error);
  if (!status) status = read_count(trajectory, source, "stride", &stride, error);
  if (!status) status = read_count(trajectory, source, "seed", &trajectory->seed, error);
  const bool has_dt = has_scalar(trajectory, source, "dt");
  if (!status && has_dt) status = array_source_read_f64(source, "dt", &dt, error);
  if (status) return status;
  if (n != (int64_t)trajectory->n) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: N: %lld, but the frames of %s have N = %zu", source->path,
                       (long long)n, key_of(trajectory), trajectory->n);
  }
  if (stride < 1) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: stride: %lld is not a number of steps", source->path,
                       (long long)stride);
  }
  if (has_dt && !(isfinite(dt) && dt > 0.0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: dt: %g is not a time step", source->path, dt);
  }
  trajectory->dt = dt * (double)stride * (double)trajectory->stride;
  return VORDEC_OK;
}

/* ---- opening and reading */

static void read_packing(struct trajectory *trajectory, struct array_source *source) {
  const struct trajectory_layout *layout = &trajectory->layout;
  for (size_t i = 0; i < layout->arrays && !layout->series; i++) {
    trajectory->packing[i] = trajectory_packing_of(source, layout->key[i]);
  }
}

static enum vordec_status read_positions(struct trajectory *trajectory, struct array_source *source,
                                         struct vordec_error *error) {
  const struct trajectory_layout *layout = &trajectory->layout;
  const struct trajectory_choice choice = {trajectory->sample, trajectory->first, trajectory->stride,
                                           trajectory->frames, trajectory->names};
  const enum vordec_status status = trajectory_positions_dt(source, layout, &choice, &trajectory->dt, error);
  if (status) return status;
  return trajectory_positions_grid(source, layout, trajectory->n, trajectory->sample, &trajectory->grid, error);
}

static enum vordec_status open_arrays(struct trajectory *trajectory, struct array_source *source,
                                      struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (trajectory->layout.series) {
    trajectory->source = source;
    status = find_series(trajectory, error);
    if (status || !trajectory->frames) return status;
    return array_source_open_slabs(source, trajectory->names[0], &trajectory->slabs[0], error);
  }
  for (size_t i = 0; !status && i < trajectory->layout.arrays; i++) {
    status = array_source_open_slabs(source, trajectory->layout.key[i], &trajectory->slabs[i], error);
  }
  return status;
}

enum vordec_status trajectory_open(const struct trajectory_request *request, struct trajectory *trajectory,
                                   struct vordec_error *error) {
  struct array_source *source = NULL;
  *trajectory = (struct trajectory){.path = request->path, .dt = NAN, .grid.box = NAN, .seed = -1};
  enum vordec_status status = array_file_open(request->path, &source, error);
  if (!status) status = trajectory_layout_find(source, request, &trajectory->layout, error);
  if (!status) status = open_arrays(trajectory, source, error);
  if (!status) read_packing(trajectory, source);
  if (!status) status = check_shape(trajectory, error);
  if (!status) status = choose_sample(trajectory, request, error);
  if (!status) status = choose_frames(trajectory, request, error);
  if (!status) status = read_scalars(trajectory, source, error);
  if (!status) status = read_positions(trajectory, source, error);
  if (request->box > 0) trajectory->grid.box = request->box;
  if (!status) {
    trajectory->raw = malloc(trajectory_components(trajectory) * trajectory->n * trajectory->n * sizeof(double));
    if (!trajectory->raw) status = fail_memory(trajectory, error);
  }
  if (!trajectory->source) array_source_close(source);
  if (status) trajectory_release(trajectory);
  return status;
}

/* Where an axis of the slab leads among components x n x n values; backwards where positions fall along it, or the
 * components come the other way round. */
static ptrdiff_t step_of(const struct trajectory *trajectory, char letter) {
  const ptrdiff_t n = (ptrdiff_t)trajectory->n;
  const bool *descending = trajectory->grid.descending;
  if (letter == 'x') return descending[TRAJECTORY_X] ? -1 : 1;
  if (letter == 'y') return descending[TRAJECTORY_Y] ? -n : n;
  if (letter == 'c') return trajectory->layout.v_first ? -n * n : n * n;
  return 0;
}

/* Puts a slab's values in order: components, y, x. */
static void put_in_order(const struct trajectory *trajectory, const size_t *count, const double *from, double *to) {
  const char *axes = trajectory->layout.axes;
  const size_t ndim = strlen(axes);
  size_t index[NPY_MAX_NDIM] = {0}, total = 1;
  ptrdiff_t at = 0;
  for (size_t axis = 0; axis < ndim; axis++) {
    const ptrdiff_t step = step_of(trajectory, axes[axis]);
    total *= count[axis];
    if (step < 0) at -= step * (ptrdiff_t)(count[axis] - 1);
  }
  for (size_t i = 0; i < total; i++) {
    to[at] = from[i];
    for (size_t axis = ndim; axis-- > 0;) {
      const ptrdiff_t step = step_of(trajectory, axes[axis]);
      at += step;
      if (++index[axis] < count[axis]) break;
      at -= step * (ptrdiff_t)index[axis];
      index[axis] = 0;
    }
  }
}

static enum vordec_status read_array(struct trajectory *trajectory, struct array_slabs *slabs, size_t frame,
                                     double *values, struct vordec_error *error) {
  size_t start[NPY_MAX_NDIM] = {0}, count[NPY_MAX_NDIM];
  const char *axes = trajectory->layout.axes;
  for (uint32_t axis = 0; axis < slabs->ndim; axis++) {
    const bool chosen = axes[axis] == 't' || axes[axis] == 'b';
    if (chosen) start[axis] = axes[axis] == 't' ? frame : trajectory->sample;
    count[axis] = chosen ? 1 : slabs->shape[axis];
  }
  const enum vordec_status status = array_slabs_read(slabs, start, count, trajectory->raw, error);
  if (!status) put_in_order(trajectory, count, trajectory->raw, values);
  return status;
}

/* One array of a frame of a series: KEY/STEP. */
static enum vordec_status read_member(struct trajectory *trajectory, size_t array, size_t frame, double *values,
                                      struct vordec_error *error) {
  struct array_slabs *slabs = NULL;
  char name[2 * ARRAY_NAME_MAX];
  snprintf(name, sizeof name, "%s%s", trajectory->layout.key[array], strrchr(trajectory->names[frame], '/'));
  enum vordec_status status = array_source_open_slabs(trajectory->source, name, &slabs, error);
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

enum vordec_status trajectory_frame(struct trajectory *trajectory, size_t i, double *values,
                                    struct vordec_error *error) {
  const size_t frame = trajectory->first + i * trajectory->stride, cells = trajectory->n * trajectory->n;
  enum vordec_status status = VORDEC_OK;
  for (size_t array = 0; !status && array < trajectory->layout.arrays; array++) {
    double *own = values + array * cells;
    status = trajectory->layout.series ? read_member(trajectory, array, frame, own, error)
                                       : read_part(trajectory, array, frame, own, error);
  }
  return status ? status : check_finite(trajectory, frame, values, error);
}

void trajectory_release(struct trajectory *trajectory) {
  for (size_t i = 0; i < 2; i++) array_slabs_close(trajectory->slabs[i]);
  array_source_close(trajectory->source);
  free(trajectory->names);
  free(trajectory->raw);
  *trajectory = (struct trajectory){0};
}
