/* SPDX-License-Identifier: MIT */
#include "share_layout.h"

/* What others may see: the buffer that the kernels use, and the buffer for the fields of all chunks, if there are
 * several. */
static const struct shared {
  uint32_t output; /* 0: it is no output */
  enum plan_buffer all;
} shared[VORDEC_EXPORTED_COUNT] = {
    [VORDEC_EXPORTED_OMEGA_LP] = {VORDEC_OMEGA_LP, PLAN_SHARED_LP},
    [VORDEC_EXPORTED_MASK] = {VORDEC_MASK, PLAN_SHARED_MASK},
    [VORDEC_EXPORTED_OMEGA_HAT] = {VORDEC_OMEGA_HAT, PLAN_SHARED_HAT},
    [VORDEC_EXPORTED_Z] = {0, PLAN_SHARED_Z},
};

enum plan_buffer share_source(const struct vordec_plan *plan, enum vordec_exported what) {
  switch (what) {
  case VORDEC_EXPORTED_OMEGA_LP:
    return PLAN_OMEGA_LP;
  case VORDEC_EXPORTED_MASK:
    return plan->mask_buffer;
  case VORDEC_EXPORTED_OMEGA_HAT:
    return PLAN_FIELD_B;
  case VORDEC_EXPORTED_Z:
  case VORDEC_EXPORTED_OMEGA:
  case VORDEC_EXPORTED_COUNT:
    break;
  }
  return PLAN_SHARED_Z;
}

const struct buffer *share_seen(const struct vordec_plan *plan, enum vordec_exported what) {
  return &plan->buffers[plan->sharing.copies ? shared[what].all : share_source(plan, what)];
}

static bool has_field(const struct vordec_plan *plan, enum vordec_exported what) {
  return (plan->desc.outputs & shared[what].output) != 0;
}

/* Returns how many bytes it is from one state to the next. */
uint64_t share_pitch(const struct vordec_plan *plan, enum vordec_exported what) {
  if (what == VORDEC_EXPORTED_Z) return (uint64_t)plan->desc.d * plan->real_bytes;
  return what == VORDEC_EXPORTED_MASK ? 4ull * plan->words : (uint64_t)plan->cells * plan->real_bytes;
}

enum buffer_place share_place(const struct vordec_plan *plan, enum plan_buffer id) {
  if (!plan->sharing.on || plan->sharing.copies) return BUFFER_DEVICE;
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_Z; what++) {
    if (has_field(plan, what) && share_source(plan, what) == id) return BUFFER_SHARED;
  }
  return BUFFER_DEVICE;
}

enum plan_buffer share_target(enum vordec_exported what) {
  return shared[what].all;
}

uint32_t share_output(enum vordec_exported what) {
  return shared[what].output;
}
