/* SPDX-License-Identifier: MIT */
/*
 * vulkan_adjoint_share.h - adjoints whose cotangents others write, and whose derivatives others see:
 * "vordec.adjoint/2".
 *
 * The buffers that the kernels read and write are themselves shared, so a whole batch is one chunk; a last kernel puts
 * the sums to where z's derivatives are. The semaphore is the plan's, and a run is one submission, as long as it is
 * short (plan_share.h).
 */
#ifndef VORDEC_VULKAN_ADJOINT_SHARE_H
#define VORDEC_VULKAN_ADJOINT_SHARE_H

#include "vulkan_adjoint.h"

/* But for create and destroy: slots of vordec.adjoint/2. */
void vulkan_adjoint_share_describe(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                   struct vordec_exported_memory *memory);
enum vordec_status vulkan_adjoint_share_memory_fd(struct vordec_backend_adjoint *adjoint,
                                                  enum vordec_adjoint_array what, int *fd, struct vordec_error *error);
bool vulkan_adjoint_share_has_semaphore(const struct vordec_backend_adjoint *adjoint);
enum vordec_status vulkan_adjoint_share_semaphore_fd(struct vordec_backend_adjoint *adjoint, int *fd,
                                                     struct vordec_error *error);
enum vordec_status vulkan_adjoint_share_read(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                             uint64_t at, uint64_t bytes, void *to, struct vordec_error *error);
enum vordec_status vulkan_adjoint_share_write(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                              uint64_t at, uint64_t bytes, const void *from,
                                              struct vordec_error *error);
enum vordec_status vulkan_adjoint_share_start(struct vordec_backend_adjoint *adjoint,
                                              const struct vordec_adjoint_shared_job *job, struct vordec_error *error);
enum vordec_status vulkan_adjoint_share_wait(struct vordec_backend_adjoint *adjoint,
                                             struct vordec_adjoint_result *result, struct vordec_error *error);

#endif
