/* SPDX-License-Identifier: MIT */
#include "stub_flow.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "conformance/reference_flow.h"

struct vordec_backend_simulation {
  struct stub_flow_place place;
  pid_t maker; /* the process that it was made in */
  struct vordec_simulation_setup setup;
  size_t cells;
  double *omega; /* members x cells */
};

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a simulation");
}

static enum vordec_status check_setup(const struct stub_flow_place *place, const struct vordec_simulation_setup *setup,
                                      struct vordec_error *error) {
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "direct computes in fp64 only");
  }
  if (strcmp(setup->fft, "auto") == 0 || strcmp(setup->fft, place->fft) == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "direct has no FFT '%s'", setup->fft);
}

enum vordec_status stub_flow_create(const struct stub_flow_place *place, const struct vordec_simulation_setup *setup,
                                    struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                    struct vordec_error *error) {
  const struct vordec_host *host = place->host;
  const enum vordec_status status = check_setup(place, setup, error);
  if (status) return status;
  const size_t cells = (size_t)setup->n * setup->n, line = 64;
  const size_t bytes = (setup->members * cells * sizeof(double) + line - 1) / line * line;
  struct vordec_backend_simulation *made = host->allocate(host->ctx, line, (sizeof *made + line - 1) / line * line);
  if (!made) return fail_memory(error);
  *made = (struct vordec_backend_simulation){*place, getpid(), *setup, cells, host->allocate(host->ctx, line, bytes)};
  if (!made->omega) {
    if (place->fault != LEAKS_FLOW) host->release(host->ctx, made);
    return fail_memory(error);
  }
  made->setup.reference_mean = setup->reference_mean && place->fault != FORGETS_MEAN;
  made->setup.filter = setup->filter && place->fault != FORGETS_FILTER;
  made->setup.dealias = setup->dealias && place->fault != FORGETS_DEALIAS;
  snprintf(info->fft, sizeof info->fft, "%s", place->fft);
  info->warmup_ms = 0.0;
  *simulation = made;
  return VORDEC_OK;
}

void stub_flow_destroy(struct vordec_backend_simulation *simulation) {
  if (!simulation) return;
  const struct vordec_host *host = simulation->place.host;
  host->release(host->ctx, simulation->omega);
  host->release(host->ctx, simulation);
}

enum vordec_status stub_flow_set(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                                 struct vordec_error *error) {
  (void)error;
  memcpy(simulation->omega + member * simulation->cells, omega, simulation->cells * sizeof *omega);
  return VORDEC_OK;
}

enum vordec_status stub_flow_get(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                                 struct vordec_error *error) {
  (void)error;
  const double *field = simulation->omega + member * simulation->cells;
  for (size_t i = 0; i < simulation->cells; i++) {
    omega[i] = simulation->place.fault == GETS_FLOATS ? (double)(float)field[i] : field[i];
  }
  if (simulation->place.fault == GETS_TOO_MUCH) omega[simulation->cells] = 0.0;
  return VORDEC_OK;
}

uint32_t stub_flow_members(const struct vordec_backend_simulation *simulation) {
  return simulation->setup.members;
}

size_t stub_flow_cells(const struct vordec_backend_simulation *simulation) {
  return simulation->cells;
}

const double *stub_flow_field(const struct vordec_backend_simulation *simulation, uint32_t member) {
  return simulation->omega + member * simulation->cells;
}

/* The first cell of a field that is not finite; SIZE_MAX: none. */
static size_t find_bad(const double *field, size_t cells) {
  for (size_t i = 0; i < cells; i++) {
    if (!isfinite(field[i])) return i;
  }
  return SIZE_MAX;
}

/* One step of all members; whether all are finite. */
static bool take_step(struct vordec_backend_simulation *simulation, uint32_t step,
                      struct vordec_simulation_result *result) {
  const size_t n = simulation->setup.n;
  for (uint32_t member = 0; member < simulation->setup.members; member++) {
    double *field = simulation->omega + member * simulation->cells;
    reference_flow_step(&simulation->setup, field);
    if (simulation->place.fault == MEMBERS_SHOW && member > 0) field[0] *= 1.0 + 1e-15;
    const size_t bad = find_bad(field, simulation->cells);
    if (bad == SIZE_MAX || simulation->place.fault == HIDES_BREAKDOWN) continue;
    result->finite = false;
    result->bad_step = simulation->place.fault == COUNTS_FROM_NOUGHT ? step : step + 1;
    result->bad_member = member;
    result->bad_row = (uint32_t)(bad / n);
    result->bad_column = (uint32_t)(bad % n);
    return false;
  }
  return true;
}

static void show_evidence(const struct vordec_backend_simulation *simulation, uint32_t steps,
                          struct vordec_evidence *evidence) {
  const struct vordec_device *device = &simulation->place.device;
  const uint64_t counted = simulation->place.fault == FLOWS_UNCOUNTED ? 0 : steps;
  *evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(evidence->name, device->name, sizeof device->name);
  memcpy(evidence->driver, device->driver, sizeof device->driver);
}

enum vordec_status stub_flow_advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                     struct vordec_simulation_result *result, struct vordec_error *error) {
  (void)error;
  const struct vordec_host *host = simulation->place.host;
  const uint64_t start = host->clock_ns(host->ctx);
  if (simulation->place.fault == MEMORY_IN_ADVANCE) host->release(host->ctx, host->allocate(host->ctx, 16, 16));
  result->finite = true;
  for (uint32_t step = 0; step < steps && take_step(simulation, step, result);) step++;
  if (simulation->place.fault == FLOW_SPLIT_SHOWS && steps > 1) simulation->omega[0] *= 1.0 + 1e-15;
  if (simulation->place.fault == CHILD_FLOW_SHOWS && getpid() != simulation->maker) simulation->omega[0] *= 1.0 + 1e-15;
  show_evidence(simulation, steps, &result->evidence);
  do result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}
