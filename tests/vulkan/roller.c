/* SPDX-License-Identifier: MIT */
#include "roller.h"

#include "core/base/clock.h"
#include <stdlib.h>
#include <string.h>

const struct vordec_rollout_interface *roller_interface(const struct harness *harness) {
  const struct vordec_rollout_interface *interface = harness->backend->get_interface(VORDEC_ROLLOUT_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

struct vordec_backend_rollout *roller_create(const struct harness *harness, struct vordec_session *session, uint32_t d,
                                             enum vordec_precision precision, const double *a, const double *z0) {
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = d, .precision = precision, .a = a, .z0 = z0, .states = 1};
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  driver_must(roller_interface(harness)->create(session, &setup, &rollout, &error), &error);
  assert_non_null(rollout);
  return rollout;
}

struct vordec_backend_rollout *roller_create_batch(const struct harness *harness, struct vordec_session *session,
                                                   const struct vordec_rollout_setup *setup) {
  const struct vordec_rollout_interface *interface = harness->backend->get_interface(VORDEC_ROLLOUT_BATCH_INTERFACE);
  assert_ptr_equal(interface, roller_interface(harness)); /* one table for both */
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  driver_must(interface->create(session, setup, &rollout, &error), &error);
  assert_non_null(rollout);
  return rollout;
}

void roller_advance(const struct harness *harness, struct vordec_backend_rollout *rollout, uint32_t steps) {
  struct vordec_rollout_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const uint64_t start = clock_ns();
  driver_must(roller_interface(harness)->advance(rollout, steps, &result, &error), &error);
  const double host_ms = 1e-6 * (double)(clock_ns() - start);
  const struct vordec_evidence *evidence = &result.evidence;
  assert_int_equal(evidence->type, harness->device.type);
  assert_string_equal(evidence->name, harness->device.name);
  assert_string_equal(evidence->driver, harness->device.driver);
  assert_memory_equal(evidence->uuid, harness->device.uuid, sizeof evidence->uuid);
  assert_int_equal(evidence->dispatches_recorded, steps);
  assert_int_equal(evidence->dispatches_completed, steps);
  assert_int_equal(evidence->device_timestamps, (harness->device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  if (evidence->device_timestamps) assert_true(result.device_ms > 0.0 && result.device_ms <= host_ms);
}

double *roller_read(const struct harness *harness, struct vordec_backend_rollout *rollout, uint32_t d) {
  struct vordec_error error = {0};
  double *z = calloc(d, sizeof *z);
  assert_non_null(z);
  driver_must(roller_interface(harness)->read(rollout, z, &error), &error);
  return z;
}

double *roller_operator(uint32_t d, uint32_t still) {
  double *a = calloc((size_t)d * d, sizeof *a);
  assert_non_null(a);
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++) {
      if (i == still || j == still) {
        a[i * d + j] = i == j;
      } else {
        a[i * d + j] = (i == j ? 0.9 : 0.0) + 0.3 / d * cos(0.7 * (double)(i * i) + 1.3 * (double)j);
      }
    }
  }
  return a;
}
