/* SPDX-License-Identifier: MIT */
/*
 * vulkan_decode.h - running a plan.
 *
 * A job is pending from its start to its end. All its chunks but the last run to their end in vulkan_decode_start();
 * the last is then on the device, and vulkan_decode_finish() waits for it. In between, other plans of the session can
 * be used: where the device has a queue that only copies, this one's fields travel to the host while the other
 * computes.
 */
#ifndef VORDEC_VULKAN_DECODE_H
#define VORDEC_VULKAN_DECODE_H

#include "vulkan_plan.h"

/* The slots submit and wait of struct vordec_stream_interface. */
enum vordec_status vulkan_decode_start(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                       struct vordec_error *error);
enum vordec_status vulkan_decode_finish(struct vordec_plan *plan, struct vordec_decode_result *result,
                                        struct vordec_error *error);

/* Does both in one call: see struct vordec_backend. */
enum vordec_status vulkan_decode_run(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                     struct vordec_decode_result *result, struct vordec_error *error);

#endif
