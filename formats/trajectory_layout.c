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

/* ---- what the file calls its axes */

static const struct {
  const char *name;
  char letter;
} axis_names[] = {
    {"time", 't'},        {"t", 't'},         {"sim_time", 't'}, {"y", 'y'},        {"x", 'x'},
    {"sample", 'b'},      {"batch", 'b'},     {"member", 'b'},   {"ensemble", 'b'}, {"trajectory", 'b'},
    {"realization", 'b'}, {"component", 'c'}, {"channel", 'c'},  {"c", 'c'},
};

static char axis_letter(const char *name) {
  for (size_t i = 0; i < sizeof axis_names / sizeof *axis_names; i++) {
    if (strcmp(name, axis_names[i].name) == 0) return axis_names[i].letter;
  }
  return '\0';
}

/* The letters that the axes' names stand for; false: one has no such name. A nameless axis of two entries, which
 * vectors have, counts as that of components. */
static bool named_axes(struct array_source *source, const char *key, const struct npy_form *form, char *axes) {
  for (uint32_t axis = 0; axis < form->ndim; axis++) {
    char name[ARRAY_NAME_MAX];
    array_source_axis_name(source, key, axis, name);
    char letter = axis_letter(name);
    if (!letter && !name[0] && form->shape[axis] == 2) letter = 'c';
    if (!letter || memchr(axes, letter, axis)) return false;
    axes[axis] = letter;
  }
  axes[form->ndim] = '\0';
  return strchr(axes, 'x') && strchr(axes, 'y');
}

/* ---- what the shape alone says */

/* Where no one says otherwise: samples before times before the grid, y before x, components first or last. */
static bool guessed_axes(const struct npy_form *form, bool velocity, char *axes) {
  static const char *const plain[] = {"yx", "tyx", "btyx", NULL}, *const last[] = {"yxc", "tyxc", "btyxc", NULL},
                           *const first[] = {"cyx", "tcyx", "btcyx", NULL};
  const char *const *const choices[] = {plain, last, first};
  for (size_t i = 0; i < 3; i++) {
    for (const char *const *choice = choices[i]; *choice; choice++) {
      const char *component = strchr(*choice, 'c'), *y = strchr(*choice, 'y'), *x = strchr(*choice, 'x');
      if (strlen(*choice) != form->ndim || form->shape[y - *choice] != form->shape[x - *choice]) continue;
      if (velocity != (component != NULL)) continue;
      if (component && form->shape[component - *choice] != 2) continue;
      set_text(axes, NPY_MAX_NDIM + 1, *choice);
      return true;
    }
  }
  return false;
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

/* The Well: B, T, then the axes of `dimensions`, x first. */
static bool recognise_well(struct array_source *source, struct trajectory_layout *layout) {
  const bool vorticity = has_axes(source, "t0_fields/vorticity", 4);
  if (!layout->key[0][0]) set_key(layout, 0, vorticity ? "t0_fields/vorticity" : "t1_fields/velocity");
  const char *key = layout->key[0];
  layout->arrays = 1;
  layout->velocity = is_in(key, "t1_fields/");
  if (!layout->velocity && !is_in(key, "t0_fields/")) return false;
  if (!has_axes(source, key, layout->velocity ? 5 : 4)) return false;
  set_text(layout->axes, sizeof layout->axes, layout->velocity ? "btxyc" : "btxy");
  set_position(layout, source, TRAJECTORY_T, "dimensions/time");
  set_position(layout, source, TRAJECTORY_X, "dimensions/x");
  set_position(layout, source, TRAJECTORY_Y, "dimensions/y");
  return true;
}

/* PDEBench: B, T, x, y; velocities of incompressible flow, or one field under the name tensor. */
static bool recognise_pdebench(struct array_source *source, struct trajectory_layout *layout) {
  if (is_wanted(layout, "velocity") && has_axes(source, "velocity", 5) && array_source_has(source, "particles")) {
    set_key(layout, 0, "velocity");
    set_text(layout->axes, sizeof layout->axes, "btxyc");
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
  layout->box = 1;
  return true;
}

/* Files whose arrays say what their axes are: Dedalus, jax-cfd, and whatever xarray writes. */
static bool take_named(struct array_source *source, const char *key, bool velocity, struct trajectory_layout *layout) {
  struct npy_form form;
  if (!describe(source, key, &form) || !named_axes(source, key, &form, layout->axes)) return false;
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
  if (!describe(source, v, &other) || !named_axes(source, v, &other, axes) || strcmp(axes, layout->axes) != 0 ||
      memcmp(form.shape, other.shape, form.ndim * sizeof *form.shape) != 0) {
    return false;
  }
  set_key(layout, 1, v);
  layout->velocity = true;
  read_shift(source, u, layout->shift[0]);
  read_shift(source, v, layout->shift[1]);
  return true;
}

/* The positions along named axes are arrays of one axis: of its name (netCDF), or scales/.. (Dedalus). */
static void find_positions(struct array_source *source, struct trajectory_layout *layout) {
  static const char letters[] = {'t', 'x', 'y'};
  for (size_t i = 0; i < 3; i++) {
    const char *at = strchr(layout->axes, letters[i]);
    char name[ARRAY_NAME_MAX], other[ARRAY_NAME_MAX], scale[ARRAY_NAME_MAX + 16];
    size_t next = 0;
    if (!at) continue;
    array_source_axis_name(source, layout->key[0], (uint32_t)(at - layout->axes), name);
    set_position(layout, source, i, name);
    snprintf(scale, sizeof scale, "scales/%s", i == TRAJECTORY_T ? "sim_time" : name);
    const size_t length = strlen(scale);
    while (!layout->position[i][0] && array_source_next(source, &next, other)) {
      if (strncmp(other, scale, length) != 0) continue;
      if (!other[length] || strncmp(other + length, "_hash_", 6) == 0) set_position(layout, source, i, other);
    }
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

/* GeophysicalFlows and its kin: snapshots/FIELD/STEP, written by Julia, whose axes HDF5 sees the other way round. */
static bool recognise_fourierflows(struct array_source *source, struct trajectory_layout *layout) {
  static const char *const fields[] = {"snapshots/zeta", "snapshots/\xce\xb6", "snapshots/vorticity", "snapshots/q"};
  char name[ARRAY_NAME_MAX];
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    const size_t length = strlen(fields[i]);
    size_t at = 0;
    while (is_wanted(layout, fields[i]) && array_source_next(source, &at, name)) {
      if (strncmp(name, fields[i], length) != 0 || name[length] != '/' || !has_axes(source, name, 2)) continue;
      set_key(layout, 0, fields[i]);
      set_text(layout->axes, sizeof layout->axes, "yx");
      layout->series = true;
      struct vordec_error ignored;
      if (array_source_read_f64(source, "grid/Lx", &layout->box, &ignored)) layout->box = NAN;
      return true;
    }
  }
  return false;
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

static enum vordec_status fail_axes(const struct trajectory_request *request, const char *why,
                                    struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: axes '%s': %s; name every axis of the array once, such as \"b,t,y,x,c\" (b sample, t time, "
                     "c component)",
                     request->path, request->axes, why);
}

/* "t,y,x" to "tyx". */
static enum vordec_status take_axes(const struct trajectory_request *request, const struct npy_form *form, char *axes,
                                    struct vordec_error *error) {
  size_t count = 0;
  for (const char *at = request->axes; *at; at++) {
    if (*at == ',' || *at == ' ') continue;
    if (!strchr(TRAJECTORY_AXES, *at)) return fail_axes(request, "it holds another letter", error);
    if (memchr(axes, *at, count)) return fail_axes(request, "it holds a letter twice", error);
    if (count == NPY_MAX_NDIM) break;
    axes[count++] = *at;
  }
  axes[count] = '\0';
  if (count != form->ndim) {
    char shape[NPY_SHAPE_TEXT_MAX], why[NPY_SHAPE_TEXT_MAX + 40];
    snprintf(why, sizeof why, "the array has the shape %s",
             npy_shape_text(form->shape, form->ndim, shape, sizeof shape));
    return fail_axes(request, why, error);
  }
  if (!strchr(axes, 'y') || !strchr(axes, 'x')) return fail_axes(request, "it lacks x or y", error);
  return VORDEC_OK;
}

/* Appends "name (shape) type" for every array while there is room. */
static void list_arrays(struct array_source *source, char *text, size_t size) {
  char name[ARRAY_NAME_MAX], shape[NPY_SHAPE_TEXT_MAX];
  size_t at = 0, used = 0, more = 0;
  while (array_source_next(source, &at, name)) {
    struct npy_form form;
    char item[ARRAY_NAME_MAX + NPY_SHAPE_TEXT_MAX + 16];
    if (!describe(source, name, &form)) continue;
    const int length = snprintf(item, sizeof item, "%s%s %s %s", used ? ", " : "", name,
                                npy_shape_text(form.shape, form.ndim, shape, sizeof shape), npy_type_name(form.type));
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
  if (named_axes(source, key, &form, layout->axes)) return VORDEC_OK;
  if (guessed_axes(&form, layout->velocity && layout->arrays == 1, layout->axes)) return VORDEC_OK;
  char shape[NPY_SHAPE_TEXT_MAX];
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: its shape %s does not say what its axes are; name them with --axes", source->path, key,
                     npy_shape_text(form.shape, form.ndim, shape, sizeof shape));
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
  if (!status) find_positions(source, layout);
  return status;
}

/* The one array whose shape could be that of frames. */
static enum vordec_status take_only(struct array_source *source, const struct trajectory_request *request,
                                    struct trajectory_layout *layout, struct vordec_error *error) {
  char name[ARRAY_NAME_MAX], only[ARRAY_NAME_MAX] = "";
  size_t at = 0, found = 0;
  while (array_source_next(source, &at, name)) {
    struct npy_form form;
    char axes[NPY_MAX_NDIM + 1];
    if (!describe(source, name, &form) || form.type == NPY_B1) continue;
    if (request->axes ? form.ndim < 2 : !guessed_axes(&form, request->velocity, axes)) continue;
    set_text(only, sizeof only, name);
    found++;
  }
  if (found == 1) return take_array(source, request, only, layout, error);
  return fail_found(source,
                    found ? "more than one array could be the frames (choose one with --key)"
                          : "no array in it is known to be frames (name it with --key, its axes with --axes)",
                    error);
}

enum vordec_status trajectory_layout_find(struct array_source *source, const struct trajectory_request *request,
                                          struct trajectory_layout *layout, struct vordec_error *error) {
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts && !request->axes; i++) {
    *layout = (struct trajectory_layout){.box = NAN};
    if (request->key) set_text(layout->key[0], sizeof layout->key[0], request->key);
    if (!layouts[i].recognise(source, layout)) continue;
    layout->name = layouts[i].name;
    if (!request->velocity || layout->velocity) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: --velocity: %s is a vorticity; leave --velocity out, or name velocities with --key",
                       source->path, layout->key[0]);
  }
  *layout = (struct trajectory_layout){.box = NAN};
  return request->key ? take_described(source, request, layout, error) : take_only(source, request, layout, error);
}
