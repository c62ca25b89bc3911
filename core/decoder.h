/* An engine and a plan on it. */
#ifndef VORDEC_CORE_DECODER_H
#define VORDEC_CORE_DECODER_H

#include "engine.h"
#include "evidence.h"
#include "state.h"

struct vordec_decoder {
  struct vordec_runtime *runtime;
  const struct vordec_layout *layout;
  struct engine *engine;
  struct perf_flags flags; /* those of the selection, and those that decodes raised since */
  struct vordec_plan *plan;
  struct vordec_plan_info plan_info;
  size_t batch;
  uint32_t outputs, residuals;
  double open_ms, create_ms;
  const char *decode_device; /* of all decodes so far; NULL before the first */
  bool device_timestamps;
  uint64_t states_uploaded, states_in_place; /* decoded from host memory, and from where a rollout keeps them */
};

#endif
