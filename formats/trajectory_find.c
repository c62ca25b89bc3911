/* SPDX-License-Identifier: MIT */
#include "trajectory_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trajectory_candidates.h"
#include "trajectory_conventions.h"
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
  layout->by_matlab = layout->unfamiliar = false; /* known, hence nothing to be told of */
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

/* Neither its shape nor the file's names say what the axes are; where all but one are known, samples may be there. */
static enum vordec_status fail_axes(struct array_source *source, const char *key, const struct npy_form *form,
                                    struct vordec_error *error) {
  char shape[NPY_SHAPE_TEXT_MAX], axes[2 * NPY_MAX_NDIM + 1], name[ARRAY_NAME_MAX];
  npy_shape_text(form->shape, form->ndim, shape, sizeof shape);
  if (trajectory_axes_but_one(source, key, form, axes, name)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: neither its shape %s nor the file's names say what its axes are; to take one entry of "
                       "its axis %s, say --axes %s --sample I",
                       source->path, key, shape, name, axes);
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: neither its shape %s nor the file's names say what its axes are; name them with --axes",
                     source->path, key, shape);
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
  if (trajectory_axes_is_spectrum(source, key, &form)) {
    return vordec_fail(
        error, VORDEC_E_INPUT, 0,
        "%s: %s is a spectrum, by the names of its axes, and spectra are not read; save the vorticity at "
        "the points of the grid, or name the axes with --axes",
        source->path, key);
  }
  if (trajectory_axes_named(source, key, &form, layout->axes) ||
      trajectory_conventions_axes(source, key, &form, layout->axes)) {
    return VORDEC_OK;
  }
  if (trajectory_candidates_guess(source, key, &form, layout->velocity && layout->arrays == 1, layout) &&
      trajectory_axes_agree(source, key, layout->axes)) {
    layout->unfamiliar = trajectory_axes_unfamiliar(source, key, layout->axes);
    return VORDEC_OK;
  }
  return fail_axes(source, key, &form, error);
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

/* The one array whose shape could be that of frames. */
static enum vordec_status take_only(struct array_source *source, const struct trajectory_request *request,
                                    struct trajectory_layout *layout, struct vordec_error *error) {
  struct trajectory_candidate chosen;
  struct trajectory_request named = *request;
  enum vordec_status status = trajectory_candidates_choose(source, request, &chosen, error);
  if (status) return status;
  named.key = chosen.keys;
  named.velocity = chosen.velocity;
  if (request->axes || !trajectory_known_find(source, chosen.keys, layout)) {
    *layout = (struct trajectory_layout){.box = NAN, .box_y = NAN};
    status = take_described(source, &named, layout, error);
  }
  layout->in_time = chosen.in_time;
  return status;
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
  enum vordec_status status = request->axes ? VORDEC_OK : trajectory_conventions_check(source, error);
  if (!status) status = find(source, request, layout, error);
  if (!status) {
    layout->v_first = layout->velocity && (trajectory_conventions_v_first(source, layout->key[0], layout->axes) ||
                                           trajectory_labels_turned(source, layout));
    if (!trajectory_conventions_wall(source, layout->wall[0], layout->wall[1])) layout->wall[0][0] = '\0';
  }
  const enum vordec_status gone = array_source_check(source, error); /* then what was found means nothing */
  return gone ? gone : status;
}
