/* A selected backend, its open device and its plan. */
#ifndef VORDEC_CORE_DECODER_H
#define VORDEC_CORE_DECODER_H

#include <stdatomic.h>

#include "evidence.h"
#include "runtime.h"
#include "state.h"

struct vordec_decoder {
  struct vordec_runtime *runtime;
  const struct vordec_layout *layout;
  struct runtime_backend *backend;
  struct vordec_device device; /* as probed */
  struct selection selection;
  struct perf_flags flags; /* those of the selection, and those that decodes raised since */
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct vordec_plan_info plan_info;
  size_t batch;
  uint32_t outputs, residuals;
  double create_ms;
  const char *decode_device; /* of all decodes so far; NULL before the first */
  bool device_timestamps;
  enum vordec_status dead; /* sticky: the session cannot be used any more */
  atomic_flag busy;
};

#endif
