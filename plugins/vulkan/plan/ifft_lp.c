#include "record_stages.h"
#include "transforms/pruned.h"
#include "transforms/vkfft/vkfft.h"

void record_direct(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
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

void record_ifft_lp(struct recorder *recorder) {
  struct vordec_plan *plan = recorder->plan;
  if (plan->pruned) {
    record_pruned_ifft_lp(recorder);
  } else if (plan->vkfft) {
    vkfft_record(recorder, plan->vkfft);
    record_barrier(recorder);
  } else {
    record_direct(recorder, &plan->low_modes, PLAN_LOW_MODES, PLAN_LOW_COLUMNS, PLAN_OMEGA_LP);
  }
  record_mark(recorder, VORDEC_STAGE_IFFT_LP);
}
