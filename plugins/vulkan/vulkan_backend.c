#include "gpu/debug.h"
#include "gpu/lent_memory.h"
#include "gpu/link_rate.h"
#include "gpu/probe.h"
#include "gpu/vulkan_bandwidth.h"
#include "plan/vulkan_decode.h"
#include "rollout/vulkan_rollout.h"

#include <string.h>

static const struct vordec_stream_interface stream = {
    .struct_size = sizeof stream,
    .submit = decode_start,
    .wait = decode_finish,
    .host_alloc = host_memory_alloc,
    .host_free = host_memory_free,
    .link = link_measure,
};

static const void *get_interface(const char *name) {
  if (strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0) return &vulkan_rollout_interface;
  if (strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &vulkan_bandwidth_interface;
  if (strcmp(name, VORDEC_STREAM_INTERFACE) == 0) return &stream;
  return strcmp(name, "vordec.debug/1") == 0 ? &vulkan_debug_interface : NULL;
}

static const char *const ffts[] = {"pruned", "vkfft", "direct", NULL};

static const struct vordec_backend backend = {
    .abi_major = VORDEC_ABI_MAJOR,
    .abi_minor = VORDEC_ABI_MINOR,
    .struct_size = sizeof(struct vordec_backend),
    .name = "vulkan",
    .description = "GPU through Vulkan compute, fp32 and fp64",
    .ffts = ffts,
    .probe = probe,
    .open = session_open,
    .close = session_close,
    .plan_create = plan_create,
    .plan_destroy = plan_destroy,
    .decode = decode_run,
    .get_interface = get_interface,
};

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  (void)host;
  return host_abi == VORDEC_ABI_MAJOR ? &backend : NULL;
}
