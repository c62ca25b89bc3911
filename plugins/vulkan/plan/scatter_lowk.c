#include "record_stages.h"

void record_scatter_modes(struct recorder *recorder, const struct mode_table *table, enum plan_buffer modes,
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

static void scatter_half_spectrum(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const uint32_t pitch = plan->n / 2 + 1;
  const struct scatter_lowk_push push = {.entries = plan->low_modes.mode_count,
                                         .coef_stride = plan->coef_stride,
                                         .re_offset = 0,
                                         .im_offset = plan->desc.m,
                                         .spectrum_stride = plan->n * pitch,
                                         .pitch = pitch,
                                         .n = plan->n};
  const enum plan_buffer buffers[] = {PLAN_COEF, PLAN_LOW_MODES, PLAN_HALF_SPECTRUM};
  /* The transform works in place on its way, so last decode's spectrum is not zero any more. */
  record_zero(recorder, PLAN_HALF_SPECTRUM);
  record_kernel(recorder, KERNEL_SCATTER_LOWK, buffers, &push, plan->low_modes.mode_count);
}

void record_upload(struct recorder *recorder) {
  record_copy(recorder, PLAN_COEF_UPLOAD, PLAN_COEF);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

void record_scatter_lowk(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (plan->pruned) return; /* its columns read the coefficients as they are */
  if (plan->vkfft) {
    scatter_half_spectrum(recorder);
  } else {
    record_scatter_modes(recorder, &plan->low_modes, PLAN_LOW_MODES, 0, plan->desc.m);
  }
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}
