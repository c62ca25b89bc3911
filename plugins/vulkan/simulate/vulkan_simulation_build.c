/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_build.h"

#include "fused_sizes.h"
#include "gpu/vulkan_host.h"
#include "vulkan_simulation_memory.h"
#include "vulkan_simulation_record.h"
#include "vulkan_simulation_steps.h"

#include <stdio.h>

_Static_assert(SIMULATION_WAYS *SIMULATION_PASSES <= KERNELS_PREPARED_MAX, "all ways can be prepared at once");

void vulkan_simulation_destroy(struct vordec_backend_simulation *simulation) {
  if (!simulation) return;
  struct vordec_session *session = simulation->session;
  session_settle(session);
  vulkan_simulation_record_destroy(simulation);
  vulkan_simulation_memory_destroy(simulation);
  host_free(session->gpu.host, simulation->lost);
  host_free(session->gpu.host, simulation);
}

static enum vordec_status describe(struct vordec_backend_simulation *simulation,
                                   const struct vordec_simulation_setup *setup, const struct simulation_way *way,
                                   struct vordec_error *error) {
  const VkPhysicalDeviceLimits *limits = &simulation->session->gpu.facts.properties.limits;
  simulation->setup = *setup;
  simulation->setup.fft = NULL;
  simulation->way = way;
  simulation->real_bytes = setup->precision == VORDEC_FP64 ? 8 : 4;
  const struct simulation_shape shape = {setup->n, setup->members, simulation->real_bytes, setup->dealias};
  if (way->values > 0) {
    if (fused_sizes_settle(limits, way, &shape, &simulation->sizes)) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "%s cannot simulate N = %u in %s on %.200s",
                       way->name, (unsigned)setup->n, setup->precision == VORDEC_FP64 ? "fp64" : "fp32",
                       simulation->session->gpu.facts.info.name);
  }
  if (vulkan_simulation_sizes_settle(limits, &shape, &simulation->sizes)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "a line of N = %u does not fit into the %u bytes that a workgroup of %.200s shares",
                     (unsigned)setup->n, (unsigned)limits->maxComputeSharedMemorySize,
                     simulation->session->gpu.facts.info.name);
}

enum vordec_status vulkan_simulation_prepare(struct vordec_session *session,
                                             const struct vordec_simulation_setup *setup, struct vordec_error *error) {
  struct kernel_wanted list[SIMULATION_WAYS * SIMULATION_PASSES];
  struct vordec_error not_served;
  uint32_t count = 0;
  enum vordec_status status = kernels_build(&session->kernels, setup->precision, error);
  for (uint32_t i = 0; i < SIMULATION_WAYS; i++) {
    struct vordec_backend_simulation shape = {.session = session};
    if (!simulation_way_is_tried(&simulation_ways[i], setup->n)) continue;
    if (!describe(&shape, setup, &simulation_ways[i], &not_served))
      count += vulkan_simulation_list(&shape, list + count);
  }
  return status ? status : kernels_prepare(&session->kernels, list, count, error);
}

/* The first step makes the driver compile what it has not compiled yet. The second one tells how fast steps are. */
static enum vordec_status warm_up(struct vordec_backend_simulation *simulation, struct vordec_plan_info *info,
                                  struct vordec_error *error) {
  const struct vordec_host *host = simulation->session->gpu.host;
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  const double start = host_ms(host);
  enum vordec_status status = vulkan_simulation_advance(simulation, 1, &result, error);
  simulation->pace = (struct pace){0};
  if (!status && simulation->session->submission_ms > 0.0)
    status = vulkan_simulation_advance(simulation, 1, &result, error);
  info->warmup_ms = host_ms(host) - start;
  return status;
}

enum vordec_status vulkan_simulation_build(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                           const struct simulation_way *way, struct vordec_backend_simulation **out,
                                           struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_backend_simulation *simulation = host_alloc(session->gpu.host, 1, sizeof *simulation);
  if (!simulation) return host_no_memory(error, "a simulation");
  simulation->session = session;
  simulation->serial = ++session->simulations;
  simulation->lost = host_alloc(session->gpu.host, setup->members, sizeof *simulation->lost);
  enum vordec_status status =
      simulation->lost ? describe(simulation, setup, way, error) : host_no_memory(error, "a simulation");
  if (!status) status = kernels_build(&session->kernels, setup->precision, error);
  if (!status) status = vulkan_simulation_memory_create(simulation, error);
  if (!status) status = vulkan_simulation_record(simulation, error);
  if (!status) status = vulkan_simulation_memory_start(simulation, error);
  if (!status) status = warm_up(simulation, info, error);
  if (status) {
    vulkan_simulation_destroy(simulation);
    return status;
  }
  snprintf(info->fft, sizeof info->fft, "%s", way->name);
  vulkan_simulation_memory_count(simulation, &info->host_bytes, &info->device_bytes);
  *out = simulation;
  return VORDEC_OK;
}
