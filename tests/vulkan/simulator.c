/* SPDX-License-Identifier: MIT */
#include "simulator.h"

#include "core/base/clock.h"

const struct vordec_simulation_interface *simulator_interface(const struct harness *harness) {
  const struct vordec_simulation_interface *interface = harness->backend->get_interface(VORDEC_SIMULATE_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

struct vordec_backend_simulation *simulator_create(const struct harness *harness, struct vordec_session *session,
                                                   const struct vordec_simulation_setup *setup) {
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  driver_must(simulator_interface(harness)->create(session, setup, &simulation, &info, &error), &error);
  assert_non_null(simulation);
  assert_true(info.fft[0] != '\0' && info.device_bytes > 0 && info.host_bytes > 0 && info.warmup_ms >= 0);
  return simulation;
}

void simulator_set(const struct harness *harness, struct vordec_backend_simulation *simulation, uint32_t member,
                   const double *omega) {
  struct vordec_error error = {0};
  driver_must(simulator_interface(harness)->set(simulation, member, omega, &error), &error);
}

void simulator_get(const struct harness *harness, struct vordec_backend_simulation *simulation, uint32_t member,
                   double *omega) {
  struct vordec_error error = {0};
  driver_must(simulator_interface(harness)->get(simulation, member, omega, &error), &error);
}

struct vordec_simulation_result simulator_advance(const struct harness *harness,
                                                  struct vordec_backend_simulation *simulation, uint32_t steps) {
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const uint64_t start = clock_ns();
  driver_must(simulator_interface(harness)->advance(simulation, steps, &result, &error), &error);
  const double host_ms = 1e-6 * (double)(clock_ns() - start);
  const struct vordec_evidence *evidence = &result.evidence;
  assert_int_equal(evidence->type, harness->device.type);
  assert_string_equal(evidence->name, harness->device.name);
  assert_string_equal(evidence->driver, harness->device.driver);
  assert_memory_equal(evidence->uuid, harness->device.uuid, sizeof evidence->uuid);
  assert_true(evidence->dispatches_recorded >= steps || !result.finite);
  assert_int_equal(evidence->dispatches_completed, evidence->dispatches_recorded);
  assert_int_equal(evidence->device_timestamps, (harness->device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  if (evidence->device_timestamps) assert_true(result.device_ms > 0.0 && result.device_ms <= host_ms);
  return result;
}

void simulator_run(const struct harness *harness, struct vordec_session *session,
                   const struct vordec_simulation_setup *setup, const double *from, uint32_t steps, double *to) {
  struct vordec_backend_simulation *simulation = simulator_create(harness, session, setup);
  simulator_set(harness, simulation, 0, from);
  assert_true(simulator_advance(harness, simulation, steps).finite);
  simulator_get(harness, simulation, 0, to);
  simulator_interface(harness)->destroy(simulation);
}

double simulator_difference(const double *a, const double *b, size_t count) {
  double difference = 0, largest = 0;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(a[i])) return INFINITY;
    difference = fmax(difference, fabs(a[i] - b[i]));
    largest = fmax(largest, fabs(b[i]));
  }
  return difference / largest;
}

struct vordec_simulation_setup simulator_usual(uint32_t n, enum vordec_precision precision) {
  return (struct vordec_simulation_setup){.struct_size = sizeof(struct vordec_simulation_setup),
                                          .n = n,
                                          .members = 1,
                                          .precision = precision,
                                          .fft = "auto",
                                          .dt = 0.01,
                                          .nu0 = 1e-4,
                                          .cs = 0.17};
}

double simulator_distance(const double *a, const double *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum / (double)count);
}
