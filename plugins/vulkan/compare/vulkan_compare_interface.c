/* SPDX-License-Identifier: MIT */
#include "vulkan_compare_interface.h"

#include "gpu/vulkan_host.h"
#include "vulkan_comparer_job.h"
#include "vulkan_comparer_plan.h"

#include <stdio.h>

static void destroy(struct vordec_backend_comparer *comparer) {
  if (!comparer) return;
  vulkan_comparer_plan_destroy(comparer);
  host_free(comparer->session->gpu.host, comparer);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_compare_setup *setup,
                                 struct vordec_backend_comparer **out, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  struct vordec_backend_comparer *comparer = host_alloc(session->gpu.host, 1, sizeof *comparer);
  if (!comparer) return host_no_memory(error, "a comparer");
  comparer->session = session;
  comparer->fields = setup->fields;
  comparer->pairs = setup->pairs;
  const enum vordec_status status = vulkan_comparer_plan_create(comparer, setup->n, info, error);
  if (status) {
    destroy(comparer);
    return status;
  }
  info->host_bytes += sizeof *comparer;
  snprintf(info->fft_reason, sizeof info->fft_reason, "comparisons have no other FFT");
  *out = comparer;
  return VORDEC_OK;
}

const struct vordec_compare_interface vulkan_compare_interface = {
    .struct_size = sizeof(struct vordec_compare_interface),
    .create = create,
    .destroy = destroy,
    .compare = vulkan_comparer_run,
};
