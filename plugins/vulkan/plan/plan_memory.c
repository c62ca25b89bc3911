#include "plan_memory.h"

#include "gpu/vulkan_host.h"
#include "transforms/pruned.h"

#define CHUNK_MAX 65535u /* states are the third axis of a dispatch */

/* Sizes above this let VkFFT split an axis, for which it takes a buffer of its own as large as the spectrum. */
#define VKFFT_ONE_PASS_MAX 2048u

struct need {
  const char *name;
  enum buffer_place place;
  uint64_t fixed, per_state; /* bytes */
};

static uint64_t max_u64(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

static void need_tables(const struct vordec_plan *plan, enum plan_transform transform, struct need *needs) {
  const struct mode_table *low = &plan->low_modes, *kept = &plan->kept_modes;
  const uint64_t pair = 2ull * plan->real_bytes;
  needs[PLAN_LOW_MODES] = (struct need){"low modes", BUFFER_DEVICE, low->mode_count * sizeof(struct mode), 0};
  needs[PLAN_LOW_COLUMNS] =
      (struct need){"low columns", BUFFER_DEVICE, low->column_count * sizeof(struct mode_column), 0};
  needs[PLAN_KEPT_MODES] = (struct need){"kept modes", BUFFER_DEVICE, kept->mode_count * sizeof(struct mode), 0};
  needs[PLAN_KEPT_COLUMNS] =
      (struct need){"kept columns", BUFFER_DEVICE, kept->column_count * sizeof(struct mode_column), 0};
  const uint64_t energies = plan->energies.count;
  needs[PLAN_ENERGY_MODES] = (struct need){"energy modes", BUFFER_DEVICE, energies * sizeof(struct energy_mode), 0};
  needs[PLAN_ENERGY_WEIGHTS] = (struct need){"energy weights", BUFFER_DEVICE, energies * plan->real_bytes, 0};
  needs[PLAN_TWIDDLE] = (struct need){"twiddles", BUFFER_DEVICE, plan->n * pair, 0};
  /* Kept modes are summed directly, whatever transforms the low ones. */
  const bool direct = transform != TRANSFORM_PRUNED; /* VkFFT's self-test compares with it */
  const uint64_t modes = max_u64(direct ? low->mode_count : 0, kept->mode_count);
  const uint64_t columns = max_u64(direct ? low->column_count : 0, kept->column_count);
  needs[PLAN_MODE_SPECTRUM] = (struct need){"mode spectrum", BUFFER_DEVICE, 0, modes * pair};
  needs[PLAN_LINES] = (struct need){"lines", BUFFER_DEVICE, 0, columns * plan->n * pair};
}

static void need_pruned(const struct vordec_plan *plan, struct need *needs) {
  const struct pruned *pruned = plan->pruned;
  const uint64_t pair = 2ull * plan->real_bytes, line = pruned->pitch * pair, lines = pruned->columns * line;
  const uint64_t edges = (uint64_t)pruned->edge_left + pruned->edge_right;
  const uint64_t planes = ((uint64_t)plan->n + 31) / 32 * plan->n * 8;
  needs[PLAN_SOURCES] = (struct need){"sources", BUFFER_DEVICE, 16ull * pruned->basis_rows * pruned->columns, 0};
  needs[PLAN_COLUMN_FACTORS] =
      (struct need){"column factors", BUFFER_DEVICE, pruned->columns * (1 + edges) * 2 * pair, 0};
  needs[PLAN_BASIS_Y] = (struct need){"basis along y", BUFFER_DEVICE, pruned->basis_rows * 2 * line, 0};
  needs[PLAN_BASIS_X] =
      (struct need){"basis along x", BUFFER_DEVICE, (uint64_t)pruned->columns * pruned->half_pitch * pair, 0};
  if (pruned->whole) return; /* all else stays in shared memory */
  needs[PLAN_LINES] = (struct need){"lines", BUFFER_DEVICE, 0, max_u64(2 * lines, needs[PLAN_LINES].per_state)};
  needs[PLAN_DIFFERENCE_LINES] = (struct need){"difference lines", BUFFER_DEVICE, 0, edges ? lines : 0};
  needs[PLAN_EDGES] = (struct need){"edges", BUFFER_DEVICE, 0, edges * line / 2};
  needs[PLAN_PEAKS] = (struct need){"peaks", BUFFER_DEVICE, 0, pruned_peaks(plan) * plan->real_bytes};
  needs[PLAN_BOUNDS] = (struct need){"bounds", BUFFER_DEVICE, 0, pruned_bounds(plan) * sizeof(uint32_t)};
  needs[PLAN_PLANES_A] = (struct need){"planes a", BUFFER_DEVICE, 0, planes};
  if (bit_majority_needs_planes(plan->n, plan->desc.majority_iters)) {
    needs[PLAN_PLANES_B] = (struct need){"planes b", BUFFER_DEVICE, 0, planes};
  }
}

static void need_fields(const struct vordec_plan *plan, enum plan_transform transform, struct need *needs) {
  const bool with_vkfft = transform == TRANSFORM_VKFFT, pruned = transform == TRANSFORM_PRUNED;
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes, mask = (uint64_t)plan->words * 4;
  const uint64_t half_row = plan->n / 2 + 1;
  if (with_vkfft) {
    needs[PLAN_HALF_SPECTRUM] =
        (struct need){"half spectrum", BUFFER_DEVICE, 0, plan->n * half_row * 2 * plan->real_bytes};
  }
  /* VkFFT 1.2.26 binds its output with the size of its input. */
  const uint64_t lp = with_vkfft ? max_u64(field, needs[PLAN_HALF_SPECTRUM].per_state) : field;
  needs[PLAN_OMEGA_LP] = (struct need){"omega_lp", BUFFER_DEVICE, 0, lp};
  /* A binding needs a buffer even where combine never reads it. */
  needs[PLAN_FIELD_A] = (struct need){"field a", BUFFER_DEVICE, 0, pruned && !plan->combines ? 0 : field};
  needs[PLAN_FIELD_B] = (struct need){"field b", BUFFER_DEVICE, 0, pruned && !plan->combines ? 0 : field};
  needs[PLAN_MASK_A] = (struct need){"mask a", BUFFER_DEVICE, 0, mask};
  if (!pruned) needs[PLAN_MASK_B] = (struct need){"mask b", BUFFER_DEVICE, 0, mask};
  for (uint32_t i = 0; i < 3; i++) {
    if (!(plan->desc.residuals & (1u << i))) continue;
    needs[PLAN_RESIDUAL + i] = (struct need){"residual", BUFFER_DEVICE, 0, field};
    needs[PLAN_RESIDUAL_UPLOAD + i] = (struct need){"residual upload", BUFFER_UPLOAD, 0, field};
  }
}

static void need_transfers(const struct vordec_plan *plan, struct need *needs) {
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes;
  const uint64_t coef = (uint64_t)plan->coef_stride * plan->real_bytes, gains = 2ull * plan->real_bytes;
  const uint64_t partials = (uint64_t)PARTIAL_COUNT * plan->groups * plan->real_bytes;
  const bool direct = buffer_memory_type(&plan->session->facts, BUFFER_DIRECT, UINT32_MAX) != UINT32_MAX;
  needs[PLAN_COEF] = (struct need){"coefficients", direct ? BUFFER_DIRECT : BUFFER_DEVICE, 0, coef};
  if (!direct) needs[PLAN_COEF_UPLOAD] = (struct need){"coefficient upload", BUFFER_UPLOAD, 0, coef};
  needs[PLAN_PARTIALS] = (struct need){"partial results", BUFFER_DEVICE, 0, partials};
  needs[PLAN_GAINS] = (struct need){"gains", BUFFER_DEVICE, 0, gains};
  needs[PLAN_NOT_FINITE] = (struct need){"finite flag", BUFFER_DEVICE, sizeof(uint32_t), 0};
  needs[PLAN_NOT_FINITE_READBACK] = (struct need){"finite flag readback", BUFFER_READBACK, sizeof(uint32_t), 0};
  if (plan->desc.outputs & VORDEC_OMEGA_LP) {
    needs[PLAN_LP_READBACK] = (struct need){"omega_lp readback", BUFFER_READBACK, 0, field};
  }
  if (plan->desc.outputs & VORDEC_MASK) {
    needs[PLAN_MASK_READBACK] = (struct need){"mask readback", BUFFER_READBACK, 0, (uint64_t)plan->words * 4};
  }
  if (plan->desc.outputs & VORDEC_OMEGA_HAT) {
    needs[PLAN_HAT_READBACK] = (struct need){"omega_hat readback", BUFFER_READBACK, 0, field};
  }
  if (plan->desc.outputs & VORDEC_SCALARS) {
    needs[PLAN_PARTIALS_READBACK] = (struct need){"partial readback", BUFFER_READBACK, 0, partials};
    needs[PLAN_GAINS_READBACK] = (struct need){"gain readback", BUFFER_READBACK, 0, gains};
  }
}

struct heap_use {
  uint64_t fixed, per_state;
};

static void sum_heaps(const struct vordec_plan *plan, const struct need *needs, enum plan_transform transform,
                      struct heap_use use[VK_MAX_MEMORY_HEAPS]) {
  const struct device_facts *facts = &plan->session->facts;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    if (!needs[i].name) continue;
    const uint32_t type = buffer_memory_type(facts, needs[i].place, UINT32_MAX);
    if (type == UINT32_MAX) continue;
    const uint32_t heap = facts->memory.memoryTypes[type].heapIndex;
    use[heap].fixed += needs[i].fixed;
    use[heap].per_state += needs[i].per_state;
    if (i == PLAN_HALF_SPECTRUM && transform == TRANSFORM_VKFFT && plan->n > VKFFT_ONE_PASS_MAX)
      use[heap].per_state += needs[i].per_state;
  }
}

/* Largest number of states that one buffer may hold. */
static enum vordec_status limit_by_range(const struct vordec_plan *plan, const struct need *needs, uint64_t *states,
                                         struct vordec_error *error) {
  const uint64_t limit = plan->session->facts.max_buffer_bytes;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    const uint64_t size = max_u64(needs[i].per_state, needs[i].fixed);
    if (size > limit) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "the plan needs a buffer of %llu bytes (%s); %.200s allows %llu", (unsigned long long)size,
                         needs[i].name, plan->session->facts.info.name, (unsigned long long)limit);
    }
    if (needs[i].per_state && limit / needs[i].per_state < *states) *states = limit / needs[i].per_state;
  }
  return VORDEC_OK;
}

static enum vordec_status limit_by_heaps(const struct vordec_plan *plan, const struct need *needs,
                                         enum plan_transform transform, uint64_t *states, struct vordec_error *error) {
  struct heap_use use[VK_MAX_MEMORY_HEAPS] = {{0, 0}};
  sum_heaps(plan, needs, transform, use);
  for (uint32_t heap = 0; heap < plan->session->facts.memory.memoryHeapCount; heap++) {
    const uint64_t least = use[heap].fixed + use[heap].per_state;
    if (least == 0) continue;
    const uint64_t available = device_heap_available(&plan->session->vk, &plan->session->facts, heap);
    if (least > available) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "one state needs %llu bytes of device memory; %.200s has %llu available",
                         (unsigned long long)least, plan->session->facts.info.name, (unsigned long long)available);
    }
    if (!use[heap].per_state) continue;
    const uint64_t most = (available - use[heap].fixed) / use[heap].per_state;
    if (most < *states) *states = most;
  }
  return VORDEC_OK;
}

static void list_needs(const struct vordec_plan *plan, enum plan_transform transform,
                       struct need needs[PLAN_BUFFER_COUNT]) {
  need_tables(plan, transform, needs);
  if (transform == TRANSFORM_PRUNED) need_pruned(plan, needs);
  need_fields(plan, transform, needs);
  need_transfers(plan, needs);
}

enum vordec_status plan_memory_fit(struct vordec_plan *plan, enum plan_transform transform,
                                   struct vordec_error *error) {
  struct need needs[PLAN_BUFFER_COUNT] = {{0}};
  list_needs(plan, transform, needs);
  uint64_t states = plan->desc.batch < CHUNK_MAX ? plan->desc.batch : CHUNK_MAX;
  enum vordec_status status = limit_by_range(plan, needs, &states, error);
  if (!status) status = limit_by_heaps(plan, needs, transform, &states, error);
  plan->chunk = (uint32_t)states;
  return status;
}

enum vordec_status plan_memory_create(struct vordec_plan *plan, enum plan_transform transform,
                                      struct vordec_error *error) {
  struct need needs[PLAN_BUFFER_COUNT] = {{0}};
  list_needs(plan, transform, needs);
  plan->device_bytes = 0;
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) {
    const uint64_t size = needs[i].fixed + needs[i].per_state * plan->chunk;
    if (size == 0) continue;
    const enum vordec_status status =
        buffer_create(plan->session, needs[i].place, size, needs[i].name, &plan->buffers[i], error);
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
  for (int i = 0; i < PLAN_BUFFER_COUNT; i++) buffer_destroy(plan->session, &plan->buffers[i]);
}
