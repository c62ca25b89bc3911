/* SPDX-License-Identifier: MIT */
#include "workspace.h"

size_t workspace_bytes(const struct workspace_size *size) {
  const struct grid *grid = &size->grid;
  const size_t bands = (size->bands & VORDEC_RESIDUAL_MID ? 1u : 0u) + (size->bands & VORDEC_RESIDUAL_HIGH ? 1u : 0u);
  const size_t doubles =
      grid->n * (grid->pitch + bands * grid->n) + 2 * size->spectrum_doubles + size->matrix_doubles + grid->n;
  return (doubles + planes_words_of_field(grid)) * sizeof(double) + 2 * grid->n * grid->mask_pitch;
}

bool workspace_create(struct workspace *work, struct memory *memory, const struct workspace_size *size) {
  const struct grid *grid = &size->grid;
  work->lp = memory_take(memory, grid->n * grid->pitch, sizeof(double));
  work->spare = memory_take(memory, size->spectrum_doubles, sizeof(double));
  work->other = memory_take(memory, size->spectrum_doubles, sizeof(double));
  work->masks.mask = memory_take(memory, grid->n, grid->mask_pitch);
  work->masks.spare = memory_take(memory, grid->n, grid->mask_pitch);
  work->matrix = memory_take(memory, size->matrix_doubles, sizeof(double));
  work->bits = memory_take(memory, planes_words_of_field(grid), sizeof *work->bits);
  work->row_sum = memory_take(memory, grid->n, sizeof(double));
  for (size_t i = 0; i < 2; i++) {
    if (!(size->bands & VORDEC_RESIDUAL_MID << i)) continue;
    work->band[i] = memory_take(memory, grid->n * grid->n, sizeof(double));
    if (!work->band[i]) return false;
  }
  return work->lp && work->spare && work->other && work->masks.mask && work->masks.spare && work->matrix &&
         work->bits && work->row_sum;
}

void workspace_destroy(struct workspace *work, const struct memory_source *source) {
  memory_release(source, work->lp);
  memory_release(source, work->spare);
  memory_release(source, work->other);
  memory_release(source, work->masks.mask);
  memory_release(source, work->masks.spare);
  memory_release(source, work->matrix);
  memory_release(source, work->bits);
  memory_release(source, work->row_sum);
  for (size_t i = 0; i < 2; i++) memory_release(source, work->band[i]);
}

struct slots slots_from(const struct slots *slots, size_t first) {
  return (struct slots){.smooth = slots->smooth + first,
                        .majority = slots->majority + first,
                        .planes = slots->planes + first,
                        .ifft = slots->ifft + first,
                        .mode_sums = slots->mode_sums + first,
                        .cells = slots->cells + first};
}

void slots_destroy(struct slots *slots, const struct memory_source *source, size_t count) {
  smooth_slots_destroy(slots->smooth, source, count);
  majority_slots_destroy(slots->majority, source, count);
  planes_slots_destroy(slots->planes, source, count);
  ifft_slots_destroy(slots->ifft, source, count);
  mode_sums_slots_destroy(slots->mode_sums, source, count);
  memory_release(source, slots->cells);
}
