/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include "vulkan_device.h"
#include "vulkan_host.h"

struct report {
  vordec_device_sink sink;
  void *ctx;
};

static bool report_device(void *ctx, const struct device_facts *facts) {
  const struct report *report = ctx;
  report->sink(report->ctx, &facts->info);
  return true;
}

enum vordec_status vulkan_probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  struct instance *instance = host_alloc(host, 1, sizeof *instance);
  if (!instance) return host_no_memory(error, "a Vulkan instance");
  enum vordec_status status = instance_create(instance, host, error);
  if (!status) {
    struct report report = {sink, sink_ctx};
    status = device_visit(instance, report_device, &report, error);
    instance_destroy(instance);
  }
  host_free(host, instance);
  return status;
}
