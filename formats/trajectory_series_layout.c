/* SPDX-License-Identifier: MIT */
#include "trajectory_series_layout.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "trajectory_layout_fill.h"
#include "trajectory_listing.h"
#include "trajectory_usual.h"

#define FOURIERFLOWS "snapshots/"
#define OCEANANIGANS "timeseries/"
#define SHENFUN "/2D"

static bool is_in(const char *key, const char *group) {
  return strncmp(key, group, strlen(group)) == 0;
}

static double number_of(struct array_source *source, const char *name) {
  struct vordec_error ignored;
  double value = NAN;
  return array_source_has(source, name) && !array_source_read_f64(source, name, &value, &ignored) ? value : NAN;
}

/* How many cells lie beyond each end of an axis. */
static size_t halo_of(struct array_source *source, const char *name) {
  const double cells = number_of(source, name);
  return cells >= 0 && cells < 1000 ? (size_t)cells : 0;
}

/* The axes of frames of such a shape: two, or a level before them. False: they are of another kind. */
static bool frame_axes(struct array_source *source, const char *key, const struct npy_form *form,
                       struct trajectory_layout *layout) {
  static const char *const halos[] = {"grid/Hz", "grid/Hy", "grid/Hx"};
  const bool level = form->ndim == 3;
  if (form->ndim != 2 && !level) return false;
  for (uint32_t axis = 0; axis < form->ndim && is_in(key, OCEANANIGANS); axis++) {
    const size_t cells = halo_of(source, halos[axis + (level ? 0 : 1)]);
    if (form->shape[axis] > 2 * cells) layout->margin[axis] = cells;
  }
  layout_set_text(layout->axes, sizeof layout->axes, level ? "1yx" : "yx");
  return !level || form->shape[0] - 2 * layout->margin[0] == 1;
}

/* The first of the arrays KEY/STEP; false: there is none that can be a frame. */
static bool find_frame(struct array_source *source, const char *key, struct trajectory_layout *layout) {
  const size_t length = strlen(key);
  char name[ARRAY_NAME_MAX];
  struct npy_form form;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    if (strncmp(name, key, length) != 0 || name[length] != '/' || strchr(name + length + 1, '/')) continue;
    if (!trajectory_usual_step(name)) continue;
    return layout_describe(source, name, &form) && frame_axes(source, key, &form, layout);
  }
  return false;
}

/* shenfun keeps the grid of a field beside the group of its slices, and x first. */
static void take_shenfun(struct array_source *source, const char *key, struct trajectory_layout *layout) {
  const size_t length = strlen(key), end = strlen(SHENFUN);
  char x[2 * ARRAY_NAME_MAX], y[2 * ARRAY_NAME_MAX];
  if (length <= end || strcmp(key + length - end, SHENFUN) != 0) return;
  snprintf(x, sizeof x, "%.*s/mesh/x0", (int)(length - end), key);
  snprintf(y, sizeof y, "%.*s/mesh/x1", (int)(length - end), key);
  if (!array_source_has(source, x) || !array_source_has(source, y) || layout->axes[0] == TRAJECTORY_SINGLE) return;
  layout_set_text(layout->axes, sizeof layout->axes, "xy");
  layout_set_position(layout, source, TRAJECTORY_X, x);
  layout_set_position(layout, source, TRAJECTORY_Y, y);
}

/* GeophysicalFlows and its kin, snapshots/FIELD/STEP, are written by Julia, whose axes HDF5 sees the other way round.
 * Oceananigans has its velocities on the faces of cells. */
static bool take_series(struct array_source *source, const char *key, const char *second,
                        struct trajectory_layout *layout) {
  if (!find_frame(source, key, layout) || (second && !find_frame(source, second, layout))) return false;
  layout_set_key(layout, 0, key);
  if (second) layout_set_key(layout, 1, second);
  layout->velocity = second != NULL;
  layout->series = true;
  layout->box = number_of(source, "grid/Lx");
  layout->box_y = number_of(source, "grid/Ly");
  if (second && is_in(key, OCEANANIGANS)) layout->shift[0][0] = layout->shift[1][1] = -0.5;
  layout_set_position(layout, source, TRAJECTORY_X, "grid/x");
  layout_set_position(layout, source, TRAJECTORY_Y, "grid/y");
  take_shenfun(source, key, layout);
  return true;
}

/* The groups of series, one after the other, as far as each has its steps together. */
static bool next_group(struct array_source *source, size_t *at, char group[ARRAY_NAME_MAX]) {
  char name[ARRAY_NAME_MAX];
  while (array_source_next(source, at, name)) {
    if (trajectory_is_hidden(name) || !trajectory_usual_step(name)) continue;
    *strrchr(name, '/') = '\0';
    if (strcmp(name, group) == 0) continue;
    layout_set_text(group, ARRAY_NAME_MAX, name);
    return true;
  }
  return false;
}

/* The one of the most usual name: a vorticity, or the component along x, whose partner comes into second. False: there
 * is none, or several have it. */
static bool usual_series(struct array_source *source, struct trajectory_layout *tried, char key[ARRAY_NAME_MAX],
                         char second[ARRAY_NAME_MAX]) {
  char group[ARRAY_NAME_MAX] = "";
  size_t best = SIZE_MAX, count = 0;
  for (size_t at = 0; next_group(source, &at, group);) {
    const size_t row = trajectory_usual_row(source, group);
    if (row == SIZE_MAX || row > best || !find_frame(source, group, tried)) continue;
    const struct trajectory_usual *usual = trajectory_usual(row);
    char partner[2 * ARRAY_NAME_MAX] = "";
    if (usual->second) {
      snprintf(partner, sizeof partner, "%.*s%s", (int)(trajectory_last_part(group) - group), group, usual->second);
      if (strlen(partner) >= ARRAY_NAME_MAX || !find_frame(source, partner, tried)) continue;
    }
    count = row == best && strcmp(group, key) != 0 ? count + 1 : 1;
    best = row;
    layout_set_text(key, ARRAY_NAME_MAX, group);
    layout_set_text(second, ARRAY_NAME_MAX, partner);
  }
  return best != SIZE_MAX && count == 1;
}

/* The one field of snapshots/ that could be a vorticity. */
static bool only_series(struct array_source *source, struct trajectory_layout *tried, char key[ARRAY_NAME_MAX]) {
  char group[ARRAY_NAME_MAX] = "";
  size_t count = 0;
  if (find_frame(source, FOURIERFLOWS "q", tried)) {
    layout_set_text(key, ARRAY_NAME_MAX, FOURIERFLOWS "q");
    return true;
  }
  for (size_t at = 0; next_group(source, &at, group);) {
    if (!is_in(group, FOURIERFLOWS) || !find_frame(source, group, tried)) continue;
    if (trajectory_usual_denies(source, group, NULL)) continue;
    count++;
    layout_set_text(key, ARRAY_NAME_MAX, group);
  }
  return count == 1;
}

bool trajectory_series_recognise(struct array_source *source, struct trajectory_layout *layout) {
  struct trajectory_layout tried = {0};
  char keys[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX] = "";
  layout_set_text(keys, sizeof keys, layout->key[0]);
  if (keys[0]) {
    char *comma = strchr(keys, ',');
    if (comma) *comma++ = '\0';
    return take_series(source, keys, comma, layout);
  }
  if (!usual_series(source, &tried, keys, second) && !only_series(source, &tried, keys)) return false;
  return take_series(source, keys, second[0] ? second : NULL, layout);
}
