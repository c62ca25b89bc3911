/* SPDX-License-Identifier: MIT */
#include "stage_times.h"

VkResult stage_times_read(const struct vordec_plan *plan, const struct segment *segment, double ms[PLAN_MARKS_MAX]) {
  struct {
    uint64_t ticks, available;
  } marks[PLAN_MARKS_MAX];
  const struct gpu *gpu = &plan->session->gpu;
  const VkResult result = gpu->vk.GetQueryPoolResults(gpu->device, plan->queries, segment->first_query, segment->marks,
                                                      segment->marks * sizeof *marks, marks, sizeof *marks,
                                                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  if (result != VK_SUCCESS) return result;
  for (uint32_t i = 0; i < segment->marks; i++) {
    if (!marks[i].available) return VK_NOT_READY;
  }
  ms[0] = 0.0;
  for (uint32_t i = 1; i < segment->marks; i++) {
    ms[i] = device_ns_between(&gpu->facts, marks[i - 1].ticks, marks[i].ticks) * 1e-6;
  }
  return VK_SUCCESS;
}
