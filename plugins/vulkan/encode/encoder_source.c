/* SPDX-License-Identifier: MIT */
#include "encoder_source.h"

#include "plan/plan_segments.h"
#include "simulate/vulkan_simulation.h"

/* ---- binding ---- */

enum reader { READER_ROWS = 0, READER_COLUMNS, READER_SUMS, READER_TAKE, READER_COUNT };

static const enum kernel kernel_of[READER_COUNT] = {KERNEL_WINDOW_ROWS, KERNEL_WINDOW_COLUMNS, KERNEL_ADJOINT_ROWS,
                                                    KERNEL_TAKE_FIELD};

static void list_buffers(const struct vordec_plan *plan, enum reader reader, VkBuffer field,
                         VkBuffer list[KERNEL_BUFFERS_MAX]) {
  const enum plan_buffer others[READER_COUNT][KERNEL_BUFFERS_MAX] = {
      [READER_ROWS] = {PLAN_BUFFER_COUNT, PLAN_FIELD_A},
      [READER_COLUMNS] = {PLAN_FIELD_A, PLAN_BUFFER_COUNT, PLAN_FIELD_B, PLAN_PARTIALS},
      [READER_SUMS] = {PLAN_PAIR_BASIS, PLAN_BUFFER_COUNT, PLAN_FIELD_B, PLAN_LINES},
      [READER_TAKE] = {PLAN_BUFFER_COUNT, PLAN_BUFFER_COUNT, PLAN_BUFFER_COUNT, PLAN_OMEGA_LP, PLAN_OMEGA_LP}};
  for (uint32_t i = 0; i < kernel_sources[kernel_of[reader]].buffers; i++) {
    list[i] = others[reader][i] == PLAN_BUFFER_COUNT ? field : plan->buffers[others[reader][i]].handle;
  }
}

static bool reads(const struct vordec_plan *plan, enum reader reader) {
  return reader != READER_SUMS || plan->low_modes.mode_count > 0;
}

static VkDescriptorSet *set_of(struct encoder_source *source, enum reader reader) {
  VkDescriptorSet *const sets[READER_COUNT] = {&source->rows, &source->columns, &source->sums, &source->take};
  return sets[reader];
}

enum vordec_status encoder_source_create(const struct vordec_plan *plan, struct encoder_source *source,
                                         struct vordec_error *error) {
  const struct kernels *kernels = &plan->session->kernels;
  for (enum reader reader = 0; reader < READER_COUNT; reader++) {
    VkBuffer buffers[KERNEL_BUFFERS_MAX];
    if (!reads(plan, reader)) continue;
    list_buffers(plan, reader, plan->buffers[PLAN_OMEGA_LP].handle, buffers);
    const VkResult result = kernels_bind(kernels, plan->sets, kernel_of[reader], buffers, set_of(source, reader));
    if (result != VK_SUCCESS) return gpu_fail(&plan->session->gpu, result, "vkAllocateDescriptorSets", error);
  }
  source->known = true;
  return VORDEC_OK;
}

/* ---- choosing ---- */

/* Whether the source serves the job. If a job has fewer fields than a chunk has places, the places left over hold
 * fields of other members. */
static bool serves(const struct vordec_plan *plan, const struct encoder_source *source,
                   const struct vordec_backend_simulation *from, uint32_t first_member) {
  return from && source->moves && from->setup.precision == plan->desc.precision &&
         first_member + plan->chunk <= from->setup.members;
}

/* Takes note that the fields are elsewhere now. Nothing that uses the descriptor sets or the segments may be in
 * progress. */
static enum vordec_status move(struct vordec_plan *plan, struct encoder_source *source, VkBuffer field,
                               struct vordec_error *error) {
  source->known = false;
  for (enum reader reader = 0; reader < READER_TAKE; reader++) {
    VkBuffer buffers[KERNEL_BUFFERS_MAX];
    if (!reads(plan, reader)) continue;
    list_buffers(plan, reader, field, buffers);
    kernels_rebind(&plan->session->kernels, kernel_of[reader], buffers, *set_of(source, reader));
  }
  enum vordec_status status = plan_segment_record_again(plan, SEGMENT_MAIN, error);
  if (!status && source->of) status = plan_segment_record(plan, SEGMENT_UNPACK, error); /* otherwise take() does it */
  source->known = !status;
  return status;
}

/* Copies the fields from the simulation to PLAN_OMEGA_LP. */
static enum vordec_status take(struct vordec_plan *plan, const struct encoder_source *source,
                               const struct vordec_backend_simulation *from, struct vordec_error *error) {
  VkBuffer buffers[KERNEL_BUFFERS_MAX];
  list_buffers(plan, READER_TAKE, from->buffers[SIMULATION_FIELD].handle, buffers);
  buffers[2] = from->buffers[SIMULATION_REMAINDER].handle;
  kernels_rebind(&plan->session->kernels, KERNEL_TAKE_FIELD, buffers, source->take);
  return plan_segment_record(plan, SEGMENT_UNPACK, error);
}

enum vordec_status encoder_source_choose(struct vordec_plan *plan, struct encoder_source *source,
                                         const struct vordec_backend_simulation *from, uint32_t first_member,
                                         struct vordec_error *error) {
  const bool in_place = serves(plan, source, from, first_member);
  const uint64_t of = in_place ? from->serial : 0;
  const uint32_t first_at = in_place ? first_member * plan->cells : 0;
  enum vordec_status status = VORDEC_OK;
  if (!source->known || source->of != of || source->first_at != first_at) {
    source->of = of;
    source->first_at = first_at;
    status = move(plan, source, in_place ? from->buffers[SIMULATION_FIELD].handle : plan->buffers[PLAN_OMEGA_LP].handle,
                  error);
  }
  return status || in_place || !from ? status : take(plan, source, from, error);
}
