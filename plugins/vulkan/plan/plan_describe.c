/* SPDX-License-Identifier: MIT */
#include "plan_describe.h"

#include "core/base/window.h"
#include "gpu/vulkan_host.h"
#include "transforms/vulkan_window.h"

static enum vordec_status describe_kept(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                        struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  const enum vordec_status status =
      mode_table_build(host, desc->n, desc->anchor_index, plan->kept, &plan->kept_modes, error);
  if (status || !(desc->outputs & VORDEC_SCALARS)) return status;
  return energy_table_build(host, desc->n, &plan->low_modes, &plan->kept_modes, &plan->energies, error);
}

enum vordec_status plan_describe(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                 struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  plan->desc = *desc;
  plan->desc.low_index = plan->desc.anchor_index = NULL;
  plan->desc.fft = NULL;
  plan->n = desc->n;
  plan->cells = desc->n * desc->n;
  plan->words = (plan->cells - 1) / 4 + 1;
  plan->real_bytes = desc->precision == VORDEC_FP64 ? 8 : 4;
  plan->window_shape = vulkan_window_shape(desc->smooth_kernel);
  plan->kept = desc->include_anchors ? desc->max_kept : 0;
  plan->coef_stride = 2 * desc->m + 2 * plan->kept + 2;
  plan->combines = (desc->outputs & VORDEC_OMEGA_HAT) ||
                   ((desc->outputs & VORDEC_SCALARS) && (plan_residual_bits(plan) || plan->kept));
  if (desc->precision == VORDEC_FP64 && !plan->session->gpu.facts.has_fp64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "%.200s has no double precision",
                       plan->session->gpu.facts.info.name);
  }
  if (!window_at(desc->smooth_kernel)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "smoothing window %d is not known",
                       (int)desc->smooth_kernel);
  }
  if (plan->kept) {
    plan->kept_values = host_alloc(host, 2 * (size_t)plan->kept, sizeof *plan->kept_values);
    if (!plan->kept_values) return host_no_memory(error, "the kept coefficients");
  }
  const enum vordec_status status = mode_table_build(host, desc->n, desc->low_index, desc->m, &plan->low_modes, error);
  if (status) return status;
  return describe_kept(plan, desc, error);
}

void plan_describe_undo(struct vordec_plan *plan) {
  const struct vordec_host *host = plan->session->gpu.host;
  energy_table_free(host, &plan->energies);
  mode_table_free(host, &plan->low_modes);
  mode_table_free(host, &plan->kept_modes);
  host_free(host, plan->kept_values);
}

uint64_t plan_host_bytes(const struct vordec_plan *plan) {
  return sizeof *plan + (plan->low_modes.mode_count + plan->kept_modes.mode_count) * sizeof(struct mode) +
         plan->pieces.count * (sizeof *plan->pieces.list + sizeof *plan->pieces.fences) +
         plan->energies.count * (sizeof(struct energy_mode) + sizeof(double)) +
         2 * (uint64_t)plan->kept * sizeof *plan->kept_values;
}
