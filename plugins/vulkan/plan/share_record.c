/* SPDX-License-Identifier: MIT */
#include "share_record.h"

#include <math.h>

#include "share_layout.h"

void record_take_z(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct take_z_push push = {.d = plan->desc.d,
                                   .m = plan->desc.m,
                                   .kept = plan->kept,
                                   .max_exponent = (uint32_t)ilogb(vordec_coefficient_max(&plan->desc)),
                                   .coef_stride = plan->coef_stride,
                                   .first = plan->pending.first,
                                   .states = plan->desc.batch};
  const enum plan_buffer buffers[] = {PLAN_SHARED_Z, PLAN_COEF, PLAN_NOT_FINITE};
  /* This is what comes from the host: zeros, and which places of the batch are in use. */
  record_copy(recorder, PLAN_COEF_UPLOAD, PLAN_COEF);
  record_zero(recorder, PLAN_NOT_FINITE);
  record_kernel(recorder, KERNEL_TAKE_Z, buffers, &push, VORDEC_WORKGROUP);
  record_copy(recorder, PLAN_NOT_FINITE, PLAN_NOT_FINITE_READBACK);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

void record_shared_copies(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_Z; what++) {
    if (!(plan->pending.job.outputs & share_output(what))) continue;
    const uint64_t pitch = share_pitch(plan, what), bytes = plan->pending.count * pitch;
    record_copy_out(recorder, share_source(plan, what), 0, plan->buffers[share_target(what)].handle,
                    plan->pending.first * pitch, bytes);
    recorder->segment->units += bytes >> 16;
  }
  record_mark(recorder, VORDEC_STAGE_READBACK);
}
