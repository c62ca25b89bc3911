/* SPDX-License-Identifier: MIT */
#include "stub_export.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The plans whose fields others see: in files without names, which can be handed on. Used by one thread. */
static struct entry {
  const struct vordec_plan *plan; /* NULL: free */
  const struct vordec_host *host;
  enum fault fault;
  struct vordec_plan_desc desc;
  struct vordec_export_job job;
  double *spare; /* the states of the decode under way */
  bool wrong[16];
  int files[VORDEC_EXPORTED_COUNT];
  void *maps[VORDEC_EXPORTED_COUNT];
} entries[16];

static struct entry *find(const struct vordec_plan *plan) {
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    if (entries[i].plan == plan) return &entries[i];
  }
  return NULL;
}

static size_t pitch_of(const struct entry *entry, enum vordec_exported what) {
  const size_t cells = (size_t)entry->desc.n * entry->desc.n;
  if (what == VORDEC_EXPORTED_Z) return entry->desc.d * sizeof(double);
  return what == VORDEC_EXPORTED_MASK ? cells : cells * sizeof(double);
}

static size_t bytes_of(const struct entry *entry, enum vordec_exported what) {
  return entry->desc.batch * pitch_of(entry, what);
}

bool stub_export_enter(const struct vordec_plan *plan, const struct vordec_host *host,
                       const struct vordec_plan_desc *desc, enum fault fault) {
  struct entry *entry = find(NULL);
  if (!entry || desc->batch > sizeof entry->wrong) abort();
  double *spare = host->allocate(host->ctx, 16, (size_t)desc->batch * desc->d * sizeof *spare);
  if (!spare) return false;
  *entry = (struct entry){.plan = plan, .host = host, .fault = fault, .desc = *desc, .spare = spare};
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_COUNT; what++) {
    const size_t bytes = bytes_of(entry, what);
    entry->files[what] = memfd_create("stub", fault == EXPORT_SURVIVES_EXEC ? 0 : MFD_CLOEXEC);
    if (entry->files[what] < 0 || ftruncate(entry->files[what], (off_t)bytes) != 0) abort();
    entry->maps[what] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, entry->files[what], 0);
    if (entry->maps[what] == MAP_FAILED) abort();
  }
  return true;
}

void stub_export_leave(const struct vordec_plan *plan) {
  struct entry *entry = plan ? find(plan) : NULL;
  if (!entry) return;
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_COUNT; what++) {
    munmap(entry->maps[what], bytes_of(entry, what));
    close(entry->files[what]);
  }
  if (entry->fault != EXPORT_LEAKS) entry->host->release(entry->host->ctx, entry->spare);
  *entry = (struct entry){.plan = NULL};
}

/* ---- decodes ---- */

bool stub_export_is(const struct vordec_plan *plan) {
  return find(plan) != NULL;
}

static bool is_wrong(const struct entry *entry, const double *z, uint32_t *at) {
  const double most = vordec_coefficient_max(&entry->desc);
  for (uint32_t i = 0; i < entry->desc.d; i++) {
    *at = i;
    if (!(fabs(z[i]) <= most)) return true;
  }
  return false;
}

enum vordec_status stub_export_aim(const struct vordec_plan *plan, struct vordec_decode_job *job,
                                   struct vordec_error *error) {
  struct entry *entry = find(plan);
  enum vordec_status status = VORDEC_OK;
  if (!entry) return VORDEC_OK;
  job->omega_lp = entry->fault == EXPORT_STAYS_BEHIND ? NULL : entry->maps[VORDEC_EXPORTED_OMEGA_LP];
  job->mask = entry->maps[VORDEC_EXPORTED_MASK];
  job->omega_hat = entry->maps[VORDEC_EXPORTED_OMEGA_HAT];
  if (entry->fault == EXPORT_STAYS_BEHIND) job->outputs &= ~(uint32_t)VORDEC_OMEGA_LP;
  memset(entry->wrong, 0, sizeof entry->wrong);
  if (!entry->job.takes_z) return VORDEC_OK;
  const size_t d = entry->desc.d;
  memcpy(entry->spare, entry->maps[VORDEC_EXPORTED_Z], job->count * d * sizeof(double));
  for (uint32_t i = 0; i < job->count && entry->fault != EXPORT_BELIEVES; i++) {
    uint32_t at = 0;
    if (!is_wrong(entry, entry->spare + i * d, &at)) continue;
    entry->wrong[i] = true;
    memset(entry->spare + i * d, 0, d * sizeof(double));
    if (!status)
      status = vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "entry %u of state %u is wrong", at, i);
  }
  if (entry->fault == EXPORT_TAKES_FIRST) memcpy(entry->spare + d, entry->spare, d * sizeof(double));
  job->z = entry->spare;
  return status;
}

void stub_export_spoil(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  const struct entry *entry = find(plan);
  if (!entry || entry->fault == EXPORT_HIDES_WRONG) return;
  const size_t cells = (size_t)entry->desc.n * entry->desc.n;
  for (uint32_t i = 0; i < job->count; i++) {
    if (!entry->wrong[i]) continue;
    memset((double *)entry->maps[VORDEC_EXPORTED_OMEGA_LP] + i * cells, 0xff, cells * sizeof(double));
    memset((double *)entry->maps[VORDEC_EXPORTED_OMEGA_HAT] + i * cells, 0xff, cells * sizeof(double));
  }
}

/* ---- the table ---- */

void stub_export_describe(const struct vordec_plan *plan, enum vordec_exported what,
                          struct vordec_exported_memory *memory) {
  const struct entry *entry = find(plan);
  const size_t size = bytes_of(entry, what);
  *memory = (struct vordec_exported_memory){.struct_size = memory->struct_size,
                                            .kind = VORDEC_MEMORY_OPAQUE_FD,
                                            .size = entry->fault == EXPORT_TOO_SMALL ? size - 1 : size,
                                            .pitch = pitch_of(entry, what)};
}

enum vordec_status stub_export_memory_fd(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                         struct vordec_error *error) {
  const struct entry *entry = find(plan);
  *fd = entry->fault == EXPORT_LENDS_FD        ? entry->files[what]
        : entry->fault == EXPORT_SURVIVES_EXEC ? dup(entry->files[what])
                                               : fcntl(entry->files[what], F_DUPFD_CLOEXEC, 0);
  if (*fd >= 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no more file descriptors");
}

bool stub_export_has_semaphore(const struct vordec_plan *plan) {
  (void)plan;
  return false;
}

enum vordec_status stub_export_semaphore_fd(struct vordec_plan *plan, int *fd, struct vordec_error *error) {
  (void)plan;
  *fd = -1;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "there is no semaphore");
}

enum vordec_status stub_export_prepare(struct vordec_plan *plan, const struct vordec_export_job *job,
                                       struct vordec_error *error) {
  (void)error;
  find(plan)->job = *job;
  return VORDEC_OK;
}

enum vordec_status stub_export_read(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                    void *to, struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)find(plan)->maps[what] + at, bytes);
  return VORDEC_OK;
}

enum vordec_status stub_export_write(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                     const void *from, struct vordec_error *error) {
  (void)error;
  memcpy((char *)find(plan)->maps[what] + at, from, bytes);
  return VORDEC_OK;
}
