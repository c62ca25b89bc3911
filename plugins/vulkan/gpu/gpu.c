/* SPDX-License-Identifier: MIT */
#include "gpu.h"

#include "vk_result.h"

enum vordec_status gpu_check(const struct gpu *gpu, struct vordec_error *error) {
  if (!gpu->failure.status) return VORDEC_OK;
  return vordec_fail(error, gpu->failure.status, gpu->failure.reason, "the session has failed before: %.500s",
                     gpu->failure.message);
}

enum vordec_status gpu_note(struct gpu *gpu, const struct vordec_error *error) {
  if (vk_status_is_fatal(error->status) && !gpu->failure.status) gpu->failure = *error;
  return error->status;
}

enum vordec_status gpu_fail(struct gpu *gpu, VkResult result, const char *call, struct vordec_error *error) {
  vk_fail(error, result, call);
  return gpu_note(gpu, error);
}
