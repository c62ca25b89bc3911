/* SPDX-License-Identifier: MIT */
#include "cpu_simulate.h"

#include <string.h>

#include "flow_columns.h"
#include "flow_rows.h"

struct vordec_backend_simulation {
  struct vordec_session *session;
  struct flow_space space;
  size_t members;
  double *omega;       /* a field of n rows of space.pitch doubles for each member */
  size_t waves_member; /* the member whose waves the space holds; SIZE_MAX: none yet */
};

static double *field_of(const struct vordec_backend_simulation *simulation, size_t member) {
  return simulation->omega + member * simulation->space.n * simulation->space.pitch;
}

/* ---- making one ---- */

static void destroy(struct vordec_backend_simulation *simulation) {
  if (!simulation) return;
  const struct memory_source *source = &simulation->session->memory.source;
  flow_space_destroy(&simulation->space);
  memory_release(source, simulation->omega);
  memory_release(source, simulation);
}

/* Rows and columns are transformed one by one, all modes of them: "pruned" has nothing to leave out. */
static enum vordec_status check_setup(const struct vordec_simulation_setup *setup, struct vordec_error *error) {
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "cpu: simulations are in fp64 only");
  }
  if (strcmp(setup->fft, "auto") == 0 || strcmp(setup->fft, "fftw") == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "cpu: the FFT \"%s\" cannot simulate; fftw can",
                     setup->fft);
}

static void report_plan(const struct vordec_simulation_setup *setup, const struct memory *memory,
                        struct vordec_plan_info *info) {
  const bool chosen = strcmp(setup->fft, "auto") == 0;
  snprintf(info->fft, sizeof info->fft, "fftw");
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s", chosen ? "simulations have no other FFT" : "");
  info->host_bytes = memory->bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                 struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  enum vordec_status status = check_setup(setup, error);
  if (status != VORDEC_OK) return status;
  struct memory memory = {.source = session->memory.source};
  struct vordec_backend_simulation *made = memory_take(&memory, 1, sizeof *made);
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for a simulation");
  }
  made->session = session;
  made->members = setup->members;
  made->waves_member = SIZE_MAX;
  status = flow_space_create(session, setup, &memory, &made->space, error);
  if (status == VORDEC_OK) {
    made->omega = memory_take(&memory, setup->members, made->space.n * made->space.pitch * sizeof *made->omega);
    if (!made->omega) {
      status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                           "cpu: no memory for %u simulations of N = %u", setup->members, setup->n);
    }
  }
  if (status != VORDEC_OK) {
    destroy(made);
    return status;
  }
  report_plan(setup, &memory, info);
  *simulation = made;
  return VORDEC_OK;
}

/* ---- fields in and out ---- */

static enum vordec_status set_field(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                                    struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  const size_t n = simulation->space.n;
  double *field = field_of(simulation, member);
  for (size_t y = 0; y < n; y++) memcpy(field + y * simulation->space.pitch, omega + y * n, n * sizeof *omega);
  if (simulation->waves_member == member) simulation->waves_member = SIZE_MAX;
  return VORDEC_OK;
}

void cpu_simulation_copy(const struct vordec_backend_simulation *simulation, size_t member, double *omega) {
  const size_t n = simulation->space.n;
  const double *field = field_of(simulation, member);
  for (size_t y = 0; y < n; y++) memcpy(omega + y * n, field + y * simulation->space.pitch, n * sizeof *omega);
}

static enum vordec_status get_field(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                                    struct vordec_error *error) {
  (void)error;
  cpu_simulation_copy(simulation, member, omega);
  return VORDEC_OK;
}

size_t cpu_simulation_n(const struct vordec_backend_simulation *simulation) {
  return simulation->space.n;
}

size_t cpu_simulation_members(const struct vordec_backend_simulation *simulation) {
  return simulation->members;
}

const double *cpu_simulation_field(const struct vordec_backend_simulation *simulation, size_t member) {
  return field_of(simulation, member);
}

size_t cpu_simulation_pitch(size_t n) {
  return flow_pitch(n);
}

/* ---- stepping ---- */

/* Takes one step of a field whose waves the space holds, before the step and after it. Returns what flow_rows()
 * returns. */
static size_t take_step(struct flow_space *space, double *omega) {
  flow_columns_derive(space);
  flow_rows(space, FLOW_ROWS_PREDICT, omega);
  flow_columns_derive(space);
  size_t bad = flow_rows(space, space->dealias ? FLOW_ROWS_SUM : FLOW_ROWS_CORRECT, omega);
  if (space->dealias) {
    flow_columns_damp(space, FLOW_TWO_THIRDS);
    bad = flow_rows(space, FLOW_ROWS_ADD, omega);
  }
  if (space->filter) {
    flow_columns_damp(space, FLOW_FILTER);
    bad = flow_rows(space, FLOW_ROWS_REPLACE, omega);
  }
  return bad;
}

/* Moves a member forward by up to `steps` steps. Returns how many of them were finite; *bad: the first cell that is not
 * finite, in the step after those. */
static uint32_t advance_member(struct vordec_backend_simulation *simulation, size_t member, uint32_t steps,
                               size_t *bad) {
  struct flow_space *space = &simulation->space;
  double *omega = field_of(simulation, member);
  if (simulation->waves_member != member) flow_rows(space, FLOW_ROWS_BEGIN, omega);
  simulation->waves_member = member;
  for (uint32_t step = 0; step < steps; step++) {
    *bad = take_step(space, omega);
    if (*bad != SIZE_MAX) return step;
  }
  return steps;
}

static void show_evidence(const struct vordec_backend_simulation *simulation, uint64_t dispatches,
                          struct vordec_evidence *evidence) {
  const struct vordec_device *device = &simulation->session->device;
  *evidence = (struct vordec_evidence){
      .type = device->type, .dispatches_recorded = dispatches, .dispatches_completed = dispatches};
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
}

/* One member after the other, with all its steps: what a step works in is used by all members. */
static enum vordec_status advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                  struct vordec_simulation_result *result, struct vordec_error *error) {
  (void)error;
  const struct vordec_host *host = simulation->session->host;
  const size_t n = simulation->space.n;
  const uint64_t start = host->clock_ns(host->ctx);
  uint32_t left = steps; /* no member has to go beyond the earliest step that was not finite */
  uint64_t taken = 0;
  result->finite = true;
  for (size_t member = 0; member < simulation->members && left > 0; member++) {
    size_t bad = SIZE_MAX;
    const uint32_t good = advance_member(simulation, member, left, &bad);
    taken += good;
    if (bad == SIZE_MAX) continue;
    taken++;
    left = good;
    result->finite = false;
    result->bad_step = good + 1;
    result->bad_member = (uint32_t)member;
    result->bad_row = (uint32_t)(bad / n);
    result->bad_column = (uint32_t)(bad % n);
  }
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  show_evidence(simulation, taken, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_simulation_interface cpu_simulation_interface = {.struct_size = sizeof cpu_simulation_interface,
                                                                     .create = create,
                                                                     .destroy = destroy,
                                                                     .set = set_field,
                                                                     .get = get_field,
                                                                     .advance = advance};
