/* SPDX-License-Identifier: MIT */
#include "flow_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"
#include "sample.h"

struct vordec_simulation_setup flow_setup(uint32_t n, enum vordec_precision precision) {
  return (struct vordec_simulation_setup){.struct_size = sizeof(struct vordec_simulation_setup),
                                          .n = n,
                                          .members = 1,
                                          .precision = precision,
                                          .fft = "auto",
                                          .dt = 0.02,
                                          .nu0 = 0.01,
                                          .cs = 0.2};
}

double *flow_field(uint32_t n, uint32_t number) {
  const double step = 2 * acos(-1.0) / n;
  double *field = calloc((size_t)n * n, sizeof *field);
  if (!field) abort();
  for (uint32_t i = 0; i < n * n; i++) field[i] = 0.25;
  for (uint32_t mode = 0; mode < 16; mode++) {
    const double size = 0.5 * sample_draw(1000 * (uint64_t)number + mode), phase = 3 * sample_draw(500 + mode);
    const uint32_t ky = mode % 4, kx = mode / 4;
    for (uint32_t i = 0; i < n * n; i++) {
      const uint32_t y = i / n, x = i % n;
      field[i] += size * cos(step * (ky * y + kx * x) + phase);
    }
  }
  return field;
}

struct vordec_backend_simulation *flow_start(struct suite *suite, struct vordec_session *session,
                                             const struct vordec_simulation_setup *setup) {
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const bool named = strcmp(setup->fft, "auto") != 0;
  const double start = clock_ms();
  const enum vordec_status status = plugin_simulate(suite)->create(session, setup, &simulation, &info, &error);
  const double host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "create", status, &error);
    const bool of_fft = error.reason == VORDEC_REASON_FFT_SIZE || error.reason == VORDEC_REASON_NO_FFT;
    if (status == VORDEC_E_UNSUPPORTED && of_fft && named) return NULL;
    suite_short(suite, "create(N = %u, %u members, %s, fft %s): %s: %.300s", setup->n, setup->members,
                precision_name(setup->precision), setup->fft, vordec_status_name(status), error.message);
    return NULL;
  }
  if (!simulation) {
    suite_short(suite, "create() returned ok and no simulation");
  } else if (named && strcmp(info.fft, setup->fft) != 0) {
    suite_short(suite, "create(): asked for fft %s, but it claims '%.31s'", setup->fft, info.fft);
  } else if (!(info.warmup_ms >= 0.0 && info.warmup_ms <= host_ms)) {
    suite_short(suite, "create() claims a warm-up of %g ms in a call of %g ms", info.warmup_ms, host_ms);
  }
  return simulation;
}

bool flow_set(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t member, uint32_t n,
              const double *omega) {
  struct guarded array;
  struct vordec_error error = {0};
  const size_t bytes = (size_t)n * n * sizeof *omega;
  guarded_create(&array, "omega (set)", bytes, suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END);
  memcpy(array.data, omega, bytes);
  guarded_seal(&array);
  const enum vordec_status status = plugin_simulate(suite)->set(simulation, member, array.data, &error);
  if (status) {
    plugin_judge_error(suite, "set", status, &error);
    suite_short(suite, "set(): %s: %.300s", vordec_status_name(status), error.message);
  }
  guarded_destroy(&array); /* it is read during set() only */
  return status == VORDEC_OK;
}

bool flow_get(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t member, uint32_t n,
              double *omega) {
  struct guarded array;
  struct vordec_error error = {0};
  const size_t bytes = (size_t)n * n * sizeof *omega;
  guarded_create(&array, "omega (get)", bytes, suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END);
  const enum vordec_status status = plugin_simulate(suite)->get(simulation, member, array.data, &error);
  memcpy(omega, array.data, bytes);
  if (status) {
    plugin_judge_error(suite, "get", status, &error);
    suite_short(suite, "get(): %s: %.300s", vordec_status_name(status), error.message);
  }
  if (!guarded_surroundings_intact(&array)) suite_short(suite, "get() writes outside of its output");
  guarded_destroy(&array);
  return status == VORDEC_OK;
}

bool flow_advance(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t steps,
                  struct vordec_simulation_result *result, double *host_ms) {
  struct vordec_error error = {0};
  *result = (struct vordec_simulation_result){.struct_size = sizeof *result};
  const size_t taken = atomic_load(&suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_simulate(suite)->advance(simulation, steps, result, &error);
  *host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "advance", status, &error);
    suite_short(suite, "advance(%u): %s: %.300s", steps, vordec_status_name(status), error.message);
  } else if (atomic_load(&suite->host.taken) != taken) {
    suite_short(suite, "advance() takes memory from the host");
  }
  return status == VORDEC_OK;
}

bool flow_steps(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t steps) {
  struct vordec_simulation_result result;
  double host_ms;
  if (!flow_advance(suite, simulation, steps, &result, &host_ms)) return false;
  if (!result.finite) suite_short(suite, "advance(%u) claims that a value is not finite, of a tame flow", steps);
  return result.finite;
}
