/* SPDX-License-Identifier: MIT */
#include "pacing.h"

#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "segment_commands.h"
#include "stage_times.h"

static struct operation *operation_at(struct pacing *pacing, uint32_t index) {
  const struct segment *segment = pacing->id < SEGMENT_COUNT ? &pacing->plan->segments[pacing->id] : NULL;
  if (segment && pacing->plan->operations && index < segment->operations) {
    return &pacing->plan->operations[segment->first_operation + index];
  }
  if (pacing->spare_index != index + 1) pacing->spare = (struct operation){.units = 0};
  pacing->spare_index = index + 1;
  return &pacing->spare;
}

static struct segment *segment_of(const struct pacing *pacing) {
  return &pacing->plan->segments[SEGMENT_PACED];
}

static void fail(struct pacing *pacing, VkResult result, const char *call) {
  pacing->status = gpu_fail(&pacing->plan->session->gpu, result, call, pacing->error);
}

/* ---- a piece ---- */

/* Resets the marks of the first segment together with those of everything that comes later in the job. */
static void reset_marks(const struct pacing *pacing) {
  const struct vordec_plan *plan = pacing->plan;
  const struct segment *segment = segment_of(pacing);
  const bool first = plan_segment_begins(pacing->id);
  if (pacing->pieces > 0 || !first || !plan->queries) return;
  plan->session->gpu.vk.CmdResetQueryPool(segment->commands, plan->queries, 0, segment->first_query);
}

static void open(struct pacing *pacing) {
  const char *call = NULL;
  const VkResult result = segment_begin(pacing->plan, SEGMENT_PACED, "a piece", &call);
  if (result != VK_SUCCESS) {
    fail(pacing, result, call);
    return;
  }
  reset_marks(pacing);
  pacing->pieces++;
  pacing->open = true;
}

/* Adds the times of the stages, and returns how long the piece took: by the device's clock, or by the host's if the
 * device has none. */
static double take_times(struct pacing *pacing, double host_ms_taken) {
  const struct segment *segment = segment_of(pacing);
  struct vordec_evidence *evidence = &pacing->result->evidence;
  double ms[PLAN_MARKS_MAX], sum = 0.0;
  evidence->dispatches_recorded += segment->dispatches;
  const VkResult marks = pacing->plan->queries ? stage_times_read(pacing->plan, segment, ms) : VK_SUCCESS;
  if (marks == VK_NOT_READY) evidence->device_timestamps = false;
  if (marks == VK_SUCCESS) evidence->dispatches_completed += segment->dispatches;
  if (marks != VK_SUCCESS && marks != VK_NOT_READY) fail(pacing, marks, "vkGetQueryPoolResults");
  if (marks != VK_SUCCESS || !pacing->plan->queries) return host_ms_taken;
  for (uint32_t i = 1; i < segment->marks; i++) {
    sum += ms[i];
    pacing->carried_ms += ms[i];
    if (segment->stage[i] == VORDEC_STAGE_COUNT) continue; /* this stage continues in the next piece */
    pacing->result->stage_ms[segment->stage[i]] += pacing->carried_ms;
    pacing->carried_ms = 0.0;
  }
  return sum;
}

/* Divides the time of a piece among its operations, in proportion to the time that was expected of each. */
static void learn(struct pacing *pacing, double ms) {
  double expected[PACING_CONTENT_MAX];
  for (uint32_t i = 0; i < pacing->filled; i++) {
    expected[i] = pace_expect_ms(&pacing->content[i].operation->pace, pacing->content[i].units);
  }
  for (uint32_t i = 0; i < pacing->filled; i++) {
    const double share = pacing->expected_ms > 0.0 ? expected[i] / pacing->expected_ms : 1.0 / (double)pacing->filled;
    pace_learn(&pacing->content[i].operation->pace, pacing->content[i].units, ms * share);
  }
  pacing->total_ms += ms;
}

static void send(struct pacing *pacing) {
  struct vordec_plan *plan = pacing->plan;
  struct segment *segment = segment_of(pacing);
  segment_mark(plan, segment, VORDEC_STAGE_COUNT);
  pacing->open = false;
  const VkResult ended = segment_end(plan, segment);
  if (ended != VK_SUCCESS) {
    fail(pacing, ended, "vkEndCommandBuffer");
    return;
  }
  const double start_ms = host_ms(plan->session->gpu.host);
  pacing->status = session_submit(plan->session, &segment->commands, 1, pacing->error);
  if (pacing->status) return;
  learn(pacing, take_times(pacing, host_ms(plan->session->gpu.host) - start_ms));
  pacing->filled = 0;
  pacing->expected_ms = 0.0;
}

/* ---- what goes into it ---- */

uint64_t pacing_room(struct pacing *pacing, uint32_t index, uint64_t all, uint64_t left, double cells) {
  struct operation *operation = operation_at(pacing, index);
  const double aim_ms = pace_aim_ms(pacing->plan->session->submission_ms);
  const bool known = operation->pace.most > 0;
  operation->units = all;
  pacing->stopped = pacing->states > 0 && pacing->total_ms > PACING_TRIAL_MS;
  if (pacing->status || pacing->stopped) return 0;
  const bool full = pacing->filled == PACING_CONTENT_MAX || !known ||
                    pacing->expected_ms + pace_expect_ms(&operation->pace, 1) > aim_ms;
  if (pacing->filled > 0 && full) send(pacing);
  if (!pacing->status && !pacing->open) open(pacing);
  return pacing->status ? 0 : pace_next(&operation->pace, aim_ms - pacing->expected_ms, cells, left);
}

void pacing_note(struct pacing *pacing, uint32_t index, uint64_t units, bool cut) {
  struct operation *operation = operation_at(pacing, index);
  pacing->content[pacing->filled].operation = operation;
  pacing->content[pacing->filled++].units = units;
  pacing->expected_ms += pace_expect_ms(&operation->pace, units);
  if (operation == &pacing->spare || operation->pace.most == 0 || cut) send(pacing);
}

void pacing_mark(struct pacing *pacing, enum vordec_stage stage) {
  if (pacing->status) return;
  if (!pacing->open) {
    pacing->result->stage_ms[stage] += pacing->carried_ms;
    pacing->carried_ms = 0.0;
    return;
  }
  segment_mark(pacing->plan, segment_of(pacing), stage);
  if (segment_of(pacing)->marks == PLAN_MARKS_MAX - 1) send(pacing); /* the last mark is for the end of the piece */
}

enum vordec_status pacing_end(struct pacing *pacing) {
  if (pacing->open && !pacing->status) send(pacing);
  if (pacing->id == SEGMENT_COUNT || pacing->status || pacing->states) return pacing->status;
  struct segment *segment = &pacing->plan->segments[pacing->id];
  pace_learn(&segment->time, segment->units, pacing->total_ms);
  return VORDEC_OK;
}
