/* SPDX-License-Identifier: MIT */
#include "vulkan_adjoint_interface.h"

#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "transforms/transform_direct.h"
#include "vulkan_adjoint.h"
#include "vulkan_adjoint_share.h"

#include <stdio.h>
#include <string.h>

static void destroy(struct vordec_backend_adjoint *adjoint) {
  if (!adjoint) return;
  vulkan_plan_destroy(adjoint->plan);
  host_free(adjoint->session->gpu.host, adjoint);
}

static enum vordec_status check_fft(const char *fft, struct vordec_error *error) {
  if (strcmp(fft, "auto") == 0 || strcmp(fft, TRANSFORM_DIRECT_NAME) == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                     "vulkan: the FFT \"%.60s\" cannot compute gradients; " TRANSFORM_DIRECT_NAME " can", fft);
}

static enum vordec_status make(struct vordec_session *session, const struct vordec_plan_desc *desc, bool shared,
                               struct vordec_backend_adjoint **out, struct vordec_plan_info *info,
                               struct vordec_error *error) {
  enum vordec_status status = check_fft(desc->fft, error);
  if (status) return status;
  struct vordec_backend_adjoint *adjoint = host_alloc(session->gpu.host, 1, sizeof *adjoint);
  if (!adjoint) return host_no_memory(error, "an adjoint");
  adjoint->session = session;
  adjoint->shared = shared;
  status = vulkan_adjoint_plan_create(adjoint, desc, info, error);
  if (status) {
    destroy(adjoint);
    return status;
  }
  info->host_bytes += sizeof *adjoint;
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s",
           strcmp(desc->fft, TRANSFORM_DIRECT_NAME) == 0 ? "" : "gradients have no other FFT");
  *out = adjoint;
  return VORDEC_OK;
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                 struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  return make(session, desc, false, adjoint, info, error);
}

static enum vordec_status create_shared(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                        struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                        struct vordec_error *error) {
  return make(session, desc, true, adjoint, info, error);
}

const struct vordec_adjoint_interface vulkan_adjoint_interface = {
    .struct_size = sizeof(struct vordec_adjoint_interface),
    .create = create,
    .destroy = destroy,
    .run = vulkan_adjoint_run,
};

const struct vordec_adjoint_shared_interface vulkan_adjoint_shared_interface = {
    .struct_size = sizeof(struct vordec_adjoint_shared_interface),
    .create = create_shared,
    .destroy = destroy,
    .describe = vulkan_adjoint_share_describe,
    .memory_fd = vulkan_adjoint_share_memory_fd,
    .has_semaphore = vulkan_adjoint_share_has_semaphore,
    .semaphore_fd = vulkan_adjoint_share_semaphore_fd,
    .read = vulkan_adjoint_share_read,
    .write = vulkan_adjoint_share_write,
    .start = vulkan_adjoint_share_start,
    .wait = vulkan_adjoint_share_wait,
};
