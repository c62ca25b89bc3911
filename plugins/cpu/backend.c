/*
 * backend.c - the table of decode_cpu.so.
 */
#include "decode.h"
#include "device.h"
#include "rollout_interface.h"

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  (void)host;
  (void)error;
  struct vordec_device device;
  device_describe(&device);
  sink(sink_ctx, &device);
  return VORDEC_OK;
}

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  static const struct vordec_backend backend = {
      .abi_major = VORDEC_ABI_MAJOR,
      .abi_minor = VORDEC_ABI_MINOR,
      .struct_size = sizeof backend,
      .name = "cpu",
      .description = "reference in fp64 on the processor, with FFTW",
      .ffts = ifft_names,
      .probe = probe,
      .open = session_open,
      .close = session_close,
      .plan_create = plan_create,
      .plan_destroy = plan_destroy,
      .decode = decode,
      .get_interface = cpu_get_interface,
  };
  (void)host;
  return host_abi == VORDEC_ABI_MAJOR ? &backend : NULL;
}
