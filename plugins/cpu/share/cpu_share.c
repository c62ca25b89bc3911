/* SPDX-License-Identifier: MIT */
#include "cpu_share.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- the memory ---- */

static void *memory_of(const struct vordec_plan *plan, enum vordec_exported what) {
  switch (what) {
  case VORDEC_EXPORTED_OMEGA_LP:
    return plan->shared.omega_lp;
  case VORDEC_EXPORTED_MASK:
    return plan->shared.mask;
  case VORDEC_EXPORTED_OMEGA_HAT:
    return plan->shared.omega_hat;
  case VORDEC_EXPORTED_Z:
  case VORDEC_EXPORTED_OMEGA:
  case VORDEC_EXPORTED_COUNT:
    break;
  }
  return plan->shared.z;
}

static uint64_t pitch_of(const struct vordec_plan *plan, enum vordec_exported what) {
  const uint64_t cells = (uint64_t)plan->grid.n * plan->grid.n;
  if (what == VORDEC_EXPORTED_Z) return plan->d * sizeof(double);
  return what == VORDEC_EXPORTED_MASK ? cells : cells * sizeof(double);
}

static enum vordec_status take_memory(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                      const struct vordec_export_setup *setup, struct vordec_error *error) {
  struct cpu_shared *shared = &plan->shared;
  const size_t cells = plan->grid.n * plan->grid.n, states = desc->batch;
  const bool lp = desc->outputs & VORDEC_OMEGA_LP, mask = desc->outputs & VORDEC_MASK;
  const bool hat = desc->outputs & VORDEC_OMEGA_HAT;
  *shared = (struct cpu_shared){.on = true, .states = desc->batch};
  if (lp) shared->omega_lp = memory_take(&plan->memory, states * cells, sizeof(double));
  if (mask) shared->mask = memory_take(&plan->memory, states * cells, 1);
  if (hat) shared->omega_hat = memory_take(&plan->memory, states * cells, sizeof(double));
  if (setup->takes_z) shared->z = memory_take(&plan->memory, states * plan->d, sizeof(double));
  shared->spare = memory_take(&plan->memory, states * plan->d, sizeof(double));
  shared->spoilt = memory_take(&plan->memory, states, sizeof *shared->spoilt);
  const bool made = (!lp || shared->omega_lp) && (!mask || shared->mask) && (!hat || shared->omega_hat) &&
                    (!setup->takes_z || shared->z) && shared->spare && shared->spoilt;
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for %u fields of N = %u",
                     desc->batch, desc->n);
}

/* ---- a decode ---- */

/* Returns the first entry that no state may hold; d: there is none. */
static size_t find_wrong(const struct vordec_plan *plan, const double *z) {
  size_t i = 0;
  for (; i < plan->d; i++) {
    const bool coefficient = i < 2 * plan->m || i >= 2 * plan->m + 4;
    if (!(fabs(z[i]) <= (coefficient ? plan->coefficient_max : DBL_MAX))) break;
  }
  return i;
}

static enum vordec_status fail_state(const struct vordec_plan *plan, uint32_t state, size_t entry,
                                     struct vordec_error *error) {
  const double value = plan->shared.z[state * plan->d + entry];
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %zu (%s) of state %u is %s", entry,
                     vordec_entry_name((uint32_t)plan->m, entry), (unsigned)state,
                     isnan(value)   ? "NaN"
                     : isinf(value) ? "infinite"
                                    : "so large that a decode in fp64 overflows");
}

/* Copies the states: others may write while the decode reads. */
static enum vordec_status take_states(struct vordec_plan *plan, uint32_t count, struct vordec_error *error) {
  struct cpu_shared *shared = &plan->shared;
  enum vordec_status status = VORDEC_OK;
  memcpy(shared->spare, shared->z, count * plan->d * sizeof *shared->spare);
  for (uint32_t i = 0; i < count; i++) {
    double *z = shared->spare + i * plan->d;
    const size_t wrong = find_wrong(plan, z);
    shared->spoilt[i] = wrong < plan->d;
    if (wrong == plan->d) continue;
    if (!status) status = fail_state(plan, i, wrong, error);
    memset(z, 0, plan->d * sizeof *z);
  }
  return status;
}

enum vordec_status cpu_share_aim(struct vordec_plan *plan, struct vordec_decode_job *job, struct vordec_error *error) {
  struct cpu_shared *shared = &plan->shared;
  job->omega_lp = job->outputs & VORDEC_OMEGA_LP ? shared->omega_lp : NULL;
  job->mask = job->outputs & VORDEC_MASK ? shared->mask : NULL;
  job->omega_hat = job->outputs & VORDEC_OMEGA_HAT ? shared->omega_hat : NULL;
  if (!shared->next.takes_z) return VORDEC_OK;
  job->z = shared->spare;
  return take_states(plan, job->count, error);
}

static void fill_nan(double *field, size_t cells) {
  for (size_t i = 0; i < cells && field; i++) field[i] = NAN;
}

void cpu_share_spoil(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  const size_t cells = plan->grid.n * plan->grid.n;
  for (uint32_t i = 0; i < job->count && plan->shared.next.takes_z; i++) {
    if (!plan->shared.spoilt[i]) continue;
    fill_nan(job->omega_lp ? (double *)job->omega_lp + i * cells : NULL, cells);
    fill_nan(job->omega_hat ? (double *)job->omega_hat + i * cells : NULL, cells);
  }
}

/* ---- the interface ---- */

static enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      const struct vordec_export_setup *setup, struct vordec_plan **plan,
                                      struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_plan *made = NULL;
  enum vordec_status status = cpu_plan_create(session, desc, &made, info, error);
  if (!status) status = take_memory(made, desc, setup, error);
  if (status) {
    cpu_plan_destroy(made);
    return status;
  }
  info->host_bytes = session->memory.bytes + made->memory.bytes;
  *plan = made;
  return VORDEC_OK;
}

static void describe(const struct vordec_plan *plan, enum vordec_exported what, struct vordec_exported_memory *memory) {
  const uint64_t pitch = pitch_of(plan, what);
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_HOST,
                                              .pointer = memory_of(plan, what),
                                              .size = plan->shared.states * pitch,
                                              .pitch = pitch};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

static enum vordec_status no_fd(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                     "cpu: memory of the host is shared by its address, not by a file descriptor");
}

static enum vordec_status memory_fd(struct vordec_plan *plan, enum vordec_exported what, int *fd,
                                    struct vordec_error *error) {
  (void)plan;
  (void)what;
  *fd = -1;
  return no_fd(error);
}

static bool has_semaphore(const struct vordec_plan *plan) {
  (void)plan;
  return false;
}

static enum vordec_status semaphore_fd(struct vordec_plan *plan, int *fd, struct vordec_error *error) {
  (void)plan;
  *fd = -1;
  return no_fd(error);
}

static enum vordec_status prepare(struct vordec_plan *plan, const struct vordec_export_job *job,
                                  struct vordec_error *error) {
  (void)error;
  plan->shared.next = *job;
  return VORDEC_OK;
}

static enum vordec_status copy_out(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                   void *to, struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)memory_of(plan, what) + at, bytes);
  return VORDEC_OK;
}

static enum vordec_status copy_in(struct vordec_plan *plan, enum vordec_exported what, uint64_t at, uint64_t bytes,
                                  const void *from, struct vordec_error *error) {
  (void)error;
  memcpy((char *)memory_of(plan, what) + at, from, bytes);
  return VORDEC_OK;
}

const struct vordec_export_interface cpu_export_interface = {
    .struct_size = sizeof(struct vordec_export_interface),
    .plan_create = plan_create,
    .describe = describe,
    .memory_fd = memory_fd,
    .has_semaphore = has_semaphore,
    .semaphore_fd = semaphore_fd,
    .prepare = prepare,
    .read = copy_out,
    .write = copy_in,
};
