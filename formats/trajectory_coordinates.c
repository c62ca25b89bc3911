/* SPDX-License-Identifier: MIT */
#include "trajectory_coordinates.h"

#include <string.h>

#include "trajectory_layout_fill.h"
#include "trajectory_units.h"

/* By TRAJECTORY_T, _X and _Y: what arrays of positions are called, after groups in which they lie. */
#define MOST_NAMES 15
static const char *const names[3][MOST_NAMES] = {
    {"t", "time", "times", "t-coordinate", "T", "Time", "sim_time", "tt", "ts", "timestamps", "t_coord", "t_coords",
     "time_coord", "time_coords", NULL},
    {"x", "x-coordinate", "X", "xx", "xs", "x_coord", "x_coords", "lon", "longitude", NULL},
    {"y", "y-coordinate", "Y", "yy", "ys", "y_coord", "y_coords", "lat", "latitude", NULL},
};
static const char *const groups[] = {"", "dimensions/", "grid/", "coords/", "coordinates/"};

static bool is_other(struct array_source *source, const char *wanted) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next_other(source, &at, name, kind);) {
    if (strcmp(name, wanted) == 0) return true;
  }
  return false;
}

/* NULL: positions, of as many entries as the axis has, or, along x or y, of as many as the grid has points; else what
 * speaks against that, for people, empty where nobody would think of positions. */
static const char *objection(struct array_source *source, const char *name, size_t which, size_t length,
                             size_t samples) {
  struct npy_form form;
  if (!layout_describe(source, name, &form)) {
    return array_source_has(source, name) || is_other(source, name) ? "holds no numbers" : "";
  }
  if (form.type == NPY_B1) return "";
  if (which != TRAJECTORY_T && trajectory_units_are_dates(source, name)) return "holds times";
  if (form.ndim == 1)
    return form.shape[0] == length ? NULL : form.shape[0] < 2 ? "" : "has a different number of entries";
  if (form.ndim != 2) return "";
  if (samples > 1 && form.shape[0] == samples && form.shape[1] == length) return NULL; /* of each sample its own */
  if (form.shape[0] == 1 || form.shape[1] == 1) return form.shape[0] * form.shape[1] == length ? NULL : "";
  return which != TRAJECTORY_T && form.shape[0] == length && form.shape[1] == length ? NULL : "";
}

/* As many as the axis of samples has entries; 1: there is none. */
static size_t count_samples(struct array_source *source, const struct trajectory_layout *layout) {
  struct npy_form form;
  const char *at = strchr(layout->axes, 'b');
  return at && layout_describe(source, layout->key[0], &form) ? form.shape[at - layout->axes] : 1;
}

static void find_in(struct array_source *source, struct trajectory_layout *layout, size_t which, size_t length,
                    const char *group, int group_length) {
  const size_t samples = count_samples(source, layout);
  for (size_t i = 0; names[which][i] && !layout->position[which][0]; i++) {
    char name[2 * ARRAY_NAME_MAX];
    snprintf(name, sizeof name, "%.*s%s", group_length, group, names[which][i]);
    const char *why = objection(source, name, which, length, samples);
    if (why && why[0] && !layout->unread[which][0]) { /* worth a word */
      layout_set_text(layout->unread[which], sizeof layout->unread[which], name);
      layout->unread_why[which] = why;
    }
    if (why) continue;
    layout_set_position(layout, source, which, name);
    layout->by_name[which] = true;
  }
}

/* Where files keep positions along axes that have no names: beside the array, or where such arrays usually lie. */
static void find_usual_positions(struct array_source *source, struct trajectory_layout *layout, size_t which,
                                 size_t length) {
  const char *key = layout->key[0], *slash = strrchr(key, '/');
  for (size_t i = 0; slash && i < sizeof groups / sizeof *groups; i++) {
    char beside[2 * ARRAY_NAME_MAX];
    snprintf(beside, sizeof beside, "%.*s%s", (int)(slash - key) + 1, key, groups[i]);
    find_in(source, layout, which, length, beside, (int)strlen(beside));
  }
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    find_in(source, layout, which, length, groups[i], (int)strlen(groups[i]));
  }
}

/* scales/NAME, or scales/NAME_hash_.. (Dedalus 3), or scales/NAME/1.0 (Dedalus 2). */
static void find_scale(struct array_source *source, struct trajectory_layout *layout, size_t which, size_t points,
                       const char *name) {
  char other[ARRAY_NAME_MAX], scale[ARRAY_NAME_MAX + 16];
  size_t next = 0;
  snprintf(scale, sizeof scale, "scales/%s", which == TRAJECTORY_T ? "sim_time" : name);
  const size_t length = strlen(scale);
  while (!layout->position[which][0] && array_source_next(source, &next, other)) {
    if (strncmp(other, scale, length) != 0) continue;
    if (other[length] && other[length] != '/' && strncmp(other + length, "_hash_", 6) != 0) continue;
    struct npy_form form;
    if (layout_describe(source, other, &form) && form.ndim == 1 && form.shape[0] == points)
      layout_set_position(layout, source, which, other);
  }
}

/* The positions along the axes are arrays of their names (netCDF), or lie where such arrays usually do. */
void trajectory_coordinates_find(struct array_source *source, struct trajectory_layout *layout) {
  static const char letters[] = {'t', 'x', 'y'};
  struct npy_form form;
  if (!layout_describe(source, layout->key[0], &form)) return;
  for (size_t i = 0; i < 3; i++) {
    const char *at = strchr(layout->axes, letters[i]);
    char name[ARRAY_NAME_MAX];
    if (!at) continue;
    array_source_axis_name(source, layout->key[0], (uint32_t)(at - layout->axes), name);
    layout_set_position(layout, source, i, name);
    const size_t points = form.shape[at - layout->axes];
    const char own[2] = {letters[i], '\0'};
    const bool dedalus = strncmp(layout->key[0], "tasks/", 6) == 0;
    if ((name[0] || dedalus) && !layout->position[i][0]) find_scale(source, layout, i, points, name[0] ? name : own);
    if (!layout->position[i][0]) find_usual_positions(source, layout, i, form.shape[at - layout->axes]);
  }
}
