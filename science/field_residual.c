/* SPDX-License-Identifier: MIT */
#include "field_residual.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/machine.h"
#include "numerics/smooth.h"
#include "workers.h"

struct field_residual {
  struct workers workers;
  struct grid grid;
  struct smoothing smoothing;
  double *field, *along_x, *r; /* rows of grid.pitch */
  struct smooth_slot *smooth;  /* a slot for each worker */
};

static enum vordec_status fail_memory(size_t n, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "smoothing: out of memory for N = %zu", n);
}

/* More than the machine has would be found out only when it is written to. */
static bool fits(const struct grid *grid) {
  const uint64_t need = 3 * sizeof(double) * grid->n * grid->pitch;
  const uint64_t have = machine_memory();
  return have == 0 || need <= have;
}

static bool allocate(struct field_residual *residual, const struct window_choice *window) {
  const struct grid *grid = &residual->grid;
  struct memory *memory = &residual->workers.memory;
  if (!smoothing_create(&residual->smoothing, memory, grid, window)) return false;
  residual->field = memory_take(memory, grid->n * grid->pitch, sizeof *residual->field);
  residual->along_x = memory_take(memory, grid->n * grid->pitch, sizeof *residual->along_x);
  residual->r = memory_take(memory, grid->n * grid->pitch, sizeof *residual->r);
  residual->smooth = smooth_slots_create(&residual->smoothing, memory, workers_count(&residual->workers));
  return residual->field && residual->along_x && residual->r && residual->smooth;
}

enum vordec_status field_residual_create(const struct field_residual_desc *desc, struct field_residual **residual,
                                         struct vordec_error *error) {
  *residual = NULL;
  struct field_residual *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(desc->n, error);
  made->grid = grid_of(desc->n);
  const struct window_choice window = {desc->smooth_width, desc->smooth_kernel, desc->boundary};
  enum vordec_status status = workers_start(&made->workers, desc->threads, error);
  if (status == VORDEC_OK && !(fits(&made->grid) && allocate(made, &window))) status = fail_memory(desc->n, error);
  if (status != VORDEC_OK) {
    field_residual_destroy(made);
    return status;
  }
  *residual = made;
  return VORDEC_OK;
}

void field_residual_destroy(struct field_residual *residual) {
  if (!residual) return;
  const struct memory_source *source = &residual->workers.memory.source;
  const size_t count = residual->workers.pool ? workers_count(&residual->workers) : 0;
  smoothing_destroy(&residual->smoothing, source);
  smooth_slots_destroy(residual->smooth, source, count);
  memory_release(source, residual->field);
  memory_release(source, residual->along_x);
  memory_release(source, residual->r);
  workers_stop(&residual->workers);
  free(residual);
}

void field_residual_make(struct field_residual *residual, const double *field, double *r) {
  const struct grid *grid = &residual->grid;
  const struct smooth_fields fields = {residual->field, residual->along_x, residual->r};
  const size_t bytes = grid->n * sizeof *field;
  for (size_t y = 0; y < grid->n; y++) memcpy(residual->field + y * grid->pitch, field + y * grid->n, bytes);
  smooth_residual(&residual->smoothing, &fields, workers_team(&residual->workers), residual->smooth);
  for (size_t y = 0; y < grid->n; y++) memcpy(r + y * grid->n, residual->r + y * grid->pitch, bytes);
}
