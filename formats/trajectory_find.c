/* SPDX-License-Identifier: MIT */
#include "trajectory_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trajectory_coordinates.h"
#include "trajectory_known.h"
#include "trajectory_labels.h"
#include "trajectory_layout_fill.h"
#include "trajectory_line.h"
#include "trajectory_listing.h"
#include "trajectory_usual.h"

/* ---- the axes of an array */

static enum vordec_status take_axes(const struct trajectory_request *request, const struct npy_form *form, char *axes,
                                    struct vordec_error *error) {
  char text[NPY_SHAPE_TEXT_MAX + 40];
  const char *why = trajectory_axes_parse(request->axes, form, axes, text, sizeof text);
  if (!why) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: axes '%s': %s; name every axis of the array once, such as \"b,t,y,x,c\" (b sample, t time, "
                     "c component, 1 an axis of one entry, which is ignored)",
                     request->path, request->axes, why);
}

/* MATLAB says of each of its variables in HDF5 which class it has, and begins files with a line of its own. */
static bool is_matlab(struct array_source *source, const char *key) {
  char class[ARRAY_NAME_MAX];
  return strncmp(source->format, "mat", 3) == 0 || array_source_text(source, key, "MATLAB_class", 0, class);
}

/* By the shape alone. */
static bool guess_axes(struct array_source *source, const char *key, const struct npy_form *form, bool pair,
                       struct trajectory_layout *layout) {
  layout->guessed = true;
  layout->by_matlab = is_matlab(source, key);
  return layout->by_matlab ? trajectory_axes_guess_matlab(form, pair, strcmp(source->format, "mat") != 0, layout->axes)
                           : trajectory_axes_guess(form, pair, layout->axes);
}

/* The axis along which positions of n x n points vary; -1: the file has no such array. */
static int axis_of_positions(struct array_source *source, const char *key, size_t n) {
  struct trajectory_line line;
  struct vordec_error ignored;
  if (trajectory_line_read(source, key, 0, n, &line, &ignored)) return -1;
  free(line.values);
  return line.varies;
}

/* Positions of all points say which of two axes that nobody named comes first. */
static void turn_by_positions(struct array_source *source, struct trajectory_layout *layout) {
  struct npy_form form;
  char *x = strchr(layout->axes, 'x'), *y = strchr(layout->axes, 'y');
  if (!layout->guessed || !x || !y || !layout_describe(source, layout->key[0], &form)) return;
  const size_t n = form.shape[x - layout->axes];
  const int first = axis_of_positions(source, layout->position[TRAJECTORY_X], n);
  const int second = axis_of_positions(source, layout->position[TRAJECTORY_Y], n);
  if (first < 0 || second < 0 || first == second) return;
  layout->by_matlab = false; /* known, hence nothing to be told of */
  if ((first == 0) == (x < y)) return;
  *x = 'y';
  *y = 'x';
}

/* ---- the array that the user names */

/* A field of a struct as MATLAB writes it, "data.w", is the array data/w. False: there is no such array. */
static bool as_path(struct array_source *source, const char *key, char path[ARRAY_NAME_MAX]) {
  layout_set_text(path, ARRAY_NAME_MAX, key);
  for (char *dot = path; (dot = strchr(dot, '.'));) *dot = '/';
  return array_source_has(source, path);
}

/* One array, its axes as they were given, as the file names them, or as its shape suggests. */
static enum vordec_status take_array(struct array_source *source, const struct trajectory_request *request,
                                     const char *key, struct trajectory_layout *layout, struct vordec_error *error) {
  struct npy_form form;
  char path[ARRAY_NAME_MAX];
  if (*key == '/' && !array_source_has(source, key)) key++; /* as h5dump shows it */
  if (!array_source_has(source, key) && as_path(source, key, path)) key = path;
  if (!array_source_has(source, key)) return trajectory_fail_key(source, key, error);
  enum vordec_status status = array_source_describe(source, key, &form, error);
  if (status) return status;
  layout_set_key(layout, layout->arrays, key);
  layout->velocity = request->velocity || layout->arrays == 2;
  if (request->axes) return take_axes(request, &form, layout->axes, error);
  if (trajectory_axes_named(source, key, &form, layout->axes)) return VORDEC_OK;
  if (guess_axes(source, key, &form, layout->velocity && layout->arrays == 1, layout) &&
      trajectory_axes_agree(source, key, layout->axes)) {
    return VORDEC_OK;
  }
  char shape[NPY_SHAPE_TEXT_MAX];
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: neither its shape %s nor the file's names say what its axes are; name them with --axes",
                     source->path, key, npy_shape_text(form.shape, form.ndim, shape, sizeof shape));
}

static enum vordec_status take_described(struct array_source *source, const struct trajectory_request *request,
                                         struct trajectory_layout *layout, struct vordec_error *error) {
  char keys[2 * ARRAY_NAME_MAX];
  layout_set_text(keys, sizeof keys, request->key);
  char *second = array_source_has(source, keys) ? NULL : strchr(keys, ',');
  if (second) *second++ = '\0';
  for (size_t end = strlen(keys); second && end > 0 && keys[end - 1] == ' ';) keys[--end] = '\0';
  while (second && *second == ' ') second++;
  if (second && (!keys[0] || !*second || strchr(second, ',') || strcmp(keys, second) == 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: key '%s': expected an array, or two with a comma between, for the velocities along x and y",
                       source->path, request->key);
  }
  char first_axes[sizeof layout->axes];
  enum vordec_status status = take_array(source, request, keys, layout, error);
  memcpy(first_axes, layout->axes, sizeof first_axes);
  if (!status && second) status = take_array(source, request, second, layout, error);
  if (!status && strcmp(first_axes, layout->axes) != 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s and %s differ in their axes", source->path, keys, second);
  }
  if (status) return status;
  layout->turned = second && trajectory_usual_turned(keys, second);
  for (size_t i = 0; second && i < 2; i++) layout_read_shift(source, layout->key[i], layout->shift[i]);
  trajectory_coordinates_find(source, layout);
  turn_by_positions(source, layout);
  return VORDEC_OK;
}

/* ---- the array that could be the frames */

/* MATLAB's booleans are bytes in HDF5. */
static bool is_boolean(struct array_source *source, const char *name, const struct npy_form *form) {
  char class[ARRAY_NAME_MAX];
  return form->type == NPY_B1 ||
         (array_source_text(source, name, "MATLAB_class", 0, class) && strcmp(class, "logical") == 0);
}

/* Two components a cell, by the name and the shape. */
static bool is_velocity(const char *name, const struct npy_form *form) {
  static const char *const names[] = {"velocity", "velocities", "vel"};
  char axes[TRAJECTORY_AXES_BYTES];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcasecmp(trajectory_last_part(name), names[i]) == 0) return trajectory_axes_guess(form, true, axes);
  }
  return false;
}

/* Smaller ones are matrices of a few numbers, such as the ends of a box. */
static bool is_grid(const struct npy_form *form, const char *axes) {
  return form->shape[strchr(axes, 'x') - axes] >= TRAJECTORY_LEAST_N;
}

/* Whether an array could be frames, by the axes that the user or the file names, or else by its shape. */
static bool could_be_frames(struct array_source *source, const struct trajectory_request *request, const char *name,
                            const struct npy_form *form) {
  struct trajectory_layout tried = {0};
  char why[NPY_SHAPE_TEXT_MAX + 40];
  if (is_boolean(source, name, form)) return false;
  if (request->axes) return !trajectory_axes_parse(request->axes, form, tried.axes, why, sizeof why);
  if (trajectory_axes_is_grid(name)) return false;
  if (trajectory_axes_named(source, name, form, tried.axes)) {
    return request->velocity == (strchr(tried.axes, 'c') != NULL);
  }
  return guess_axes(source, name, form, request->velocity, &tried) && is_grid(form, tried.axes);
}

/* What was found in a file. */
struct candidates {
  size_t described, grids, fitting, oblongs, vectors, velocities;
  char grid[ARRAY_NAME_MAX]; /* one of at least two axes */
  char only[ARRAY_NAME_MAX], oblong[ARRAY_NAME_MAX], vector[ARRAY_NAME_MAX], velocity[ARRAY_NAME_MAX];
  struct vordec_error unread; /* why the first array that cannot be read cannot */
};

/* What could be frames, were its grid square. */
static bool is_oblong(const struct npy_form *form) {
  if (form->ndim < 2 || form->ndim > 4 || form->type == NPY_B1) return false;
  const size_t rows = form->shape[form->ndim - 2], columns = form->shape[form->ndim - 1];
  return rows >= 4 && columns >= 4 && rows != columns;
}

static void note(const char *name, size_t *count, char kept[ARRAY_NAME_MAX]) {
  if ((*count)++ == 0) layout_set_text(kept, ARRAY_NAME_MAX, name);
}

static void look_at_all(struct array_source *source, const struct trajectory_request *request,
                        struct candidates *candidates) {
  char name[ARRAY_NAME_MAX], axes[TRAJECTORY_AXES_BYTES];
  struct vordec_error problem;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    struct npy_form form;
    if (trajectory_is_hidden(name)) continue;
    if (array_source_describe(source, name, &form, &problem)) {
      if (!candidates->unread.status) candidates->unread = problem;
      continue;
    }
    candidates->described++;
    if (form.ndim >= 2 && form.type != NPY_B1) note(name, &candidates->grids, candidates->grid);
    if (is_oblong(&form)) note(name, &candidates->oblongs, candidates->oblong);
    if (!request->axes && is_velocity(name, &form)) note(name, &candidates->velocities, candidates->velocity);
    if (!request->axes && trajectory_axes_guess(&form, true, axes))
      note(name, &candidates->vectors, candidates->vector);
    if (could_be_frames(source, request, name, &form)) note(name, &candidates->fitting, candidates->only);
  }
}

/* How many arrays of a usual name could be frames, in whatever groups; the first one's name in full. */
static size_t count_usual(struct array_source *source, const struct trajectory_request *request, const char *wanted,
                          char first[ARRAY_NAME_MAX]) {
  const struct trajectory_request vorticity = {.path = request->path};
  char name[ARRAY_NAME_MAX];
  struct npy_form form;
  size_t count = 0;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (strcasecmp(trajectory_last_part(name), wanted) != 0 || trajectory_is_hidden(name)) continue;
    if (layout_describe(source, name, &form) && could_be_frames(source, &vorticity, name, &form)) {
      note(name, &count, first);
    }
  }
  return count;
}

/* The partner of an array in its group, equal in shape. */
static bool has_partner(struct array_source *source, const char *name, const char *partner,
                        char keys[2 * ARRAY_NAME_MAX]) {
  struct npy_form form, other;
  char second[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next(source, &at, second);) {
    const size_t group = (size_t)(trajectory_last_part(name) - name);
    if (strcasecmp(trajectory_last_part(second), partner) != 0 ||
        (size_t)(trajectory_last_part(second) - second) != group)
      continue;
    if (strncmp(second, name, group) != 0) continue;
    if (!layout_describe(source, name, &form) || !layout_describe(source, second, &other)) return false;
    snprintf(keys, 2 * ARRAY_NAME_MAX, "%s,%s", name, second);
    return form.ndim == other.ndim && memcmp(form.shape, other.shape, form.ndim * sizeof *form.shape) == 0;
  }
  return false;
}

/* Several arrays could be frames: the one of a usual name, or a pair of such. False: there is none, or several groups
 * have one. */
static bool usual_names(struct array_source *source, const struct trajectory_request *request,
                        char keys[2 * ARRAY_NAME_MAX]) {
  const struct trajectory_usual *usual;
  for (size_t i = 0; (usual = trajectory_usual(i)); i++) {
    char name[ARRAY_NAME_MAX];
    if (request->velocity && !usual->second) continue;
    const size_t count = count_usual(source, request, usual->first, name);
    if (count > 1) return false;
    if (count == 0) continue;
    layout_set_text(keys, ARRAY_NAME_MAX, name);
    if (!usual->second || has_partner(source, name, usual->second, keys)) return true;
  }
  return false;
}

static enum vordec_status fail_only(struct array_source *source, const struct candidates *candidates,
                                    struct vordec_error *error) {
  struct npy_form form;
  char shape[NPY_SHAPE_TEXT_MAX], what[2 * ARRAY_NAME_MAX];
  const bool none = candidates->fitting == 0;
  if (none && candidates->oblongs == 1 && layout_describe(source, candidates->oblong, &form)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: shape %s: its last two axes are %zu x %zu, and only square grids are supported; if its "
                       "axes are others, name them with --axes",
                       source->path, candidates->oblong, npy_shape_text(form.shape, form.ndim, shape, sizeof shape),
                       form.shape[form.ndim - 2], form.shape[form.ndim - 1]);
  }
  if (none && candidates->vectors) {
    snprintf(what, sizeof what,
             "it is not clear which array holds a vorticity; if %s is a velocity, --velocity takes its curl",
             candidates->vector);
    return trajectory_fail_found(source, what, error);
  }
  return trajectory_fail_found(
      source,
      none ? "it is not clear which array holds the frames (name it with --key, and its axes with --axes)"
           : "more than one array could hold the frames (choose one with --key)",
      error);
}

/* The one array whose shape could be that of frames. */
static enum vordec_status take_only(struct array_source *source, const struct trajectory_request *request,
                                    struct trajectory_layout *layout, struct vordec_error *error) {
  struct candidates candidates = {0};
  struct trajectory_request named = *request;
  char keys[2 * ARRAY_NAME_MAX];
  look_at_all(source, request, &candidates);
  if (candidates.velocities == 1 && !usual_names(source, request, keys)) {
    named.key = candidates.velocity;
    named.velocity = true;
  } else if (candidates.fitting == 1) {
    named.key = candidates.only;
  } else if (request->axes && candidates.fitting == 0 && candidates.grids == 1) {
    named.key = candidates.grid; /* what is wrong with the axes */
  } else if (candidates.fitting > 1 && !request->axes && usual_names(source, request, keys)) {
    named.key = keys;
  }
  if (named.key) return take_described(source, &named, layout, error);
  if (candidates.described || !candidates.unread.status) return fail_only(source, &candidates, error);
  *error = candidates.unread;
  return candidates.unread.status;
}

static enum vordec_status find(struct array_source *source, const struct trajectory_request *request,
                               struct trajectory_layout *layout, struct vordec_error *error) {
  if (!request->axes && trajectory_known_find(source, request->key, layout)) {
    if (!request->velocity || layout->velocity) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: --velocity: %s is a vorticity; leave --velocity out, or name velocities with --key",
                       source->path, layout->key[0]);
  }
  *layout = (struct trajectory_layout){.box = NAN, .box_y = NAN};
  return request->key ? take_described(source, request, layout, error) : take_only(source, request, layout, error);
}

enum vordec_status trajectory_find(struct array_source *source, const struct trajectory_request *request,
                                   struct trajectory_layout *layout, struct vordec_error *error) {
  const enum vordec_status status = find(source, request, layout, error);
  if (!status && layout->velocity && trajectory_labels_turned(source, layout)) layout->v_first = true;
  return status;
}
