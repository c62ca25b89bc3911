/* SPDX-License-Identifier: MIT */
#include "trajectory_layout.h"

#include <math.h>
#include <string.h>
#include <vordec/error.h>

#define NAMES_BYTES 400 /* of the list of what a file holds */

static void set_text(char *to, size_t size, const char *from) {
  snprintf(to, size, "%s", from);
}

static void set_key(struct trajectory_layout *layout, size_t which, const char *key) {
  set_text(layout->key[which], sizeof layout->key[which], key);
  if (layout->arrays <= which) layout->arrays = which + 1;
}

static void set_position(struct trajectory_layout *layout, struct array_source *source, size_t which,
                         const char *name) {
  if (array_source_has(source, name)) set_text(layout->position[which], sizeof layout->position[which], name);
}

static bool describe(struct array_source *source, const char *name, struct npy_form *form) {
  struct vordec_error ignored;
  return array_source_has(source, name) && array_source_describe(source, name, form, &ignored) == VORDEC_OK;
}

/* An array with that many axes. */
static bool has_axes(struct array_source *source, const char *name, uint32_t ndim) {
  struct npy_form form;
  return describe(source, name, &form) && form.ndim == ndim;
}

/* ---- known layouts; of the array that the user names, where one is named */

static bool is_wanted(const struct trajectory_layout *layout, const char *key) {
  return !layout->key[0][0] || strcmp(layout->key[0], key) == 0;
}

static bool is_in(const char *key, const char *group) {
  return strncmp(key, group, strlen(group)) == 0;
}

static bool recognise_vordec(struct array_source *source, struct trajectory_layout *layout) {
  if (!is_wanted(layout, "traj") || !has_axes(source, "traj", 3)) return false;
  set_key(layout, 0, "traj");
  set_text(layout->axes, sizeof layout->axes, "tyx");
  return true;
}

/* The Well: B, T, then the axes in the order of `dimensions`' attribute, x first where it says nothing, and so
 * the components. */
static bool recognise_well(struct array_source *source, struct trajectory_layout *layout) {
  const bool vorticity = has_axes(source, "t0_fields/vorticity", 4);
  if (!layout->key[0][0]) set_key(layout, 0, vorticity ? "t0_fields/vorticity" : "t1_fields/velocity");
  const char *key = layout->key[0];
  layout->arrays = 1;
  layout->velocity = is_in(key, "t1_fields/");
  if (!layout->velocity && !is_in(key, "t0_fields/")) return false;
  if (!has_axes(source, key, layout->velocity ? 5 : 4)) return false;
  char first[ARRAY_NAME_MAX];
  const bool y_first = array_source_text(source, "dimensions", "spatial_dims", 0, first) && strcmp(first, "y") == 0;
  set_text(layout->axes, sizeof layout->axes, y_first ? "btyxc" : "btxyc");
  if (!layout->velocity) layout->axes[strlen(layout->axes) - 1] = '\0';
  layout->v_first = y_first;
  set_position(layout, source, TRAJECTORY_T, "dimensions/time");
  set_position(layout, source, TRAJECTORY_X, "dimensions/x");
  set_position(layout, source, TRAJECTORY_Y, "dimensions/y");
  return true;
}

/* PDEBench: B, T, x, y; velocities of incompressible or of compressible flow, or one field under the name tensor. */
static bool recognise_pdebench(struct array_source *source, struct trajectory_layout *layout) {
  if (is_wanted(layout, "velocity") && has_axes(source, "velocity", 5) && array_source_has(source, "particles")) {
    set_key(layout, 0, "velocity");
    set_text(layout->axes, sizeof layout->axes, "btxyc");
    layout->velocity = true;
  } else if (is_wanted(layout, "Vx,Vy") && has_axes(source, "Vx", 4) && has_axes(source, "Vy", 4) &&
             array_source_has(source, "x-coordinate")) {
    set_key(layout, 0, "Vx");
    set_key(layout, 1, "Vy");
    set_text(layout->axes, sizeof layout->axes, "btxy");
    layout->velocity = true;
  } else if (is_wanted(layout, "tensor") && has_axes(source, "tensor", 4) && array_source_has(source, "x-coordinate")) {
    set_key(layout, 0, "tensor");
    set_text(layout->axes, sizeof layout->axes, "btxy");
  } else {
    return false;
  }
  set_position(layout, source, TRAJECTORY_T, array_source_has(source, "t-coordinate") ? "t-coordinate" : "t");
  set_position(layout, source, TRAJECTORY_X, "x-coordinate");
  set_position(layout, source, TRAJECTORY_Y, "y-coordinate");
  return true;
}

/* FNO's Navier-Stokes: a (B, x, y) and u (B, x, y, T) as MATLAB sees them; HDF5 sees the axes the other way round. The
 * side of the box is 1. */
static bool recognise_fno(struct array_source *source, struct trajectory_layout *layout) {
  if (!is_wanted(layout, "u") || !has_axes(source, "u", 4) || !has_axes(source, "a", 3)) return false;
  set_key(layout, 0, "u");
  set_text(layout->axes, sizeof layout->axes, strcmp(source->format, "hdf5") == 0 ? "tyxb" : "bxyt");
  set_position(layout, source, TRAJECTORY_T, "t");
  layout->box = 1;
  return true;
}

/* Files whose arrays say what their axes are: Dedalus, jax-cfd, and whatever xarray writes. */
static bool take_named(struct array_source *source, const char *key, bool velocity, struct trajectory_layout *layout) {
  struct npy_form form;
  if (!describe(source, key, &form) || !trajectory_axes_named(source, key, &form, layout->axes)) return false;
  if (velocity != (strchr(layout->axes, 'c') != NULL)) return false;
  set_key(layout, 0, key);
  layout->velocity = velocity;
  return true;
}

/* jax-cfd says where in its cell a component stands; the file's positions are those of the cells' centres. */
static void read_shift(struct array_source *source, const char *key, double shift[2]) {
  double values[2];
  if (array_source_attribute(source, key, "offset", values, 2) != 2) return;
  for (size_t i = 0; i < 2; i++) shift[i] = values[i] - 0.5;
}

static bool take_named_pair(struct array_source *source, const char *u, const char *v,
                            struct trajectory_layout *layout) {
  struct npy_form form, other;
  char axes[NPY_MAX_NDIM + 1];
  if (!take_named(source, u, false, layout) || !describe(source, u, &form)) return false;
  if (!describe(source, v, &other) || !trajectory_axes_named(source, v, &other, axes) ||
      strcmp(axes, layout->axes) != 0 || memcmp(form.shape, other.shape, form.ndim * sizeof *form.shape) != 0) {
    return false;
  }
  set_key(layout, 1, v);
  layout->velocity = true;
  read_shift(source, u, layout->shift[0]);
  read_shift(source, v, layout->shift[1]);
  return true;
}

/* Where files keep positions along axes that have no names. */
static void find_usual_positions(struct array_source *source, struct trajectory_layout *layout, size_t which,
                                 size_t length) {
  static const struct {
    size_t which;
    const char *name;
  } usual[] = {{TRAJECTORY_T, "t"},
               {TRAJECTORY_T, "time"},
               {TRAJECTORY_T, "times"},
               {TRAJECTORY_T, "t-coordinate"},
               {TRAJECTORY_T, "dimensions/time"},
               {TRAJECTORY_X, "x"},
               {TRAJECTORY_X, "x-coordinate"},
               {TRAJECTORY_X, "dimensions/x"},
               {TRAJECTORY_X, "grid/x"},
               {TRAJECTORY_Y, "y"},
               {TRAJECTORY_Y, "y-coordinate"},
               {TRAJECTORY_Y, "dimensions/y"},
               {TRAJECTORY_Y, "grid/y"}};
  struct npy_form form;
  for (size_t i = 0; i < sizeof usual / sizeof *usual && !layout->position[which][0]; i++) {
    if (usual[i].which != which || !describe(source, usual[i].name, &form)) continue;
    const bool line = form.ndim == 1 || (form.ndim == 2 && (form.shape[0] == 1 || form.shape[1] == 1));
    if (line && form.shape[0] * (form.ndim == 2 ? form.shape[1] : 1) == length && form.type != NPY_B1) {
      set_position(layout, source, which, usual[i].name);
      layout->by_name[which] = true;
    }
  }
}

/* scales/NAME, or scales/NAME_hash_.. (Dedalus 3), or scales/NAME/1.0 (Dedalus 2). */
static void find_scale(struct array_source *source, struct trajectory_layout *layout, size_t which, const char *name) {
  char other[ARRAY_NAME_MAX], scale[ARRAY_NAME_MAX + 16];
  size_t next = 0;
  snprintf(scale, sizeof scale, "scales/%s", which == TRAJECTORY_T ? "sim_time" : name);
  const size_t length = strlen(scale);
  while (!layout->position[which][0] && array_source_next(source, &next, other)) {
    if (strncmp(other, scale, length) != 0) continue;
    if (!other[length] || other[length] == '/' || strncmp(other + length, "_hash_", 6) == 0)
      set_position(layout, source, which, other);
  }
}

/* The positions along the axes are arrays of their names (netCDF), or lie where such arrays usually do. */
static void find_positions(struct array_source *source, struct trajectory_layout *layout) {
  static const char letters[] = {'t', 'x', 'y'};
  struct npy_form form;
  if (!describe(source, layout->key[0], &form)) return;
  for (size_t i = 0; i < 3; i++) {
    const char *at = strchr(layout->axes, letters[i]);
    char name[ARRAY_NAME_MAX];
    if (!at) continue;
    array_source_axis_name(source, layout->key[0], (uint32_t)(at - layout->axes), name);
    set_position(layout, source, i, name);
    if (name[0] && !layout->position[i][0]) find_scale(source, layout, i, name);
    if (!layout->position[i][0]) find_usual_positions(source, layout, i, form.shape[at - layout->axes]);
  }
}

static bool recognise_named(struct array_source *source, struct trajectory_layout *layout) {
  static const struct {
    const char *key, *second; /* second: v, where key is u */
    bool velocity;
  } names[] = {
      {"vorticity", NULL, false},   {"tasks/vorticity", NULL, false}, {"omega", NULL, false},  {"zeta", NULL, false},
      {"velocity", NULL, true},     {"tasks/velocity", NULL, true},   {"tasks/u", NULL, true}, {"u", "v", true},
      {"tasks/u", "tasks/v", true},
  };
  const struct trajectory_layout empty = *layout;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    *layout = empty;
    if (!is_wanted(layout, names[i].key) || (names[i].second && layout->key[0][0])) continue;
    if (names[i].second ? take_named_pair(source, names[i].key, names[i].second, layout)
                        : take_named(source, names[i].key, names[i].velocity, layout)) {
      find_positions(source, layout);
      return true;
    }
  }
  *layout = empty;
  return false;
}

/* An array KEY/STEP of two axes. */
static bool has_steps(struct array_source *source, const char *key) {
  const size_t length = strlen(key);
  char name[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next(source, &at, name);) {
    const char *step = name + length + 1;
    if (strncmp(name, key, length) != 0 || name[length] != '/' || !*step) continue;
    if (step[strspn(step, "0123456789")] == '\0' && has_axes(source, name, 2)) return true;
  }
  return false;
}

static double side_of(struct array_source *source, const char *name) {
  struct vordec_error ignored;
  double side = NAN;
  return array_source_has(source, name) && !array_source_read_f64(source, name, &side, &ignored) ? side : NAN;
}

/* GeophysicalFlows and its kin: snapshots/FIELD/STEP, written by Julia, whose axes HDF5 sees the other way round. */
static bool take_series(struct array_source *source, const char *key, const char *second,
                        struct trajectory_layout *layout) {
  if (!has_steps(source, key) || (second && !has_steps(source, second))) return false;
  set_key(layout, 0, key);
  if (second) set_key(layout, 1, second);
  layout->velocity = second != NULL;
  layout->series = true;
  set_text(layout->axes, sizeof layout->axes, "yx");
  layout->box = side_of(source, "grid/Lx");
  layout->box_y = side_of(source, "grid/Ly");
  set_position(layout, source, TRAJECTORY_X, "grid/x");
  set_position(layout, source, TRAJECTORY_Y, "grid/y");
  return true;
}

/* The one field of snapshots/ whose frames have two axes. */
static bool only_series(struct array_source *source, char key[ARRAY_NAME_MAX]) {
  char name[ARRAY_NAME_MAX];
  key[0] = '\0';
  for (size_t at = 0; array_source_next(source, &at, name);) {
    char *step = strrchr(name, '/');
    if (!is_in(name, "snapshots/") || !has_axes(source, name, 2)) continue;
    *step = '\0';
    if (key[0] && strcmp(key, name) != 0) return false;
    set_text(key, ARRAY_NAME_MAX, name);
  }
  return key[0] != '\0';
}

static bool recognise_fourierflows(struct array_source *source, struct trajectory_layout *layout) {
  static const char *const fields[] = {"snapshots/zeta",  "snapshots/\xce\xb6", "snapshots/vorticity",
                                       "snapshots/omega", "snapshots/\xcf\x89", "snapshots/q"};
  char keys[ARRAY_NAME_MAX];
  set_text(keys, sizeof keys, layout->key[0]);
  char *second = strchr(keys, ',');
  if (second) *second++ = '\0';
  if (keys[0]) return take_series(source, keys, second, layout);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (take_series(source, fields[i], NULL, layout)) return true;
  }
  if (take_series(source, "snapshots/u", "snapshots/v", layout)) return true;
  return only_series(source, keys) && take_series(source, keys, NULL, layout);
}

static const struct {
  const char *name;
  bool (*recognise)(struct array_source *source, struct trajectory_layout *layout);
} layouts[] = {
    {TRAJECTORY_OWN, recognise_vordec},       {"The Well", recognise_well},
    {"PDEBench", recognise_pdebench},         {"FNO", recognise_fno},
    {"FourierFlows", recognise_fourierflows}, {"named axes", recognise_named},
};

/* ---- what the user says */

static enum vordec_status take_axes(const struct trajectory_request *request, const struct npy_form *form, char *axes,
                                    struct vordec_error *error) {
  char text[NPY_SHAPE_TEXT_MAX + 40];
  const char *why = trajectory_axes_parse(request->axes, form, axes, text, sizeof text);
  if (!why) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: axes '%s': %s; name every axis of the array once, such as \"b,t,y,x,c\" (b sample, t time, "
                     "c component, 1 one of a single entry that means nothing)",
                     request->path, request->axes, why);
}

/* Appends "name (shape) type" for every array while there is room. */
static void list_arrays(struct array_source *source, char *text, size_t size) {
  char name[ARRAY_NAME_MAX], shape[NPY_SHAPE_TEXT_MAX];
  size_t at = 0, used = 0, more = 0;
  while (array_source_next(source, &at, name)) {
    struct npy_form form;
    char item[ARRAY_NAME_MAX + NPY_SHAPE_TEXT_MAX + 16];
    const bool known = describe(source, name, &form);
    const int length = snprintf(item, sizeof item, "%s%s %s%s%s", used ? ", " : "", name,
                                known ? npy_shape_text(form.shape, form.ndim, shape, sizeof shape) : "(not readable)",
                                known ? " " : "", known ? npy_type_name(form.type) : "");
    if (more || used + (size_t)length + 24 > size) {
      more++;
      continue;
    }
    memcpy(text + used, item, (size_t)length + 1);
    used += (size_t)length;
  }
  if (!used) snprintf(text, size, "no array of numbers");
  if (more) snprintf(text + used, size - used, " and %zu more", more);
}

static enum vordec_status fail_found(struct array_source *source, const char *what, struct vordec_error *error) {
  char names[NAMES_BYTES];
  list_arrays(source, names, sizeof names);
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: it holds %s", source->path, what, names);
}

/* One array, its axes as they were given, as the file names them, or as its shape suggests. */
static enum vordec_status take_array(struct array_source *source, const struct trajectory_request *request,
                                     const char *key, struct trajectory_layout *layout, struct vordec_error *error) {
  struct npy_form form;
  if (!array_source_has(source, key)) {
    char what[ARRAY_NAME_MAX + 32];
    snprintf(what, sizeof what, "there is no array '%s'", key);
    return fail_found(source, what, error);
  }
  enum vordec_status status = array_source_describe(source, key, &form, error);
  if (status) return status;
  set_key(layout, layout->arrays, key);
  layout->velocity = request->velocity || layout->arrays == 2;
  if (request->axes) return take_axes(request, &form, layout->axes, error);
  if (trajectory_axes_named(source, key, &form, layout->axes)) return VORDEC_OK;
  layout->guessed = true;
  if (trajectory_axes_guess(&form, layout->velocity && layout->arrays == 1, layout->axes) &&
      trajectory_axes_agree(source, key, layout->axes)) {
    return VORDEC_OK;
  }
  char shape[NPY_SHAPE_TEXT_MAX];
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: its shape %s and names do not say what its axes are; name them with --axes", source->path,
                     key, npy_shape_text(form.shape, form.ndim, shape, sizeof shape));
}

static enum vordec_status take_described(struct array_source *source, const struct trajectory_request *request,
                                         struct trajectory_layout *layout, struct vordec_error *error) {
  char keys[2 * ARRAY_NAME_MAX];
  set_text(keys, sizeof keys, request->key);
  char *second = array_source_has(source, keys) ? NULL : strchr(keys, ',');
  if (second) *second++ = '\0';
  char first_axes[sizeof layout->axes];
  enum vordec_status status = take_array(source, request, keys, layout, error);
  memcpy(first_axes, layout->axes, sizeof first_axes);
  if (!status && second) status = take_array(source, request, second, layout, error);
  if (!status && strcmp(first_axes, layout->axes) != 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s and %s differ in their axes", source->path, keys, second);
  }
  if (!status && second) {
    read_shift(source, keys, layout->shift[0]);
    read_shift(source, second, layout->shift[1]);
  }
  if (!status) find_positions(source, layout);
  return status;
}

/* Several arrays could be frames: the one of a usual name, or a pair of such. */
static const char *usual_names(struct array_source *source, bool velocity) {
  static const struct {
    const char *keys, *first, *second; /* second: NULL for a vorticity */
  } usual[] = {{"vorticity", "vorticity", NULL},
               {"omega", "omega", NULL},
               {"zeta", "zeta", NULL},
               {"u,v", "u", "v"},
               {"vx,vy", "vx", "vy"},
               {"ux,uy", "ux", "uy"}};
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
    struct npy_form form, other;
    char axes[TRAJECTORY_AXES_BYTES];
    if (velocity && !usual[i].second) continue;
    if (!describe(source, usual[i].first, &form) || !trajectory_axes_guess(&form, false, axes)) continue;
    if (!usual[i].second) return usual[i].keys;
    if (describe(source, usual[i].second, &other) && other.ndim == form.ndim &&
        memcmp(form.shape, other.shape, form.ndim * sizeof *form.shape) == 0) {
      return usual[i].keys;
    }
  }
  return NULL;
}

/* What could be frames, were its grid square. */
static bool is_oblong(const struct npy_form *form) {
  if (form->ndim < 2 || form->ndim > 4 || form->type == NPY_B1) return false;
  const size_t rows = form->shape[form->ndim - 2], columns = form->shape[form->ndim - 1];
  return rows >= 4 && columns >= 4 && rows != columns;
}

static enum vordec_status fail_only(struct array_source *source, size_t found, const char *oblong,
                                    struct vordec_error *error) {
  struct npy_form form;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (found == 0 && *oblong && describe(source, oblong, &form)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: shape %s: its last two axes are %zu x %zu, and only square grids are supported; if its "
                       "axes are others, name them with --axes",
                       source->path, oblong, npy_shape_text(form.shape, form.ndim, shape, sizeof shape),
                       form.shape[form.ndim - 2], form.shape[form.ndim - 1]);
  }
  return fail_found(source,
                    found ? "more than one array could be the frames (choose one with --key)"
                          : "no array in it is known to be frames (name it with --key, its axes with --axes)",
                    error);
}

/* The one array whose shape could be that of frames. */
static enum vordec_status take_only(struct array_source *source, const struct trajectory_request *request,
                                    struct trajectory_layout *layout, struct vordec_error *error) {
  char name[ARRAY_NAME_MAX], only[ARRAY_NAME_MAX] = "", oblong[ARRAY_NAME_MAX] = "";
  size_t at = 0, described = 0, found = 0, oblongs = 0;
  struct vordec_error unread = {0}, problem;
  while (array_source_next(source, &at, name)) {
    struct npy_form form;
    char axes[TRAJECTORY_AXES_BYTES];
    if (array_source_describe(source, name, &form, &problem)) {
      if (!unread.status) unread = problem;
      continue;
    }
    described++;
    if (form.type == NPY_B1) continue;
    if (is_oblong(&form)) set_text(oblong, sizeof oblong, oblongs++ ? "" : name);
    if (request->axes ? form.ndim < 2 : !trajectory_axes_guess(&form, request->velocity, axes)) continue;
    set_text(only, sizeof only, name);
    found++;
  }
  struct trajectory_request named = *request;
  named.key = found == 1 ? only : found && !request->axes ? usual_names(source, request->velocity) : NULL;
  if (named.key) return take_described(source, &named, layout, error);
  if (described || !unread.status) return fail_only(source, found, oblong, error);
  *error = unread;
  return unread.status;
}

enum vordec_status trajectory_layout_find(struct array_source *source, const struct trajectory_request *request,
                                          struct trajectory_layout *layout, struct vordec_error *error) {
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts && !request->axes; i++) {
    *layout = (struct trajectory_layout){.box = NAN, .box_y = NAN};
    if (request->key) set_text(layout->key[0], sizeof layout->key[0], request->key);
    if (!layouts[i].recognise(source, layout)) continue;
    layout->name = layouts[i].name;
    if (!request->velocity || layout->velocity) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: --velocity: %s is a vorticity; leave --velocity out, or name velocities with --key",
                       source->path, layout->key[0]);
  }
  *layout = (struct trajectory_layout){.box = NAN, .box_y = NAN};
  return request->key ? take_described(source, request, layout, error) : take_only(source, request, layout, error);
}
