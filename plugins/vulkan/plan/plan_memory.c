/* SPDX-License-Identifier: MIT */
#include "plan_memory.h"

#include "gpu/vulkan_host.h"
#include "rolled_states.h"
#include "share_layout.h"
#include "transforms/transform.h"

#define CHUNK_MAX 65535u /* because states are the third axis of a dispatch */

static uint64_t max_u64(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

void plan_memory_need_sums(const struct vordec_plan *plan, const struct mode_table *table, struct buffer_need *needs) {
  const uint64_t pair = 2ull * plan->real_bytes;
  const uint64_t spectrum = max_u64(needs[PLAN_MODE_SPECTRUM].per_state, table->mode_count * pair);
  const uint64_t lines = max_u64(needs[PLAN_LINES].per_state, table->column_count * plan->n * pair);
  needs[PLAN_MODE_SPECTRUM] = need_of("mode spectrum", BUFFER_DEVICE, 0, spectrum);
  needs[PLAN_LINES] = need_of("lines", BUFFER_DEVICE, 0, lines);
}

static void need_tables(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct mode_table *low = &plan->low_modes, *kept = &plan->kept_modes;
  const uint64_t pair = 2ull * plan->real_bytes;
  needs[PLAN_LOW_MODES] = need_of("low modes", BUFFER_DEVICE, low->mode_count * sizeof(struct mode), 0);
  needs[PLAN_LOW_COLUMNS] = need_of("low columns", BUFFER_DEVICE, low->column_count * sizeof(struct mode_column), 0);
  needs[PLAN_KEPT_MODES] = need_of("kept modes", BUFFER_DEVICE, kept->mode_count * sizeof(struct mode), 0);
  needs[PLAN_KEPT_COLUMNS] = need_of("kept columns", BUFFER_DEVICE, kept->column_count * sizeof(struct mode_column), 0);
  const uint64_t energies = plan->energies.count;
  needs[PLAN_ENERGY_MODES] = need_of("energy modes", BUFFER_DEVICE, energies * sizeof(struct energy_mode), 0);
  needs[PLAN_ENERGY_WEIGHTS] = need_of("energy weights", BUFFER_DEVICE, energies * plan->real_bytes, 0);
  const uint64_t weights = plan->window_shape == VORDEC_SHAPE_TABLE ? plan->desc.smooth_width : 0;
  needs[PLAN_WINDOW] = need_of("window", BUFFER_DEVICE, weights * plan->real_bytes, 0);
  needs[PLAN_TWIDDLE] = need_of("twiddles", BUFFER_DEVICE, plan->n * pair, 0);
  plan_memory_need_sums(plan, kept, needs);
}

static void need_fields(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes, mask = (uint64_t)plan->words * 4;
  const bool makes_mask =
      plan->transform->record_mask == NULL; /* made from omega_lp, with both fields and both masks */
  needs[PLAN_OMEGA_LP] = need_of("omega_lp", share_place(plan, PLAN_OMEGA_LP), 0, field);
  /* A binding needs a buffer even if combine never reads it. */
  needs[PLAN_FIELD_A] = need_of("field a", BUFFER_DEVICE, 0, makes_mask || plan->combines ? field : 0);
  needs[PLAN_FIELD_B] =
      need_of("field b", share_place(plan, PLAN_FIELD_B), 0, makes_mask || plan->combines ? field : 0);
  needs[PLAN_MASK_A] = need_of("mask a", share_place(plan, PLAN_MASK_A), 0, mask);
  if (makes_mask) needs[PLAN_MASK_B] = need_of("mask b", share_place(plan, PLAN_MASK_B), 0, mask);
  for (uint32_t i = 0; i < 3; i++) {
    if (!(plan->desc.residuals & (1u << i))) continue;
    needs[PLAN_RESIDUAL + i] = need_of("residual", BUFFER_DEVICE, 0, field);
    needs[PLAN_RESIDUAL_UPLOAD + i] = need_of("residual upload", BUFFER_UPLOAD, 0, field);
  }
}

/* Adds the buffers for what others see and no other buffer holds, for all states of the batch. */
static void need_shared(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t states = plan->desc.batch;
  for (enum vordec_exported what = 0; what < VORDEC_EXPORTED_COUNT; what++) {
    const bool wanted = what == VORDEC_EXPORTED_Z
                            ? plan->sharing.takes_z
                            : plan->sharing.copies && (plan->desc.outputs & share_output(what)) != 0;
    if (!wanted) continue;
    needs[share_target(what)] = need_of("shared", BUFFER_SHARED, states * share_pitch(plan, what), 0);
  }
}

static void need_transfers(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes;
  const uint64_t coef = (uint64_t)plan->coef_stride * plan->real_bytes, gains = 4ull * plan->real_bytes;
  const uint64_t partials = (uint64_t)PARTIAL_COUNT * plan->groups * plan->real_bytes;
  const bool host_writes =
      buffer_memory_type(&plan->session->gpu.facts, BUFFER_DEVICE_UPLOAD, UINT32_MAX) != UINT32_MAX;
  needs[PLAN_COEF] = need_of("coefficients", host_writes ? BUFFER_DEVICE_UPLOAD : BUFFER_DEVICE, 0, coef);
  if (!host_writes) needs[PLAN_COEF_UPLOAD] = need_of("coefficient upload", BUFFER_UPLOAD, 0, coef);
  needs[PLAN_ROLLED] = need_of("rolled-out states", BUFFER_DEVICE, 0, rolled_state_bytes(plan));
  needs[PLAN_PARTIALS] = need_of("partial results", BUFFER_DEVICE, 0, partials);
  needs[PLAN_GAINS] = need_of("gains", BUFFER_DEVICE, 0, gains);
  needs[PLAN_NOT_FINITE] = need_of("finite flag", BUFFER_DEVICE, sizeof(uint32_t), 0);
  needs[PLAN_NOT_FINITE_READBACK] = need_of("finite flag readback", BUFFER_READBACK, sizeof(uint32_t), 0);
  if (plan->sharing.on) return; /* then its fields are not read back */
  if (plan->desc.outputs & VORDEC_OMEGA_LP) {
    needs[PLAN_LP_READBACK] = need_of("omega_lp readback", BUFFER_READBACK, 0, field);
  }
  if (plan->desc.outputs & VORDEC_MASK) {
    needs[PLAN_MASK_READBACK] = need_of("mask readback", BUFFER_READBACK, 0, (uint64_t)plan->words * 4);
  }
  if (plan->desc.outputs & VORDEC_OMEGA_HAT) {
    needs[PLAN_HAT_READBACK] = need_of("omega_hat readback", BUFFER_READBACK, 0, field);
  }
  if (plan->desc.outputs & VORDEC_SCALARS) {
    needs[PLAN_PARTIALS_READBACK] = need_of("partial readback", BUFFER_READBACK, 0, partials);
    needs[PLAN_GAINS_READBACK] = need_of("gain readback", BUFFER_READBACK, 0, gains);
  }
}

struct heap_use {
  uint64_t fixed, per_state;
};

static void sum_heaps(const struct vordec_plan *plan, const struct buffer_need *needs,
                      struct heap_use use[VK_MAX_MEMORY_HEAPS]) {
  const struct device_facts *facts = &plan->session->gpu.facts;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    if (!needs[i].name) continue;
    const uint32_t type = buffer_memory_type(facts, needs[i].place, UINT32_MAX);
    if (type == UINT32_MAX) continue;
    const uint32_t heap = facts->memory.memoryTypes[type].heapIndex;
    use[heap].fixed += needs[i].fixed;
    use[heap].per_state += needs[i].per_state + needs[i].beside;
  }
}

/* Limits the chunk to as many states as one buffer may hold. */
static enum vordec_status limit_by_range(const struct vordec_plan *plan, const struct buffer_need *needs,
                                         uint64_t *states, struct vordec_error *error) {
  const uint64_t limit = plan->session->gpu.facts.max_buffer_bytes;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    const bool bound = i < PLAN_SHARED_LP || i > PLAN_SHARED_HAT; /* no kernel sees the others */
    const uint64_t size = bound ? max_u64(needs[i].per_state, needs[i].fixed) : 0;
    if (size > limit) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "the plan needs a buffer of %llu bytes (%s); %.200s allows %llu", (unsigned long long)size,
                         needs[i].name, plan->session->gpu.facts.info.name, (unsigned long long)limit);
    }
    if (needs[i].per_state && limit / needs[i].per_state < *states) *states = limit / needs[i].per_state;
  }
  return VORDEC_OK;
}

static enum vordec_status limit_by_heaps(const struct vordec_plan *plan, const struct buffer_need *needs,
                                         uint64_t *states, struct vordec_error *error) {
  struct heap_use use[VK_MAX_MEMORY_HEAPS] = {{0, 0}};
  sum_heaps(plan, needs, use);
  for (uint32_t heap = 0; heap < plan->session->gpu.facts.memory.memoryHeapCount; heap++) {
    const uint64_t least = use[heap].fixed + use[heap].per_state;
    if (least == 0) continue;
    const uint64_t available = device_heap_available(&plan->session->gpu.vk, &plan->session->gpu.facts, heap);
    if (least > available) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "one state needs %llu bytes of device memory; %.200s has %llu available",
                         (unsigned long long)least, plan->session->gpu.facts.info.name, (unsigned long long)available);
    }
    if (!use[heap].per_state) continue;
    const uint64_t most = (available - use[heap].fixed) / use[heap].per_state;
    if (most < *states) *states = most;
  }
  return VORDEC_OK;
}

static void list_needs(const struct vordec_plan *plan, struct buffer_need needs[PLAN_BUFFER_COUNT]) {
  need_tables(plan, needs);
  need_fields(plan, needs);
  need_transfers(plan, needs);
  if (plan->sharing.on) need_shared(plan, needs);
  if (plan->synthesis.list_needs) plan->synthesis.list_needs(plan, needs);
  if (plan->transform->list_needs) plan->transform->list_needs(plan, needs);
}

static enum vordec_status choose_chunk(struct vordec_plan *plan, struct vordec_error *error) {
  struct buffer_need needs[PLAN_BUFFER_COUNT] = {{0}};
  list_needs(plan, needs);
  uint64_t states = plan->desc.batch < CHUNK_MAX ? plan->desc.batch : CHUNK_MAX;
  enum vordec_status status = limit_by_range(plan, needs, &states, error);
  if (!status) status = limit_by_heaps(plan, needs, &states, error);
  plan->chunk = (uint32_t)states;
  return status;
}

/* Fields that others see are all in one place. If they are made chunk by chunk, they need that place besides. */
enum vordec_status plan_memory_choose_chunk(struct vordec_plan *plan, struct vordec_error *error) {
  plan->sharing.copies = false;
  const enum vordec_status status = choose_chunk(plan, error);
  if (status || !plan->sharing.on || plan->chunk == plan->desc.batch) return status;
  plan->sharing.copies = true;
  return choose_chunk(plan, error);
}

enum vordec_status plan_memory_create(struct vordec_plan *plan, struct vordec_error *error) {
  struct buffer_need needs[PLAN_BUFFER_COUNT] = {{0}};
  list_needs(plan, needs);
  plan->device_bytes = 0;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    const uint64_t size = needs[i].fixed + needs[i].per_state * plan->chunk;
    if (size == 0) continue;
    const enum vordec_status status =
        buffer_create(&plan->session->gpu, needs[i].place, size, needs[i].name, &plan->buffers[i], error);
    if (status) {
      plan_memory_destroy(plan);
      return status;
    }
    if (plan->buffers[i].mapped) memset(plan->buffers[i].mapped, 0, size);
    plan->device_bytes += size;
  }
  return VORDEC_OK;
}

void plan_memory_destroy(struct vordec_plan *plan) {
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) buffer_destroy(&plan->session->gpu, &plan->buffers[i]);
}
