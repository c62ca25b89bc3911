#include "lane.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "decoder.h"

/* The core decides what may be claimed: in strict mode a decode without proof is an error. */
static enum vordec_status weigh_evidence(struct vordec_decoder *decoder, const struct lane *lane,
                                         struct vordec_error *error) {
  const struct vordec_decode_result *result = &lane->result;
  struct evidence_verdict verdict;
  evidence_judge(&decoder->engine->device, result, lane->host_ms, &verdict);
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

/* The squares of a field can overflow where the field does not: then its energy and enstrophy are unknown, not
 * infinite. Energies of omega_hat may be NAN because nobody computed them; that is not told. */
static void drop_overflown(struct vordec_decoder *decoder, size_t state, struct vordec_scalars *scalars) {
  double *sums[] = {&scalars->energy_lp,     &scalars->enstrophy_lp,   &scalars->energy_hat,
                    &scalars->enstrophy_hat, &scalars->band_energy[0], &scalars->band_energy[1]};
  bool overflown = isnan(scalars->energy_lp);
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
    overflown = overflown || isinf(*sums[i]);
    if (!isfinite(*sums[i])) *sums[i] = NAN;
  }
  if (!overflown || decoder->overflow_told) return;
  decoder->overflow_told = true;
  const bool fp64 = decoder->engine->selection.precision == VORDEC_FP64;
  log_line(&decoder->runtime->log, VORDEC_LOG_WARNING,
           "state %zu: its fields are right, but their squares overflow %s: energies and enstrophies are null%s", state,
           fp64 ? "fp64" : "fp32", fp64 ? "" : " ([decode] precision = fp64 has room)");
}

/* The core admits no state that overflows; what a backend returns is looked at all the same, where scalars are read. */
static enum vordec_status check_fields(struct vordec_decoder *decoder, const struct lane *lane,
                                       struct vordec_error *error) {
  const enum vordec_precision precision = decoder->engine->selection.precision;
  const struct vordec_decode_job *job = &lane->job;
  for (uint32_t i = 0; job->scalars && i < job->count; i++) {
    if (isfinite(job->scalars[i].residual_absmax) && !isnan(job->scalars[i].enstrophy_lp)) {
      drop_overflown(decoder, lane->first + i, &job->scalars[i]);
      continue;
    }
    return vordec_fail(error, VORDEC_E_INPUT, 0, "state %zu: omega_lp is not finite: its coefficients overflow %s",
                       lane->first + i, precision == VORDEC_FP64 ? "fp64" : "fp32");
  }
  return VORDEC_OK;
}

static double ms_since(uint64_t start_ns) {
  return (double)(clock_ns() - start_ns) * 1e-6;
}

enum vordec_status lane_start(struct vordec_decoder *decoder, struct lane *lane, const struct vordec_decode_job *job,
                              size_t first, bool apart, struct vordec_error *error) {
  lane->job = *job;
  lane->first = first;
  lane->status = VORDEC_OK;
  lane->result = (struct vordec_decode_result){.struct_size = sizeof lane->result};
  lane->start_ns = clock_ns();
  if (apart) {
    const enum vordec_status status = decoder->stream->submit(lane->plan, &lane->job, error);
    lane->under_way = status == VORDEC_OK;
    lane->call_ms = ms_since(lane->start_ns);
    return status;
  }
  lane->status = engine_slots(decoder->engine)->decode(lane->plan, &lane->job, &lane->result, &lane->error);
  lane->host_ms = lane->call_ms = ms_since(lane->start_ns);
  return VORDEC_OK;
}

static void await(struct vordec_decoder *decoder, struct lane *lane) {
  if (!lane->under_way) return;
  const uint64_t start_ns = clock_ns();
  lane->under_way = false;
  lane->status = decoder->stream->wait(lane->plan, &lane->result, &lane->error);
  lane->call_ms += ms_since(start_ns);
  lane->host_ms = ms_since(lane->start_ns);
}

enum vordec_status lane_finish(struct vordec_decoder *decoder, struct lane *lane, struct vordec_decode_report *report,
                               struct vordec_error *error) {
  await(decoder, lane);
  if (lane->status) {
    *error = lane->error;
    return lane->status;
  }
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) report->stage_ms[i] += lane->result.stage_ms[i];
  const enum vordec_status status = weigh_evidence(decoder, lane, error);
  return status ? status : check_fields(decoder, lane, error);
}

void lane_abandon(struct vordec_decoder *decoder, struct lane *lane) {
  await(decoder, lane);
}
