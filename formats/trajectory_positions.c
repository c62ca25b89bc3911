/* SPDX-License-Identifier: MIT */
#include "trajectory_positions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_layout_fill.h"
#include "trajectory_line.h"
#include "trajectory_scalars.h"

static enum vordec_status fail_memory(const struct array_source *source, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", source->path);
}

/* ---- the box */

static enum vordec_status take_side(const struct array_source *source, double side, struct trajectory_grid *grid,
                                    struct vordec_error *error) {
  if (!isfinite(grid->box)) grid->box = side;
  if (!(fabs(side - grid->box) > TRAJECTORY_EQUAL_SPACING * grid->box)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: the box is %g x %g; only square ones are supported", source->path,
                     side, grid->box);
}

/* What people call the side of the box, or both of them. */
static const struct side_name {
  const char *x, *y; /* y: NULL where one name is that of both */
  bool array;        /* an attribute of that name is read elsewhere */
} side_names[] = {
    {"L", NULL, false},
    {"Lx", "Ly", false},
    {"L_x", "L_y", false},
    {"lx", "ly", false},
    {"box", NULL, false},
    {"box_size", NULL, false},
    {"box_length", NULL, false},
    {"domain_size", NULL, true},
    {"domain_length", NULL, false},
    {"domain_extent", NULL, false},
};

/* The path of a number beside the frames, of the file, or of a group of parameters; where there is none, the name. */
static const char *path_of(struct array_source *source, const struct trajectory_layout *layout, const char *name,
                           char path[ARRAY_NAME_MAX]) {
  static const char *const groups[] = {"params/", "parameters/", "grid/"};
  layout_beside(source, layout, name, path);
  for (size_t i = 0; !array_source_has(source, path) && i < sizeof groups / sizeof *groups; i++) {
    snprintf(path, ARRAY_NAME_MAX, "%s%s", groups[i], name);
  }
  if (!array_source_has(source, path)) layout_set_text(path, ARRAY_NAME_MAX, name);
  return path;
}

/* The numbers of such an attribute of the frames' array, of its group or of the file, at most two. */
static size_t read_attribute(struct array_source *source, const struct trajectory_layout *layout, const char *name,
                             double values[2]) {
  char group[ARRAY_NAME_MAX];
  size_t count = array_source_attribute(source, layout->key[0], name, values, 2);
  layout_set_text(group, sizeof group, layout->key[0]);
  for (char *slash = strrchr(group, '/'); slash && count == 0; slash = strrchr(group, '/')) {
    *slash = '\0';
    count = array_source_attribute(source, group, name, values, 2);
  }
  return count ? count : array_source_attribute(source, ARRAY_SOURCE_ITSELF, name, values, 2);
}

/* A side of the box: an array of one element, of two that are equal or of a beginning at 0 or below and an end, or else
 * such an attribute. NAN: there is none. overruled: nor is one that cannot be. */
static enum vordec_status read_number(struct array_source *source, const struct trajectory_layout *layout,
                                      const char *title, const struct side_name *kind, bool overruled, double *side,
                                      char name[ARRAY_NAME_MAX], struct vordec_error *error) {
  double values[2] = {NAN, NAN};
  size_t count = 0;
  *side = NAN;
  const enum vordec_status status =
      trajectory_scalars_elements(source, path_of(source, layout, title, name), values, &count, error);
  if (status) return status;
  if (count == 0 && !kind->array) count = read_attribute(source, layout, title, values);
  if (count == 2 && values[0] <= 0 && values[1] > 0) {
    values[0] = values[1] - values[0];
    count = 1;
  }
  for (size_t i = 0; i < count; i++) {
    if (values[i] > 0 && isfinite(values[i])) continue;
    if (overruled) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: %g is not the side of a box; say how large it is with --box L", source->path, name,
                       values[i]);
  }
  struct trajectory_grid grid = {.box = values[0]};
  *side = values[0];
  return count == 2 ? take_side(source, values[1], &grid, error) : VORDEC_OK;
}

/* The side by the first of the names that there is, beside the array in its group or struct, else of the file; that
 * name into `said`, empty where there is none. */
static enum vordec_status read_side(struct array_source *source, const struct trajectory_layout *layout, bool overruled,
                                    struct trajectory_grid *grid, char said[ARRAY_NAME_MAX],
                                    struct vordec_error *error) {
  said[0] = '\0';
  for (size_t i = 0; i < sizeof side_names / sizeof *side_names && !said[0]; i++) {
    const struct side_name *kind = &side_names[i];
    const char *const names[] = {kind->x, kind->y};
    for (size_t which = 0; which < 2 && names[which]; which++) {
      char name[ARRAY_NAME_MAX];
      double side;
      enum vordec_status status = read_number(source, layout, names[which], kind, overruled, &side, name, error);
      if (!status && !isnan(side) && said[0]) status = take_side(source, side, grid, error);
      if (status) return status;
      if (isnan(side) || said[0]) continue;
      grid->box = side;
      layout_set_text(said, ARRAY_NAME_MAX, name);
    }
  }
  return VORDEC_OK;
}

/* jax-cfd's attributes of the file, which have to agree with the positions that it gives. */
static enum vordec_status read_domain(struct array_source *source, struct trajectory_grid *grid,
                                      struct vordec_error *error) {
  double sides[2] = {NAN, NAN};
  const char *name = "domain_size";
  size_t count = array_source_attribute(source, ARRAY_SOURCE_ITSELF, name, sides, 2);
  if (count == 0) {
    name = "domain_size_multiple";
    count = array_source_attribute(source, ARRAY_SOURCE_ITSELF, name, sides, 2);
    for (size_t i = 0; i < count; i++) sides[i] *= 2 * acos(-1.0);
  }
  const double side = sides[0];
  if (count == 0 || !(side > 0 && isfinite(side))) return VORDEC_OK;
  struct trajectory_grid own = {.box = side};
  enum vordec_status status = count == 2 ? take_side(source, sides[1], &own, error) : VORDEC_OK;
  if (status) return status;
  if (!isfinite(grid->box)) grid->box = side;
  if (!(fabs(side - grid->box) > TRAJECTORY_EQUAL_SPACING * grid->box)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: by its attribute %s the side of the box is %g, by its positions %g; say which with --box L",
                     source->path, name, side, grid->box);
}

/* The distance of neighbours along both axes, dx and dy, where nothing else says the side of n of them. */
static enum vordec_status read_distance(struct array_source *source, const struct trajectory_layout *layout, size_t n,
                                        struct trajectory_grid *grid, struct vordec_error *error) {
  static const char *const names[] = {"dx", "dy"};
  if (isfinite(grid->box)) return VORDEC_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    double values[2] = {NAN, NAN};
    size_t count = 0;
    char name[ARRAY_NAME_MAX];
    enum vordec_status status =
        trajectory_scalars_elements(source, path_of(source, layout, names[i], name), values, &count, error);
    if (!status && count == 0) count = read_attribute(source, layout, names[i], values);
    if (!status && count == 1 && values[0] > 0 && isfinite(values[0])) {
      status = take_side(source, values[0] * (double)n, grid, error);
    }
    if (status) return status;
  }
  return VORDEC_OK;
}

/* Whether boxes often have such a side, as far as single precision tells. */
static bool is_usual_side(double side) {
  const double pi = acos(-1.0), multiple = round(side / pi);
  if (fabs(side - 1) <= 1e-5 || fabs(side - 2) <= 2e-5 || fabs(side - 360) <= 3.6e-3) return true; /* degrees */
  return multiple >= 1 && multiple <= 16 && fabs(side - multiple * pi) <= 1e-5 * side;
}

/* Whether positions go on to the point that a period later is the first one again: over the side that the file says, or
 * where it says none, over a usual one. */
static bool has_end_point(const struct trajectory_line *line, double side) {
  const double span = fabs(line->values[line->count - 1] - line->values[0]);
  const double periodic = span * (double)line->count / (double)(line->count - 1);
  if (isfinite(side)) return fabs(span - side) <= 1e-5 * side;
  return is_usual_side(span) && !is_usual_side(periodic);
}

/* Whether positions leave no doubt that a period has no other points: the side is the one that the file says, or a
 * usual one, or the points are the centres of cells from 0 on. */
static bool is_without_end_point(const struct trajectory_line *line, double step, double side) {
  const double distance = fabs(step), least = fmin(line->values[0], line->values[line->count - 1]);
  const double periodic = distance * (double)line->count;
  if (isfinite(side)) return fabs(periodic - side) <= 1e-5 * side;
  return is_usual_side(periodic) || fabs(least - distance / 2) <= TRAJECTORY_EQUAL_SPACING * distance;
}

/* What positions have to agree with. */
struct side_request {
  size_t n, sample;
  double said;    /* the side that the file says; NAN */
  bool overruled; /* by the user's */
};

/* Points along an axis. */
struct steps {
  double step;  /* from one to the next, signed; 0: the file does not say */
  bool placed;  /* they are all different */
  bool counted; /* they are 0, 1, 2 .., or 1, 2, 3 .. */
};

static enum vordec_status read_steps(struct array_source *source, const struct trajectory_layout *layout, size_t which,
                                     const struct side_request *request, struct steps *steps,
                                     struct vordec_error *error) {
  const char *key = layout->position[which];
  struct trajectory_line line;
  const enum vordec_status status = trajectory_line_read(source, key, request->sample, request->n, &line, error);
  const bool known = line.values && line.count == request->n;
  double step = known ? trajectory_line_spacing(line.values, line.count) : 0;
  const bool ends = known && isfinite(step) && !request->overruled && has_end_point(&line, request->said);
  const double first = known ? line.values[0] : 0, last = known ? line.values[line.count - 1] : 0;
  const bool placed = known && isfinite(step) && step != 0 && is_without_end_point(&line, step, request->said);
  free(line.values);
  if (layout->by_name[which] && !isfinite(step)) step = 0;
  const double least = fmin(first, last);
  *steps = (struct steps){step, placed, fabs(step) == 1 && (least == 0 || least == 1)};
  if (status) return status;
  if (step != 0 && !request->overruled && isnan(request->said)) {
    const enum vordec_status units =
        trajectory_units_check(source, layout, which, fabs(step) * (double)request->n, error);
    if (units) return units;
  }
  if (ends) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: the positions go from %g to %g, a whole period, after which the last point is the "
                       "first one again; leave the last row and column out, or, if they are no repetition, say how "
                       "large the box is with --box L",
                       source->path, key, first, last);
  }
  if (isfinite(step)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s: the positions are not equally spaced; only regular grids are supported", source->path,
                     key);
}

/* Positions have to agree with the side that the file names; numbers of points are none. */
static enum vordec_status check_said(const struct array_source *source, const char *key, const char *said,
                                     const struct side_request *request, double side, struct vordec_error *error) {
  if (request->overruled || side == (double)request->n) return VORDEC_OK;
  if (fabs(side - request->said) <= TRAJECTORY_EQUAL_SPACING * request->said) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: by %s the side of the box is %g, by the positions in %s it is %g; say which with --box L",
                     source->path, said, request->said, key, side);
}

enum vordec_status trajectory_positions_grid(struct array_source *source, const struct trajectory_layout *layout,
                                             const struct trajectory_points *points, struct trajectory_grid *grid,
                                             struct vordec_error *error) {
  char said[ARRAY_NAME_MAX];
  *grid = (struct trajectory_grid){.box = layout->box, .placed = true};
  enum vordec_status status = read_side(source, layout, points->box > 0, grid, said, error);
  const struct side_request request = {points->n, points->sample, said[0] ? grid->box : NAN, points->box > 0};
  if (!status && !said[0] && isfinite(layout->box_y)) status = take_side(source, layout->box_y, grid, error);
  for (size_t which = TRAJECTORY_X; !status && which <= TRAJECTORY_Y; which++) {
    struct steps steps = {0};
    status = read_steps(source, layout, which, &request, &steps, error);
    grid->descending[which] = steps.step < 0;
    grid->placed = grid->placed && steps.placed;
    if (status || steps.step == 0) continue;
    const double side = fabs(steps.step) * (double)points->n;
    grid->counted = !said[0] && !request.overruled && steps.counted;
    status = said[0] ? check_said(source, layout->position[which], said, &request, side, error)
                     : take_side(source, side, grid, error);
  }
  if (!status && !said[0] && !request.overruled) status = read_domain(source, grid, error);
  if (!status && !said[0] && !request.overruled) status = read_distance(source, layout, points->n, grid, error);
  if (points->box > 0) grid->box = points->box;
  grid->placed = grid->placed || points->box > 0;
  return status;
}

/* ---- times */

/* Times of a series stand beside it: snapshots/t/STEP; else they follow from the steps and clock/dt. */
static enum vordec_status series_time(struct array_source *source, const char *key, const char *frame, double *time,
                                      struct vordec_error *error) {
  char name[ARRAY_NAME_MAX];
  const char *group = strrchr(key, '/'), *step = strrchr(frame, '/') + 1;
  snprintf(name, sizeof name, "%.*st/%.20s", group ? (int)(group - key) + 1 : 0, key, step);
  if (array_source_has(source, name)) return array_source_read_f64(source, name, time, error);
  *time = NAN;
  if (!array_source_has(source, "clock/dt")) return VORDEC_OK;
  const enum vordec_status status = array_source_read_f64(source, "clock/dt", time, error);
  *time *= strtod(step, NULL);
  return status;
}

static enum vordec_status read_series_times(struct array_source *source, const struct trajectory_layout *layout,
                                            const struct trajectory_choice *choice, double **times,
                                            struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  bool known = true;
  *times = malloc(choice->frames * sizeof **times);
  if (!*times) return fail_memory(source, error);
  for (size_t i = 0; i < choice->frames && !status && known; i++) {
    const char *frame = choice->names[choice->first + i * choice->stride];
    status = series_time(source, layout->key[0], frame, &(*times)[i], error);
    known = !isnan((*times)[i]);
  }
  if (!status && known) return VORDEC_OK;
  free(*times);
  *times = NULL;
  return status;
}

/* The times of the chosen frames; NULL with OK: the file does not say. */
static enum vordec_status read_times(struct array_source *source, const struct trajectory_layout *layout,
                                     const struct trajectory_choice *choice, double **times,
                                     struct vordec_error *error) {
  struct trajectory_line line;
  if (layout->series) return read_series_times(source, layout, choice, times, error);
  const enum vordec_status status =
      trajectory_line_read(source, layout->position[TRAJECTORY_T], choice->sample, 0, &line, error);
  *times = line.values;
  if (status || !*times) return status;
  double *values = *times;
  if (choice->first + (choice->frames - 1) * choice->stride >= line.count) {
    free(values);
    *times = NULL;
    return VORDEC_OK;
  }
  for (size_t i = 0; i < choice->frames; i++) values[i] = values[choice->first + i * choice->stride];
  return VORDEC_OK;
}

enum vordec_status trajectory_positions_dt(struct array_source *source, const struct trajectory_layout *layout,
                                           const struct trajectory_choice *choice, double *dt,
                                           struct trajectory_time_units *units, struct vordec_error *error) {
  double *times = NULL;
  const char *name = layout->series ? layout->key[0] : layout->position[TRAJECTORY_T];
  *units = (struct trajectory_time_units){.size = 1};
  const enum vordec_status status = read_times(source, layout, choice, &times, error);
  const bool said = !status && times && choice->frames > 1;
  const double step = said ? trajectory_line_spacing(times, choice->frames) : NAN;
  free(times);
  if (!said || (layout->by_name[TRAJECTORY_T] && isnan(step))) return status;
  if (!(step > 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: the times %s; choose frames that are equally spaced, with --frames A:B:S, or say what "
                       "time lies between them, with --dt",
                       source->path, name, step <= 0 ? "do not increase" : "are not equally spaced");
  }
  const enum vordec_status known = layout->series ? VORDEC_OK : trajectory_units_times(source, layout, units, error);
  *dt = step * units->size;
  return known;
}
