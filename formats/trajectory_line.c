/* SPDX-License-Identifier: MIT */
#include "trajectory_line.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "trajectory_packing.h"

static enum vordec_status unpack(struct array_source *source, const char *key, size_t count, size_t row, double *values,
                                 struct vordec_error *error) {
  char name[2 * ARRAY_NAME_MAX];
  const struct trajectory_packing packing = trajectory_packing_of(source, key);
  snprintf(name, sizeof name, "%s: %s", source->path, key);
  return trajectory_unpack(&packing, name, values, count, row, error);
}

double trajectory_line_spacing(const double *values, size_t count) {
  const double step = (values[count - 1] - values[0]) / (double)(count - 1);
  for (size_t i = 1; i < count; i++) {
    if (!(fabs(values[i] - values[i - 1] - step) <= TRAJECTORY_EQUAL_SPACING * fabs(step))) return NAN;
  }
  return step;
}

/* Whether the values of n x n points are the same in all rows (axis 1), or in all columns (axis 0). */
static bool varies_along(const double *values, size_t n, int axis) {
  const size_t along = axis ? 1 : n, across = axis ? n : 1;
  const double span = fabs(values[(n - 1) * along] - values[0]);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 1; j < n; j++) {
      const double off = fabs(values[i * along + j * across] - values[i * along]);
      if (!(off <= TRAJECTORY_EQUAL_SPACING * span / (double)n)) return false;
    }
  }
  return span > 0;
}

/* Keeps one row or column of n x n points. False: each row and each column is another. */
static bool take_line(struct trajectory_line *line, size_t n) {
  for (int axis = 0; axis < 2 && line->varies < 0; axis++) {
    if (varies_along(line->values, n, axis)) line->varies = axis;
  }
  for (size_t i = 0; line->varies == 0 && i < n; i++) line->values[i] = line->values[i * n];
  line->count = n;
  return line->varies >= 0;
}

static enum vordec_status read_part(struct array_source *source, const char *key, struct array_slabs *slabs,
                                    const size_t *start, const size_t *counts, struct trajectory_line *line,
                                    struct vordec_error *error) {
  line->count = counts[0] * counts[1];
  line->values = malloc((line->count ? line->count : 1) * sizeof *line->values);
  if (!line->values) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", source->path);
  }
  const enum vordec_status status = array_slabs_read(slabs, start, counts, line->values, error);
  const size_t row = counts[1] > 1 ? counts[1] : line->count;
  return status ? status : unpack(source, key, line->count, row ? row : 1, line->values, error);
}

enum vordec_status trajectory_line_read(struct array_source *source, const char *key, size_t sample, size_t n,
                                        struct trajectory_line *line, struct vordec_error *error) {
  struct array_slabs *slabs = NULL;
  *line = (struct trajectory_line){.varies = -1};
  if (!*key) return VORDEC_OK;
  enum vordec_status status = array_source_open_slabs(source, key, &slabs, error);
  if (status) return status;
  const size_t *shape = slabs->shape;
  const bool grid = slabs->ndim == 2 && n > 1 && shape[0] == n && shape[1] == n;
  const bool column = slabs->ndim == 1 || (slabs->ndim == 2 && shape[1] == 1);
  const bool rows = !column && !grid && slabs->ndim == 2;
  if (rows && shape[0] == 1) sample = 0;
  if (column || grid || (rows && sample < shape[0])) {
    const size_t start[2] = {rows ? sample : 0, 0};
    const size_t counts[2] = {rows ? 1 : shape[0], column ? 1 : shape[1]};
    status = read_part(source, key, slabs, start, counts, line, error);
  }
  array_slabs_close(slabs);
  if (status || (grid && !take_line(line, n))) {
    free(line->values);
    line->values = NULL;
  }
  return status;
}
