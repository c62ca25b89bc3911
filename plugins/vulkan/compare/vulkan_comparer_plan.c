/* SPDX-License-Identifier: MIT */
#include "vulkan_comparer_plan.h"

#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "plan/plan_memory.h"
#include "plan/plan_segments.h"
#include "plan/vulkan_synthesis.h"
#include "transforms/transform_direct.h"
#include "vulkan_comparer_record.h"

/* How many of a plan's descriptor sets are reserved for its own segments. */
#define SETS_OF_SEGMENTS 16u
#define PAIRS_MAX (PLAN_SETS_MAX - SETS_OF_SEGMENTS)

/* ---- a way from a field to sums ---- */

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct vordec_backend_comparer *comparer = comparer_of(plan);
  const uint64_t real = plan->real_bytes, field = plan->cells * real, shells = comparer->shells * real;
  const uint64_t sums = (1ull + comparer->pairs) * VORDEC_MOMENTS * plan->groups * real;
  needs[PLAN_FIELD_UPLOAD] = need_of("field upload", BUFFER_UPLOAD, 0, field);
  needs[PLAN_LP_READBACK] = need_of("field readback", BUFFER_READBACK, 0, field);
  needs[PLAN_HALF_SPECTRUM] = need_of("energies", BUFFER_DEVICE, 0, (plan->n / 2 + 1ull) * plan->n * real);
  needs[PLAN_PARTIALS] = need_of("partial results", BUFFER_DEVICE, 0, sums);
  needs[PLAN_PARTIALS_READBACK] = need_of("partial readback", BUFFER_READBACK, 0, sums);
  needs[PLAN_SUMS] = need_of("shells", BUFFER_DEVICE, 0, shells);
  needs[PLAN_SUMS_READBACK] = need_of("readback of shells", BUFFER_READBACK, 0, shells);
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  return vulkan_synthesis_columns(plan, KERNEL_MODE_ENERGIES, &comparer_of(plan)->energies, error);
}

static void destroy(struct vordec_plan *plan) {
  struct vordec_backend_comparer *comparer = comparer_of(plan);
  kernels_release(&plan->session->kernels, comparer->energies);
  comparer->energies = VK_NULL_HANDLE;
}

/* A comparer's plan makes neither a mask nor a field, so that there is nothing to record. */
static void record_nothing(struct recorder *recorder) {
  (void)recorder;
}

static const struct transform transform_kept = {
    .name = TRANSFORM_DIRECT_NAME,
    .list_needs = list_needs,
    .create = create,
    .destroy = destroy,
    .record_mask = record_nothing,
};

/* ---- the kept fields ---- */

static enum vordec_status check_room(const struct vordec_backend_comparer *comparer, uint64_t field,
                                     struct vordec_error *error) {
  const struct gpu *gpu = &comparer->session->gpu;
  const uint32_t type = buffer_memory_type(&gpu->facts, BUFFER_DEVICE, UINT32_MAX);
  if (type == UINT32_MAX) return VORDEC_OK; /* buffer_create() will report it */
  const uint64_t needed = comparer->fields * field;
  const uint64_t room = device_heap_available(&gpu->vk, &gpu->facts, gpu->facts.memory.memoryTypes[type].heapIndex);
  if (needed <= room) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "%u fields to compare with need %llu bytes of device memory; %.200s has %llu available",
                     (unsigned)comparer->fields, (unsigned long long)needed, gpu->facts.info.name,
                     (unsigned long long)room);
}

static enum vordec_status make_fields(struct vordec_backend_comparer *comparer, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  struct gpu *gpu = &comparer->session->gpu;
  const uint64_t field = (uint64_t)comparer->plan->cells * comparer->plan->real_bytes;
  enum vordec_status status = check_room(comparer, field, error);
  if (status) return status;
  comparer->kept = host_alloc(gpu->host, comparer->fields + 1ull, sizeof *comparer->kept);
  if (!comparer->kept) return host_no_memory(error, "the fields to compare with");
  for (uint32_t i = 0; i < comparer->fields && !status; i++) {
    status = buffer_create(gpu, BUFFER_DEVICE, field, "kept field", &comparer->kept[i], error);
    info->device_bytes += field;
  }
  return status;
}

/* ---- the sets ---- */

static enum vordec_status bind(struct vordec_backend_comparer *comparer, enum kernel kernel, VkDescriptorSet *set,
                               struct vordec_error *error) {
  const struct vordec_plan *plan = comparer->plan;
  VkBuffer buffers[KERNEL_BUFFERS_MAX];
  for (uint32_t i = 0; i < KERNEL_BUFFERS_MAX; i++) buffers[i] = plan->buffers[PLAN_OMEGA_LP].handle;
  const VkResult result = kernels_bind(&plan->session->kernels, plan->sets, kernel, buffers, set);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&plan->session->gpu, result, "vkAllocateDescriptorSets", error);
}

static enum vordec_status make_sets(struct vordec_backend_comparer *comparer, struct vordec_error *error) {
  comparer->against = host_alloc(comparer->session->gpu.host, comparer->pairs + 1ull, sizeof *comparer->against);
  if (!comparer->against) return host_no_memory(error, "a comparer");
  enum vordec_status status = bind(comparer, KERNEL_TAKE_FIELD, &comparer->take, error);
  if (!status) status = bind(comparer, KERNEL_ADD_FIELD, &comparer->add, error);
  for (uint32_t i = 0; i < comparer->pairs && !status; i++) {
    status = bind(comparer, KERNEL_MOMENTS, &comparer->against[i], error);
  }
  if (!status) vulkan_comparer_bind(comparer);
  return status;
}

/* ---- the plan ---- */

static struct vordec_plan_desc describe(uint32_t n) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = n,
                                   .batch = 1,
                                   .precision = VORDEC_FP64,
                                   .fft = TRANSFORM_DIRECT_NAME,
                                   .smooth_width = 1,
                                   .smooth_kernel = VORDEC_SMOOTH_BOX,
                                   .boundary = VORDEC_BOUNDARY_PERIODIC,
                                   .tau = 1};
}

enum vordec_status vulkan_comparer_plan_create(struct vordec_backend_comparer *comparer, uint32_t n,
                                               struct vordec_plan_info *info, struct vordec_error *error) {
  const struct vordec_plan_desc desc = describe(n);
  if (comparer->pairs > PAIRS_MAX) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "vulkan: a field is compared with at most %u at once", PAIRS_MAX);
  }
  struct vordec_plan *plan = comparer->plan = plan_begin(comparer->session, &desc, error);
  if (!plan) return error->status;
  struct vordec_plan_info fields = {.device_bytes = 0};
  plan->script = &compare_script;
  plan->transform_state = comparer;
  comparer->shells = vordec_compare_shells(n);
  enum vordec_status status = vulkan_synthesis_create_lines(plan, error);
  if (!status) status = plan_use(plan, &transform_kept, error);
  if (!status) status = make_fields(comparer, &fields, error);
  if (!status) status = make_sets(comparer, error);
  if (!status) status = plan_finish(plan, info, error);
  info->device_bytes += fields.device_bytes;
  return status;
}

void vulkan_comparer_plan_destroy(struct vordec_backend_comparer *comparer) {
  struct gpu *gpu = &comparer->session->gpu;
  vulkan_plan_destroy(comparer->plan); /* this waits for the device */
  for (uint32_t i = 0; i < comparer->fields && comparer->kept; i++) buffer_destroy(gpu, &comparer->kept[i]);
  host_free(gpu->host, comparer->kept);
  host_free(gpu->host, comparer->against);
}
