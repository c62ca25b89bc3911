/* SPDX-License-Identifier: MIT */
#include "vulkan_rollout.h"

enum vordec_status rollout_alive(const struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  if (!rollout->failure.status) return gpu_check(&rollout->session->gpu, error);
  return vordec_fail(error, rollout->failure.status, rollout->failure.reason,
                     "the rollout's state was lost in an earlier failure: %.500s", rollout->failure.message);
}
