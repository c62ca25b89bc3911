/* SPDX-License-Identifier: MIT */
#include "plan_create.h"

#include "gpu/vulkan_host.h"
#include "plan_share.h"
#include "transforms/autotune.h"
#include "transforms/transforms.h"
#include "vulkan_synthesis.h"

/* Uses the transform that is faster, or if it cannot be had, the other one, or if neither can, direct sums. */
static enum vordec_status use_best(struct vordec_plan *plan, const struct vordec_plan_desc *desc, char reason[160],
                                   struct vordec_error *error) {
  const struct transform *order[AUTOTUNE_TRANSFORMS];
  enum vordec_status status = autotune_order(plan->session, desc, order, reason, error);
  if (status) return status;
  for (size_t i = 0; i < AUTOTUNE_TRANSFORMS; i++) {
    if (i > 0) snprintf(reason, 160, "%.159s", error->message);
    status = plan_use(plan, order[i], error);
    if (!status || !host_may_go_on(error)) break;
  }
  return status;
}

static enum vordec_status use_named(struct vordec_plan *plan, const char *name, struct vordec_error *error) {
  const struct transform *transform = transform_find(name);
  if (transform) return plan_use(plan, transform, error);
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                     "vulkan: decodes cannot use the FFT '%.60s'; they can use pruned, vkfft and direct", name);
}

/* Gives a plan that was begun everything that it uses, and records its commands. On failure the plan is destroyed. */
static enum vordec_status finish(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                 enum vordec_status status, struct vordec_plan **out, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  info->fft_reason[0] = 0;
  const bool choose = strcmp(desc->fft, "auto") == 0;
  if (!status) status = choose ? use_best(plan, desc, info->fft_reason, error) : use_named(plan, desc->fft, error);
  if (!status) status = plan_finish(plan, info, error);
  if (status) {
    vulkan_plan_destroy(plan);
    return status;
  }
  *out = plan;
  return VORDEC_OK;
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                 const struct vordec_residual_setup *setup, struct vordec_plan **out,
                                 struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_plan *plan = plan_begin(session, desc, error);
  if (!plan) return error->status;
  return finish(plan, desc, vulkan_synthesis_create(plan, desc, setup, error), out, info, error);
}

enum vordec_status vulkan_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_plan **plan, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  return create(session, desc, NULL, plan, info, error);
}

static enum vordec_status create_synthesis(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                           const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                           struct vordec_plan_info *info, struct vordec_error *error) {
  return create(session, desc, setup, plan, info, error);
}

const struct vordec_residual_interface vulkan_residual_interface = {
    .struct_size = sizeof(struct vordec_residual_interface),
    .plan_create = create_synthesis,
    .prepare = vulkan_synthesis_prepare,
};

static enum vordec_status create_shared(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                        const struct vordec_export_setup *setup, struct vordec_plan **out,
                                        struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_plan *plan = plan_begin(session, desc, error);
  if (!plan) return error->status;
  enum vordec_status status = plan_share_begin(plan, setup, error);
  if (!status) status = vulkan_synthesis_create(plan, desc, NULL, error);
  return finish(plan, desc, status, out, info, error);
}

const struct vordec_export_interface vulkan_export_interface = {
    .struct_size = sizeof(struct vordec_export_interface),
    .plan_create = create_shared,
    .describe = plan_share_describe,
    .memory_fd = plan_share_memory_fd,
    .has_semaphore = plan_share_has_semaphore,
    .semaphore_fd = plan_share_semaphore_fd,
    .prepare = plan_share_prepare,
    .read = plan_share_read,
    .write = plan_share_write,
};
