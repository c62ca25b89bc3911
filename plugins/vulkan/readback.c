#include "stages.h"

void record_readback(struct recorder *recorder, enum plan_segment segment) {
  switch (segment) {
  case SEGMENT_READ_LP:
    record_copy(recorder, PLAN_OMEGA_LP, PLAN_LP_READBACK);
    break;
  case SEGMENT_READ_MASK:
    record_copy(recorder, mask_buffer(recorder->plan), PLAN_MASK_READBACK);
    break;
  case SEGMENT_READ_HAT:
    record_copy(recorder, PLAN_FIELD_B, PLAN_HAT_READBACK);
    break;
  default:
    record_copy(recorder, PLAN_PARTIALS, PLAN_PARTIALS_READBACK);
    record_copy(recorder, PLAN_GAINS, PLAN_GAINS_READBACK);
    break;
  }
  record_mark(recorder, VORDEC_STAGE_READBACK);
}
