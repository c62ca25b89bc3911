/* SPDX-License-Identifier: MIT */
#include "record_stages.h"
#include "transforms/transform.h"

void record_ifft_lp(struct recorder *recorder) {
  recorder->plan->transform->record_field(recorder);
  record_mark(recorder, VORDEC_STAGE_IFFT_LP);
}
