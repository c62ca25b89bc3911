/* SPDX-License-Identifier: MIT */
#include "vulkan_encoder_plan.h"

#include "encoder_gains.h"
#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "plan/plan_memory.h"
#include "plan/plan_segments.h"
#include "transforms/transform_direct.h"
#include "vulkan_encoder_record.h"

/* ---- a way from no modes to a field ---- */

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t partials = needs[PLAN_PARTIALS].per_state;
  encoder_mask_list_needs(plan, needs);
  adjoint_sums_list_needs(plan, &encoder_of(plan)->sums, needs);
  if (encoder_of(plan)->sums.one_field) encoder_gains_list_needs(plan, needs);
  needs[PLAN_FIELD_UPLOAD] = need_of("field upload", BUFFER_UPLOAD, 0, (uint64_t)plan->cells * plan->real_bytes);
  needs[PLAN_PARTIALS_READBACK] = need_of("partial readback", BUFFER_READBACK, 0, partials);
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_backend_encoder *encoder = encoder_of(plan);
  enum vordec_status status = encoder_mask_create(plan, &encoder->mask, error);
  if (!status) status = adjoint_sums_create(plan, &encoder->sums, error);
  if (!status && encoder->sums.one_field) status = encoder_gains_upload(plan, error);
  encoder->source.moves = encoder->mask.by_strips;
  return status ? status : encoder_source_create(plan, &encoder->source, error);
}

static void destroy(struct vordec_plan *plan) {
  struct vordec_backend_encoder *encoder = encoder_of(plan);
  encoder_mask_destroy(&plan->session->kernels, &encoder->mask);
  adjoint_sums_destroy(&plan->session->kernels, &encoder->sums);
}

/* The transform of an encoder's plan, which is handed a field and makes none, so that record_field is never called. */
static const struct transform transform_given = {
    .name = TRANSFORM_DIRECT_NAME,
    .list_needs = list_needs,
    .create = create,
    .destroy = destroy,
    .record_mask = record_encoder_mask,
};

/* ---- the plan ---- */

static struct vordec_plan_desc describe(const struct vordec_encode_setup *setup) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = setup->n,
                                   .batch = setup->batch,
                                   .precision = setup->precision,
                                   .fft = TRANSFORM_DIRECT_NAME,
                                   .smooth_width = setup->smooth_width,
                                   .smooth_kernel = setup->smooth_kernel,
                                   .boundary = setup->boundary,
                                   .tau = setup->tau,
                                   .majority_iters = setup->majority_iters,
                                   .outputs = VORDEC_MASK};
}

static enum vordec_status make_table(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup,
                                     struct vordec_error *error) {
  struct vordec_plan *plan = encoder->plan;
  const struct vordec_host *host = plan->session->gpu.host;
  const uint32_t low = setup->low_count, count = low + setup->mid_count;
  if (count == 0) return VORDEC_OK;
  uint32_t *index = host_alloc(host, count, sizeof *index);
  if (!index) return host_no_memory(error, "the encoder's modes");
  if (low) memcpy(index, setup->low_index, low * sizeof *index);
  if (setup->mid_count) memcpy(index + low, setup->mid_index, setup->mid_count * sizeof *index);
  const enum vordec_status status = mode_table_build_once(host, plan->n, index, count, &plan->low_modes, error);
  host_free(host, index);
  return status;
}

enum vordec_status vulkan_encoder_plan_create(struct vordec_backend_encoder *encoder,
                                              const struct vordec_encode_setup *setup, struct vordec_plan_info *info,
                                              struct vordec_error *error) {
  const struct vordec_plan_desc desc = describe(setup);
  struct vordec_plan *plan = encoder->plan = plan_begin(encoder->session, &desc, error);
  if (!plan) return error->status;
  plan->script = &encode_script;
  plan->transform_state = encoder;
  encoder->low_count = setup->low_count;
  encoder->mid_count = setup->mid_count;
  enum vordec_status status = make_table(encoder, setup, error);
  if (status) return status;
  encoder->sums.one_field = encoder_gains_serve(plan);
  status = plan_use(plan, &transform_given, error);
  return status ? status : plan_finish(plan, info, error);
}

void vulkan_encoder_plan_destroy(struct vordec_backend_encoder *encoder) {
  vulkan_plan_destroy(encoder->plan);
}
