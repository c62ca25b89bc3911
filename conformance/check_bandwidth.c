/* SPDX-License-Identifier: MIT */
#include "check_bandwidth.h"

#include "core/base/clock.h"
#include "plugin.h"

void bandwidth_judge(struct suite *suite, const char *slot, bandwidth_slot run, uint64_t bytes) {
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&suite->host.blocks);
  const double start = clock_ms();
  const enum vordec_status status = run(plugin_session(suite), bytes, &result, &error);
  const double host_ms = clock_ms() - start;
  if (status) {
    plugin_judge_error(suite, slot, status, &error);
    suite_short(suite, "%s(%llu): %s: %.300s", slot, (unsigned long long)bytes, vordec_status_name(status),
                error.message);
  } else if (result.bytes == 0 || result.bytes > bytes) {
    suite_short(suite, "asked to %s %llu bytes, it did so with %llu", slot, (unsigned long long)bytes,
                (unsigned long long)result.bytes);
  } else if (!(result.seconds > 0.0) || 1e3 * result.seconds > host_ms) {
    suite_short(suite, "one run of %s() took %g s in a call of %g s", slot, result.seconds, 1e-3 * host_ms);
  } else if (result.device_timestamps && !(suite->shared->device.capabilities & VORDEC_CAP_TIMESTAMPS)) {
    suite_short(suite, "%s() reports times of the device's clock, but probe() says that the device has none", slot);
  }
  if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "%s() leaves memory behind", slot);
  suite_note(suite, "%.3g GB/s over %.3g MiB", 1e-9 * (double)result.bytes / result.seconds,
             (double)result.bytes / 1048576.0);
}

void check_fill(struct suite *suite) {
  if (!plugin_session(suite)) return;
  if (!plugin_bandwidth(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_BANDWIDTH_INTERFACE);
    return;
  }
  bandwidth_judge(suite, "fill", plugin_bandwidth(suite)->fill, 1); /* the least that may be asked for */
  bandwidth_judge(suite, "fill", plugin_bandwidth(suite)->fill, UINT64_C(1) << 24);
}
