#include "simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/utf8.h"
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

static struct vordec_simulation_setup describe(const struct vordec_simulation *simulation) {
  const struct vordec_simulation_desc *desc = &simulation->desc;
  return (struct vordec_simulation_setup){.struct_size = sizeof(struct vordec_simulation_setup),
                                          .n = (uint32_t)desc->n,
                                          .members = (uint32_t)desc->members,
                                          .precision = simulation->precision,
                                          .dt = desc->dt,
                                          .nu0 = desc->nu0,
                                          .cs = desc->cs,
                                          .reference_mean = desc->reference_mean,
                                          .filter = desc->filter,
                                          .dealias = desc->dealias};
}

/* ---- making it ---- */

static const struct vordec_simulation_interface *find_interface(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_simulation_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_SIMULATE_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return NULL;
  const bool whole = interface->create && interface->destroy && interface->set && interface->get && interface->advance;
  return whole ? interface : NULL;
}

/* In the precision and with the FFT that are asked for. */
static enum vordec_status equip(struct vordec_simulation *simulation, struct engine *engine,
                                enum vordec_precision precision, const char *fft, struct vordec_error *error) {
  simulation->interface = find_interface(engine);
  if (!simulation->interface) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "it has no simulation");
  }
  simulation->precision = precision;
  struct vordec_simulation_setup setup = describe(simulation);
  setup.fft = fft;
  simulation->info = (struct vordec_plan_info){.struct_size = sizeof simulation->info};
  simulation->doubt[0] = '\0';
  intake_ready(error);
  const uint64_t start = clock_ns();
  enum vordec_status status = intake_status(
      simulation->interface->create(engine->session, &setup, &simulation->members, &simulation->info, error), error);
  simulation->create_ms = (double)(clock_ns() - start) * 1e-6;
  const struct plan_claims claims = {
      .engine = engine, .what = "simulation", .fft = fft, .call_ms = simulation->create_ms};
  if (status) simulation->members = NULL;
  if (!status) {
    status = plan_claims_check(&claims, simulation->members != NULL, &simulation->info, simulation->doubt, error);
  }
  if (status && simulation->members) simulation->interface->destroy(simulation->members);
  if (status) simulation->members = NULL;
  return status;
}

/* engine_create()'s last step. */
static enum vordec_status equip_selected(void *ctx, struct engine *engine, struct vordec_error *error) {
  return equip(ctx, engine, engine->selection.precision, engine->selection.fft, error);
}

/* On the decoder's own session, if the request allows that backend and its device can do what is asked. The simulation
 * has an engine then; else, without an error, another is to be found, and *why says what stood against this one. */
static enum vordec_status share_engine(struct vordec_simulation *simulation, const struct vordec_decoder *decoder,
                                       const struct select_request *request, struct vordec_error *why) {
  struct engine *engine = decoder ? decoder->engine : NULL;
  enum vordec_precision precision;
  if (!engine || !engine_meets(engine, request->backend)) return VORDEC_OK;
  if (select_judge_device(request, &engine->device, &precision)) return VORDEC_OK;
  enum vordec_status status = engine_enter(engine, why);
  if (status) return status;
  status = engine_leave(engine,
                        equip(simulation, engine, precision, fft_name_for(engine->backend->name, request->fft), why));
  if (!status) simulation->engine = engine_retain(engine);
  const bool elsewhere =
      status == VORDEC_E_NO_MEMORY && engine->device.type != VORDEC_DEVICE_HOST && !error_is_of_host_memory(why);
  return status == VORDEC_E_UNSUPPORTED || elsewhere ? VORDEC_OK : status;
}

/* auto without a decoder: the backend that [decode] asks for. It has an engine then; else, without an error, that
 * backend cannot do it, and simulation->why says why not. */
static enum vordec_status try_decode_backend(struct vordec_simulation *simulation, struct select_request request,
                                             struct vordec_error *error) {
  request.backend = config_text(simulation->runtime->config, CONFIG_DECODE_BACKEND);
  request.permissive = false; /* what else would be used is settled by auto */
  const enum vordec_status status =
      engine_create(simulation->runtime, &request, equip_selected, simulation, &simulation->engine, error);
  const bool too_small = status == VORDEC_E_NO_MEMORY && !error_is_of_host_memory(error);
  if (status != VORDEC_E_REFUSED && status != VORDEC_E_UNSUPPORTED && !too_small) return status;
  snprintf(simulation->why, sizeof simulation->why, "%.600s", error->message);
  utf8_mend(simulation->why);
  return VORDEC_OK;
}

static enum vordec_status place(struct vordec_simulation *simulation, const struct vordec_decoder *decoder,
                                struct vordec_error *error) {
  struct vordec_runtime *runtime = simulation->runtime;
  char fallback_text[256];
  struct select_request request;
  struct vordec_error passed_over = {0};
  runtime_request(runtime->config, fallback_text, sizeof fallback_text, &request);
  request.role = SELECT_SIMULATE;
  request.backend = config_text(runtime->config, CONFIG_SIMULATE_BACKEND);
  request.precision = (enum wanted_precision)config_number(runtime->config, CONFIG_SIMULATE_PRECISION);
  request.fft = config_text(runtime->config, CONFIG_SIMULATE_FFT);
  enum vordec_status status = share_engine(simulation, decoder, &request, &passed_over);
  if (status) *error = passed_over;
  if (status || simulation->engine) return status;
  if (strcmp(request.backend, "auto") == 0) {
    if (passed_over.status) {
      snprintf(simulation->why, sizeof simulation->why, "%s: %.500s", decoder->engine->backend->name,
               passed_over.message);
    }
    if (!decoder) status = try_decode_backend(simulation, request, error);
    if (status) return status;
    request.backend = "cpu";
    request.device = "auto";
  }
  if (!simulation->engine) {
    status = engine_create(runtime, &request, equip_selected, simulation, &simulation->engine, error);
  }
  if (status) return status;
  simulation->flags = simulation->engine->selection.flags;
  if (*simulation->engine->selection.message) {
    snprintf(simulation->why, sizeof simulation->why, "%s", simulation->engine->selection.message);
  }
  engine_announce(simulation->engine);
  return VORDEC_OK;
}

/* What it claims of itself and cannot be is told, and nothing can be said of its steps. */
static void doubt_claims(struct vordec_simulation *simulation) {
  if (!simulation->doubt[0]) return;
  simulation->les_device = "unknown";
  flags_raise(&simulation->flags, FLAG_EVIDENCE_MISSING, simulation->doubt);
  log_line(&simulation->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING),
           simulation->engine->backend->name, simulation->doubt);
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
  const uint64_t start = clock_ns();
  struct vordec_simulation *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->runtime = runtime;
  made->desc = *desc;
  made->set = calloc(desc->members, sizeof *made->set);
  status = made->set ? place(made, decoder, error) : error_no_memory(error);
  if (status) {
    vordec_simulation_destroy(made);
    return status;
  }
  made->open_ms = (double)(clock_ns() - start) * 1e-6 - made->create_ms;
  doubt_claims(made);
  *simulation = made;
  return VORDEC_OK;
}

void vordec_simulation_destroy(struct vordec_simulation *simulation) {
  if (!simulation || (simulation->engine && !engine_is_here(simulation->engine))) return;
  if (simulation->members) simulation->interface->destroy(simulation->members);
  engine_release(simulation->engine);
  free(simulation->set);
  free(simulation);
}

const char *simulation_reason(const struct vordec_simulation *simulation) {
  const char *asked = config_text(simulation->runtime->config, CONFIG_SIMULATE_BACKEND);
  if (strcmp(asked, simulation->engine->backend->name) == 0) return "";
  if (*simulation->why) return simulation->why;
  return strcmp(asked, "gpu") == 0 ? "gpu: the first usable one" : "auto: the decode backend if it can, else cpu";
}

void vordec_simulation_get(const struct vordec_simulation *simulation, struct vordec_simulation_info *info) {
  const struct vordec_config *config = simulation->runtime->config;
  *info = (struct vordec_simulation_info){
      .backend_requested = config_text(config, CONFIG_SIMULATE_BACKEND),
      .backend_used = simulation->engine->backend->name,
      .reason = simulation_reason(simulation),
      .fft_requested = fft_present_name(config_text(config, CONFIG_SIMULATE_FFT)),
      .fft_used = simulation->info.fft,
      .device = simulation->engine->device,
      .precision = simulation->precision,
      .n = simulation->desc.n,
      .members = simulation->desc.members,
      .step = simulation->step,
      .les_device = simulation->les_device,
      .host_bytes = simulation->info.host_bytes,
      .device_bytes = simulation->info.device_bytes,
      .open_ms = simulation->open_ms,
      .create_ms = simulation->create_ms,
      .warmup_ms = simulation->info.warmup_ms,
  };
}

/* ---- fields ---- */

static enum vordec_status check_member(const struct vordec_simulation *simulation, size_t member,
                                       struct vordec_error *error) {
  if (member < simulation->desc.members) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "member %zu: there are %zu, from 0 on", member,
                     simulation->desc.members);
}

static enum vordec_status check_field(const struct vordec_simulation *simulation, const double *omega,
                                      struct vordec_error *error) {
  const size_t n = simulation->desc.n;
  const bool fp64 = simulation->precision == VORDEC_FP64;
  for (size_t i = 0; i < n * n; i++) {
    if (isfinite(fp64 ? omega[i] : (double)(float)omega[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "initial vorticity: %s at row %zu, column %zu",
                       isfinite(omega[i]) ? "beyond fp32" : "not finite", i / n, i % n);
  }
  return VORDEC_OK;
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
  if (!status) simulation->step = step;
  return status;
}

enum vordec_status vordec_simulation_set(struct vordec_simulation *simulation, size_t member, const double *omega,
                                         uint64_t step, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(simulation->engine, error);
  if (status) return status;
  return engine_leave(simulation->engine, put_field(simulation, member, omega, step, error));
}

static enum vordec_status check_set(const struct vordec_simulation *simulation, size_t first, size_t end,
                                    struct vordec_error *error) {
  for (size_t member = first; member < end; member++) {
    if (simulation->set[member]) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "member %zu holds no field: it has to be set first", member);
  }
  return VORDEC_OK;
}

/* While in a call. */
static enum vordec_status take_field(const struct vordec_simulation *simulation, size_t member, double *omega,
                                     struct vordec_error *error) {
  enum vordec_status status = check_member(simulation, member, error);
  if (!status) status = check_set(simulation, member, member + 1, error);
  if (status) return status;
  intake_ready(error);
  return intake_status(simulation->interface->get(simulation->members, (uint32_t)member, omega, error), error);
}

enum vordec_status vordec_simulation_read(struct vordec_simulation *simulation, size_t member, double *omega,
                                          struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(simulation->engine, error);
  if (status) return status;
  return engine_leave(simulation->engine, take_field(simulation, member, omega, error));
}

/* ---- stepping ---- */

static enum vordec_status weigh_evidence(struct vordec_simulation *simulation, struct vordec_simulation_result *result,
                                         double host_ms, struct vordec_error *error) {
  struct evidence_verdict verdict;
  const char *backend = simulation->engine->backend->name;
  evidence_judge_simulation(&simulation->engine->device, result, host_ms, &verdict);
  if (!verdict.timed) result->device_ms = NAN;
  const bool doubted = simulation->les_device && strcmp(simulation->les_device, "unknown") == 0;
  if (!doubted) simulation->les_device = verdict.decode_device;
  if (verdict.timing_unavailable &&
      flags_raise(&simulation->flags, FLAG_TIMING_UNAVAILABLE, "the device's queue has no timestamps")) {
    log_line(&simulation->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_TIMING_UNAVAILABLE), backend);
  }
  if (verdict.proven) return VORDEC_OK;
  if (config_number(simulation->runtime->config, CONFIG_DECODE_POLICY) == POLICY_STRICT) {
    vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                "backend '%s' does not show what did the simulation (evidence): %.400s", backend, verdict.why);
    utf8_mend(error->message);
    return VORDEC_E_REFUSED;
  }
  if (flags_raise(&simulation->flags, FLAG_EVIDENCE_MISSING, verdict.why)) {
    log_line(&simulation->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING), backend,
             verdict.why);
  }
  return VORDEC_OK;
}

/* The steps that were taken, and the first cell that broke, if one did. */
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
                       "simulation: vorticity is not finite, and the backend names a place that there is not");
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
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu is no number of steps", steps);
  enum vordec_status status = engine_enter(simulation->engine, error);
  if (status) return status;
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  double host_ms = 0.0;
  status = take_steps(simulation, (uint32_t)steps, &result, &host_ms, error);
  if (engine_leave(simulation->engine, status)) return status;
  /* They were taken, also where nobody believes by whom. */
  const enum vordec_status settled = settle_steps(simulation, steps, &result, &breakdown);
  status = weigh_evidence(simulation, &result, host_ms, error);
  if (!status && settled) *error = breakdown;
  if (!status) status = settled;
  if (status || !report) return status;
  *report = (struct vordec_simulation_report){host_ms, result.device_ms, simulation->les_device,
                                              result.evidence.device_timestamps};
  return VORDEC_OK;
}
