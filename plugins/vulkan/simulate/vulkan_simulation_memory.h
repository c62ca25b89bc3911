/* SPDX-License-Identifier: MIT */
/*
 * vulkan_simulation_memory.h - a simulation's buffers, and fields on their way in and out.
 */
#ifndef VORDEC_VULKAN_SIMULATION_MEMORY_H
#define VORDEC_VULKAN_SIMULATION_MEMORY_H

#include "vulkan_simulation.h"

/* Makes the buffers. E_NO_MEMORY with REASON_MEMORY names the bytes needed and available. */
enum vordec_status vulkan_simulation_memory_create(struct vordec_backend_simulation *simulation,
                                                   struct vordec_error *error);
void vulkan_simulation_memory_destroy(struct vordec_backend_simulation *simulation);

/* Bytes of the buffers that the host sees, and of the others. */
void vulkan_simulation_memory_count(const struct vordec_backend_simulation *simulation, uint64_t *host,
                                    uint64_t *device);

/* Fills the table of roots and makes all fields 0. The command buffers exist. */
enum vordec_status vulkan_simulation_memory_start(struct vordec_backend_simulation *simulation,
                                                  struct vordec_error *error);

/* A member's field, in and out, some rows at a time. */
enum vordec_status vulkan_simulation_memory_put(struct vordec_backend_simulation *simulation, uint32_t member,
                                                const double *omega, struct vordec_error *error);
enum vordec_status vulkan_simulation_memory_take(struct vordec_backend_simulation *simulation, uint32_t member,
                                                 double *omega, struct vordec_error *error);

#endif
