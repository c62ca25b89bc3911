/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_interface.h"

#include "simulation_choice.h"
#include "vulkan_simulation_build.h"
#include "vulkan_simulation_memory.h"
#include "vulkan_simulation_steps.h"

static enum vordec_status set(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                              struct vordec_error *error) {
  enum vordec_status status = gpu_check(&simulation->session->gpu, error);
  if (status) return status;
  simulation->transformed = false;
  status = vulkan_simulation_memory_put(simulation, member, omega, error);
  if (!status) simulation->lost[member] = false;
  return status;
}

static enum vordec_status get(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                              struct vordec_error *error) {
  const enum vordec_status status = vulkan_simulation_check(simulation, member, member + 1, error);
  return status ? status : vulkan_simulation_memory_take(simulation, member, omega, error);
}

static enum vordec_status check_setup(const struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                      struct vordec_error *error) {
  if (setup->precision == VORDEC_FP64 && !session->gpu.facts.has_fp64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "%.200s has no double precision",
                       session->gpu.facts.info.name);
  }
  return gpu_check(&session->gpu, error);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                 struct vordec_backend_simulation **out, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  const struct simulation_way *way = NULL;
  enum vordec_status status = check_setup(session, setup, error);
  if (!status) status = simulation_choose(session, setup, &way, info->fft_reason, error);
  if (!status) status = vulkan_simulation_build(session, setup, way, out, info, error);
  if (!status) kernels_save(&session->kernels);
  return status;
}

const struct vordec_simulation_interface vulkan_simulation_interface = {
    .struct_size = sizeof(struct vordec_simulation_interface),
    .create = create,
    .destroy = vulkan_simulation_destroy,
    .set = set,
    .get = get,
    .advance = vulkan_simulation_advance,
};
