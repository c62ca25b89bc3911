/* SPDX-License-Identifier: MIT */
#include "vulkan_adjoint_share.h"

#include <string.h>

#include "gpu/sharing.h"
#include "plan/chunk.h"
#include "plan/plan_share.h"
#include "plan/submissions.h"

/* ---- the memory ---- */

static const struct buffer *buffer_of(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what) {
  static const enum plan_buffer buffers[VORDEC_ADJOINT_ARRAYS] = {
      [VORDEC_ADJOINT_LP] = PLAN_OMEGA_LP, [VORDEC_ADJOINT_HAT] = PLAN_FIELD_B,
      [VORDEC_ADJOINT_K] = PLAN_ADJOINT_K, [VORDEC_ADJOINT_MASK] = PLAN_MASK_A,
      [VORDEC_ADJOINT_Z] = PLAN_SHARED_Z,  [VORDEC_ADJOINT_RESIDUAL] = PLAN_RESIDUAL};
  return &adjoint->plan->buffers[buffers[what]];
}

void vulkan_adjoint_share_describe(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                   struct vordec_exported_memory *memory) {
  const struct buffer *buffer = buffer_of(adjoint, what);
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_OPAQUE_FD,
                                              .size = buffer->allocated,
                                              .pitch = buffer->size / adjoint->plan->chunk,
                                              .dedicated = true};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

enum vordec_status vulkan_adjoint_share_memory_fd(struct vordec_backend_adjoint *adjoint,
                                                  enum vordec_adjoint_array what, int *fd, struct vordec_error *error) {
  struct gpu *gpu = &adjoint->session->gpu;
  const enum vordec_status status = gpu_check(gpu, error);
  return status ? status : sharing_memory_fd(gpu, buffer_of(adjoint, what), fd, error);
}

bool vulkan_adjoint_share_has_semaphore(const struct vordec_backend_adjoint *adjoint) {
  return plan_share_has_semaphore(adjoint->plan);
}

enum vordec_status vulkan_adjoint_share_semaphore_fd(struct vordec_backend_adjoint *adjoint, int *fd,
                                                     struct vordec_error *error) {
  return plan_share_semaphore_fd(adjoint->plan, fd, error);
}

enum vordec_status vulkan_adjoint_share_read(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                             uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&adjoint->session->gpu, error);
  return status ? status : sharing_read(adjoint->session, buffer_of(adjoint, what), at, bytes, to, error);
}

enum vordec_status vulkan_adjoint_share_write(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                              uint64_t at, uint64_t bytes, const void *from,
                                              struct vordec_error *error) {
  const enum vordec_status status = gpu_check(&adjoint->session->gpu, error);
  return status ? status : sharing_write(adjoint->session, buffer_of(adjoint, what), at, bytes, from, error);
}

/* ---- a run ---- */

enum vordec_status vulkan_adjoint_share_start(struct vordec_backend_adjoint *adjoint,
                                              const struct vordec_adjoint_shared_job *job, struct vordec_error *error) {
  struct vordec_plan *plan = adjoint->plan;
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (status) return status;
  plan->pending = (struct pending_job){
      .job = {.count = job->count},
      .count = job->count,
      .list = vulkan_adjoint_segments(adjoint, job->omega_lp, job->omega_hat, job->z, job->residual),
      .result = chunk_blank_result(plan)};
  plan->sharing.next = (struct vordec_export_job){.wait = job->wait, .signal = job->signal};
  status = submissions_start(plan, error);
  if (!status) status = plan_share_close(plan, error);
  if (status) return status;
  plan->pending.started = true;
  plan->session->pending_jobs++;
  return VORDEC_OK;
}

enum vordec_status vulkan_adjoint_share_wait(struct vordec_backend_adjoint *adjoint,
                                             struct vordec_adjoint_result *result, struct vordec_error *error) {
  struct vordec_plan *plan = adjoint->plan;
  plan_forget_job(plan);
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (!status) status = chunk_await(plan, error);
  if (!status) vulkan_adjoint_tell(adjoint, result);
  return status;
}
