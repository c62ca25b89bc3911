/* SPDX-License-Identifier: MIT */
#include "trajectory_candidates.h"

#include <string.h>
#include <strings.h>

#include "trajectory_axis_name.h"
#include "trajectory_conventions.h"
#include "trajectory_layout_fill.h"
#include "trajectory_listing.h"
#include "trajectory_units.h"
#include "trajectory_usual.h"

/* ---- one array */

/* MATLAB says of each of its variables in HDF5 which class it has, and begins files with a line of its own. */
static bool is_matlab(struct array_source *source, const char *key) {
  char class[ARRAY_NAME_MAX];
  return strncmp(source->format, "mat", 3) == 0 || array_source_text(source, key, "MATLAB_class", 0, class);
}

bool trajectory_candidates_guess(struct array_source *source, const char *key, const struct npy_form *form, bool pair,
                                 struct trajectory_layout *layout) {
  layout->guessed = true;
  layout->by_matlab = is_matlab(source, key);
  return layout->by_matlab ? trajectory_axes_guess_matlab(form, pair, strcmp(source->format, "mat") != 0, layout->axes)
                           : trajectory_axes_guess(form, pair, layout->axes);
}

/* MATLAB's booleans are bytes in HDF5. */
static bool is_boolean(struct array_source *source, const char *name, const struct npy_form *form) {
  char class[ARRAY_NAME_MAX];
  return form->type == NPY_B1 ||
         (array_source_text(source, name, "MATLAB_class", 0, class) && strcmp(class, "logical") == 0);
}

/* Two components a cell, by the name and the shape. */
static bool is_velocity(struct array_source *source, const char *name, const struct npy_form *form) {
  static const char *const names[] = {"velocity", "velocities", "vel"};
  struct trajectory_layout tried = {0};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcasecmp(trajectory_last_part(name), names[i]) == 0) {
      return trajectory_candidates_guess(source, name, form, true, &tried);
    }
  }
  return false;
}

/* By the axes' names or the array's own. */
static bool is_spectrum(struct array_source *source, const char *name, const struct npy_form *form) {
  return trajectory_usual_spectrum(name) || trajectory_axes_is_spectrum(source, name, form);
}

/* Smaller ones are matrices of a few numbers, such as the ends of a box. */
static bool is_grid(const struct npy_form *form, const char *axes) {
  return form->shape[strchr(axes, 'x') - axes] >= TRAJECTORY_LEAST_N;
}

/* Whether an array could be frames, by the axes that the user or the file names, or else by its shape; those axes. */
static bool could_be_frames(struct array_source *source, const struct trajectory_request *request, const char *name,
                            const struct npy_form *form, struct trajectory_layout *tried) {
  char why[NPY_SHAPE_TEXT_MAX + 40];
  *tried = (struct trajectory_layout){0};
  if (form->ndim < 2 || is_boolean(source, name, form) || trajectory_units_are_dates(source, name)) return false;
  if (request->axes) return !trajectory_axes_parse(request->axes, form, tried->axes, why, sizeof why);
  if (trajectory_axis_is_grid(name) || is_spectrum(source, name, form)) return false;
  if (trajectory_axes_named(source, name, form, tried->axes) ||
      trajectory_conventions_axes(source, name, form, tried->axes)) {
    return request->velocity == (strchr(tried->axes, 'c') != NULL);
  }
  return trajectory_candidates_guess(source, name, form, request->velocity, tried) && is_grid(form, tried->axes);
}

/* ---- all of them */

#define MOST_SHOWN 3

struct candidates {
  bool series; /* some of those that fit are steps of one, and counted once */
  size_t described, grids, fitting, timed, oblongs, vectors, velocities, spectra;
  char grid[ARRAY_NAME_MAX];             /* one of at least two axes */
  char fits[MOST_SHOWN][ARRAY_NAME_MAX]; /* the first of those that fit */
  char in_time[ARRAY_NAME_MAX];          /* the first of those that have an axis of time */
  char oblong[ARRAY_NAME_MAX], vector[ARRAY_NAME_MAX], velocity[ARRAY_NAME_MAX], spectrum[ARRAY_NAME_MAX];
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

/* Whether two names are steps of one series; then the group stands for both. */
static bool join_steps(char *kept, const char *name) {
  const size_t length = (size_t)(trajectory_last_part(name) - name);
  if (!trajectory_usual_step(name) || strncmp(kept, name, length - 1) != 0) return false;
  if (kept[length - 1] && (kept[length - 1] != '/' || !trajectory_usual_step(kept))) return false;
  kept[length - 1] = '\0';
  return true;
}

static void note_fitting(const char *name, struct candidates *candidates) {
  for (size_t i = 0; i < candidates->fitting && i < MOST_SHOWN; i++) {
    if (!join_steps(candidates->fits[i], name)) continue;
    candidates->series = true;
    return;
  }
  if (candidates->fitting < MOST_SHOWN) layout_set_text(candidates->fits[candidates->fitting], ARRAY_NAME_MAX, name);
  candidates->fitting++;
}

static void look_at(struct array_source *source, const struct trajectory_request *request, const char *name,
                    const struct npy_form *form, struct candidates *candidates) {
  char axes[TRAJECTORY_AXES_BYTES];
  if (form->ndim >= 2 && form->type != NPY_B1) note(name, &candidates->grids, candidates->grid);
  if (form->ndim >= 2 && is_spectrum(source, name, form)) note(name, &candidates->spectra, candidates->spectrum);
  if (is_oblong(form)) note(name, &candidates->oblongs, candidates->oblong);
  if (!request->axes && is_velocity(source, name, form)) note(name, &candidates->velocities, candidates->velocity);
  if (!request->axes && trajectory_axes_guess(form, true, axes)) note(name, &candidates->vectors, candidates->vector);
  struct trajectory_layout tried;
  if (!could_be_frames(source, request, name, form, &tried)) return;
  note_fitting(name, candidates);
  if (strchr(tried.axes, 't')) note(name, &candidates->timed, candidates->in_time);
}

static void look_at_others(struct array_source *source, struct candidates *candidates) {
  char name[ARRAY_NAME_MAX], kind[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next_other(source, &at, name, kind);) {
    if (strcmp(kind, TRAJECTORY_COMPLEX) == 0) note(name, &candidates->spectra, candidates->spectrum);
  }
}

static void look_at_all(struct array_source *source, const struct trajectory_request *request,
                        struct candidates *candidates) {
  char name[ARRAY_NAME_MAX];
  struct vordec_error problem;
  for (size_t at = 0; array_source_next(source, &at, name);) {
    struct npy_form form;
    if (trajectory_is_hidden(name)) continue;
    if (array_source_describe(source, name, &form, &problem)) {
      if (!candidates->unread.status) candidates->unread = problem;
      continue;
    }
    candidates->described++;
    look_at(source, request, name, &form, candidates);
  }
  look_at_others(source, candidates);
}

/* ---- usual names */

#define MOST_ROWS 80

/* How many arrays that could be frames are called as a row of the table says, and the first one's place in the file. */
struct usual_found {
  size_t count, at;
};

static void find_usual(struct array_source *source, const struct trajectory_request *request,
                       struct usual_found found[MOST_ROWS]) {
  const struct trajectory_request vorticity = {.path = request->path};
  char name[ARRAY_NAME_MAX];
  struct npy_form form;
  struct trajectory_layout tried;
  for (size_t at = 0, next = 0; array_source_next(source, &next, name); at = next) {
    if (trajectory_is_hidden(name)) continue;
    const size_t row = trajectory_usual_row(source, name);
    if (row >= MOST_ROWS || (!trajectory_usual(row)->second && trajectory_usual_denies(source, name, NULL))) continue;
    if (!layout_describe(source, name, &form) || !could_be_frames(source, &vorticity, name, &form, &tried)) continue;
    if (found[row].count++ == 0) found[row].at = at;
  }
}

/* The partner of an array in its group, equal in shape. */
static bool has_partner(struct array_source *source, const char *name, const char *partner,
                        char keys[2 * ARRAY_NAME_MAX]) {
  struct npy_form form, other;
  char second[ARRAY_NAME_MAX];
  for (size_t at = 0; array_source_next(source, &at, second);) {
    const size_t group = (size_t)(trajectory_last_part(name) - name);
    if ((size_t)(trajectory_last_part(second) - second) != group || strncmp(second, name, group) != 0) continue;
    if (strcmp(second, name) == 0 || !trajectory_usual_is(source, second, partner)) continue;
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
  struct usual_found found[MOST_ROWS] = {{0}};
  find_usual(source, request, found);
  for (size_t i = 0; i < MOST_ROWS && (usual = trajectory_usual(i)); i++) {
    char name[ARRAY_NAME_MAX];
    size_t at = found[i].at;
    if (found[i].count == 0 || (request->velocity && !usual->second)) continue;
    if (found[i].count > 1 || !array_source_next(source, &at, name)) return false;
    layout_set_text(keys, ARRAY_NAME_MAX, name);
    if (!usual->second || has_partner(source, name, usual->second, keys)) return true;
  }
  return false;
}

/* ---- none, or more than one */

static enum vordec_status fail_oblong(struct array_source *source, const char *name, struct vordec_error *error) {
  struct npy_form form;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (!layout_describe(source, name, &form)) return trajectory_fail_found(source, name, error);
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: shape %s: its last two axes are %zu x %zu, and only square grids are supported; if its "
                     "axes are others, name them with --axes%s",
                     source->path, name, npy_shape_text(form.shape, form.ndim, shape, sizeof shape),
                     form.shape[form.ndim - 2], form.shape[form.ndim - 1],
                     form.ndim == 3 && form.shape[0] == form.shape[1] ? ", such as --axes y,x,t" : "");
}

static enum vordec_status fail_none(struct array_source *source, const struct candidates *candidates,
                                    struct vordec_error *error) {
  char what[3 * ARRAY_NAME_MAX], quoted[ARRAY_NAME_MAX + 8];
  if (candidates->oblongs == 1 && !candidates->spectra) return fail_oblong(source, candidates->oblong, error);
  if (candidates->spectra) {
    snprintf(what, sizeof what,
             "it is not clear which array holds the frames (%s is a spectrum, which is not read; save the vorticity at "
             "the points of the grid, or name another array with --key)",
             candidates->spectrum);
  } else if (candidates->vectors) {
    snprintf(what, sizeof what,
             "it is not clear which array holds a vorticity; if %s is a velocity, --velocity takes its curl",
             candidates->vector);
  } else if (candidates->fitting) {
    char why[ARRAY_NAME_MAX];
    trajectory_usual_denies(source, candidates->fits[0], why);
    snprintf(what, sizeof what,
             "it is not clear which array holds a vorticity (%s is none by its %s; if it is one, --key %s takes it)",
             candidates->fits[0], why, trajectory_quoted(candidates->fits[0], quoted));
  } else {
    snprintf(what, sizeof what,
             "it is not clear which array holds the frames (name it with --key, and its axes with --axes)");
  }
  return trajectory_fail_found(source, what, error);
}

static enum vordec_status fail_many(struct array_source *source, const struct candidates *candidates,
                                    struct vordec_error *error) {
  char what[MOST_SHOWN * (ARRAY_NAME_MAX + 16) + 80], quoted[ARRAY_NAME_MAX + 8];
  if (candidates->fitting == 1) {
    snprintf(what, sizeof what, "it is not clear which array holds a vorticity (--key %s takes the arrays in it)",
             trajectory_quoted(candidates->fits[0], quoted));
    return trajectory_fail_found(source, what, error);
  }
  size_t used = (size_t)snprintf(what, sizeof what, "more than one array could hold the frames (choose one with");
  for (size_t i = 0; i < candidates->fitting && i < MOST_SHOWN; i++) {
    const bool last = i + 1 == candidates->fitting;
    used += (size_t)snprintf(what + used, sizeof what - used, "%s --key %s",
                             i == 0 ? ""
                             : last ? " or"
                                    : ",",
                             trajectory_quoted(candidates->fits[i], quoted));
  }
  snprintf(what + used, sizeof what - used, "%s)", candidates->fitting > MOST_SHOWN ? ", .." : "");
  return trajectory_fail_found(source, what, error);
}

/* Whether one array changes in time, and the others are masks, depths and the like. What is called as a component of a
 * velocity is none: its partner may be missing, or be the same at all times. */
static bool changes_alone(struct array_source *source, const struct trajectory_request *request,
                          const struct candidates *candidates) {
  if (candidates->timed != 1 || candidates->series) return false;
  const struct trajectory_usual *usual = trajectory_usual(trajectory_usual_row(source, candidates->in_time));
  if (!request->velocity && usual && usual->second) return false;
  return !trajectory_usual_denies(source, candidates->in_time, NULL);
}

enum vordec_status trajectory_candidates_choose(struct array_source *source, const struct trajectory_request *request,
                                                struct trajectory_candidate *chosen, struct vordec_error *error) {
  struct candidates candidates = {0};
  char *keys = chosen->keys;
  *chosen = (struct trajectory_candidate){.velocity = request->velocity};
  look_at_all(source, request, &candidates);
  const bool one = candidates.fitting == 1 && !candidates.series;
  const bool denied =
      one && !request->velocity && !request->axes && trajectory_usual_denies(source, candidates.fits[0], NULL);
  if (candidates.velocities == 1 && !usual_names(source, request, keys)) {
    layout_set_text(keys, ARRAY_NAME_MAX, candidates.velocity);
    chosen->velocity = true;
    return VORDEC_OK;
  }
  *keys = '\0';
  if (one && !denied) {
    layout_set_text(keys, ARRAY_NAME_MAX, candidates.fits[0]);
  } else if (request->axes && candidates.fitting == 0 && candidates.grids == 1) {
    layout_set_text(keys, ARRAY_NAME_MAX, candidates.grid); /* what is wrong with the axes */
  } else if (candidates.fitting > 1 && !request->axes && !usual_names(source, request, keys)) {
    chosen->in_time = changes_alone(source, request, &candidates);
    layout_set_text(keys, ARRAY_NAME_MAX, chosen->in_time ? candidates.in_time : "");
  }
  if (*keys) return VORDEC_OK;
  if (!candidates.described && candidates.unread.status) {
    *error = candidates.unread;
    return candidates.unread.status;
  }
  return candidates.fitting > 1 || candidates.series ? fail_many(source, &candidates, error)
                                                     : fail_none(source, &candidates, error);
}
