/* SPDX-License-Identifier: MIT */
/*
 * cpu_backend.c - the table of decode_cpu.so.
 */
#include <string.h>

#include "adjoint/cpu_adjoint.h"
#include "compare/cpu_compare.h"
#include "cpu_bandwidth.h"
#include "cpu_decode.h"
#include "cpu_device.h"
#include "encode/cpu_encode.h"
#include "residual/cpu_residual.h"
#include "rollout/cpu_rollout.h"
#include "share/cpu_share.h"
#include "share/cpu_shelf.h"
#include "simulate/cpu_simulate.h"

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  (void)host;
  (void)error;
  struct vordec_device device;
  cpu_device_describe(&device);
  sink(sink_ctx, &device);
  return VORDEC_OK;
}

static const void *get_interface(const char *name) {
  if (strcmp(name, VORDEC_ADJOINT_INTERFACE) == 0) return &cpu_adjoint_interface;
  if (strcmp(name, VORDEC_ADJOINT_SHARED_INTERFACE) == 0) return &cpu_adjoint_shared_interface;
  if (strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &cpu_bandwidth_interface;
  if (strcmp(name, VORDEC_COMPARE_INTERFACE) == 0) return &cpu_compare_interface;
  if (strcmp(name, VORDEC_ENCODE_INTERFACE) == 0) return &cpu_encode_interface;
  if (strcmp(name, VORDEC_EXPORT_INTERFACE) == 0) return &cpu_export_interface;
  if (strcmp(name, VORDEC_FORK_INTERFACE) == 0) return &cpu_fork_interface;
  if (strcmp(name, VORDEC_RESIDUAL_INTERFACE) == 0) return &cpu_residual_interface;
  if (strcmp(name, VORDEC_SHELF_INTERFACE) == 0) return &cpu_shelf_interface;
  if (strcmp(name, VORDEC_SIMULATE_INTERFACE) == 0) return &cpu_simulation_interface;
  if (strcmp(name, VORDEC_ROLLOUT_BATCH_INTERFACE) == 0) return &cpu_rollout_interface;
  if (strcmp(name, VORDEC_TRAIL_INTERFACE) == 0) return &cpu_trail_interface;
  return strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0 ? &cpu_rollout_interface : NULL;
}

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  static const struct vordec_backend backend = {
      .abi_major = VORDEC_ABI_MAJOR,
      .abi_minor = VORDEC_ABI_MINOR,
      .struct_size = sizeof backend,
      .name = "cpu",
      .description = "reference in fp64 on the processor, with FFTW",
      .ffts = cpu_ifft_names,
      .probe = probe,
      .open = cpu_session_open,
      .close = cpu_session_close,
      .plan_create = cpu_plan_create,
      .plan_destroy = cpu_plan_destroy,
      .decode = cpu_decode,
      .get_interface = get_interface,
  };
  (void)host;
  return host_abi == VORDEC_ABI_MAJOR ? &backend : NULL;
}
