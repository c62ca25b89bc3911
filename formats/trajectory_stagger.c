/* SPDX-License-Identifier: MIT */
#include "trajectory_stagger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_line.h"

/* Equally spaced points along an axis. */
struct row {
  double least, step; /* signed; 0: nobody says where the points are */
};

static enum vordec_status read_row(struct array_source *source, const char *name,
                                   const struct trajectory_points *points, struct row *row,
                                   struct vordec_error *error) {
  struct trajectory_line line;
  *row = (struct row){0};
  if (!array_source_has(source, name)) return VORDEC_OK;
  const enum vordec_status status = trajectory_line_read(source, name, points->sample, points->n, &line, error);
  if (line.values && line.count == points->n) {
    row->step = trajectory_line_spacing(line.values, line.count);
    row->least = row->step < 0 ? line.values[line.count - 1] : line.values[0];
  }
  free(line.values);
  return status;
}

static enum vordec_status fail_apart(const struct array_source *source, const struct trajectory_layout *layout,
                                     char letter, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s and %s: their positions along %c are not those of one grid, nor half a cell apart",
                     source->path, layout->key[0], layout->key[1], letter);
}

/* By how many cells u stands beside v along an axis. */
static enum vordec_status measure(struct array_source *source, const struct trajectory_points *points, char letter,
                                  struct trajectory_layout *layout, double *cells, struct vordec_error *error) {
  const uint32_t axis = (uint32_t)(strchr(layout->axes, letter) - layout->axes);
  char u_name[ARRAY_NAME_MAX], v_name[ARRAY_NAME_MAX];
  struct row u, v;
  *cells = 0;
  array_source_axis_name(source, layout->key[0], axis, u_name);
  array_source_axis_name(source, layout->key[1], axis, v_name);
  if (!u_name[0] || !v_name[0] || strcmp(u_name, v_name) == 0) return VORDEC_OK;
  enum vordec_status status = read_row(source, u_name, points, &u, error);
  if (!status) status = read_row(source, v_name, points, &v, error);
  if (status) return status;
  if (u.step == 0 || v.step == 0) {
    layout->unplaced = true;
    return VORDEC_OK;
  }
  const double beside = (u.least - v.least) / fabs(u.step);
  if (!(fabs(u.step - v.step) <= TRAJECTORY_EQUAL_SPACING * fabs(u.step)) || !(fabs(beside) <= 1)) {
    return fail_apart(source, layout, letter, error);
  }
  if (fabs(beside) > TRAJECTORY_EQUAL_SPACING) *cells = beside;
  return VORDEC_OK;
}

enum vordec_status trajectory_stagger_read(struct array_source *source, const struct trajectory_points *points,
                                           struct trajectory_layout *layout, struct vordec_error *error) {
  double x = 0, y = 0;
  if (layout->arrays < 2 || layout->series) return VORDEC_OK;
  for (size_t i = 0; i < 4; i++) {
    if (layout->shift[i / 2][i % 2] != 0) return VORDEC_OK; /* the arrays say it themselves */
  }
  enum vordec_status status = measure(source, points, 'x', layout, &x, error);
  if (!status) status = measure(source, points, 'y', layout, &y, error);
  layout->shift[0][0] = x;
  layout->shift[1][1] = -y;
  return status;
}
