#include "vulkan_plan.h"

#include "gpu/cache.h"
#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "plan_memory.h"
#include "readback.h"
#include "record_stages.h"
#include "rollout/state_handover.h"
#include "transforms/autotune.h"
#include "transforms/pruned.h"
#include "transforms/selftest.h"
#include "transforms/vkfft/vkfft.h"
#include "upload.h"
#include "vulkan_decode.h"

#define SETS_MAX 128 /* upload, unpack, main: 13; each combine: 9; self-test: 8; warm-up: those 13 and a combine */

/* Less than this is read back by the queue that computed it: going from queue to queue would take longer. */
#define APART_BYTES_MIN (1ull << 20)

static uint32_t reduction_groups(uint32_t cells) {
  const uint32_t per_group = 16 * VORDEC_WORKGROUP;
  const uint32_t groups = (cells - 1) / per_group + 1;
  return groups < VORDEC_GROUPS_MAX ? groups : VORDEC_GROUPS_MAX;
}

static enum vordec_status describe_kept(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                        struct vordec_error *error) {
  const struct vordec_host *host = plan->session->host;
  const enum vordec_status status =
      mode_table_build(host, desc->n, desc->anchor_index, plan->kept, &plan->kept_modes, error);
  if (status || !(desc->outputs & VORDEC_SCALARS)) return status;
  return energy_table_build(host, desc->n, &plan->low_modes, &plan->kept_modes, &plan->energies, error);
}

static enum vordec_status describe(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                   struct vordec_error *error) {
  const struct vordec_host *host = plan->session->host;
  plan->desc = *desc;
  plan->desc.low_index = plan->desc.anchor_index = NULL;
  plan->desc.fft = NULL;
  plan->n = desc->n;
  plan->cells = desc->n * desc->n;
  plan->words = (plan->cells - 1) / 4 + 1;
  plan->groups = reduction_groups(plan->cells);
  plan->real_bytes = desc->precision == VORDEC_FP64 ? 8 : 4;
  plan->kept = desc->include_anchors ? desc->max_kept : 0;
  plan->coef_stride = 2 * desc->m + 2 * plan->kept + 2;
  plan->combines = (desc->outputs & VORDEC_OMEGA_HAT) ||
                   ((desc->outputs & VORDEC_SCALARS) && (plan_residual_bits(plan) || plan->kept));
  if (desc->precision == VORDEC_FP64 && !plan->session->facts.has_fp64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "%.200s has no double precision",
                       plan->session->facts.info.name);
  }
  if (plan->kept) {
    plan->kept_values = host_alloc(host, 2 * (size_t)plan->kept, sizeof *plan->kept_values);
    if (!plan->kept_values) return host_no_memory(error, "the kept coefficients");
  }
  const enum vordec_status status = mode_table_build(host, desc->n, desc->low_index, desc->m, &plan->low_modes, error);
  if (status) return status;
  return describe_kept(plan, desc, error);
}

static enum vordec_status create_objects(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, SETS_MAX * KERNEL_BUFFERS_MAX};
  const VkDescriptorPoolCreateInfo sets = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                           .maxSets = SETS_MAX,
                                           .poolSizeCount = 1,
                                           .pPoolSizes = &size};
  VkResult result = session->vk.CreateDescriptorPool(session->device, &sets, NULL, &plan->sets);
  if (result != VK_SUCCESS) {
    plan->sets = VK_NULL_HANDLE;
    return session_fail(session, result, "vkCreateDescriptorPool", error);
  }
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  result = session->vk.CreateFence(session->device, &fence, NULL, &plan->fence);
  if (result != VK_SUCCESS) {
    plan->fence = VK_NULL_HANDLE;
    return session_fail(session, result, "vkCreateFence", error);
  }
  if (session->facts.timestamp_bits == 0) return VORDEC_OK;
  const VkQueryPoolCreateInfo queries = {.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                         .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                         .queryCount = SEGMENT_COUNT * PLAN_MARKS_MAX};
  result = session->vk.CreateQueryPool(session->device, &queries, NULL, &plan->queries);
  if (result == VK_SUCCESS) return VORDEC_OK;
  plan->queries = VK_NULL_HANDLE;
  return session_fail(session, result, "vkCreateQueryPool", error);
}

static enum vordec_status create_vkfft(struct vordec_plan *plan, struct vordec_error *error) {
  bool cached = false;
  enum vordec_status status = vkfft_create(plan, &plan->vkfft, &cached, error);
  if (status || cached) return status;
  status = selftest_run(plan, error);
  if (!status) vkfft_keep(plan->session, plan->vkfft);
  return status;
}

/* Undoes what use_transform() made, wholly or in part. */
static void drop_transform(struct vordec_plan *plan) {
  vkfft_destroy(plan->session, plan->vkfft);
  pruned_destroy(plan->session, plan->pruned);
  plan->vkfft = NULL;
  plan->pruned = NULL;
  plan->groups = reduction_groups(plan->cells);
  plan_memory_destroy(plan);
}

/* Makes the plan's buffers and its transform. */
static enum vordec_status use_transform(struct vordec_plan *plan, enum plan_transform transform,
                                        struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (transform == TRANSFORM_VKFFT && !vkfft_serves(plan->n)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                       "VkFFT is not used for N = %u, which has a prime factor above 13", (unsigned)plan->n);
  }
  if (transform == TRANSFORM_PRUNED) status = pruned_describe(plan, &plan->pruned, error);
  if (!status) status = plan_memory_fit(plan, transform, error);
  if (!status) status = plan_memory_create(plan, transform, error);
  if (!status) status = upload_tables(plan, error);
  if (!status && transform == TRANSFORM_VKFFT) status = create_vkfft(plan, error);
  if (!status && transform == TRANSFORM_PRUNED) status = pruned_create(plan, error);
  if (status) drop_transform(plan);
  return status;
}

static const char *const transform_names[] = {
    [TRANSFORM_DIRECT] = "direct", [TRANSFORM_VKFFT] = "vkfft", [TRANSFORM_PRUNED] = "pruned"};

/* The one that is faster; if that cannot be had, the other; if neither can, direct sums. */
static enum vordec_status choose_transform(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           enum plan_transform *chosen, char reason[160], struct vordec_error *error) {
  enum plan_transform first = TRANSFORM_PRUNED;
  enum vordec_status status = choice_make(plan->session, desc, &first, reason, error);
  if (status) return status;
  const enum plan_transform order[] = {first, first == TRANSFORM_PRUNED ? TRANSFORM_VKFFT : TRANSFORM_PRUNED,
                                       TRANSFORM_DIRECT};
  for (size_t i = 0; i < 3; i++) {
    if (i > 0) snprintf(reason, 160, "%.159s", error->message);
    *chosen = order[i];
    status = use_transform(plan, order[i], error);
    if (!status || !host_may_go_on(error)) break;
  }
  return status;
}

static enum vordec_status make_transform(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                         struct vordec_plan_info *info, struct vordec_error *error) {
  enum plan_transform transform = TRANSFORM_DIRECT;
  enum vordec_status status = VORDEC_OK;
  info->fft_reason[0] = 0;
  if (strcmp(desc->fft, "auto") == 0) {
    status = choose_transform(plan, desc, &transform, info->fft_reason, error);
  } else {
    while (transform <= TRANSFORM_PRUNED && strcmp(desc->fft, transform_names[transform]) != 0) transform++;
    if (transform > TRANSFORM_PRUNED) {
      return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "there is no FFT '%.60s'", desc->fft);
    }
    status = use_transform(plan, transform, error);
  }
  if (!status) snprintf(info->fft, sizeof info->fft, "%s", transform_names[transform]);
  return status;
}

static enum vordec_status record_one(struct vordec_plan *plan, enum plan_segment id, const char *label,
                                     struct vordec_error *error) {
  struct recorder recorder = record_begin(plan, id, label);
  if (id == SEGMENT_UPLOAD) {
    record_upload(&recorder);
  } else if (id == SEGMENT_UNPACK) {
    record_unpack_state(&recorder);
  } else if (id == SEGMENT_MAIN) {
    record_scatter_lowk(&recorder);
    record_ifft_lp(&recorder);
    record_mask(&recorder);
  } else if (id < SEGMENT_READ_LP) {
    record_combine(&recorder, (uint32_t)id - SEGMENT_COMBINE);
  } else {
    record_readback(&recorder, id);
  }
  return record_end(&recorder, error);
}

/* Of a whole chunk. */
static uint64_t bytes_read_back(const struct vordec_plan *plan) {
  static const enum plan_buffer buffers[] = {PLAN_LP_READBACK, PLAN_MASK_READBACK, PLAN_HAT_READBACK};
  uint64_t bytes = 0;
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) bytes += plan->buffers[buffers[i]].size;
  return bytes;
}

static enum vordec_status record_segments(struct vordec_plan *plan, struct vordec_error *error) {
  static const struct {
    enum vordec_output output;
    enum plan_segment segment;
    const char *label;
  } readbacks[] = {{VORDEC_OMEGA_LP, SEGMENT_READ_LP, "readback omega_lp"},
                   {VORDEC_MASK, SEGMENT_READ_MASK, "readback mask"},
                   {VORDEC_OMEGA_HAT, SEGMENT_READ_HAT, "readback omega_hat"},
                   {VORDEC_SCALARS, SEGMENT_READ_SCALARS, "readback scalars"}};
  plan->reads_apart = session_copies_apart(plan->session) && bytes_read_back(plan) >= APART_BYTES_MIN;
  const VkResult result = plan->reads_apart ? session_make_semaphore(plan->session, &plan->computed) : VK_SUCCESS;
  if (result != VK_SUCCESS) return session_fail(plan->session, result, "vkCreateSemaphore", error);
  enum vordec_status status = record_one(plan, SEGMENT_UPLOAD, "upload", error);
  if (!status) status = record_one(plan, SEGMENT_UNPACK, "unpack state", error);
  if (!status) status = record_one(plan, SEGMENT_MAIN, "scatter_lowk, ifft_lp, mask", error);
  for (uint32_t set = 0; set < PLAN_RESIDUAL_SETS && plan->combines && !status; set++) {
    if (set & ~plan_residual_bits(plan)) continue;
    status = record_one(plan, (enum plan_segment)(SEGMENT_COMBINE + set), "combine", error);
  }
  for (size_t i = 0; i < sizeof readbacks / sizeof *readbacks && !status; i++) {
    if (!(plan->desc.outputs & readbacks[i].output)) continue;
    status = record_one(plan, readbacks[i].segment, readbacks[i].label, error);
  }
  return status ? status : readback_record_direct(plan, error);
}

/* The first dispatch of a kernel may compile it: one workgroup of each gets that over with. */
static enum vordec_status warm_up(struct vordec_plan *plan, struct vordec_plan_info *info, struct vordec_error *error) {
  const double start = host_ms(plan->session->host);
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
  info->warmup_ms = host_ms(plan->session->host) - start;
  return status;
}

enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_plan **out, struct vordec_plan_info *info, struct vordec_error *error) {
  enum vordec_status status = session_check(session, error);
  if (status) return status;
  struct vordec_plan *plan = host_alloc(session->host, 1, sizeof *plan);
  if (!plan) return host_no_memory(error, "a plan");
  plan->session = session;
  status = describe(plan, desc, error);
  if (!status) status = kernels_build(session, desc->precision, error);
  if (!status) status = create_objects(plan, error);
  if (!status) status = mailbox_take(session, desc->d, desc->precision, &plan->mailbox, error);
  if (!status) status = make_transform(plan, desc, info, error);
  if (!status) status = record_segments(plan, error);
  if (!status) status = warm_up(plan, info, error);
  if (status) {
    plan_destroy(plan);
    return status;
  }
  cache_save_pipelines(session);
  info->device_bytes = plan->device_bytes + plan->mailbox->buffer.size + vkfft_device_bytes(plan->vkfft);
  info->host_bytes = sizeof *plan + sizeof *session + sizeof *session->instance +
                     (plan->low_modes.mode_count + plan->kept_modes.mode_count) * sizeof(struct mode) +
                     plan->energies.count * (sizeof(struct energy_mode) + sizeof(double)) +
                     2 * (uint64_t)plan->kept * sizeof *plan->kept_values;
  *out = plan;
  return VORDEC_OK;
}

void plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  struct vordec_session *session = plan->session;
  const struct vk_table *vk = &session->vk;
  session_settle(session);
  for (int i = 0; i < SEGMENT_COUNT; i++) {
    if (!plan->segments[i].commands) continue;
    vk->FreeCommandBuffers(session->device, plan->segments[i].pool, 1, &plan->segments[i].commands);
  }
  decode_forget(plan);
  if (plan->computed) vk->DestroySemaphore(session->device, plan->computed, NULL);
  if (plan->fence) vk->DestroyFence(session->device, plan->fence, NULL);
  vkfft_destroy(session, plan->vkfft);
  pruned_destroy(session, plan->pruned);
  if (plan->queries) vk->DestroyQueryPool(session->device, plan->queries, NULL);
  if (plan->sets) vk->DestroyDescriptorPool(session->device, plan->sets, NULL);
  plan_memory_destroy(plan);
  mailbox_drop(session, plan->mailbox);
  energy_table_free(session->host, &plan->energies);
  mode_table_free(session->host, &plan->low_modes);
  mode_table_free(session->host, &plan->kept_modes);
  host_free(session->host, plan->kept_values);
  host_free(session->host, plan);
}
