/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder_job.h - an encode, chunk by chunk.
 */
#ifndef VORDEC_VULKAN_ENCODER_JOB_H
#define VORDEC_VULKAN_ENCODER_JOB_H

#include "vulkan_encoder.h"

/* See struct vordec_encode_interface. */
enum vordec_status vulkan_encoder_run(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                                      struct vordec_encode_result *result, struct vordec_error *error);

#endif
