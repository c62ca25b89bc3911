/* SPDX-License-Identifier: MIT */
#include "plan_segments.h"

#include "gpu/vulkan_host.h"
#include "readback.h"
#include "readback_pieces.h"
#include "record_stages.h"
#include "share_record.h"

/* If there is less than this to read back, the queue that computed it does that, since changing queues would take
 * longer. */
#define APART_BYTES_MIN (1ull << 20)

/* The name of each segment, and what records it. */
static const char *label_of(enum plan_segment id) {
  static const char *const labels[] = {
      [SEGMENT_UPLOAD] = "upload",
      [SEGMENT_UNPACK] = "unpack state",
      [SEGMENT_TAKE_Z] = "states that others wrote",
      [SEGMENT_MAIN] = "scatter_lowk, ifft_lp, mask",
      [SEGMENT_READ_LP] = "readback omega_lp",
      [SEGMENT_READ_MASK] = "readback mask",
      [SEGMENT_READ_HAT] = "readback omega_hat",
      [SEGMENT_READ_SCALARS] = "readback scalars",
      [SEGMENT_READ_LENT] = "readback into lent memory",
  };
  return labels[id] ? labels[id] : "combine";
}

static void record_segment(struct recorder *recorder, enum plan_segment id) {
  switch ((int)id) {
  case SEGMENT_UPLOAD:
    record_upload(recorder);
    return;
  case SEGMENT_UNPACK:
    record_unpack_state(recorder);
    return;
  case SEGMENT_TAKE_Z:
    record_take_z(recorder);
    return;
  case SEGMENT_MAIN:
    record_scatter_lowk(recorder);
    record_ifft_lp(recorder);
    record_mask(recorder);
    return;
  case SEGMENT_READ_LP:
    record_readback(recorder, VORDEC_OMEGA_LP);
    return;
  case SEGMENT_READ_MASK:
    record_readback(recorder, VORDEC_MASK);
    return;
  case SEGMENT_READ_HAT:
    record_readback(recorder, VORDEC_OMEGA_HAT);
    return;
  case SEGMENT_READ_SCALARS:
    record_readback(recorder, VORDEC_SCALARS);
    return;
  case SEGMENT_READ_LENT:
    record_readback_lent(recorder);
    return;
  }
  record_combine(recorder, (uint32_t)(id - SEGMENT_COMBINE));
}

/* Whether a job of the plan may need the segment. */
static bool is_needed(const struct vordec_plan *plan, enum plan_segment id) {
  static const struct {
    enum vordec_output output;
    enum plan_segment id;
  } readbacks[] = {{VORDEC_OMEGA_LP, SEGMENT_READ_LP},
                   {VORDEC_MASK, SEGMENT_READ_MASK},
                   {VORDEC_OMEGA_HAT, SEGMENT_READ_HAT},
                   {VORDEC_SCALARS, SEGMENT_READ_SCALARS}};
  if (id == SEGMENT_TAKE_Z) return plan->sharing.takes_z;
  for (size_t i = 0; i < sizeof readbacks / sizeof *readbacks; i++) {
    if (readbacks[i].id == id && plan->sharing.on) return false;
    if (readbacks[i].id == id) return plan->desc.outputs & (uint32_t)readbacks[i].output;
  }
  if (id < SEGMENT_COMBINE || id >= SEGMENT_READ_LP) return true;
  const uint32_t set = (uint32_t)(id - SEGMENT_COMBINE), bits = plan_residual_bits(plan);
  if (plan->synthesis.bands) return plan->combines && set == bits;
  return plan->combines && !(set & ~bits);
}

/* Dispatches one workgroup of each kernel, because the first dispatch of a kernel may compile it. */
static void warm_up(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  record_upload(recorder);
  record_unpack_state(recorder);
  if (plan->sharing.takes_z) record_take_z(recorder);
  record_scatter_lowk(recorder);
  record_ifft_lp(recorder);
  record_mask(recorder);
  if (plan->combines) record_combine(recorder, plan_residual_bits(plan));
}

const struct segment_script decode_script = {
    .label = label_of, .record = record_segment, .needs = is_needed, .warm_up = warm_up, .copies_apart = true};

/* ---- any script ---- */

enum vordec_status plan_segment_record(struct vordec_plan *plan, enum plan_segment id, struct vordec_error *error) {
  struct recorder recorder = record_begin(plan, id, plan->script->label(id));
  plan->script->record(&recorder, id);
  return record_end(&recorder, error);
}

enum vordec_status plan_segment_record_again(struct vordec_plan *plan, enum plan_segment id,
                                             struct vordec_error *error) {
  const uint32_t set = plan->segments[id].first_set;
  struct recorder recorder = record_begin(plan, id, plan->script->label(id));
  recorder.segment->first_set = set;
  recorder.sets = &plan->bound[set];
  plan->script->record(&recorder, id);
  return record_end(&recorder, error);
}

enum vordec_status plan_segment_pace(struct vordec_plan *plan, enum plan_segment id, uint32_t states,
                                     struct vordec_decode_result *result, struct vordec_error *error) {
  struct pacing pacing = {.plan = plan, .id = id, .result = result, .states = states, .error = error};
  struct recorder recorder = record_begin_paced(&pacing);
  plan->script->record(&recorder, id);
  return record_end(&recorder, error);
}

/* Returns how many bytes of a whole chunk are read back. */
static uint64_t bytes_read_back(const struct vordec_plan *plan) {
  static const enum plan_buffer buffers[] = {PLAN_LP_READBACK, PLAN_MASK_READBACK, PLAN_HAT_READBACK};
  uint64_t bytes = 0;
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) bytes += plan->buffers[buffers[i]].size;
  return bytes;
}

/* Makes room for what is known of the speed of each operation, if submissions have a limit. */
static enum vordec_status number_operations(struct vordec_plan *plan, struct vordec_error *error) {
  uint32_t count = 0;
  if (plan->session->submission_ms <= 0.0) return VORDEC_OK;
  plan->segments[SEGMENT_READ_LENT].operations = READBACK_FIELDS_MAX;
  for (enum plan_segment id = 0; id < SEGMENT_WARM_UP; id++) {
    plan->segments[id].first_operation = count;
    count += plan->segments[id].operations;
  }
  plan->operations = host_alloc(plan->session->gpu.host, count, sizeof *plan->operations);
  return plan->operations ? VORDEC_OK : host_no_memory(error, "a plan's operations");
}

enum vordec_status plan_segments_record(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  plan->copies_apart = plan->script->copies_apart && device_copies_apart(&session->gpu.facts) &&
                       bytes_read_back(plan) >= APART_BYTES_MIN;
  const VkResult result = plan->copies_apart ? session_make_semaphore(session, &plan->computed) : VK_SUCCESS;
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkCreateSemaphore", error);
  enum vordec_status status = VORDEC_OK;
  for (enum plan_segment id = 0; id < SEGMENT_WARM_UP && !status; id++) {
    if (plan->script->needs(plan, id)) status = plan_segment_record(plan, id, error);
  }
  if (!status && plan->script->copies_apart) status = readback_pieces_record(plan, error);
  return status ? status : number_operations(plan, error);
}

enum vordec_status plan_segments_warm_up(struct vordec_plan *plan, struct vordec_error *error) {
  struct recorder recorder = record_begin(plan, SEGMENT_WARM_UP, "warm-up");
  recorder.sample = true;
  plan->script->warm_up(&recorder);
  const enum vordec_status status = record_end(&recorder, error);
  return status ? status : session_submit(plan->session, &plan->segments[SEGMENT_WARM_UP].commands, 1, error);
}

void plan_segments_free(struct vordec_plan *plan) {
  const struct gpu *gpu = &plan->session->gpu;
  readback_pieces_free(plan);
  for (int i = 0; i < SEGMENT_COUNT; i++) {
    struct segment *segment = &plan->segments[i];
    if (segment->commands) gpu->vk.FreeCommandBuffers(gpu->device, segment->pool, 1, &segment->commands);
  }
  host_free(gpu->host, plan->operations);
}
