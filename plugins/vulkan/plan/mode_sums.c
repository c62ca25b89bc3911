/* SPDX-License-Identifier: MIT */
#include "mode_sums.h"

static void record_spectrum(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
                            uint32_t re_offset, uint32_t im_offset) {
  const struct vordec_plan *plan = recorder->plan;
  const struct scatter_lowk_push push = {.entries = table->mode_count,
                                         .coef_stride = plan->coef_stride,
                                         .re_offset = re_offset,
                                         .im_offset = im_offset,
                                         .spectrum_stride = table->mode_count,
                                         .pitch = 0,
                                         .n = plan->n};
  const enum plan_buffer buffers[] = {PLAN_COEF, modes, PLAN_MODE_SPECTRUM};
  record_kernel(recorder, KERNEL_SCATTER_LOWK, buffers, &push, table->mode_count);
}

static void record_sums(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
                        enum plan_buffer columns, enum plan_buffer field) {
  const struct vordec_plan *plan = recorder->plan;
  const struct direct_columns_push along_y = {
      .n = plan->n, .columns = table->column_count, .entries = table->mode_count};
  const enum plan_buffer column_buffers[] = {PLAN_MODE_SPECTRUM, modes, columns, PLAN_TWIDDLE, PLAN_LINES};
  record_kernel(recorder, KERNEL_DIRECT_COLUMNS, column_buffers, &along_y, table->column_count * plan->n);
  const struct direct_rows_push along_x = {.n = plan->n, .columns = table->column_count};
  const enum plan_buffer row_buffers[] = {PLAN_LINES, columns, PLAN_TWIDDLE, field};
  record_kernel(recorder, KERNEL_DIRECT_ROWS, row_buffers, &along_x, plan->cells);
}

void record_low_spectrum(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  record_spectrum(recorder, &plan->low_modes, PLAN_LOW_MODES, 0, plan->desc.m);
}

void record_low_sums(struct recorder *recorder, enum plan_buffer field) {
  record_sums(recorder, &recorder->plan->low_modes, PLAN_LOW_MODES, PLAN_LOW_COLUMNS, field);
}

void record_kept_sums(struct recorder *recorder, enum plan_buffer field) {
  const struct vordec_plan *plan = recorder->plan;
  const uint32_t re_offset = 2 * plan->desc.m;
  record_spectrum(recorder, &plan->kept_modes, PLAN_KEPT_MODES, re_offset, re_offset + plan->kept);
  record_sums(recorder, &plan->kept_modes, PLAN_KEPT_MODES, PLAN_KEPT_COLUMNS, field);
}
