/* SPDX-License-Identifier: MIT */
#include "vulkan_rollout.h"

enum vordec_status rollout_alive(const struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  if (!rollout->failure.status) return gpu_check(&rollout->session->gpu, error);
  return vordec_fail(error, rollout->failure.status, rollout->failure.reason,
                     "the rollout's state was lost in an earlier failure: %.500s", rollout->failure.message);
}

enum vordec_status rollout_check(const struct vordec_backend_rollout *rollout, const struct state_handover *handover,
                                 struct vordec_error *error) {
  if (rollout->handover != handover) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NONE,
                       "the rollout's states are of another precision or length than the plan's");
  }
  return rollout_alive(rollout, error);
}
