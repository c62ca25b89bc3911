/* SPDX-License-Identifier: MIT */
#include "rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/utf8.h"
#include "core/policy/evidence.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"

#define D_MAX (1u << 20) /* far more than any memory has room for; D * D * 8 does not overflow */

enum dtype { DTYPE_AUTO, DTYPE_FLOAT32, DTYPE_FLOAT64 };

/* ---- making one ---- */

static enum vordec_status check_desc(const struct vordec_rollout_desc *desc, struct vordec_error *error) {
  if (desc->d == 0 || desc->d > D_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: D = %zu is out of range (1 .. %u)", desc->d, D_MAX);
  }
  for (size_t i = 0; i < desc->d * desc->d; i++) {
    if (isfinite(desc->a[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: row %zu, column %zu is %s", i / desc->d, i % desc->d,
                       isnan(desc->a[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

static enum vordec_status check_settings(const struct vordec_config *config, struct vordec_error *error) {
  if (!config_number(config, CONFIG_OP_DETERMINISTIC) || !config_number(config, CONFIG_OP_STRIDE_POWER)) {
    return VORDEC_OK;
  }
  return vordec_fail(
      error, VORDEC_E_CONFIG, 0,
      "[op] stride_power and [op] deterministic contradict each other: with a power of A no sums are in index "
      "order; set one of them to false");
}

/* "entry 3", or "state 2, entry 3" if there are several states. */
static const char *name_entry(const struct vordec_rollout *rollout, size_t i, char name[64]) {
  if (rollout->states == 1) {
    snprintf(name, 64, "entry %zu", i);
  } else {
    snprintf(name, 64, "state %zu, entry %zu", i / rollout->d, i % rollout->d);
  }
  return name;
}

static enum vordec_status check_states(const struct vordec_rollout *rollout, const double *z0,
                                       struct vordec_error *error) {
  char name[64];
  for (size_t i = 0; i < rollout->states * rollout->d; i++) {
    if (isfinite(z0[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "z: %s is %s", name_entry(rollout, i, name),
                       isnan(z0[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

/* A value that is finite in double may not be finite in float. */
static enum vordec_status check_range(const struct vordec_rollout *rollout, const struct vordec_rollout_desc *desc,
                                      struct vordec_error *error) {
  char name[64];
  if (rollout->precision == VORDEC_FP64) return VORDEC_OK;
  for (size_t i = 0; i < desc->d * desc->d; i++) {
    if (isfinite((float)desc->a[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: row %zu, column %zu is beyond float32", i / desc->d, i % desc->d);
  }
  for (size_t i = 0; i < rollout->states * rollout->d; i++) {
    if (isfinite((float)desc->z0[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "z: %s is beyond float32", name_entry(rollout, i, name));
  }
  return VORDEC_OK;
}

static enum vordec_precision choose_precision(const struct vordec_config *config, const struct vordec_device *device) {
  switch ((enum dtype)config_number(config, CONFIG_OP_DTYPE)) {
  case DTYPE_FLOAT32:
    return VORDEC_FP32;
  case DTYPE_FLOAT64:
    return VORDEC_FP64;
  case DTYPE_AUTO:
    break;
  }
  return device->type == VORDEC_DEVICE_HOST ? VORDEC_FP64 : VORDEC_FP32;
}

struct equipment {
  struct vordec_rollout *rollout;
  const struct vordec_rollout_desc *desc;
};

static const struct vordec_rollout_interface *interface_of(const struct engine *engine, const char *name) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_rollout_interface *interface = slots->get_interface ? slots->get_interface(name) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return NULL;
  const bool whole = interface->create && interface->destroy && interface->advance && interface->read;
  return whole ? interface : NULL;
}

/* One state is served by either version. */
static const struct vordec_rollout_interface *find_interface(const struct engine *engine, size_t states) {
  const struct vordec_rollout_interface *one = states == 1 ? interface_of(engine, VORDEC_ROLLOUT_INTERFACE) : NULL;
  return one ? one : interface_of(engine, VORDEC_ROLLOUT_BATCH_INTERFACE);
}

static const struct vordec_trail_interface *find_trail(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_trail_interface *trail =
      slots->get_interface ? slots->get_interface(VORDEC_TRAIL_INTERFACE) : NULL;
  if (!trail || trail->struct_size < sizeof *trail) return NULL;
  return trail->reserve && trail->walk && trail->read ? trail : NULL;
}

static void count_start(struct vordec_rollout *rollout, const struct engine *engine) {
  const size_t d = rollout->d;
  rollout->link = (struct link_bytes){0};
  link_count(&rollout->link, &engine->device, LINK_OPERATORS_IN, d * d * sizeof(double));
  link_count(&rollout->link, &engine->device, LINK_STATES_IN, rollout->states * d * sizeof(double));
}

static void count_read(struct vordec_rollout *rollout, size_t states) {
  link_count(&rollout->link, &rollout->engine->device, LINK_STATES_OUT, states * rollout->d * sizeof(double));
}

/* Makes the state on an engine's session: engine_create()'s last step. */
static enum vordec_status equip_with_rollout(void *ctx, struct engine *engine, struct vordec_error *error) {
  const struct equipment *equipment = ctx;
  struct vordec_rollout *rollout = equipment->rollout;
  const struct vordec_config *config = rollout->runtime->config;
  rollout->interface = find_interface(engine, rollout->states);
  rollout->trail = find_trail(engine);
  if (!rollout->interface) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "it has no rollout%s",
                       rollout->states == 1 ? "" : " of several states");
  }
  rollout->precision = choose_precision(config, &engine->device);
  enum vordec_status status = check_range(rollout, equipment->desc, error);
  if (status) return status;
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup,
      .d = (uint32_t)equipment->desc->d,
      .precision = rollout->precision,
      .deterministic = config_number(config, CONFIG_OP_DETERMINISTIC) != 0,
      .a = equipment->desc->a,
      .z0 = equipment->desc->z0,
      .states = (uint32_t)rollout->states,
  };
  intake_ready(error);
  status = intake_status(rollout->interface->create(engine->session, &setup, &rollout->state, error), error);
  if (status) rollout->state = NULL;
  if (!status && rollout->state) count_start(rollout, engine);
  if (status || rollout->state) return status;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI, "made no rollout and gave no reason");
}

/* Uses the decoder's own session, if the request allows that backend. The rollout then has an engine; otherwise,
 * without an error, another must be found, and *why says what stood against this one. */
static enum vordec_status share_engine(struct equipment *equipment, struct vordec_decoder *decoder, const char *asked,
                                       struct vordec_error *why) {
  struct engine *engine = decoder ? decoder->engine : NULL;
  if (!engine || !engine_meets(engine, asked)) return VORDEC_OK;
  enum vordec_status status = engine_enter(engine, why);
  if (status) return status;
  status = engine_leave(engine, equip_with_rollout(equipment, engine, why));
  if (!status) equipment->rollout->engine = engine_retain(engine);
  const bool elsewhere =
      status == VORDEC_E_NO_MEMORY && engine->device.type != VORDEC_DEVICE_HOST && !error_is_of_host_memory(why);
  return status == VORDEC_E_UNSUPPORTED || elsewhere ? VORDEC_OK : status;
}

static enum vordec_status place(struct equipment *equipment, struct vordec_decoder *decoder,
                                struct vordec_error *error) {
  struct vordec_rollout *rollout = equipment->rollout;
  struct vordec_runtime *runtime = rollout->runtime;
  char fallback_text[256];
  struct select_request request;
  struct vordec_error passed_over = {0};
  runtime_request(runtime->config, fallback_text, sizeof fallback_text, &request);
  request.role = SELECT_OP;
  request.backend = config_text(runtime->config, CONFIG_OP_BACKEND);
  request.precision = PRECISION_AUTO; /* what the steps compute in is the interface's business */
  request.fft = "auto";
  enum vordec_status status = share_engine(equipment, decoder, request.backend, &passed_over);
  if (status) *error = passed_over;
  if (status || rollout->engine) return status;
  if (strcmp(request.backend, "auto") == 0) {
    request.backend = "cpu";
    request.device = "auto";
    if (passed_over.status)
      snprintf(rollout->why, sizeof rollout->why, "%s: %.500s", decoder->engine->backend->name, passed_over.message);
  }
  status = engine_create(runtime, &request, equip_with_rollout, equipment, &rollout->engine, error);
  if (status) return status;
  rollout->flags = rollout->engine->selection.flags;
  if (rollout->engine->selection.downgraded) {
    snprintf(rollout->why, sizeof rollout->why, "%s", rollout->engine->selection.message);
  }
  engine_announce(rollout->engine);
  return VORDEC_OK;
}

enum vordec_status vordec_rollout_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                         const struct vordec_rollout_desc *desc, struct vordec_rollout **rollout,
                                         struct vordec_error *error) {
  return vordec_rollout_create_batch(runtime, decoder, desc, 1, rollout, error);
}

enum vordec_status vordec_rollout_create_batch(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                               const struct vordec_rollout_desc *desc, size_t states,
                                               struct vordec_rollout **rollout, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *rollout = NULL;
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  if (states == 0 || states > VORDEC_ROLLOUT_STATES_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "z: %zu states are out of range (1 .. %u)", states,
                       VORDEC_ROLLOUT_STATES_MAX);
  }
  enum vordec_status status = check_settings(runtime->config, error);
  if (!status) status = check_desc(desc, error);
  if (status) return status;
  struct vordec_rollout *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->runtime = runtime;
  made->d = desc->d;
  made->states = states;
  made->stride = made->room = made->rows = 1;
  made->copy = malloc(states * desc->d * sizeof *made->copy);
  struct equipment equipment = {made, desc};
  status = made->copy ? check_states(made, desc->z0, error) : error_no_memory(error);
  if (!status) status = place(&equipment, decoder, error);
  if (status) {
    vordec_rollout_destroy(made);
    return status;
  }
  *rollout = made;
  return VORDEC_OK;
}

void vordec_rollout_destroy(struct vordec_rollout *rollout) {
  if (!rollout || (rollout->engine && !engine_is_here(rollout->engine))) return;
  if (rollout->state) rollout->interface->destroy(rollout->state);
  engine_release(rollout->engine);
  free(rollout->copy);
  free(rollout);
}

void vordec_rollout_get(const struct vordec_rollout *rollout, struct vordec_rollout_info *info) {
  const struct vordec_config *config = rollout->runtime->config;
  *info = (struct vordec_rollout_info){
      .backend_requested = config_text(config, CONFIG_OP_BACKEND),
      .backend_used = rollout->engine->backend->name,
      .device = rollout->engine->device,
      .precision = rollout->precision,
      .deterministic = config_number(config, CONFIG_OP_DETERMINISTIC) != 0,
  };
}

enum vordec_status vordec_rollout_set_stride(struct vordec_rollout *rollout, size_t stride,
                                             struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (stride == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "0 is not a valid stride: it must be at least 1");
  if (stride > 1 && !config_number(rollout->runtime->config, CONFIG_OP_STRIDE_POWER)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "an operator that takes %zu steps at once needs [op] stride_power = true", stride);
  }
  const enum vordec_status status = engine_enter(rollout->engine, error);
  if (status) return status;
  rollout->stride = stride;
  return engine_leave(rollout->engine, VORDEC_OK);
}

size_t vordec_rollout_states(const struct vordec_rollout *rollout) {
  return rollout->states;
}

bool vordec_rollout_feeds(const struct vordec_rollout *rollout, const struct vordec_decoder *decoder) {
  if (!decoder || rollout->engine != decoder->engine) return false;
  return rollout->engine->device.type == VORDEC_DEVICE_HOST || rollout->precision == decoder->selection.precision;
}

/* ---- stepping ---- */

/* rows x states x d. */
static enum vordec_status read_rows(struct vordec_rollout *rollout, double *z, struct vordec_error *error) {
  const uint32_t held = (uint32_t)rollout_held(rollout);
  intake_ready(error);
  enum vordec_status status = rollout->rows == 1 ? rollout->interface->read(rollout->state, z, error)
                                                 : rollout->trail->read(rollout->state, 0, held, z, error);
  status = intake_status(status, error);
  if (!status) count_read(rollout, held);
  return status;
}

enum vordec_status rollout_copy(struct vordec_rollout *rollout, const double **z, struct vordec_error *error) {
  *z = rollout->copy;
  return read_rows(rollout, rollout->copy, error);
}

enum vordec_status rollout_visit(struct vordec_rollout *rollout, const double **z, struct vordec_error *error) {
  const enum vordec_status status = rollout_copy(rollout, z, error);
  if (!status) rollout->host_visits++;
  return status;
}

void rollout_goes_on(struct vordec_rollout *rollout) {
  rollout->host_visits += rollout->unreturned_reads;
  rollout->unreturned_reads = 0;
}

static enum vordec_status weigh_evidence(struct vordec_rollout *rollout, struct vordec_rollout_result *result,
                                         double host_ms, struct vordec_error *error) {
  struct evidence_verdict verdict;
  evidence_judge_rollout(&rollout->engine->device, result, host_ms, &verdict);
  if (!verdict.timed) result->device_ms = NAN;
  const bool doubted = rollout->op_device && strcmp(rollout->op_device, "unknown") == 0;
  if (!doubted) rollout->op_device = verdict.decode_device;
  if (verdict.timing_unavailable &&
      flags_raise(&rollout->flags, FLAG_TIMING_UNAVAILABLE, "the device's queue has no timestamps")) {
    log_line(&rollout->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_TIMING_UNAVAILABLE),
             rollout->engine->backend->name);
  }
  if (verdict.proven) return VORDEC_OK;
  const char *backend = rollout->engine->backend->name;
  if (config_number(rollout->runtime->config, CONFIG_DECODE_POLICY) == POLICY_STRICT) {
    vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                "backend '%s' does not show what did the rollout (evidence): %.400s", backend, verdict.why);
    utf8_mend(error->message);
    return VORDEC_E_REFUSED;
  }
  if (flags_raise(&rollout->flags, FLAG_EVIDENCE_MISSING, verdict.why)) {
    log_line(&rollout->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING), backend,
             verdict.why);
  }
  return VORDEC_OK;
}

/* rows 0: one, by advance(). */
static enum vordec_status take_steps(struct vordec_rollout *rollout, size_t rows, size_t steps,
                                     struct vordec_rollout_report *report, struct vordec_error *error) {
  enum vordec_status status = engine_enter(rollout->engine, error);
  if (status) return status;
  struct vordec_rollout_result result = {.struct_size = sizeof result};
  rollout_goes_on(rollout);
  intake_ready(error);
  const uint64_t start = clock_ns();
  status = rows ? rollout->trail->walk(rollout->state, (uint32_t)rows, (uint32_t)steps, &result, error)
                : rollout->interface->advance(rollout->state, (uint32_t)steps, &result, error);
  const double host_ms = (double)(clock_ns() - start) * 1e-6;
  status = intake_status(status, error);
  intake_evidence(&result.evidence);
  if (engine_leave(rollout->engine, status)) return status;
  rollout->rows = rows ? rows : 1;
  rollout->row_steps = steps * rollout->stride;
  rollout->steps += steps * rollout->rows;
  status = weigh_evidence(rollout, &result, host_ms, error);
  if (status || !report) return status;
  *report = (struct vordec_rollout_report){host_ms, result.device_ms, rollout->op_device};
  return VORDEC_OK;
}

enum vordec_status vordec_rollout_advance(struct vordec_rollout *rollout, size_t steps,
                                          struct vordec_rollout_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (steps == 0 || steps > UINT32_MAX)
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu is not a valid number of steps", steps);
  return take_steps(rollout, 0, steps, report, error);
}

/* ---- with what it held on its way ---- */

static enum vordec_status make_room(struct vordec_rollout *rollout, size_t rows, struct vordec_error *error) {
  if (rows > rollout->room) {
    double *copy = realloc(rollout->copy, rows * rollout->states * rollout->d * sizeof *copy);
    if (!copy) return error_no_memory(error);
    rollout->copy = copy;
  }
  intake_ready(error);
  const enum vordec_status status =
      intake_status(rollout->trail->reserve(rollout->state, (uint32_t)rows, error), error);
  if (status) return status;
  if (rows > rollout->room) rollout->room = rows;
  rollout->rows = 1;
  return VORDEC_OK;
}

enum vordec_status vordec_rollout_reserve(struct vordec_rollout *rollout, size_t rows, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (rows == 0 || rows > VORDEC_TRAIL_ROWS_MAX || rows * rollout->states > UINT32_MAX / 2) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu rows of %zu state(s) are out of range (1 .. %u)", rows,
                       rollout->states, VORDEC_TRAIL_ROWS_MAX);
  }
  if (!rollout->trail) {
    if (rows == 1) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "backend '%s' cannot keep the states of a rollout's steps (%s)", rollout->engine->backend->name,
                       VORDEC_TRAIL_INTERFACE);
  }
  const enum vordec_status status = engine_enter(rollout->engine, error);
  return status ? status : engine_leave(rollout->engine, make_room(rollout, rows, error));
}

enum vordec_status vordec_rollout_walk(struct vordec_rollout *rollout, size_t rows, size_t steps,
                                       struct vordec_rollout_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (rows == 0 || steps == 0 || steps > UINT32_MAX / rows)
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%zu rows of %zu steps are not a valid number of steps", rows, steps);
  if (rows > rollout->room)
    return vordec_fail(error, VORDEC_E_USAGE, 0, "there is room for %zu row(s), not for %zu: reserve them first",
                       rollout->room, rows);
  return take_steps(rollout, rollout->trail && rows > 1 ? rows : 0, steps, report, error);
}

size_t vordec_rollout_rows(const struct vordec_rollout *rollout) {
  return rollout->rows;
}

enum vordec_status vordec_rollout_read_rows(struct vordec_rollout *rollout, double *z, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(rollout->engine, error);
  if (status) return status;
  if (engine_leave(rollout->engine, read_rows(rollout, z, error))) return error->status;
  rollout->unreturned_reads++;
  return VORDEC_OK;
}

/* ---- reading ---- */

static enum vordec_status fetch(struct vordec_rollout *rollout, double *z, struct vordec_error *error) {
  const enum vordec_status status = engine_enter(rollout->engine, error);
  if (status) return status;
  intake_ready(error);
  const enum vordec_status read = intake_status(rollout->interface->read(rollout->state, z, error), error);
  if (!read) count_read(rollout, rollout->states);
  return engine_leave(rollout->engine, read);
}

enum vordec_status vordec_rollout_read(struct vordec_rollout *rollout, double *z, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = fetch(rollout, z, error);
  if (!status) rollout->unreturned_reads++;
  return status;
}

enum vordec_status vordec_rollout_hash(struct vordec_rollout *rollout, char digest[33], struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = fetch(rollout, rollout->copy, error);
  if (status) return status;
  rollout->hash_readbacks++;
  vordec_hash(rollout->copy, rollout->states * rollout->d * sizeof *rollout->copy, digest);
  return VORDEC_OK;
}
