#include "plan_segments.h"

#include "gpu/vulkan_host.h"
#include "readback.h"
#include "record_stages.h"

/* Less than this is read back by the queue that computed it: going from queue to queue would take longer. */
#define APART_BYTES_MIN (1ull << 20)

static enum vordec_status record_input(struct vordec_plan *plan, struct vordec_error *error) {
  struct recorder upload = record_begin(plan, SEGMENT_UPLOAD, "upload");
  record_upload(&upload);
  const enum vordec_status status = record_end(&upload, error);
  if (status) return status;
  struct recorder unpack = record_begin(plan, SEGMENT_UNPACK, "unpack state");
  record_unpack_state(&unpack);
  return record_end(&unpack, error);
}

static enum vordec_status record_main(struct vordec_plan *plan, struct vordec_error *error) {
  struct recorder recorder = record_begin(plan, SEGMENT_MAIN, "scatter_lowk, ifft_lp, mask");
  record_scatter_lowk(&recorder);
  record_ifft_lp(&recorder);
  record_mask(&recorder);
  return record_end(&recorder, error);
}

static enum vordec_status record_combines(struct vordec_plan *plan, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (uint32_t set = 0; set < PLAN_RESIDUAL_SETS && plan->combines && !status; set++) {
    if (set & ~plan_residual_bits(plan)) continue;
    struct recorder recorder = record_begin(plan, (enum plan_segment)(SEGMENT_COMBINE + set), "combine");
    record_combine(&recorder, set);
    status = record_end(&recorder, error);
  }
  return status;
}

static enum vordec_status record_readbacks(struct vordec_plan *plan, struct vordec_error *error) {
  static const struct {
    enum vordec_output output;
    const char *label;
  } readbacks[] = {{VORDEC_OMEGA_LP, "readback omega_lp"},
                   {VORDEC_MASK, "readback mask"},
                   {VORDEC_OMEGA_HAT, "readback omega_hat"},
                   {VORDEC_SCALARS, "readback scalars"}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof readbacks / sizeof *readbacks && !status; i++) {
    if (!(plan->desc.outputs & (uint32_t)readbacks[i].output)) continue;
    struct recorder recorder = record_begin(plan, readback_segment(readbacks[i].output), readbacks[i].label);
    record_readback(&recorder, readbacks[i].output);
    status = record_end(&recorder, error);
  }
  return status ? status : readback_record_lent(plan, error);
}

/* Of a whole chunk. */
static uint64_t bytes_read_back(const struct vordec_plan *plan) {
  static const enum plan_buffer buffers[] = {PLAN_LP_READBACK, PLAN_MASK_READBACK, PLAN_HAT_READBACK};
  uint64_t bytes = 0;
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) bytes += plan->buffers[buffers[i]].size;
  return bytes;
}

enum vordec_status plan_segments_record(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  plan->copies_apart = device_copies_apart(&session->gpu.facts) && bytes_read_back(plan) >= APART_BYTES_MIN;
  const VkResult result = plan->copies_apart ? session_make_semaphore(session, &plan->computed) : VK_SUCCESS;
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkCreateSemaphore", error);
  enum vordec_status status = record_input(plan, error);
  if (!status) status = record_main(plan, error);
  if (!status) status = record_combines(plan, error);
  if (!status) status = record_readbacks(plan, error);
  return status;
}

/* The first dispatch of a kernel may compile it: one workgroup of each gets that over with. */
enum vordec_status plan_segments_warm_up(struct vordec_plan *plan, struct vordec_plan_info *info,
                                         struct vordec_error *error) {
  const double start = host_ms(plan->session->gpu.host);
  struct recorder recorder = record_begin(plan, SEGMENT_WARM_UP, "warm-up");
  recorder.sample = true;
  record_upload(&recorder);
  record_unpack_state(&recorder);
  record_scatter_lowk(&recorder);
  record_ifft_lp(&recorder);
  record_mask(&recorder);
  if (plan->combines) record_combine(&recorder, plan_residual_bits(plan));
  enum vordec_status status = record_end(&recorder, error);
  if (!status) status = session_submit(plan->session, &plan->segments[SEGMENT_WARM_UP].commands, 1, error);
  info->warmup_ms = host_ms(plan->session->gpu.host) - start;
  return status;
}

void plan_segments_free(struct vordec_plan *plan) {
  const struct gpu *gpu = &plan->session->gpu;
  for (int i = 0; i < SEGMENT_COUNT; i++) {
    struct segment *segment = &plan->segments[i];
    if (segment->commands) gpu->vk.FreeCommandBuffers(gpu->device, segment->pool, 1, &segment->commands);
  }
}
