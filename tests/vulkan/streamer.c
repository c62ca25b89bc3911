/* SPDX-License-Identifier: MIT */
#include "streamer.h"

#include "core/base/clock.h"
#include <string.h>

const struct vordec_stream_interface *streamer_interface(const struct harness *harness) {
  const struct vordec_stream_interface *interface = harness->backend->get_interface(VORDEC_STREAM_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

void streamer_submit(const struct harness *harness, struct vordec_plan *plan, const struct vordec_decode_job *job) {
  struct vordec_error error = {0};
  driver_must(streamer_interface(harness)->submit(plan, job, &error), &error);
}

void streamer_wait(const struct harness *harness, struct vordec_plan *plan, uint64_t start) {
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  driver_must(streamer_interface(harness)->wait(plan, &result, &error), &error);
  const double host_ms = 1e-6 * (double)(clock_ns() - start);
  const struct vordec_evidence *evidence = &result.evidence;
  assert_int_equal(result.struct_size, sizeof result);
  assert_int_equal(evidence->type, harness->device.type);
  assert_string_equal(evidence->name, harness->device.name);
  assert_string_equal(evidence->driver, harness->device.driver);
  assert_memory_equal(evidence->uuid, harness->device.uuid, sizeof evidence->uuid);
  assert_true(evidence->dispatches_recorded > 0);
  assert_int_equal(evidence->dispatches_completed, evidence->dispatches_recorded);
  assert_int_equal(evidence->device_timestamps, (harness->device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  double sum = 0.0;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) sum += result.stage_ms[i];
  if (evidence->device_timestamps) assert_true(sum > 0.0 && sum <= host_ms);
}

void streamer_same(const struct outputs *outputs, const struct outputs *expected) {
  const size_t cells = outputs->count * outputs->cells, real = outputs->fp64 ? sizeof(double) : sizeof(float);
  assert_true(outputs_guards_intact(outputs));
  assert_memory_equal(outputs->omega_lp, expected->omega_lp, cells * real);
  assert_memory_equal(outputs->omega_hat, expected->omega_hat, cells * real);
  assert_memory_equal(outputs->mask, expected->mask, cells);
  assert_memory_equal(outputs->scalars, expected->scalars, outputs->count * sizeof *outputs->scalars);
}
