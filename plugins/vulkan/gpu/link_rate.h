/* SPDX-License-Identifier: MIT */
/*
 * link_rate.h - how fast plain copies from the device to the host are: the slot link of struct vordec_stream_interface.
 */
#ifndef VORDEC_VULKAN_LINK_RATE_H
#define VORDEC_VULKAN_LINK_RATE_H

#include "vulkan_session.h"

enum vordec_status link_rate_measure(struct vordec_session *session, uint64_t bytes,
                                     struct vordec_bandwidth_result *result, struct vordec_error *error);

#endif
