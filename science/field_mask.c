#include "field_mask.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/machine.h"
#include "numerics/majority.h"
#include "numerics/smooth.h"
#include "numerics/ternary.h"
#include "workers.h"

struct field_mask {
  struct workers workers;
  struct grid grid;
  struct smoothing smoothing;
  double tau;
  uint32_t majority_iters;
  struct rim_reach rim; /* of zeros beyond the grid */

  double *field, *along_x, *residual; /* rows of grid.pitch */
  struct majority_masks masks;
  struct smooth_slot *smooth; /* a slot for each worker */
  struct majority_slot *majority;
};

static enum vordec_status fail_memory(size_t n, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "mask stage: out of memory for N = %zu", n);
}

/* More than the machine has would be found out only when it is written to. */
static bool fits(const struct grid *grid) {
  const uint64_t need = 3 * sizeof(double) * grid->n * grid->pitch + 2 * grid->n * grid->mask_pitch;
  const uint64_t have = machine_memory();
  return have == 0 || need <= have;
}

static bool allocate(struct field_mask *mask, const struct window_choice *window) {
  const struct grid *grid = &mask->grid;
  struct memory *memory = &mask->workers.memory;
  const size_t count = workers_count(&mask->workers);
  if (!smoothing_create(&mask->smoothing, memory, grid, window)) return false;
  mask->field = memory_take(memory, grid->n * grid->pitch, sizeof *mask->field);
  mask->along_x = memory_take(memory, grid->n * grid->pitch, sizeof *mask->along_x);
  mask->residual = memory_take(memory, grid->n * grid->pitch, sizeof *mask->residual);
  mask->masks.mask = memory_take(memory, grid->n, grid->mask_pitch);
  mask->masks.spare = memory_take(memory, grid->n, grid->mask_pitch);
  mask->smooth = smooth_slots_create(&mask->smoothing, memory, count);
  mask->majority = majority_slots_create(grid, memory, count);
  return mask->field && mask->along_x && mask->residual && mask->masks.mask && mask->masks.spare && mask->smooth &&
         mask->majority;
}

enum vordec_status field_mask_create(const struct field_mask_desc *desc, struct field_mask **mask,
                                     struct vordec_error *error) {
  *mask = NULL;
  struct field_mask *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(desc->n, error);
  made->grid = grid_of(desc->n);
  made->tau = desc->tau;
  made->majority_iters = desc->majority_iters;
  if (desc->boundary == VORDEC_BOUNDARY_ZERO) {
    made->rim = (struct rim_reach){desc->smooth_width, desc->majority_iters};
  }
  const struct window_choice window = {desc->smooth_width, desc->smooth_kernel, desc->boundary};
  enum vordec_status status = workers_start(&made->workers, desc->threads, error);
  if (status == VORDEC_OK && !(fits(&made->grid) && allocate(made, &window))) status = fail_memory(desc->n, error);
  if (status != VORDEC_OK) {
    field_mask_destroy(made);
    return status;
  }
  *mask = made;
  return VORDEC_OK;
}

void field_mask_destroy(struct field_mask *mask) {
  if (!mask) return;
  const struct memory_source *source = &mask->workers.memory.source;
  const size_t count = mask->workers.pool ? workers_count(&mask->workers) : 0;
  smoothing_destroy(&mask->smoothing, source);
  smooth_slots_destroy(mask->smooth, source, count);
  majority_slots_destroy(mask->majority, source, count);
  memory_release(source, mask->field);
  memory_release(source, mask->along_x);
  memory_release(source, mask->residual);
  memory_release(source, mask->masks.mask);
  memory_release(source, mask->masks.spare);
  workers_stop(&mask->workers);
  free(mask);
}

static double run_smoothing(struct field_mask *mask, const double *field, double *residual) {
  const struct grid *grid = &mask->grid;
  const struct smooth_fields fields = {mask->field, mask->along_x, mask->residual};
  const size_t bytes = grid->n * sizeof *field;
  for (size_t y = 0; y < grid->n; y++) memcpy(mask->field + y * grid->pitch, field + y * grid->n, bytes);
  const double absmax = smooth_residual(&mask->smoothing, &fields, workers_team(&mask->workers), mask->smooth);
  for (size_t y = 0; y < grid->n; y++) memcpy(residual + y * grid->n, mask->residual + y * grid->pitch, bytes);
  return absmax;
}

void field_mask_residual(struct field_mask *mask, const double *field, double *residual) {
  run_smoothing(mask, field, residual);
}

double field_mask_support(struct field_mask *mask, const double *field, double *residual) {
  const struct grid *grid = &mask->grid;
  const struct team team = workers_team(&mask->workers);
  const double absmax = run_smoothing(mask, field, residual);
  ternary_threshold(grid, mask->residual, absmax, mask->tau, mask->masks.mask, team);
  majority_run(grid, &mask->masks, mask->majority_iters, team, mask->majority);
  size_t support = 0;
  for (size_t y = 0; y < grid->n; y++) {
    const int8_t *row = mask->masks.mask + y * grid->mask_pitch;
    for (size_t x = 0; x < grid->n; x++) support += row[x] != 0;
  }
  return (double)support / (double)(grid->n * grid->n);
}

struct mask_rim field_mask_rim(const struct field_mask *mask) {
  return mask_rim_measure(mask->masks.mask, mask->grid.n, mask->grid.mask_pitch, mask->rim);
}
