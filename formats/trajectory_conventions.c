/* SPDX-License-Identifier: MIT */
#include "trajectory_conventions.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <vordec/error.h>

#include "trajectory_usual.h"

static bool is_in(const char *key, const char *group) {
  return strncmp(key, group, strlen(group)) == 0;
}

static size_t length_of(struct array_source *source, const char *name) {
  struct npy_form form;
  struct vordec_error ignored;
  if (!array_source_has(source, name) || array_source_describe(source, name, &form, &ignored)) return 0;
  return form.ndim ? form.shape[form.ndim - 1] : 0;
}

/* ---- The Well */

bool trajectory_conventions_is_well(struct array_source *source, char first[ARRAY_NAME_MAX],
                                    char second[ARRAY_NAME_MAX]) {
  char name[ARRAY_NAME_MAX];
  bool fields = false;
  if (!array_source_has(source, "dimensions/time")) return false;
  for (size_t at = 0; array_source_next(source, &at, name) && !fields;) {
    fields = is_in(name, "t0_fields/") || is_in(name, "t1_fields/") || is_in(name, "t2_fields/");
  }
  if (!fields) return false;
  snprintf(first, ARRAY_NAME_MAX, "x");
  snprintf(second, ARRAY_NAME_MAX, "y");
  if (!array_source_text(source, "dimensions", "spatial_dims", 0, name)) return true;
  snprintf(first, ARRAY_NAME_MAX, "%s", name);
  if (array_source_text(source, "dimensions", "spatial_dims", 1, name)) snprintf(second, ARRAY_NAME_MAX, "%s", name);
  return true;
}

/* Fields that are the same in all trajectories, or at all times, lack that axis. */
static bool well_axes(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  char first[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX];
  const bool vector = is_in(key, "t1_fields/");
  const uint32_t inner = vector ? 3 : 2;
  if (!vector && !is_in(key, "t0_fields/")) return false;
  if (!trajectory_conventions_is_well(source, first, second)) return false;
  if (form->ndim < inner || form->ndim > inner + 2) return false;
  const bool timed = form->ndim == inner + 1 && form->shape[0] == length_of(source, "dimensions/time");
  const char *outer = form->ndim == inner ? "" : form->ndim == inner + 2 ? "bt" : timed ? "t" : "b";
  snprintf(axes, TRAJECTORY_AXES_BYTES, "%s%s%s", outer, strcasecmp(first, "y") == 0 ? "yx" : "xy", vector ? "c" : "");
  return true;
}

/* ---- Dedalus: the axes of its distributor's coordinates, x first, behind those of tensors */

static bool dedalus_axes(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  char name[ARRAY_NAME_MAX];
  if (!is_in(key, "tasks/") || !array_source_has(source, "scales/sim_time")) return false;
  for (uint32_t axis = 1; axis < form->ndim; axis++) {
    array_source_axis_name(source, key, axis, name);
    if (name[0]) return false; /* of other coordinates, such as a sphere's */
  }
  if (form->ndim == 4 && form->shape[1] == 2) {
    snprintf(axes, TRAJECTORY_AXES_BYTES, "tcxy");
  } else if (form->ndim == 3) {
    snprintf(axes, TRAJECTORY_AXES_BYTES, "txy");
  } else {
    return false;
  }
  return true;
}

/* ---- PDEBench: a group for each run, with its grid beside the data */

static bool pdebench_axes(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  static const char *const beside[] = {"grid/x", "grid/y", "grid/t"};
  const char *own = trajectory_last_part(key);
  char name[2 * ARRAY_NAME_MAX];
  if (own == key || strcmp(own, "data") != 0 || form->ndim != 4) return false;
  for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
    snprintf(name, sizeof name, "%.*s%s", (int)(own - key), key, beside[i]);
    if (strlen(name) >= ARRAY_NAME_MAX || !array_source_has(source, name)) return false;
  }
  snprintf(axes, TRAJECTORY_AXES_BYTES, "txy%c", form->shape[3] == 1 ? TRAJECTORY_SINGLE : 'c');
  return true;
}

/* ---- all of them */

bool trajectory_conventions_axes(struct array_source *source, const char *key, const struct npy_form *form,
                                 char *axes) {
  return well_axes(source, key, form, axes) || dedalus_axes(source, key, form, axes) ||
         pdebench_axes(source, key, form, axes);
}

bool trajectory_conventions_v_first(struct array_source *source, const char *key, const char *axes) {
  char first[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX];
  const char *x = strchr(axes, 'x'), *y = strchr(axes, 'y');
  if (!x || !y || x < y || !strchr(axes, 'c')) return false;
  if (is_in(key, "tasks/")) return array_source_has(source, "scales/sim_time");
  return is_in(key, "t1_fields/") && trajectory_conventions_is_well(source, first, second);
}

enum vordec_status trajectory_conventions_check(struct array_source *source, struct vordec_error *error) {
  char first[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX], grid[ARRAY_NAME_MAX];
  double axes = 2;
  if (!trajectory_conventions_is_well(source, first, second)) return VORDEC_OK;
  if (array_source_attribute(source, ARRAY_SOURCE_ITSELF, "n_spatial_dims", &axes, 1) == 1 && axes != 2) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: it has %g dimensions of space; only two are supported",
                       source->path, axes);
  }
  if (!array_source_text(source, ARRAY_SOURCE_ITSELF, "grid_type", 0, grid)) return VORDEC_OK;
  if (strcasecmp(grid, "cartesian") == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: its grid is of the type '%s'; only Cartesian ones are supported",
                     source->path, grid);
}

bool trajectory_conventions_wall(struct array_source *source, char name[ARRAY_NAME_MAX], char kind[ARRAY_NAME_MAX]) {
  for (size_t at = 0; array_source_next(source, &at, name);) {
    char *last = strrchr(name, '/');
    if (!is_in(name, "boundary_conditions/") || !last) continue;
    *last = '\0';
    if (array_source_text(source, name, "bc_type", 0, kind) && strcasecmp(kind, "PERIODIC") != 0) return true;
  }
  return false;
}
