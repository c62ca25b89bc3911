/* SPDX-License-Identifier: MIT */
#include "simulation_choice.h"

#include "gpu/timings.h"
#include "gpu/vulkan_host.h"
#include "vulkan_simulation_build.h"
#include "vulkan_simulation_steps.h"
#include "way_times.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TIMINGS_VERSION 4 /* raise it when the speed of a way changes, or the way of measuring it */
#define FUSED_AUTO_MIN 256u
#define ROUNDS 4
#define RUNS 3
#define RUN_MS 4.0 /* how long a run is to take */
#define STEPS_MAX 64.0
#define WARM_RUNS 400u
#define WARM_MS_MIN 100.0 /* a device's clock may take a while before it begins to rise */
#define WARM_MS_MAX 600.0

_Static_assert(ROUNDS *RUNS <= WAY_TIMES_MAX, "all times of a way can be kept");
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

/* Finds the number of steps with which a run takes RUN_MS. On the way every kernel is dispatched for the first time. */
static enum vordec_status find_steps(struct vordec_backend_simulation *simulation, uint32_t *steps,
                                     struct vordec_error *error) {
  double step_ms = 0.0;
  const enum vordec_status status = take(simulation, 2, &step_ms, error);
  *steps = step_ms > 0.0 ? (uint32_t)fmin(fmax(RUN_MS / step_ms, 1.0), STEPS_MAX) : 1;
  return status;
}

static enum vordec_status build(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                uint32_t way, struct vordec_backend_simulation **simulation,
                                struct vordec_error *error) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  return vulkan_simulation_build(session, setup, &simulation_ways[way], simulation, &info, error);
}

/* Keeps the device busy until its clock has risen. An idle device is several times slower, and which way is the fastest
 * depends on the clock. */
static enum vordec_status warm_clock(struct vordec_backend_simulation *simulation, struct vordec_error *error) {
  const struct vordec_host *host = simulation->session->gpu.host;
  const double start = host_ms(host);
  double ms[WARM_RUNS];
  uint32_t steps = 1;
  enum vordec_status status = find_steps(simulation, &steps, error);
  for (uint32_t run = 0; run < WARM_RUNS && !status; run++) {
    status = take(simulation, steps, &ms[run], error);
    const double spent = host_ms(host) - start;
    if (spent > WARM_MS_MAX || (spent > WARM_MS_MIN && clock_has_settled(ms, run + 1))) break;
  }
  return status;
}

/* Times one run of one way. */
static enum vordec_status try_out(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                  uint32_t way, struct way_times *times, struct vordec_error *error) {
  struct vordec_backend_simulation *simulation = NULL;
  uint32_t steps = 1;
  double ms = 0.0;
  enum vordec_status status = build(session, setup, way, &simulation, error);
  if (!status) status = find_steps(simulation, &steps, error);
  for (int run = 0; run < RUNS && !status; run++) {
    status = take(simulation, steps, &ms, error);
    if (!status) way_times_add(times, way, ms);
  }
  vulkan_simulation_destroy(simulation);
  return status;
}

/* Times the ways in turns, so that none of them has a colder device than the others. For a way that cannot be made
 * served[way] becomes false. */
static enum vordec_status take_turns(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                     bool *served, struct way_times *times, struct vordec_error *error) {
  for (uint32_t i = 0; i < ROUNDS * SIMULATION_WAYS; i++) {
    const uint32_t way = i % SIMULATION_WAYS;
    const enum vordec_status status = served[way] ? try_out(session, setup, way, times, error) : VORDEC_OK;
    if (!status) continue;
    if (!host_may_go_on(error)) return status;
    served[way] = false;
  }
  return VORDEC_OK;
}

/* Warms up with the last way, which serves everything that is served at all, and whose kernels are compiled by now. */
static enum vordec_status warm_up(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                  struct vordec_error *error) {
  struct vordec_backend_simulation *simulation = NULL;
  enum vordec_status status = build(session, setup, SIMULATION_WAYS - 1, &simulation, error);
  if (!status) status = warm_clock(simulation, error);
  vulkan_simulation_destroy(simulation);
  return status && !host_may_go_on(error) ? status : VORDEC_OK;
}

/* Fills in the time of each way. Infinite: the way cannot be had. */
static enum vordec_status measure(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                  double *ms, struct vordec_error *error) {
  struct vordec_simulation_setup one = *setup;
  struct way_times times = {.count = {0}};
  bool served[SIMULATION_WAYS];
  one.members = 1;
  for (uint32_t way = 0; way < SIMULATION_WAYS; way++) {
    served[way] = simulation_way_is_tried(&simulation_ways[way], setup->n);
  }
  const enum vordec_status prepared = vulkan_simulation_prepare(session, &one, error);
  if (prepared && !host_may_go_on(error)) return prepared; /* otherwise each way finds out by itself */
  enum vordec_status status = warm_up(session, &one, error);
  if (!status) status = take_turns(session, &one, served, &times, error);
  for (uint32_t way = 0; way < SIMULATION_WAYS; way++) {
    ms[way] = served[way] ? way_times_median(&times, way) : INFINITY;
  }
  return status;
}

/* Returns the fastest way, and writes all times into the reason. The last way serves everything that is served at all.
 * */
static const struct simulation_way *fastest(const double *ms, const char *when, char reason[160]) {
  const uint32_t best = way_times_best(ms);
  int used = snprintf(reason, 160, "%s for one member, a step:", when);
  for (uint32_t i = 0; i < SIMULATION_WAYS; i++) {
    if (isinf(ms[i]) || used < 0 || used >= 160) continue;
    used += snprintf(reason + used, 160 - (size_t)used, " %s %.4g ms,", simulation_ways[i].name, ms[i]);
  }
  if (used > 0 && used < 160) reason[used - 1] = 0;
  return &simulation_ways[best];
}

/* Names everything that the time depends on, except the number of members. */
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
