/* SPDX-License-Identifier: MIT */
#include "vulkan_encode_interface.h"

#include "gpu/vulkan_host.h"
#include "transforms/transform_direct.h"
#include "vulkan_encoder_job.h"
#include "vulkan_encoder_plan.h"

#include <stdio.h>
#include <string.h>

static void destroy(struct vordec_backend_encoder *encoder) {
  if (!encoder) return;
  vulkan_encoder_plan_destroy(encoder);
  host_free(encoder->session->gpu.host, encoder);
}

static enum vordec_status check_fft(const char *fft, struct vordec_error *error) {
  if (strcmp(fft, "auto") == 0 || strcmp(fft, TRANSFORM_DIRECT_NAME) == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                     "vulkan: the FFT \"%.60s\" cannot encode; " TRANSFORM_DIRECT_NAME " can", fft);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_encode_setup *setup,
                                 struct vordec_backend_encoder **out, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  enum vordec_status status = check_fft(setup->fft, error);
  if (status) return status;
  struct vordec_backend_encoder *encoder = host_alloc(session->gpu.host, 1, sizeof *encoder);
  if (!encoder) return host_no_memory(error, "an encoder");
  encoder->session = session;
  status = vulkan_encoder_plan_create(encoder, setup, info, error);
  if (status) {
    destroy(encoder);
    return status;
  }
  info->host_bytes += sizeof *encoder;
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s",
           strcmp(setup->fft, TRANSFORM_DIRECT_NAME) == 0 ? "" : "encoders have no other FFT");
  *out = encoder;
  return VORDEC_OK;
}

const struct vordec_encode_interface vulkan_encode_interface = {
    .struct_size = sizeof(struct vordec_encode_interface),
    .create = create,
    .destroy = destroy,
    .encode = vulkan_encoder_run,
};
