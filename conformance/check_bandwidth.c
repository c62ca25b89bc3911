#include "check_bandwidth.h"

#include "core/base/clock.h"
#include "plugin.h"

static const struct vordec_bandwidth_interface *bandwidth(const struct suite *suite) {
  const struct vordec_bandwidth_interface *table =
      suite->backend->get_interface ? suite->backend->get_interface(VORDEC_BANDWIDTH_INTERFACE) : NULL;
  return table && table->struct_size >= sizeof *table && table->fill ? table : NULL;
}

static void judge_fill(struct suite *suite, struct vordec_session *session, uint64_t bytes) {
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&suite->host.blocks);
  const double start = clock_ms();
  const enum vordec_status status = bandwidth(suite)->fill(session, bytes, &result, &error);
  const double host_ms = clock_ms() - start;
  if (status) {
    plugin_judge_error(suite, "fill", status, &error);
    suite_short(suite, "fill(%llu): %s: %.300s", (unsigned long long)bytes, vordec_status_name(status), error.message);
  } else if (result.bytes == 0 || result.bytes > bytes) {
    suite_short(suite, "asked to fill %llu bytes it filled %llu", (unsigned long long)bytes,
                (unsigned long long)result.bytes);
  } else if (!(result.seconds > 0.0) || 1e3 * result.seconds > host_ms) {
    suite_short(suite, "one run took %g s in a call of %g s", result.seconds, 1e-3 * host_ms);
  } else if (result.device_timestamps && !(suite->shared->device.capabilities & VORDEC_CAP_TIMESTAMPS)) {
    suite_short(suite, "times by the device's clock, which the device does not have, as probe() says");
  }
  if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "fill() leaves memory behind");
  suite_note(suite, "%.3g GB/s over %.3g MiB", 1e-9 * (double)result.bytes / result.seconds,
             (double)result.bytes / 1048576.0);
}

void check_fill(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  if (!bandwidth(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_BANDWIDTH_INTERFACE);
    return;
  }
  judge_fill(suite, session, 1); /* the least that may be asked for */
  judge_fill(suite, session, UINT64_C(1) << 24);
}
