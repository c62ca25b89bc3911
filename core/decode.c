/* One vordec_decode(): check the states, submit them batch by batch, judge the evidence of each. */
#include <math.h>
#include <string.h>

#include "decoder.h"
#include "error.h"
#include "rollout.h"

static void *advance(void *base, size_t bytes) {
  return base ? (char *)base + bytes : NULL;
}

static const double *advance_real(const double *base, size_t count) {
  return base ? base + count : NULL;
}

static uint32_t outputs_of(const struct vordec_decode_io *io) {
  return (io->omega_lp ? VORDEC_OMEGA_LP : 0u) | (io->mask ? VORDEC_MASK : 0u) |
         (io->omega_hat ? VORDEC_OMEGA_HAT : 0u) | (io->scalars ? VORDEC_SCALARS : 0u);
}

static uint32_t residuals_of(const struct vordec_decode_io *io) {
  return (io->residual ? VORDEC_RESIDUAL_FIELD : 0u) | (io->band[0] ? VORDEC_RESIDUAL_MID : 0u) |
         (io->band[1] ? VORDEC_RESIDUAL_HIGH : 0u);
}

static enum vordec_status check_call(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  if (io->count == 0 || !io->z == !io->rollout) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "states come from z or from a rollout, at least one of them");
  }
  if (io->rollout && (io->count != 1 || !vordec_rollout_feeds(io->rollout, decoder))) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the rollout holds one state, on another device than this decoder's");
  }
  if (io->rollout && io->rollout->d != decoder->layout->info.d) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "the rollout's states have D = %zu, the decoder's %zu", io->rollout->d,
                       decoder->layout->info.d);
  }
  if (outputs_of(io) & ~decoder->outputs) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "an output is asked for that the decoder was not made for");
  }
  if (residuals_of(io) & ~decoder->residuals) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a residual is given that the decoder was not made for");
  }
  if ((io->band[0] && !io->band_energy[0]) || (io->band[1] && !io->band_energy[1])) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a residual band is given without its energy");
  }
  return io->z ? vordec_layout_check(decoder->layout, io->z, io->count, error) : VORDEC_OK;
}

static struct vordec_decode_job job_at(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       size_t first) {
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n, skip = first * cells;
  const size_t real = decoder->engine->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const size_t left = io->count - first;
  return (struct vordec_decode_job){
      .struct_size = sizeof(struct vordec_decode_job),
      .count = (uint32_t)(left < decoder->batch ? left : decoder->batch),
      .z = advance_real(io->z, first * decoder->layout->info.d),
      .rollout = io->rollout ? io->rollout->state : NULL,
      .residual = advance_real(io->residual, skip),
      .band = {advance_real(io->band[0], skip), advance_real(io->band[1], skip)},
      .band_energy = {advance_real(io->band_energy[0], first), advance_real(io->band_energy[1], first)},
      .outputs = outputs_of(io),
      .omega_lp = advance(io->omega_lp, skip * real),
      .mask = advance(io->mask, skip),
      .omega_hat = advance(io->omega_hat, skip * real),
      .scalars = io->scalars ? io->scalars + first : NULL,
  };
}

/* The core decides what may be claimed: in strict mode a decode without proof is an error. */
static enum vordec_status weigh_evidence(struct vordec_decoder *decoder, const struct vordec_decode_result *result,
                                         double host_ms, struct vordec_error *error) {
  struct evidence_verdict verdict;
  evidence_judge(&decoder->engine->device, result, host_ms, &verdict);
  const char *backend = decoder->engine->backend->name;
  /* One submission without proof, and nothing can be said of the whole any more. */
  const bool first = !decoder->decode_device, doubted = !first && strcmp(decoder->decode_device, "unknown") == 0;
  if (!doubted) decoder->decode_device = verdict.decode_device;
  decoder->device_timestamps = result->evidence.device_timestamps && (first || decoder->device_timestamps);
  struct log_sink *log = &decoder->runtime->log;
  if (verdict.timing_unavailable &&
      flags_raise(&decoder->flags, FLAG_TIMING_UNAVAILABLE, "the device's queue has no timestamps")) {
    log_line(log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_TIMING_UNAVAILABLE), backend);
  }
  if (verdict.proven) return VORDEC_OK;
  if (config_number(decoder->runtime->config, CONFIG_DECODE_POLICY) == POLICY_STRICT) {
    return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                       "backend '%s' does not show what did the work (evidence): %.400s", backend, verdict.why);
  }
  if (flags_raise(&decoder->flags, FLAG_EVIDENCE_MISSING, verdict.why)) {
    log_line(log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING), backend, verdict.why);
  }
  return VORDEC_OK;
}

/* Finite coefficients can still sum to what the precision cannot hold. Seen where scalars are read. */
static enum vordec_status check_fields(const struct vordec_decode_job *job, enum vordec_precision precision,
                                       size_t first, struct vordec_error *error) {
  for (uint32_t i = 0; job->scalars && i < job->count; i++) {
    if (isfinite(job->scalars[i].residual_absmax) && !isnan(job->scalars[i].enstrophy_lp)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "state %zu: omega_lp is not finite: its coefficients overflow %s",
                       first + i, precision == VORDEC_FP64 ? "fp64" : "fp32");
  }
  return VORDEC_OK;
}

static enum vordec_status submit(struct vordec_decoder *decoder, const struct vordec_decode_job *job,
                                 struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_decode_result result = {.struct_size = sizeof result};
  const uint64_t start = runtime_clock_ns();
  const enum vordec_status status = engine_slots(decoder->engine)->decode(decoder->plan, job, &result, error);
  const double host_ms = (double)(runtime_clock_ns() - start) * 1e-6;
  if (status) return status;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) report->stage_ms[i] += result.stage_ms[i];
  return weigh_evidence(decoder, &result, host_ms, error);
}

static enum vordec_status decode_all(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_decode_report *report, struct vordec_error *error) {
  const uint64_t start = runtime_clock_ns();
  enum vordec_status status = check_call(decoder, io, error);
  if (!status && io->rollout) rollout_goes_on(io->rollout);
  for (size_t first = 0; first < io->count && !status; first += decoder->batch) {
    const struct vordec_decode_job job = job_at(decoder, io, first);
    status = submit(decoder, &job, report, error);
    if (!status) status = check_fields(&job, decoder->engine->selection.precision, first, error);
  }
  if (!status) *(io->rollout ? &decoder->states_in_place : &decoder->states_uploaded) += io->count;
  report->total_ms = (double)(runtime_clock_ns() - start) * 1e-6;
  report->decode_device = decoder->decode_device;
  report->device_timestamps = decoder->device_timestamps;
  return status;
}

enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                 struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_decode_report mine = {0};
  enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  status = engine_leave(decoder->engine, decode_all(decoder, io, &mine, error));
  if (!status && report) *report = mine;
  return status;
}
