#include "decode.h"

#include "host.h"
#include "mailbox.h"
#include "rollout.h"
#include "scalars.h"
#include "vk_result.h"

#define SEGMENTS_MAX 7 /* coefficients, main, one combine, four readbacks */

struct segment_list {
  enum plan_segment ids[SEGMENTS_MAX];
  uint32_t count;
};

static void put_reals(const struct vordec_plan *plan, void *to, size_t at, const double *from, size_t count) {
  if (plan->desc.precision == VORDEC_FP64) {
    memcpy((double *)to + at, from, count * sizeof *from);
    return;
  }
  float *target = (float *)to + at;
  for (size_t i = 0; i < count; i++) target[i] = (float)from[i];
}

/* One state's coefficients as the kernels want them; entries past its K stay zero. */
static void pack_coefficients(const struct vordec_plan *plan, const double *z, void *to, size_t at) {
  const uint32_t m = plan->desc.m;
  put_reals(plan, to, at, z, 2 * (size_t)m);
  if (plan->kept) {
    const uint32_t k = vordec_kept_count(z[2 * (size_t)m + 3], plan->kept);
    put_reals(plan, to, at + 2 * (size_t)m, z + 2 * (size_t)m + 4, k);
    put_reals(plan, to, at + 2 * (size_t)m + plan->kept, z + 2 * (size_t)m + 4 + k, k);
  }
}

/* What the host has of a state: everything, or only the bands' energies where a rollout holds it. */
static void pack_state(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t state, void *to,
                       size_t at) {
  if (job->z) pack_coefficients(plan, job->z + (size_t)state * plan->desc.d, to, at);
  for (uint32_t band = 0; band < 2; band++) {
    if (!job->band[band]) continue;
    put_reals(plan, to, at + plan->coef_stride - 2 + band, &job->band_energy[band][state], 1);
  }
}

/* States first .. first + count of the job go into the upload buffers; the places left over become zero states. */
static VkResult pack_chunk(struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t first,
                           uint32_t count) {
  const struct buffer *coef = plan_coef_input(plan);
  memset(coef->mapped, 0, coef->size);
  for (uint32_t i = 0; i < count; i++) {
    pack_state(plan, job, first + i, coef->mapped, (size_t)i * plan->coef_stride);
  }
  VkResult result = buffer_flush(plan->session, coef);
  const double *fields[3] = {job->residual, job->band[0], job->band[1]};
  for (uint32_t i = 0; i < 3 && result == VK_SUCCESS; i++) {
    if (!fields[i]) continue;
    const struct buffer *upload = &plan->buffers[PLAN_RESIDUAL_UPLOAD + i];
    put_reals(plan, upload->mapped, 0, fields[i] + (size_t)first * plan->cells, (size_t)count * plan->cells);
    result = buffer_flush(plan->session, upload);
  }
  return result;
}

static bool wants_combine(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  return (job->outputs & VORDEC_OMEGA_HAT) || ((job->outputs & VORDEC_SCALARS) && plan->combines);
}

static uint32_t residual_set(const struct vordec_decode_job *job) {
  return (job->residual ? (uint32_t)VORDEC_RESIDUAL_FIELD : 0u) | (job->band[0] ? (uint32_t)VORDEC_RESIDUAL_MID : 0u) |
         (job->band[1] ? (uint32_t)VORDEC_RESIDUAL_HIGH : 0u);
}

static struct segment_list list_segments(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  struct segment_list list = {.ids = {job->rollout ? SEGMENT_UNPACK : SEGMENT_UPLOAD, SEGMENT_MAIN}, .count = 2};
  if (wants_combine(plan, job)) list.ids[list.count++] = (enum plan_segment)(SEGMENT_COMBINE + residual_set(job));
  if (job->outputs & VORDEC_OMEGA_LP) list.ids[list.count++] = SEGMENT_READ_LP;
  if (job->outputs & VORDEC_MASK) list.ids[list.count++] = SEGMENT_READ_MASK;
  if (job->outputs & VORDEC_OMEGA_HAT) list.ids[list.count++] = SEGMENT_READ_HAT;
  if (job->outputs & VORDEC_SCALARS) list.ids[list.count++] = SEGMENT_READ_SCALARS;
  return list;
}

enum vordec_status decode_submit(struct vordec_plan *plan, VkCommandBuffer before, const enum plan_segment *segments,
                                 uint32_t count, struct vordec_error *error) {
  VkCommandBuffer commands[1 + SEGMENTS_MAX];
  uint32_t used = 0;
  if (before) commands[used++] = before;
  for (uint32_t i = 0; i < count; i++) commands[used++] = plan->segments[segments[i]].commands;
  return session_submit(plan->session, commands, used, error);
}

/* Adds the device time of a finished segment's intervals. VK_NOT_READY: a mark is missing. */
static VkResult read_times(const struct vordec_plan *plan, const struct segment *segment,
                           double stage_ms[VORDEC_STAGE_COUNT]) {
  struct {
    uint64_t ticks, available;
  } marks[PLAN_MARKS_MAX];
  const struct device_facts *facts = &plan->session->facts;
  const VkResult result = plan->session->vk.GetQueryPoolResults(
      plan->session->device, plan->queries, segment->first_query, segment->marks, segment->marks * sizeof *marks, marks,
      sizeof *marks, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  if (result != VK_SUCCESS) return result;
  const uint64_t valid = facts->timestamp_bits >= 64 ? UINT64_MAX : (1ull << facts->timestamp_bits) - 1;
  for (uint32_t i = 0; i < segment->marks; i++) {
    if (!marks[i].available) return VK_NOT_READY;
  }
  for (uint32_t i = 1; i < segment->marks; i++) {
    const uint64_t ticks = (marks[i].ticks - marks[i - 1].ticks) & valid;
    stage_ms[segment->stage[i]] += (double)ticks * (double)facts->properties.limits.timestampPeriod * 1e-6;
  }
  return VK_SUCCESS;
}

/* The fence has been signalled. With timestamps, a segment counts as finished only if its marks are there too. */
static VkResult gather_evidence(const struct vordec_plan *plan, const struct segment_list *list,
                                struct vordec_decode_result *result) {
  struct vordec_evidence *evidence = &result->evidence;
  for (uint32_t i = 0; i < list->count; i++) {
    const struct segment *segment = &plan->segments[list->ids[i]];
    const VkResult marks = plan->queries ? read_times(plan, segment, result->stage_ms) : VK_SUCCESS;
    if (marks != VK_SUCCESS && marks != VK_NOT_READY) return marks;
    evidence->dispatches_recorded += segment->dispatches;
    if (marks == VK_SUCCESS) evidence->dispatches_completed += segment->dispatches;
    if (marks == VK_NOT_READY) evidence->device_timestamps = false;
  }
  return VK_SUCCESS;
}

static VkResult invalidate_outputs(const struct vordec_plan *plan) {
  for (int i = PLAN_LP_READBACK; i <= PLAN_NOT_FINITE_READBACK; i++) {
    if (!plan->buffers[i].mapped) continue;
    const VkResult result = buffer_invalidate(plan->session, &plan->buffers[i]);
    if (result != VK_SUCCESS) return result;
  }
  return VK_SUCCESS;
}

static void copy_outputs(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t first,
                         uint32_t count) {
  const size_t cells = plan->cells, field = cells * plan->real_bytes;
  if (job->outputs & VORDEC_OMEGA_LP) {
    memcpy((char *)job->omega_lp + first * field, plan->buffers[PLAN_LP_READBACK].mapped, count * field);
  }
  if (job->outputs & VORDEC_OMEGA_HAT) {
    memcpy((char *)job->omega_hat + first * field, plan->buffers[PLAN_HAT_READBACK].mapped, count * field);
  }
  if (job->outputs & VORDEC_MASK) {
    const char *masks = plan->buffers[PLAN_MASK_READBACK].mapped;
    for (size_t i = 0; i < count; i++) {
      memcpy(job->mask + (first + i) * cells, masks + i * plan->words * 4, cells);
    }
  }
  if (job->outputs & VORDEC_SCALARS) {
    for (uint32_t i = 0; i < count; i++) {
      const double *z = job->z ? job->z + (size_t)(first + i) * plan->desc.d : NULL;
      job->scalars[first + i] = scalars_finish(plan, i, z, wants_combine(plan, job), residual_set(job));
    }
  }
}

static enum vordec_status check_finite(const struct vordec_plan *plan, struct vordec_error *error) {
  const uint32_t flag = *(const uint32_t *)plan->buffers[PLAN_NOT_FINITE_READBACK].mapped;
  if (flag == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: the rolled-out state is not finite at entry %u",
                     (unsigned)(plan->desc.d - flag));
}

static enum vordec_status decode_chunk(struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t first,
                                       uint32_t count, struct vordec_decode_result *result,
                                       struct vordec_error *error) {
  VkResult visible = pack_chunk(plan, job, first, count);
  if (visible != VK_SUCCESS) {
    return session_fail(plan->session, visible, "vkFlushMappedMemoryRanges", error);
  }
  const struct segment_list list = list_segments(plan, job);
  VkCommandBuffer publish = job->rollout ? rollout_publishing(job->rollout) : NULL;
  enum vordec_status status = decode_submit(plan, publish, list.ids, list.count, error);
  if (status) return status;
  const char *call = "vkGetQueryPoolResults";
  visible = gather_evidence(plan, &list, result);
  if (visible == VK_SUCCESS) {
    call = "vkInvalidateMappedMemoryRanges";
    visible = invalidate_outputs(plan);
  }
  if (visible != VK_SUCCESS) {
    return session_fail(plan->session, visible, call, error);
  }
  if (job->rollout) status = check_finite(plan, error);
  if (!status) copy_outputs(plan, job, first, count);
  return status;
}

enum vordec_status decode_run(struct vordec_plan *plan, const struct vordec_decode_job *job,
                              struct vordec_decode_result *result, struct vordec_error *error) {
  enum vordec_status status = session_check(plan->session, error);
  if (status) return status;
  if (job->rollout) status = rollout_check(job->rollout, plan->mailbox, error);
  if (status) return status;
  const struct vordec_device *device = &plan->session->facts.info;
  memset(result->stage_ms, 0, sizeof result->stage_ms);
  result->evidence = (struct vordec_evidence){.type = device->type, .device_timestamps = plan->queries != NULL};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  memcpy(result->evidence.uuid, device->uuid, sizeof device->uuid);
  for (uint32_t first = 0; first < job->count && !status; first += plan->chunk) {
    const uint32_t left = job->count - first;
    status = decode_chunk(plan, job, first, left < plan->chunk ? left : plan->chunk, result, error);
  }
  return status;
}
