/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include "gpu/vulkan_host.h"
#include "pacing.h"
#include "plan_segments.h"

#include <string.h>

/* A cheap generator of numbers, of which nothing is asked but that no two states are alike. */
static double draw(uint32_t i) {
  uint32_t x = i * 2654435761u + 12345u;
  x ^= x >> 16;
  x *= 2246822519u;
  x ^= x >> 13;
  return (double)x / 2147483648.0 - 1.0;
}

double trial_coefficient(const struct vordec_plan *plan, uint32_t state, uint32_t i) {
  return draw(state * 2 * plan->desc.m + i);
}

static void set_real(const struct vordec_plan *plan, void *to, size_t at, double value) {
  if (plan->desc.precision == VORDEC_FP64) {
    ((double *)to)[at] = value;
  } else {
    ((float *)to)[at] = (float)value;
  }
}

VkResult trial_fill(struct vordec_plan *plan, uint32_t states) {
  struct buffer *coef = plan_coef_input(plan);
  memset(coef->mapped, 0, coef->size);
  for (uint32_t state = 0; state < states; state++) {
    for (uint32_t i = 0; i < 2 * plan->desc.m; i++) {
      set_real(plan, coef->mapped, (size_t)state * plan->coef_stride + i, trial_coefficient(plan, state, i));
    }
  }
  return buffer_flush(&plan->session->gpu, coef);
}

static bool is_long(const struct vordec_plan *plan) {
  for (enum plan_segment id = 0; id < SEGMENT_WARM_UP; id++) {
    if (plan->segments[id].cells > PACE_FIRST_CELLS) return true;
  }
  return false;
}

/* Takes over what is known of the plan's own memory for memory lent to the host, to which fields are copied as fast and
 * in the same units, blocks. */
static void learn_of_lent_memory(struct vordec_plan *plan) {
  for (enum plan_segment id = SEGMENT_READ_LP; id < SEGMENT_READ_LENT; id++) {
    const struct segment *segment = &plan->segments[id];
    const struct operation *copy = &plan->operations[segment->first_operation];
    if (!segment->commands || segment->operations == 0 || copy->pace.most == 0) continue;
    plan->segments[SEGMENT_READ_LENT].time = copy->pace;
    return;
  }
}

enum vordec_status trial_run(struct vordec_plan *plan, struct vordec_error *error) {
  if (!plan->operations || !is_long(plan)) return VORDEC_OK;
  const uint32_t most = PACE_FIRST_CELLS / plan->cells, states = most < plan->chunk ? most : plan->chunk;
  const VkResult filled = trial_fill(plan, states ? states : 1);
  if (filled != VK_SUCCESS) return gpu_fail(&plan->session->gpu, filled, "vkFlushMappedMemoryRanges", error);
  struct vordec_decode_result result = {.struct_size = sizeof result};
  enum vordec_status status = VORDEC_OK;
  const double end_ms = host_ms(plan->session->gpu.host) + PACING_TRIAL_MS;
  for (enum plan_segment id = 0; id < SEGMENT_READ_LENT && !status; id++) {
    if (host_ms(plan->session->gpu.host) > end_ms) break;
    if (id == SEGMENT_UNPACK || id == SEGMENT_TAKE_Z || !plan->segments[id].commands) continue;
    status = plan_segment_pace(plan, id, states ? states : 1, &result, error);
  }
  learn_of_lent_memory(plan);
  memset(plan_coef_input(plan)->mapped, 0, plan_coef_input(plan)->size);
  return status;
}
