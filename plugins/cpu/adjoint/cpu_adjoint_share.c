/* SPDX-License-Identifier: MIT */
/* Gradients whose cotangents and derivatives others see: memory of the host, by its address. */
#include <math.h>
#include <string.h>

#include "cpu_adjoint.h"

/* ---- the memory ---- */

/* Bytes of a state. */
static uint64_t pitch_of(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what) {
  const uint64_t cells = (uint64_t)adjoint->n * adjoint->n;
  switch (what) {
  case VORDEC_ADJOINT_K:
    return sizeof(double);
  case VORDEC_ADJOINT_MASK:
    return cells;
  case VORDEC_ADJOINT_Z:
    return adjoint->d * sizeof(double);
  case VORDEC_ADJOINT_LP:
  case VORDEC_ADJOINT_HAT:
  case VORDEC_ADJOINT_RESIDUAL:
  case VORDEC_ADJOINT_ARRAYS:
    break;
  }
  return cells * sizeof(double);
}

static void destroy(struct vordec_backend_adjoint *adjoint) {
  if (!adjoint) return;
  const struct memory_source *source = &adjoint->session->memory.source;
  for (int i = 0; i < VORDEC_ADJOINT_ARRAYS; i++) memory_release(source, adjoint->shared.arrays[i]);
  memory_release(source, adjoint->shared.kept);
  cpu_adjoint_destroy(adjoint);
}

static enum vordec_status take_memory(struct vordec_backend_adjoint *adjoint, const struct vordec_plan_desc *desc,
                                      struct vordec_plan_info *info, struct vordec_error *error) {
  const bool gates = desc->residuals & (uint32_t)VORDEC_RESIDUAL_FIELD;
  const bool has[VORDEC_ADJOINT_ARRAYS] = {[VORDEC_ADJOINT_LP] = desc->outputs & (uint32_t)VORDEC_OMEGA_LP,
                                           [VORDEC_ADJOINT_HAT] = desc->outputs & (uint32_t)VORDEC_OMEGA_HAT,
                                           [VORDEC_ADJOINT_K] = true,
                                           [VORDEC_ADJOINT_MASK] = gates,
                                           [VORDEC_ADJOINT_Z] = true,
                                           [VORDEC_ADJOINT_RESIDUAL] = gates};
  struct cpu_adjoint_shared *shared = &adjoint->shared;
  struct memory memory = {.source = adjoint->session->memory.source};
  shared->states = desc->batch;
  shared->kept = memory_take(&memory, desc->batch, sizeof *shared->kept);
  bool made = shared->kept != NULL;
  for (int i = 0; i < VORDEC_ADJOINT_ARRAYS && made; i++) {
    if (!has[i]) continue;
    shared->arrays[i] = memory_take(&memory, desc->batch * pitch_of(adjoint, (enum vordec_adjoint_array)i), 1);
    made = shared->arrays[i] != NULL;
  }
  info->host_bytes += memory.bytes;
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory for cotangents of %u fields of N = %u", desc->batch, desc->n);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                 struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  struct vordec_backend_adjoint *made = NULL;
  enum vordec_status status = cpu_adjoint_create(session, desc, &made, info, error);
  if (!status) status = take_memory(made, desc, info, error);
  if (status) {
    destroy(made);
    return status;
  }
  *adjoint = made;
  return VORDEC_OK;
}

static void describe(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                     struct vordec_exported_memory *memory) {
  const uint64_t pitch = pitch_of(adjoint, what);
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_HOST,
                                              .pointer = adjoint->shared.arrays[what],
                                              .size = adjoint->shared.states * pitch,
                                              .pitch = pitch};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

/* ---- handles: there are none ---- */

static enum vordec_status fail_fd(const char *what, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                     "cpu: gradients lie in memory of the host, which has no %s", what);
}

static enum vordec_status memory_fd(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, int *fd,
                                    struct vordec_error *error) {
  (void)adjoint;
  (void)what;
  (void)fd;
  return fail_fd("file descriptor", error);
}

static bool has_semaphore(const struct vordec_backend_adjoint *adjoint) {
  (void)adjoint;
  return false;
}

static enum vordec_status semaphore_fd(struct vordec_backend_adjoint *adjoint, int *fd, struct vordec_error *error) {
  (void)adjoint;
  (void)fd;
  return fail_fd("semaphore", error);
}

static enum vordec_status read_bytes(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                     uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)adjoint->shared.arrays[what] + at, bytes);
  return VORDEC_OK;
}

static enum vordec_status write_bytes(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                      uint64_t at, uint64_t bytes, const void *from, struct vordec_error *error) {
  (void)error;
  memcpy((char *)adjoint->shared.arrays[what] + at, from, bytes);
  return VORDEC_OK;
}

/* ---- a run: it is over when it has been started ---- */

static enum vordec_status start(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_shared_job *job,
                                struct vordec_error *error) {
  struct cpu_adjoint_shared *shared = &adjoint->shared;
  const double *k = shared->arrays[VORDEC_ADJOINT_K];
  for (uint32_t i = 0; i < job->count; i++) {
    shared->kept[i] = isfinite(k[i]) ? vordec_kept_count(k[i], (uint32_t)adjoint->kept) : 0;
  }
  const struct vordec_adjoint_job all = {.struct_size = sizeof all,
                                         .count = job->count,
                                         .omega_lp = job->omega_lp ? shared->arrays[VORDEC_ADJOINT_LP] : NULL,
                                         .omega_hat = job->omega_hat ? shared->arrays[VORDEC_ADJOINT_HAT] : NULL,
                                         .mask = job->residual ? shared->arrays[VORDEC_ADJOINT_MASK] : NULL,
                                         .kept = shared->kept,
                                         .z = job->z ? shared->arrays[VORDEC_ADJOINT_Z] : NULL,
                                         .residual = job->residual ? shared->arrays[VORDEC_ADJOINT_RESIDUAL] : NULL};
  return cpu_adjoint_run(adjoint, &all, &shared->result, error);
}

static enum vordec_status wait(struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result,
                               struct vordec_error *error) {
  (void)error;
  result->device_ms = adjoint->shared.result.device_ms;
  result->evidence = adjoint->shared.result.evidence;
  return VORDEC_OK;
}

const struct vordec_adjoint_shared_interface cpu_adjoint_shared_interface = {
    .struct_size = sizeof cpu_adjoint_shared_interface,
    .create = create,
    .destroy = destroy,
    .describe = describe,
    .memory_fd = memory_fd,
    .has_semaphore = has_semaphore,
    .semaphore_fd = semaphore_fd,
    .read = read_bytes,
    .write = write_bytes,
    .start = start,
    .wait = wait,
};
