/* SPDX-License-Identifier: MIT */
#include "simulation_choice.h"

#include "gpu/timings.h"
#include "gpu/vulkan_host.h"
#include "vulkan_simulation_build.h"
#include "vulkan_simulation_steps.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TIMINGS_VERSION 3 /* raise it when the speed of a way changes */
#define FUSED_AUTO_MIN 256u
#define ROUNDS 2 /* in the first one kernels are compiled, while the device's clock falls */
#define RUNS 5
#define RUN_MS 4.0 /* that a run is to take */
#define STEPS_MAX 64.0

_Static_assert(SIMULATION_WAYS <= SESSION_CANDIDATES, "the times of all ways can be kept");

static enum vordec_status take(struct vordec_backend_simulation *simulation, uint32_t steps, double *step_ms,
                               struct vordec_error *error) {
  const struct vordec_host *host = simulation->session->gpu.host;
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  const double start = host_ms(host);
  const enum vordec_status status = vulkan_simulation_advance(simulation, steps, &result, error);
  const double ms = result.device_ms > 0.0 ? result.device_ms : host_ms(host) - start;
  *step_ms = ms / steps;
  return status;
}

/* The fastest of some runs. */
static enum vordec_status time_steps(struct vordec_backend_simulation *simulation, double *fastest_ms,
                                     struct vordec_error *error) {
  double step_ms = 0.0;
  enum vordec_status status = take(simulation, 2, &step_ms, error);
  const double wanted = step_ms > 0.0 ? fmin(fmax(RUN_MS / step_ms, 1.0), STEPS_MAX) : 1.0;
  *fastest_ms = INFINITY;
  for (int run = 0; run < RUNS && !status; run++) {
    status = take(simulation, (uint32_t)wanted, &step_ms, error);
    *fastest_ms = fmin(*fastest_ms, step_ms);
  }
  return status;
}

static enum vordec_status try_out(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                  const struct simulation_way *way, double *ms, struct vordec_error *error) {
  struct vordec_simulation_setup one = *setup;
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  one.members = 1;
  enum vordec_status status = vulkan_simulation_build(session, &one, way, &simulation, &info, error);
  if (!status) status = time_steps(simulation, ms, error);
  vulkan_simulation_destroy(simulation);
  return status;
}

/* Infinite: out of the question. */
static enum vordec_status measure(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                  double *ms, struct vordec_error *error) {
  struct vordec_simulation_setup one = *setup;
  one.members = 1;
  enum vordec_status prepared = vulkan_simulation_prepare(session, &one, error);
  if (prepared && !host_may_go_on(error)) return prepared; /* else a way's own try tells */
  for (uint32_t i = 0; i < ROUNDS * SIMULATION_WAYS; i++) {
    const uint32_t way = i % SIMULATION_WAYS;
    if (i < SIMULATION_WAYS && !simulation_way_is_tried(&simulation_ways[way], setup->n)) ms[way] = INFINITY;
    if (isinf(ms[way])) continue;
    const enum vordec_status status = try_out(session, setup, &simulation_ways[way], &ms[way], error);
    if (!status) continue;
    if (!host_may_go_on(error)) return status;
    ms[way] = INFINITY;
  }
  return VORDEC_OK;
}

/* The fastest, and all times. The last way serves whatever is served at all. */
static const struct simulation_way *fastest(const double *ms, const char *when, char reason[160]) {
  uint32_t best = SIMULATION_WAYS - 1;
  int used = snprintf(reason, 160, "%s for one member, a step:", when);
  for (uint32_t i = 0; i < SIMULATION_WAYS; i++) {
    if (ms[i] < ms[best]) best = i;
    if (isinf(ms[i]) || used < 0 || used >= 160) continue;
    used += snprintf(reason + used, 160 - (size_t)used, " %s %.4g ms,", simulation_ways[i].name, ms[i]);
  }
  if (used > 0 && used < 160) reason[used - 1] = 0;
  return &simulation_ways[best];
}

/* Everything that the time depends on, the members left out. */
static void make_key(const struct vordec_simulation_setup *setup, char key[96]) {
  snprintf(key, 96, "steps %d n %u filter %d dealias %d fp%d", TIMINGS_VERSION, (unsigned)setup->n, setup->filter,
           setup->dealias, setup->precision == VORDEC_FP64 ? 64 : 32);
}

static enum vordec_status choose(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                 const struct simulation_way **way, char reason[160], struct vordec_error *error) {
  char key[96];
  double ms[SESSION_CANDIDATES] = {0};
  *way = &simulation_ways[SIMULATION_WAYS - 1];
  if ((setup->n & (setup->n - 1)) != 0 || setup->n < FUSED_AUTO_MIN) {
    snprintf(reason, 160, "fused steps are for powers of two from %u on", FUSED_AUTO_MIN);
    return VORDEC_OK;
  }
  if (session->gpu.facts.info.type == VORDEC_DEVICE_SOFTWARE) {
    snprintf(reason, 160, "steps are measured on hardware only");
    return VORDEC_OK;
  }
  make_key(setup, key);
  const bool known = timings_recall(session, key, ms);
  const enum vordec_status status = known ? VORDEC_OK : measure(session, setup, ms, error);
  if (status) return status;
  if (!known) timings_remember(session, key, ms);
  *way = fastest(ms, known ? "measured by an earlier simulation" : "measured", reason);
  return VORDEC_OK;
}

enum vordec_status simulation_choose(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                     const struct simulation_way **way, char reason[160], struct vordec_error *error) {
  reason[0] = 0;
  if (strcmp(setup->fft, "auto") == 0) return choose(session, setup, way, reason, error);
  *way = simulation_way_find(setup->fft);
  if (*way) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                     "vulkan: the FFT \"%.60s\" cannot simulate; " SIMULATION_FUSED_4 ", " SIMULATION_FUSED_8
                     ", " SIMULATION_FUSED_16 " and " SIMULATION_DIRECT " can",
                     setup->fft);
}
