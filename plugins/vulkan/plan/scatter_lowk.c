/* SPDX-License-Identifier: MIT */
#include "record_stages.h"
#include "transforms/transform.h"

void record_upload(struct recorder *recorder) {
  record_copy(recorder, PLAN_COEF_UPLOAD, PLAN_COEF);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

void record_scatter_lowk(struct recorder *recorder) {
  const struct transform *transform = recorder->plan->transform;
  if (!transform->record_spectrum) return;
  transform->record_spectrum(recorder);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}
