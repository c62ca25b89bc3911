/* SPDX-License-Identifier: MIT */
#include "trajectory_known.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "trajectory_conventions.h"
#include "trajectory_coordinates.h"
#include "trajectory_layout_fill.h"
#include "trajectory_listing.h"
#include "trajectory_series_layout.h"
#include "trajectory_usual.h"

/* An array with that many axes. */
static bool has_axes(struct array_source *source, const char *name, uint32_t ndim) {
  struct npy_form form;
  return layout_describe(source, name, &form) && form.ndim == ndim;
}

static bool is_wanted(const struct trajectory_layout *layout, const char *key) {
  return !layout->key[0][0] || strcmp(layout->key[0], key) == 0;
}

static bool is_in(const char *key, const char *group) {
  return strncmp(key, group, strlen(group)) == 0;
}

static bool recognise_vordec(struct array_source *source, struct trajectory_layout *layout) {
  if (!is_wanted(layout, "traj") || !has_axes(source, "traj", 3)) return false;
  layout_set_key(layout, 0, "traj");
  layout_set_text(layout->axes, sizeof layout->axes, "tyx");
  return true;
}

/* The scalar field of The Well that is called a vorticity, else the velocity. False: neither is there. */
static bool choose_well_field(struct array_source *source, char key[ARRAY_NAME_MAX]) {
  char name[ARRAY_NAME_MAX];
  size_t best = SIZE_MAX;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    const size_t row = is_in(name, "t0_fields/") ? trajectory_usual_row(source, name) : SIZE_MAX;
    if (row >= best || trajectory_usual(row)->second) continue;
    best = row;
    layout_set_text(key, ARRAY_NAME_MAX, name);
  }
  if (best != SIZE_MAX) return true;
  layout_set_text(key, ARRAY_NAME_MAX, "t1_fields/velocity");
  return array_source_has(source, key);
}

/* The Well: B, T, then the axes in the order of `dimensions`' attribute, x first where it says nothing, and so
 * the components. */
static bool recognise_well(struct array_source *source, struct trajectory_layout *layout) {
  char first[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX], key[ARRAY_NAME_MAX], position[2 * ARRAY_NAME_MAX];
  struct npy_form form;
  if (!trajectory_conventions_is_well(source, first, second)) return false;
  layout_set_text(key, sizeof key, layout->key[0]);
  if (!key[0] && !choose_well_field(source, key)) return false;
  if (!layout_describe(source, key, &form) || !trajectory_conventions_axes(source, key, &form, layout->axes)) {
    return false;
  }
  layout_set_key(layout, 0, key);
  layout->velocity = strchr(layout->axes, 'c') != NULL;
  const bool y_first = strchr(layout->axes, 'y') < strchr(layout->axes, 'x');
  layout_set_position(layout, source, TRAJECTORY_T, "dimensions/time");
  snprintf(position, sizeof position, "dimensions/%s", first);
  layout_set_position(layout, source, y_first ? TRAJECTORY_Y : TRAJECTORY_X, position);
  snprintf(position, sizeof position, "dimensions/%s", second);
  layout_set_position(layout, source, y_first ? TRAJECTORY_X : TRAJECTORY_Y, position);
  return true;
}

/* PDEBench: B, T, x, y; velocities of incompressible or of compressible flow, or one field under the name tensor. */
static bool recognise_pdebench(struct array_source *source, struct trajectory_layout *layout) {
  const bool solver = array_source_has(source, "particles") || array_source_has(source, "force");
  if (is_wanted(layout, "velocity") && has_axes(source, "velocity", 5) && solver) {
    layout_set_key(layout, 0, "velocity");
    layout_set_text(layout->axes, sizeof layout->axes, "btxyc");
    layout->velocity = true;
  } else if (is_wanted(layout, "Vx,Vy") && has_axes(source, "Vx", 4) && has_axes(source, "Vy", 4) &&
             array_source_has(source, "x-coordinate")) {
    layout_set_key(layout, 0, "Vx");
    layout_set_key(layout, 1, "Vy");
    layout_set_text(layout->axes, sizeof layout->axes, "btxy");
    layout->velocity = true;
  } else if (is_wanted(layout, "tensor") && has_axes(source, "tensor", 4) && array_source_has(source, "x-coordinate")) {
    layout_set_key(layout, 0, "tensor");
    layout_set_text(layout->axes, sizeof layout->axes, "btxy");
  } else {
    return false;
  }
  layout_set_position(layout, source, TRAJECTORY_T, array_source_has(source, "t-coordinate") ? "t-coordinate" : "t");
  layout_set_position(layout, source, TRAJECTORY_X, "x-coordinate");
  layout_set_position(layout, source, TRAJECTORY_Y, "y-coordinate");
  return true;
}

static bool is_hdf5(const struct array_source *source) {
  return strcmp(source->format, "hdf5") == 0 || strcmp(source->format, "mat73") == 0;
}

/* FNO's Navier-Stokes: a (B, x, y) and u (B, x, y, T) as MATLAB sees them; HDF5 sees the axes of MATLAB's arrays the
 * other way round, so that a has the shape of u without its first axis. The side of the box is 1. */
static bool recognise_fno(struct array_source *source, struct trajectory_layout *layout) {
  struct npy_form a, u;
  if (!is_wanted(layout, "u") || !layout_describe(source, "a", &a) || !layout_describe(source, "u", &u)) return false;
  const bool one = a.ndim == 2 && u.ndim == 3 && strncmp(source->format, "mat", 3) == 0; /* MATLAB's squeeze() */
  if (!one && (a.ndim != 3 || u.ndim != 4)) return false;
  const bool shown = memcmp(a.shape, u.shape, a.ndim * sizeof *a.shape) == 0;
  const bool turned = memcmp(a.shape, u.shape + 1, a.ndim * sizeof *a.shape) == 0;
  if (!shown && !turned) return false;
  layout_set_key(layout, 0, "u");
  const bool first = shown && !(turned && is_hdf5(source));
  layout_set_text(layout->axes, sizeof layout->axes, one ? (first ? "xyt" : "tyx") : first ? "bxyt" : "tyxb");
  layout_set_position(layout, source, TRAJECTORY_T, "t");
  layout->box = 1;
  layout->fno_sample = one;
  return true;
}

/* Files whose arrays say what their axes are: Dedalus, jax-cfd, and whatever xarray writes. */
static bool take_named(struct array_source *source, const char *key, bool velocity, struct trajectory_layout *layout) {
  struct npy_form form;
  if (!layout_describe(source, key, &form)) return false;
  if (!trajectory_axes_named(source, key, &form, layout->axes) &&
      (trajectory_axes_is_spectrum(source, key, &form) ||
       !trajectory_conventions_axes(source, key, &form, layout->axes))) {
    return false;
  }
  if (velocity != (strchr(layout->axes, 'c') != NULL)) return false;
  layout_set_key(layout, 0, key);
  layout->velocity = velocity;
  return true;
}

static bool take_named_pair(struct array_source *source, const char *u, const char *v,
                            struct trajectory_layout *layout) {
  struct npy_form form, other;
  char axes[NPY_MAX_NDIM + 1];
  if (!take_named(source, u, false, layout) || !layout_describe(source, u, &form)) return false;
  if (!layout_describe(source, v, &other) || !trajectory_axes_named(source, v, &other, axes) ||
      strcmp(axes, layout->axes) != 0 || memcmp(form.shape, other.shape, form.ndim * sizeof *form.shape) != 0) {
    return false;
  }
  layout_set_key(layout, 1, v);
  layout->velocity = true;
  layout_read_shift(source, u, layout->shift[0]);
  layout_read_shift(source, v, layout->shift[1]);
  return true;
}

/* Whether some array of the file is called a vorticity. */
static bool has_vorticity(struct array_source *source) {
  char name[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (!trajectory_is_hidden(name) && trajectory_usual_vorticity(source, name)) return true;
  }
  return false;
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
    const bool velocity = names[i].velocity || names[i].second, there = array_source_has(source, names[i].key);
    if (there && velocity && !empty.key[0][0] && has_vorticity(source)) break;
    if (there && !velocity && !empty.key[0][0] && trajectory_usual_denies(source, names[i].key, NULL)) continue;
    if (names[i].second ? take_named_pair(source, names[i].key, names[i].second, layout)
                        : take_named(source, names[i].key, names[i].velocity, layout)) {
      trajectory_coordinates_find(source, layout);
      return true;
    }
  }
  *layout = empty;
  return false;
}

static const struct {
  const char *name;
  bool (*recognise)(struct array_source *source, struct trajectory_layout *layout);
} layouts[] = {
    {TRAJECTORY_OWN, recognise_vordec},        {"The Well", recognise_well},
    {"PDEBench", recognise_pdebench},          {"FNO", recognise_fno},
    {"a series", trajectory_series_recognise}, {"named axes", recognise_named},
};

bool trajectory_known_find(struct array_source *source, const char *key, struct trajectory_layout *layout) {
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
    *layout = (struct trajectory_layout){.box = NAN, .box_y = NAN};
    if (key) layout_set_text(layout->key[0], sizeof layout->key[0], key);
    if (!layouts[i].recognise(source, layout)) continue;
    layout->name = layouts[i].name;
    return true;
  }
  return false;
}
