/* SPDX-License-Identifier: MIT */
#include "adjoint/vulkan_adjoint_interface.h"
#include "compare/vulkan_compare_interface.h"
#include "encode/vulkan_encode_interface.h"
#include "gpu/debug.h"
#include "gpu/lent_memory.h"
#include "gpu/link_rate.h"
#include "gpu/probe.h"
#include "gpu/vulkan_bandwidth.h"
#include "plan/plan_create.h"
#include "plan/vulkan_decode.h"
#include "rollout/vulkan_rollout_interface.h"
#include "shelf/vulkan_shelf_interface.h"
#include "simulate/vulkan_simulation_interface.h"
#include "transforms/transforms.h"

#include <string.h>

static const struct vordec_stream_interface stream = {
    .struct_size = sizeof stream,
    .submit = vulkan_decode_start,
    .wait = vulkan_decode_finish,
    .host_alloc = lent_memory_alloc,
    .host_free = lent_memory_free,
    .link = link_rate_measure,
};

static const void *get_interface(const char *name) {
  if (strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0) return &vulkan_rollout_interface;
  if (strcmp(name, VORDEC_ROLLOUT_BATCH_INTERFACE) == 0) return &vulkan_rollout_interface;
  if (strcmp(name, VORDEC_TRAIL_INTERFACE) == 0) return &vulkan_trail_interface;
  if (strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &vulkan_bandwidth_interface;
  if (strcmp(name, VORDEC_STREAM_INTERFACE) == 0) return &stream;
  if (strcmp(name, VORDEC_RESIDUAL_INTERFACE) == 0) return &vulkan_residual_interface;
  if (strcmp(name, VORDEC_EXPORT_INTERFACE) == 0) return &vulkan_export_interface;
  if (strcmp(name, VORDEC_SHELF_INTERFACE) == 0) return &vulkan_shelf_interface;
  if (strcmp(name, VORDEC_SIMULATE_INTERFACE) == 0) return &vulkan_simulation_interface;
  if (strcmp(name, VORDEC_ENCODE_INTERFACE) == 0) return &vulkan_encode_interface;
  if (strcmp(name, VORDEC_ADJOINT_INTERFACE) == 0) return &vulkan_adjoint_interface;
  if (strcmp(name, VORDEC_ADJOINT_SHARED_INTERFACE) == 0) return &vulkan_adjoint_shared_interface;
  if (strcmp(name, VORDEC_COMPARE_INTERFACE) == 0) return &vulkan_compare_interface;
  return strcmp(name, "vordec.debug/1") == 0 ? &vulkan_debug_interface : NULL;
}

static const struct vordec_backend backend = {
    .abi_major = VORDEC_ABI_MAJOR,
    .abi_minor = VORDEC_ABI_MINOR,
    .struct_size = sizeof(struct vordec_backend),
    .name = "vulkan",
    .description = "GPU through Vulkan compute, fp32 and fp64",
    .ffts = transform_names,
    .probe = vulkan_probe,
    .open = vulkan_session_open,
    .close = vulkan_session_close,
    .plan_create = vulkan_plan_create,
    .plan_destroy = vulkan_plan_destroy,
    .decode = vulkan_decode_run,
    .get_interface = get_interface,
};

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  (void)host;
  return host_abi == VORDEC_ABI_MAJOR ? &backend : NULL;
}
