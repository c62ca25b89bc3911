/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation_record.h - pipelines and command buffers of a simulation.
 */
#ifndef VORDEC_VULKAN_SIMULATION_RECORD_H
#define VORDEC_VULKAN_SIMULATION_RECORD_H

#include "vulkan_simulation.h"

/* Makes pipelines, descriptor sets and time marks and records all that advance() will submit. What has been made stays
 * on failure; vulkan_simulation_record_destroy() frees it. */
enum vordec_status vulkan_simulation_record(struct vordec_backend_simulation *simulation, struct vordec_error *error);
void vulkan_simulation_record_destroy(struct vordec_backend_simulation *simulation);

/* The pipelines of a simulation whose setup, way and sizes are settled, at most SIMULATION_PASSES. Returns how many. */
uint32_t vulkan_simulation_list(const struct vordec_backend_simulation *simulation, struct kernel_wanted *list);

/* Copies between two buffers and waits. */
enum vordec_status vulkan_simulation_copy(struct vordec_backend_simulation *simulation, enum simulation_buffer from,
                                          enum simulation_buffer to, const VkBufferCopy *region,
                                          struct vordec_error *error);
/* Makes all fields 0 and waits. */
enum vordec_status vulkan_simulation_clear(struct vordec_backend_simulation *simulation, struct vordec_error *error);

#endif
