/* SPDX-License-Identifier: MIT */
#include "doubles.h"

#include "cpu_harness.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

#define GUARD 64
#define UNTOUCHED 0x55

void cpu_harness_load(struct cpu_harness *harness) {
  *harness = (struct cpu_harness){.backend = NULL};
  counting_host_init(&harness->host);
  harness->host.tell_up_to = VORDEC_LOG_DEBUG;
  void *library = dlopen(CPU_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) fail_msg("%s", dlerror());
  vordec_backend_entry_fn entry;
  *(void **)&entry = dlsym(library, "vordec_backend_entry");
  assert_true(entry != NULL);
  harness->backend = entry(VORDEC_ABI_MAJOR, &harness->host.table);
  assert_non_null(harness->backend);
}

void cpu_harness_open(struct cpu_harness *harness, uint32_t threads) {
  cpu_harness_load(harness);
  struct vordec_error error = {0};
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = 0, .threads = threads};
  if (harness->backend->open(&harness->host.table, &desc, &harness->session, &error) != VORDEC_OK)
    fail_msg("%s", error.message);
}

void cpu_harness_close(struct cpu_harness *harness) {
  harness->backend->close(harness->session);
  assert_int_equal(atomic_load(&harness->host.blocks), 0);
  assert_int_equal(atomic_load(&harness->host.strangers), 0);
  assert_int_equal(atomic_load(&harness->host.uneven), 0);
}

struct vordec_plan_desc cpu_harness_describe(const struct shape *shape) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = (uint32_t)shape->n,
                                   .batch = 1,
                                   .precision = VORDEC_FP64,
                                   .fft = "auto",
                                   .d = (uint32_t)shape->d,
                                   .m = (uint32_t)shape->m,
                                   .anchors = (uint32_t)shape->anchors,
                                   .low_index = shape->low,
                                   .anchor_index = shape->anchor,
                                   .max_kept = (uint32_t)shape->anchors,
                                   .smooth_width = shape->n < 11 ? (uint32_t)shape->n : 11,
                                   .smooth_kernel = VORDEC_SMOOTH_BOX,
                                   .boundary = VORDEC_BOUNDARY_ZERO,
                                   .tau = 0.35,
                                   .majority_iters = 8,
                                   .gate = VORDEC_GATE_SUPPORT,
                                   .include_anchors = false,
                                   .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                   .residuals = VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
}

struct outputs outputs_create(size_t count, size_t n) {
  struct outputs outputs = {.count = count, .cells = n * n};
  const size_t elements = count * outputs.cells;
  const size_t bytes[4] = {elements * sizeof(double), elements, elements * sizeof(double),
                           count * sizeof(struct vordec_scalars)};
  for (size_t i = 0; i < 4; i++) {
    outputs.bytes[i] = bytes[i];
    outputs.memory[i] = malloc(bytes[i] + 2 * GUARD);
    assert_non_null(outputs.memory[i]);
    memset(outputs.memory[i], UNTOUCHED, bytes[i] + 2 * GUARD);
  }
  outputs.omega_lp = (void *)(outputs.memory[0] + GUARD);
  outputs.mask = (int8_t *)(outputs.memory[1] + GUARD);
  outputs.omega_hat = (void *)(outputs.memory[2] + GUARD);
  outputs.scalars = (void *)(outputs.memory[3] + GUARD);
  return outputs;
}

void outputs_destroy(struct outputs *outputs) {
  for (size_t i = 0; i < 4; i++) free(outputs->memory[i]);
}

struct vordec_decode_job outputs_job(struct outputs *outputs, const double *z, uint32_t wanted) {
  const size_t elements = outputs->count * outputs->cells;
  struct vordec_decode_job job = {.struct_size = sizeof job, .count = (uint32_t)outputs->count, .z = z};
  job.outputs = wanted;
  if (wanted & VORDEC_OMEGA_LP) job.omega_lp = outputs->omega_lp;
  if (wanted & VORDEC_MASK) job.mask = outputs->mask;
  if (wanted & VORDEC_OMEGA_HAT) job.omega_hat = outputs->omega_hat;
  if (wanted & VORDEC_SCALARS) job.scalars = outputs->scalars;
  for (size_t i = 0; i < elements; i++) {
    if (job.omega_lp) outputs->omega_lp[i] = NAN;
    if (job.omega_hat) outputs->omega_hat[i] = NAN;
  }
  return job;
}

static void check_untouched(const unsigned char *memory, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) assert_int_equal(memory[i], UNTOUCHED);
}

void outputs_check(const struct outputs *outputs, uint32_t wanted) {
  static const uint32_t bits[4] = {VORDEC_OMEGA_LP, VORDEC_MASK, VORDEC_OMEGA_HAT, VORDEC_SCALARS};
  for (size_t i = 0; i < 4; i++) {
    check_untouched(outputs->memory[i], GUARD);
    check_untouched(outputs->memory[i] + GUARD + outputs->bytes[i], GUARD);
    if (!(wanted & bits[i])) check_untouched(outputs->memory[i] + GUARD, outputs->bytes[i]);
  }
  for (size_t i = 0; i < outputs->count * outputs->cells; i++) {
    if (wanted & VORDEC_OMEGA_LP) assert_false(isnan(outputs->omega_lp[i]));
    if (wanted & VORDEC_OMEGA_HAT) assert_false(isnan(outputs->omega_hat[i]));
    if (wanted & VORDEC_MASK) assert_in_range(outputs->mask[i] + 1, 0, 2);
  }
}

struct vordec_plan *cpu_harness_plan(struct cpu_harness *harness, const struct vordec_plan_desc *desc,
                                     struct vordec_plan_info *info) {
  struct vordec_plan_info own = {.struct_size = sizeof own};
  struct vordec_plan *plan = NULL;
  struct vordec_error error = {0};
  if (harness->backend->plan_create(harness->session, desc, &plan, info ? info : &own, &error) != VORDEC_OK) {
    fail_msg("%s", error.message);
  }
  return plan;
}

struct vordec_decode_result cpu_harness_decode(struct cpu_harness *harness, struct vordec_plan *plan,
                                               const struct vordec_decode_job *job, const struct outputs *outputs) {
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const size_t taken = atomic_load(&harness->host.taken);
  const double start = clock_ms();
  if (harness->backend->decode(plan, job, &result, &error) != VORDEC_OK) fail_msg("%s", error.message);
  const double wall_ms = clock_ms() - start;
  assert_int_equal(atomic_load(&harness->host.taken), taken);
  outputs_check(outputs, job->outputs);

  double sum_ms = 0;
  for (size_t i = 0; i < VORDEC_STAGE_COUNT; i++) {
    assert_true(result.stage_ms[i] >= 0);
    sum_ms += result.stage_ms[i];
  }
  assert_true(sum_ms > 0 && sum_ms <= wall_ms);
  assert_int_equal(result.evidence.type, VORDEC_DEVICE_HOST);
  assert_false(result.evidence.device_timestamps);
  assert_true(result.evidence.dispatches_recorded >= 3 * job->count);
  assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  return result;
}

struct outputs cpu_harness_run(struct cpu_harness *harness, const struct vordec_plan_desc *desc, size_t count,
                               const double *z) {
  struct outputs outputs = outputs_create(count, desc->n);
  struct vordec_plan *plan = cpu_harness_plan(harness, desc, NULL);
  const struct vordec_decode_job job = outputs_job(&outputs, z, desc->outputs);
  cpu_harness_decode(harness, plan, &job, &outputs);
  harness->backend->plan_destroy(plan);
  return outputs;
}
