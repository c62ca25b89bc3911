/* SPDX-License-Identifier: MIT */
#include "simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/policy/evidence.h"
#include "core/policy/fft_names.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"

#define MEMBERS_MAX (1u << 20)

/* ---- what is asked for ---- */

static enum vordec_status check_desc(const struct vordec_simulation_desc *desc, struct vordec_error *error) {
  if (desc->n < 4 || desc->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "N: %zu is not a grid size (4 .. %u)", desc->n, VORDEC_MAX_N);
  }
  if (desc->members == 0 || desc->members > MEMBERS_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "members: %zu is out of range (1 .. %u)", desc->members, MEMBERS_MAX);
  }
  if (!(desc->dt > 0) || !isfinite(desc->dt)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "dt: %g is not a time step; it must be above 0", desc->dt);
  }
  if (!(desc->nu0 >= 0) || !isfinite(desc->nu0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "nu0: %g is not a viscosity; it must be 0 or more", desc->nu0);
  }
  if (!(desc->cs >= 0) || !isfinite(desc->cs)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "Cs: %g is not a Smagorinsky constant; it must be 0 or more",
                       desc->cs);
  }
  return VORDEC_OK;
}

static struct vordec_simulation_setup describe(const struct vordec_simulation_desc *desc) {
  return (struct vordec_simulation_setup){.struct_size = sizeof(struct vordec_simulation_setup),
                                          .n = (uint32_t)desc->n,
                                          .members = (uint32_t)desc->members,
                                          .dt = desc->dt,
                                          .nu0 = desc->nu0,
                                          .cs = desc->cs,
                                          .reference_mean = desc->reference_mean,
                                          .filter = desc->filter,
                                          .dealias = desc->dealias};
}

/* ---- making it ---- */

static bool find_interface(void *ctx, const struct engine *engine) {
  struct vordec_simulation *simulation = ctx;
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_simulation_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_SIMULATE_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return false;
  simulation->interface = interface;
  return interface->create && interface->destroy && interface->set && interface->get && interface->advance;
}

static enum vordec_status make_members(void *ctx, const struct placement_try *with, bool *made,
                                       struct vordec_error *error) {
  struct vordec_simulation *simulation = ctx;
  struct vordec_simulation_setup setup = describe(&simulation->desc);
  setup.precision = with->precision;
  setup.fft = with->fft;
  const enum vordec_status status =
      simulation->interface->create(with->engine->session, &setup, &simulation->members, with->info, error);
  if (status) simulation->members = NULL;
  *made = simulation->members != NULL;
  return status;
}

static void discard_members(void *ctx) {
  struct vordec_simulation *simulation = ctx;
  if (simulation->members) simulation->interface->destroy(simulation->members);
  simulation->members = NULL;
}

static enum vordec_status place(struct vordec_simulation *simulation, struct vordec_runtime *runtime,
                                const struct vordec_decoder *decoder, struct vordec_error *error) {
  const struct placement_desc desc = {.runtime = runtime,
                                      .role = SELECT_SIMULATE,
                                      .backend = CONFIG_SIMULATE_BACKEND,
                                      .precision = CONFIG_SIMULATE_PRECISION,
                                      .fft = config_text(runtime->config, CONFIG_SIMULATE_FFT),
                                      .what = "simulation",
                                      .work = "simulation",
                                      .rule = "auto: the decode backend if it can, else cpu",
                                      .beside = {decoder ? decoder->engine : NULL},
                                      .find = find_interface,
                                      .make = make_members,
                                      .discard = discard_members,
                                      .ctx = simulation};
  return placement_make(&desc, &simulation->place, error);
}

enum vordec_status vordec_simulation_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                            const struct vordec_simulation_desc *desc,
                                            struct vordec_simulation **simulation, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *simulation = NULL;
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  enum vordec_status status = check_desc(desc, error);
  if (status) return status;
  struct vordec_simulation *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->desc = *desc;
  made->set = calloc(desc->members, sizeof *made->set);
  status = made->set ? place(made, runtime, decoder, error) : error_no_memory(error);
  if (status) {
    vordec_simulation_destroy(made);
    return status;
  }
  *simulation = made;
  return VORDEC_OK;
}

void vordec_simulation_destroy(struct vordec_simulation *simulation) {
  if (!simulation || (simulation->place.engine && !engine_is_here(simulation->place.engine))) return;
  discard_members(simulation);
  placement_release(&simulation->place);
  free(simulation->set);
  free(simulation);
}

void vordec_simulation_get(const struct vordec_simulation *simulation, struct vordec_simulation_info *info) {
  const struct placement *place = &simulation->place;
  const struct vordec_config *config = place->runtime->config;
  *info = (struct vordec_simulation_info){
      .backend_requested = config_text(config, CONFIG_SIMULATE_BACKEND),
      .backend_used = place->engine->backend->name,
      .reason = placement_reason(place),
      .fft_requested = fft_present_name(config_text(config, CONFIG_SIMULATE_FFT)),
      .fft_used = place->info.fft,
      .device = place->engine->device,
      .precision = place->precision,
      .n = simulation->desc.n,
      .members = simulation->desc.members,
      .step = simulation->step,
      .les_device = place->device,
      .host_bytes = place->info.host_bytes,
      .device_bytes = place->info.device_bytes,
      .open_ms = place->open_ms,
      .create_ms = place->create_ms,
      .warmup_ms = place->info.warmup_ms,
  };
}

/* ---- fields ---- */

static enum vordec_status check_member(const struct vordec_simulation *simulation, size_t member,
                                       struct vordec_error *error) {
  if (member < simulation->desc.members) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "member %zu does not exist: there are %zu, counted from 0", member,
                     simulation->desc.members);
}

static enum vordec_status check_field(const struct vordec_simulation *simulation, const double *omega,
                                      struct vordec_error *error) {
  const size_t n = simulation->desc.n;
  const bool fp64 = simulation->place.precision == VORDEC_FP64;
  for (size_t i = 0; i < n * n; i++) {
    if (isfinite(fp64 ? omega[i] : (double)(float)omega[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "initial vorticity: %s at row %zu, column %zu",
                       isfinite(omega[i]) ? "beyond fp32" : "not finite", i / n, i % n);
  }
  return VORDEC_OK;
}

static size_t field_bytes(const struct vordec_simulation *simulation) {
  return simulation->desc.n * simulation->desc.n * sizeof(double);
}

/* While in a call. */
static enum vordec_status put_field(struct vordec_simulation *simulation, size_t member, const double *omega,
                                    uint64_t step, struct vordec_error *error) {
  enum vordec_status status = check_member(simulation, member, error);
  if (!status) status = check_field(simulation, omega, error);
  if (status) return status;
  intake_ready(error);
  status = intake_status(simulation->interface->set(simulation->members, (uint32_t)member, omega, error), error);
  simulation->set[member] = status == VORDEC_OK;
  if (status) return status;
  simulation->step = step;
  link_count(&simulation->link, &simulation->place.engine->device, LINK_FIELDS_IN, field_bytes(simulation));
  return VORDEC_OK;
}

enum vordec_status vordec_simulation_set(struct vordec_simulation *simulation, size_t member, const double *omega,
                                         uint64_t step, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(simulation->place.engine, error);
  if (status) return status;
  return engine_leave(simulation->place.engine, put_field(simulation, member, omega, step, error));
}

static enum vordec_status check_set(const struct vordec_simulation *simulation, size_t first, size_t end,
                                    struct vordec_error *error) {
  for (size_t member = first; member < end; member++) {
    if (simulation->set[member]) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "member %zu holds no field: it has to be set first", member);
  }
  return VORDEC_OK;
}

enum vordec_status simulation_check_members(const struct vordec_simulation *simulation, size_t first, size_t count,
                                            struct vordec_error *error) {
  const size_t members = simulation->desc.members;
  const enum vordec_status status = check_member(simulation, first, error);
  if (status) return status;
  if (count <= members - first) return check_set(simulation, first, first + count, error);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu members from member %zu on are asked for, but there are %zu", count,
                     first, members);
}

/* While in a call. */
static enum vordec_status take_field(struct vordec_simulation *simulation, size_t member, double *omega,
                                     struct vordec_error *error) {
  enum vordec_status status = check_member(simulation, member, error);
  if (!status) status = check_set(simulation, member, member + 1, error);
  if (status) return status;
  intake_ready(error);
  status = intake_status(simulation->interface->get(simulation->members, (uint32_t)member, omega, error), error);
  if (status) return status;
  link_count(&simulation->link, &simulation->place.engine->device, LINK_FIELDS_OUT, field_bytes(simulation));
  return VORDEC_OK;
}

enum vordec_status vordec_simulation_read(struct vordec_simulation *simulation, size_t member, double *omega,
                                          struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(simulation->place.engine, error);
  if (status) return status;
  return engine_leave(simulation->place.engine, take_field(simulation, member, omega, error));
}

/* ---- stepping ---- */

static enum vordec_status weigh_evidence(struct vordec_simulation *simulation, struct vordec_simulation_result *result,
                                         double host_ms, struct vordec_error *error) {
  struct evidence_verdict verdict;
  evidence_judge_simulation(&simulation->place.engine->device, result, host_ms, &verdict);
  if (!verdict.timed) result->device_ms = NAN;
  return placement_weigh(&simulation->place, &verdict, error);
}

/* Notes the steps that were taken, and the first cell that broke down, if one did. */
static enum vordec_status settle_steps(struct vordec_simulation *simulation, size_t steps,
                                       const struct vordec_simulation_result *result, struct vordec_error *error) {
  const struct vordec_simulation_desc *desc = &simulation->desc;
  if (result->finite) {
    simulation->step += steps;
    return VORDEC_OK;
  }
  memset(simulation->set, 0, desc->members * sizeof *simulation->set);
  if (result->bad_step == 0 || result->bad_step > steps || result->bad_member >= desc->members ||
      result->bad_row >= desc->n || result->bad_column >= desc->n) {
    return vordec_fail(error, VORDEC_E_FAILED, 0,
                       "simulation: vorticity is not finite, and the backend names a place that does not exist");
  }
  simulation->step += result->bad_step - 1;
  char member[32] = "";
  if (desc->members > 1) snprintf(member, sizeof member, "member %u, ", result->bad_member);
  return vordec_fail(error, VORDEC_E_FAILED, 0,
                     "simulation: vorticity is not finite at %sstep %llu, row %u, column %u; a smaller dt may help",
                     member, (unsigned long long)simulation->step + 1, result->bad_row, result->bad_column);
}

/* While in a call. */
static enum vordec_status take_steps(const struct vordec_simulation *simulation, uint32_t steps,
                                     struct vordec_simulation_result *result, double *host_ms,
                                     struct vordec_error *error) {
  enum vordec_status status = check_set(simulation, 0, simulation->desc.members, error);
  if (status) return status;
  intake_ready(error);
  const uint64_t start = clock_ns();
  status = intake_status(simulation->interface->advance(simulation->members, steps, result, error), error);
  *host_ms = (double)(clock_ns() - start) * 1e-6;
  intake_simulation(result);
  return status;
}

enum vordec_status vordec_simulation_advance(struct vordec_simulation *simulation, size_t steps,
                                             struct vordec_simulation_report *report, struct vordec_error *error) {
  struct vordec_error scratch, breakdown;
  error = error_or(error, &scratch);
  if (steps == 0 || steps > UINT32_MAX)
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu is not a valid number of steps", steps);
  enum vordec_status status = engine_enter(simulation->place.engine, error);
  if (status) return status;
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  double host_ms = 0.0;
  status = take_steps(simulation, (uint32_t)steps, &result, &host_ms, error);
  if (engine_leave(simulation->place.engine, status)) return status;
  /* They were taken, even if there is no proof of what took them. */
  const enum vordec_status settled = settle_steps(simulation, steps, &result, &breakdown);
  status = weigh_evidence(simulation, &result, host_ms, error);
  if (!status && settled) *error = breakdown;
  if (!status) status = settled;
  if (status || !report) return status;
  *report = (struct vordec_simulation_report){host_ms, result.device_ms, simulation->place.device,
                                              result.evidence.device_timestamps};
  return VORDEC_OK;
}
