/* SPDX-License-Identifier: MIT */
/*
 * rollout_record.h - recording a rollout's command buffers.
 */
#ifndef VORDEC_VULKAN_ROLLOUT_RECORD_H
#define VORDEC_VULKAN_ROLLOUT_RECORD_H

#include "vulkan_rollout.h"

/* Makes descriptor sets and time marks and records everything that the rollout will ever submit. What has been made
 * stays on failure; rollout_record_destroy() frees it. */
enum vordec_status rollout_record(struct vordec_backend_rollout *rollout, struct vordec_error *error);
void rollout_record_destroy(struct vordec_backend_rollout *rollout);

#endif
