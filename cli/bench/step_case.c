/* SPDX-License-Identifier: MIT */
#include "step_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "bench_state.h"
#include "core/base/clock.h"
#include "science/start.h"

#define WARMUP_S 0.2 /* clocks of an idle device take a while to rise */
#define CALL_S 0.02  /* as long as a call should be: a single step of a small grid is over before a clock has moved */
#define STEPS_MAX 1000
#define RUNS_MIN 9
#define RUNS_MAX 200
#define BUDGET_S 2.0 /* per case; RUNS_MIN is kept all the same */

/* The grid of the decoder that only measures how fast memory is filled. */
#define FILL_N 64
#define FILL_K_CUT 1

/* The flow of 'vordec simulate', with steps that stay stable on grids finer than its own dt is made for. */
static struct vordec_simulation_desc flow_of(const struct step_case *what) {
  return (struct vordec_simulation_desc){.n = what->n,
                                         .members = what->members,
                                         .dt = fmin(1e-3, 1.0 / (double)what->n),
                                         .nu0 = 1e-4,
                                         .cs = 0.17,
                                         .dealias = true};
}

static enum vordec_status measure_fill(struct vordec_runtime *runtime, struct bench_fill *fill,
                                       struct vordec_error *error) {
  if (fill->bytes_per_s != 0.0) return VORDEC_OK;
  const struct vordec_decoder_desc desc = {.batch = 1};
  struct bench_state state = {0};
  struct vordec_decoder *decoder = NULL;
  enum vordec_status status = bench_state_create(FILL_N, FILL_K_CUT, 1, &state, error);
  if (!status) status = vordec_decoder_create(runtime, state.layout, &desc, &decoder, error);
  if (!status) status = bench_fill_measure(decoder, fill, error);
  vordec_decoder_destroy(decoder);
  bench_state_release(&state);
  return status;
}

/* Every member starts from a field of its own. */
static enum vordec_status set_members(struct vordec_simulation *simulation, const struct step_case *what,
                                      struct vordec_error *error) {
  struct start_desc start = {.kind = START_ISOTROPIC, .spectrum = {6, 2, 0.5}};
  double *omega = malloc(what->n * what->n * sizeof *omega), share = 0;
  if (!omega) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < what->members && !status; i++) {
    start.seed = i;
    status = start_draw(&start, what->n, omega, error);
    if (!status) status = start_two_thirds(what->n, omega, &share, error);
    if (!status) status = vordec_simulation_set(simulation, i, omega, 0, error);
  }
  free(omega);
  return status;
}

/* Warms up, and finds out how many steps make a call. */
static enum vordec_status warm_up(struct vordec_simulation *simulation, size_t *steps, struct vordec_error *error) {
  const double start = clock_s();
  enum vordec_status status = VORDEC_OK;
  *steps = 1;
  for (double spent = 0; !status && spent < WARMUP_S;) {
    const double before = clock_s();
    status = vordec_simulation_advance(simulation, *steps, NULL, error);
    const double now = clock_s();
    if (now - before < CALL_S && *steps < STEPS_MAX) *steps = 2 * *steps < STEPS_MAX ? 2 * *steps : STEPS_MAX;
    spent = now - start;
  }
  return status;
}

static enum vordec_status time_steps(struct vordec_simulation *simulation, struct step_result *result,
                                     struct vordec_error *error) {
  double total[RUNS_MAX], device[RUNS_MAX];
  size_t count = 0;
  struct vordec_simulation_report report = {0};
  enum vordec_status status = warm_up(simulation, &result->steps, error);
  const double end = clock_s() + BUDGET_S;
  while (!status && count < RUNS_MAX && (count < RUNS_MIN || clock_s() < end)) {
    status = vordec_simulation_advance(simulation, result->steps, &report, error);
    if (status) break;
    total[count] = report.total_ms / (double)result->steps;
    device[count++] = report.device_timestamps ? report.device_ms / (double)result->steps : NAN;
  }
  if (status) return status;
  result->runs = count;
  result->total = spread_of(total, count);
  result->device = spread_of(device, count);
  snprintf(result->les_device, sizeof result->les_device, "%s", report.les_device);
  return VORDEC_OK;
}

static void describe(const struct vordec_simulation *simulation, const struct step_case *what,
                     const struct bench_fill *fill, struct step_result *result) {
  struct vordec_simulation_info *info = &result->info;
  vordec_simulation_get(simulation, info);
  result->what = *what;
  result->fill = *fill;
  snprintf(result->backend_requested, sizeof result->backend_requested, "%s", info->backend_requested);
  snprintf(result->backend, sizeof result->backend, "%s", info->backend_used);
  snprintf(result->fft_requested, sizeof result->fft_requested, "%s", info->fft_requested);
  snprintf(result->fft, sizeof result->fft, "%s", info->fft_used);
  const double real = info->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const double bytes = (double)what->members * (double)what->n * (double)what->n * real;
  const double ms = isfinite(result->device.median) ? result->device.median : result->total.median;
  result->passes = 1e-3 * ms * fill->bytes_per_s / bytes;
}

enum vordec_status step_case_run(struct vordec_runtime *runtime, const struct step_case *what, struct bench_fill *fill,
                                 struct step_result *result, struct vordec_error *error) {
  const struct vordec_simulation_desc flow = flow_of(what);
  struct vordec_simulation *simulation = NULL;
  *result = (struct step_result){0};
  enum vordec_status status = measure_fill(runtime, fill, error);
  if (!status) status = vordec_simulation_create(runtime, NULL, &flow, &simulation, error);
  if (!status) status = set_members(simulation, what, error);
  if (!status) status = time_steps(simulation, result, error);
  if (!status) describe(simulation, what, fill, result);
  vordec_simulation_destroy(simulation);
  return status;
}
