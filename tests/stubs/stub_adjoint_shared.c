/* SPDX-License-Identifier: MIT */
#include "stub_adjoint_shared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The adjoints whose arrays others see. Used by one thread. */
static struct entry {
  struct vordec_backend_adjoint *adjoint; /* NULL: free */
  const struct vordec_host *host;
  enum fault fault;
  struct vordec_plan_desc desc;
  struct vordec_adjoint_result result;
  uint32_t kept[16];
  void *arrays[VORDEC_ADJOINT_ARRAYS];
} entries[4];

static struct entry *find(const struct vordec_backend_adjoint *adjoint) {
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    if (entries[i].adjoint == adjoint) return &entries[i];
  }
  return NULL;
}

static size_t pitch_of(const struct entry *entry, enum vordec_adjoint_array what) {
  const size_t cells = (size_t)entry->desc.n * entry->desc.n;
  if (what == VORDEC_ADJOINT_K) return sizeof(double);
  if (what == VORDEC_ADJOINT_Z) return entry->desc.d * sizeof(double);
  return what == VORDEC_ADJOINT_MASK ? cells : cells * sizeof(double);
}

static size_t bytes_of(const struct entry *entry, enum vordec_adjoint_array what) {
  return entry->desc.batch * pitch_of(entry, what);
}

static void destroy(struct vordec_backend_adjoint *adjoint) {
  struct entry *entry = adjoint ? find(adjoint) : NULL;
  if (!entry) return;
  for (int i = 0; i < VORDEC_ADJOINT_ARRAYS; i++) {
    if (entry->arrays[i]) entry->host->release(entry->host->ctx, entry->arrays[i]);
  }
  stub_adjoint_destroy(adjoint);
  *entry = (struct entry){.adjoint = NULL};
}

enum vordec_status stub_adjoint_shared_create(const struct stub_flow_place *place, const struct vordec_plan_desc *desc,
                                              struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                              struct vordec_error *error) {
  struct entry *entry = find(NULL);
  struct vordec_backend_adjoint *made = NULL;
  if (!entry || desc->batch > sizeof entry->kept / sizeof *entry->kept) abort();
  const enum vordec_status status = stub_adjoint_create(place, desc, &made, info, error);
  if (status) return status;
  *entry = (struct entry){.adjoint = made, .host = place->host, .fault = place->fault, .desc = *desc};
  for (enum vordec_adjoint_array what = 0; what < VORDEC_ADJOINT_ARRAYS; what++) {
    entry->arrays[what] = entry->host->allocate(entry->host->ctx, 64, bytes_of(entry, what));
    if (entry->arrays[what]) continue;
    if (place->fault == SHARED_LEAKS) entry->arrays[0] = NULL;
    destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for cotangents");
  }
  *adjoint = made;
  return VORDEC_OK;
}

static void describe(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                     struct vordec_exported_memory *memory) {
  const struct entry *entry = find(adjoint);
  const size_t size = bytes_of(entry, what);
  *memory = (struct vordec_exported_memory){.struct_size = memory->struct_size,
                                            .kind = VORDEC_MEMORY_HOST,
                                            .pointer = entry->arrays[what],
                                            .size = entry->fault == SHARED_TOO_SMALL ? size - 1 : size,
                                            .pitch = pitch_of(entry, what)};
}

static enum vordec_status memory_fd(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, int *fd,
                                    struct vordec_error *error) {
  (void)what;
  *fd = -1;
  if (find(adjoint)->fault == SHARED_CLAIMS_FD) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "it has an address");
}

static bool has_semaphore(const struct vordec_backend_adjoint *adjoint) {
  (void)adjoint;
  return false;
}

static enum vordec_status semaphore_fd(struct vordec_backend_adjoint *adjoint, int *fd, struct vordec_error *error) {
  (void)adjoint;
  *fd = -1;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "there is no semaphore");
}

static enum vordec_status read_bytes(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                     uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)find(adjoint)->arrays[what] + at, bytes);
  return VORDEC_OK;
}

static enum vordec_status write_bytes(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                                      uint64_t at, uint64_t bytes, const void *from, struct vordec_error *error) {
  (void)error;
  memcpy((char *)find(adjoint)->arrays[what] + at, from, bytes);
  return VORDEC_OK;
}

static enum vordec_status start(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_shared_job *job,
                                struct vordec_error *error) {
  struct entry *entry = find(adjoint);
  const double *k = entry->arrays[VORDEC_ADJOINT_K];
  for (uint32_t i = 0; i < job->count; i++) {
    const double own = k[entry->fault == SHARED_K_OF_FIRST ? 0 : i];
    entry->kept[i] = isfinite(own) ? vordec_kept_count(own, entry->desc.max_kept) : 0;
  }
  const struct vordec_adjoint_job all = {.struct_size = sizeof all,
                                         .count = job->count,
                                         .omega_lp = job->omega_lp ? entry->arrays[VORDEC_ADJOINT_LP] : NULL,
                                         .omega_hat = job->omega_hat ? entry->arrays[VORDEC_ADJOINT_HAT] : NULL,
                                         .mask = job->residual ? entry->arrays[VORDEC_ADJOINT_MASK] : NULL,
                                         .kept = entry->kept,
                                         .z = job->z ? entry->arrays[VORDEC_ADJOINT_Z] : NULL,
                                         .residual = job->residual ? entry->arrays[VORDEC_ADJOINT_RESIDUAL] : NULL};
  double *rest = (double *)entry->arrays[VORDEC_ADJOINT_Z] + 2 * (size_t)entry->desc.m;
  const double before = *rest;
  const enum vordec_status status = stub_adjoint_run(adjoint, &all, &entry->result, error);
  if (entry->fault == SHARED_LEAVES_REST) *rest = before;
  return status;
}

static enum vordec_status wait(struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result,
                               struct vordec_error *error) {
  const struct entry *entry = find(adjoint);
  (void)error;
  result->device_ms = entry->result.device_ms;
  result->evidence = entry->result.evidence;
  if (entry->fault == SHARED_UNCOUNTED) result->evidence.dispatches_recorded = 0;
  return VORDEC_OK;
}

const struct vordec_adjoint_shared_interface stub_adjoint_shared_slots = {
    .struct_size = sizeof stub_adjoint_shared_slots,
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
