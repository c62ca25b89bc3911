/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/utf8.h"
#include "core/policy/fft_names.h"
#include "errors.h"
#include "intake.h"

struct placing {
  const struct placement_desc *desc;
  struct placement *placement;
};

/* ---- making it ---- */

/* In the precision and with the FFT that are asked for. */
static enum vordec_status equip(const struct placing *placing, struct engine *engine, enum vordec_precision precision,
                                const char *fft, struct vordec_error *error) {
  const struct placement_desc *desc = placing->desc;
  struct placement *placement = placing->placement;
  if (!desc->find(desc->ctx, engine)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "it has no %s", desc->what);
  }
  placement->precision = precision;
  placement->info = (struct vordec_plan_info){.struct_size = sizeof placement->info};
  placement->doubt[0] = '\0';
  const struct placement_try with = {engine, precision, fft, &placement->info};
  bool made = false;
  intake_ready(error);
  const uint64_t start = clock_ns();
  enum vordec_status status = intake_status(desc->make(desc->ctx, &with, &made, error), error);
  placement->create_ms = (double)(clock_ns() - start) * 1e-6;
  const struct plan_claims claims = {.engine = engine, .what = desc->what, .fft = fft, .call_ms = placement->create_ms};
  if (status) return status;
  status = plan_claims_check(&claims, made, &placement->info, placement->doubt, error);
  if (status && made) desc->discard(desc->ctx);
  return status;
}

/* engine_create()'s last step. */
static enum vordec_status equip_selected(void *ctx, struct engine *engine, struct vordec_error *error) {
  return equip(ctx, engine, engine->selection.precision, engine->selection.fft, error);
}

/* ---- where ---- */

/* Uses an existing session, if the request allows that backend and its device can do what is asked. The placement then
 * has an engine; otherwise, without an error, another must be found, and *why says what stood against this one. */
static enum vordec_status share_engine(const struct placing *placing, struct engine *engine,
                                       const struct select_request *request, struct vordec_error *why) {
  enum vordec_precision precision;
  if (!engine || !engine_meets(engine, request->backend)) return VORDEC_OK;
  if (select_judge_device(request, &engine->device, &precision)) return VORDEC_OK;
  enum vordec_status status = engine_enter(engine, why);
  if (status) return status;
  status =
      engine_leave(engine, equip(placing, engine, precision, fft_name_for(engine->backend->name, request->fft), why));
  if (!status) placing->placement->engine = engine_retain(engine);
  const bool elsewhere =
      status == VORDEC_E_NO_MEMORY && engine->device.type != VORDEC_DEVICE_HOST && !error_is_of_host_memory(why);
  return status == VORDEC_E_UNSUPPORTED || elsewhere ? VORDEC_OK : status;
}

/* Uses the first session that can do it, like share_engine(). Under auto, the refusal of the first one is the reason to
 * go on. */
static enum vordec_status share_any(const struct placing *placing, const struct select_request *request,
                                    struct vordec_error *error) {
  struct placement *placement = placing->placement;
  for (size_t i = 0; i < PLACEMENT_BESIDE_MAX; i++) {
    struct engine *engine = placing->desc->beside[i];
    struct vordec_error passed_over = {0};
    const enum vordec_status status = share_engine(placing, engine, request, &passed_over);
    if (status) *error = passed_over;
    if (status || placement->engine) return status;
    if (!passed_over.status || *placement->why) continue;
    snprintf(placement->why, sizeof placement->why, "%s: %.500s", engine->backend->name, passed_over.message);
    utf8_mend(placement->why);
  }
  if (strcmp(request->backend, "auto") != 0) placement->why[0] = '\0';
  return VORDEC_OK;
}

/* auto beside nothing: the backend that [decode] asks for. The placement then has an engine; otherwise, without an
 * error, that backend cannot do it, and placement->why says why not. */
static enum vordec_status try_decode_backend(struct placing *placing, struct select_request request,
                                             struct vordec_error *error) {
  struct placement *placement = placing->placement;
  request.backend = config_text(placement->runtime->config, CONFIG_DECODE_BACKEND);
  request.permissive = false; /* what else would be used is settled by auto */
  const enum vordec_status status =
      engine_create(placement->runtime, &request, equip_selected, placing, &placement->engine, error);
  const bool too_small = status == VORDEC_E_NO_MEMORY && !error_is_of_host_memory(error);
  if (status != VORDEC_E_REFUSED && status != VORDEC_E_UNSUPPORTED && !too_small) return status;
  snprintf(placement->why, sizeof placement->why, "%.600s", error->message);
  utf8_mend(placement->why);
  return VORDEC_OK;
}

static bool is_alone(const struct placement_desc *desc) {
  for (size_t i = 0; i < PLACEMENT_BESIDE_MAX; i++) {
    if (desc->beside[i]) return false;
  }
  return true;
}

static enum vordec_status place(struct placing *placing, struct vordec_error *error) {
  const struct placement_desc *desc = placing->desc;
  struct placement *placement = placing->placement;
  struct vordec_runtime *runtime = desc->runtime;
  char fallback_text[256];
  struct select_request request;
  runtime_request(runtime->config, fallback_text, sizeof fallback_text, &request);
  request.role = desc->role;
  request.backend = config_text(runtime->config, desc->backend);
  request.precision = (enum wanted_precision)config_number(runtime->config, desc->precision);
  request.fft = desc->fft;
  enum vordec_status status = share_any(placing, &request, error);
  if (status || placement->engine) return status;
  if (strcmp(request.backend, "auto") == 0) {
    if (is_alone(desc)) status = try_decode_backend(placing, request, error);
    if (status) return status;
    request.backend = "cpu";
    request.device = "auto";
  }
  if (!placement->engine) {
    status = engine_create(runtime, &request, equip_selected, placing, &placement->engine, error);
  }
  if (status) return status;
  placement->flags = placement->engine->selection.flags;
  if (*placement->engine->selection.message) {
    snprintf(placement->why, sizeof placement->why, "%s", placement->engine->selection.message);
  }
  engine_announce(placement->engine);
  return VORDEC_OK;
}

void placement_doubt(struct placement *placement) {
  if (!placement->doubt[0]) return;
  placement->device = "unknown";
  flags_raise(&placement->flags, FLAG_EVIDENCE_MISSING, placement->doubt);
  log_line(&placement->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING),
           placement->engine->backend->name, placement->doubt);
}

enum vordec_status placement_make(const struct placement_desc *desc, struct placement *placement,
                                  struct vordec_error *error) {
  *placement =
      (struct placement){.runtime = desc->runtime, .backend = desc->backend, .work = desc->work, .rule = desc->rule};
  struct placing placing = {desc, placement};
  const uint64_t start = clock_ns();
  const enum vordec_status status = place(&placing, error);
  if (status) return status;
  placement->open_ms = (double)(clock_ns() - start) * 1e-6 - placement->create_ms;
  placement_doubt(placement);
  return VORDEC_OK;
}

enum vordec_status placement_join(const struct placement_desc *desc, struct engine *engine,
                                  enum vordec_precision precision, struct placement *placement,
                                  struct vordec_error *error) {
  *placement = (struct placement){.runtime = engine->runtime, .backend = desc->backend, .work = desc->work};
  const struct placing placing = {desc, placement};
  enum vordec_status status = engine_enter(engine, error);
  if (status) return status;
  status = engine_leave(engine, equip(&placing, engine, precision, desc->fft, error));
  if (status) return status;
  placement->engine = engine_retain(engine);
  placement_doubt(placement);
  return VORDEC_OK;
}

void placement_release(struct placement *placement) {
  engine_release(placement->engine);
  placement->engine = NULL;
}

const char *placement_reason(const struct placement *placement) {
  const char *asked = config_text(placement->runtime->config, placement->backend);
  if (strcmp(asked, placement->engine->backend->name) == 0) return "";
  if (*placement->why) return placement->why;
  return strcmp(asked, "gpu") == 0 ? "gpu: the first usable one" : placement->rule;
}

/* ---- what it has shown ---- */

enum vordec_status placement_weigh(struct placement *placement, const struct evidence_verdict *verdict,
                                   struct vordec_error *error) {
  const char *backend = placement->engine->backend->name;
  const bool doubted = placement->device && strcmp(placement->device, "unknown") == 0;
  if (!doubted) placement->device = verdict->decode_device;
  if (verdict->timing_unavailable &&
      flags_raise(&placement->flags, FLAG_TIMING_UNAVAILABLE, "the device's queue has no timestamps")) {
    log_line(&placement->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_TIMING_UNAVAILABLE), backend);
  }
  if (verdict->proven) return VORDEC_OK;
  if (config_number(placement->runtime->config, CONFIG_DECODE_POLICY) == POLICY_STRICT) {
    vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                "backend '%s' does not show what did the %s (evidence): %.400s", backend, placement->work,
                verdict->why);
    utf8_mend(error->message);
    return VORDEC_E_REFUSED;
  }
  if (flags_raise(&placement->flags, FLAG_EVIDENCE_MISSING, verdict->why)) {
    log_line(&placement->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING), backend,
             verdict->why);
  }
  return VORDEC_OK;
}
