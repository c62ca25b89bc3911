/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/utf8.h"
#include "core/policy/evidence.h"

/* The core decides what may be claimed: in strict mode a decode without proof is an error. */
static enum vordec_status doubt(struct vordec_decoder *decoder, const char *why, struct vordec_error *error) {
  const char *backend = decoder->engine->backend->name;
  if (config_number(decoder->runtime->config, CONFIG_DECODE_POLICY) == POLICY_STRICT) {
    vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_EVIDENCE,
                "backend '%s' does not show what did the work (evidence): %.400s", backend, why);
    utf8_mend(error->message);
    return VORDEC_E_REFUSED;
  }
  decoder->decode_device = "unknown";
  if (flags_raise(&decoder->flags, FLAG_EVIDENCE_MISSING, why)) {
    log_line(&decoder->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING), backend, why);
  }
  return VORDEC_OK;
}

static enum vordec_status weigh_evidence(struct vordec_decoder *decoder, struct batch *batch,
                                         struct vordec_error *error) {
  struct vordec_decode_result *result = &batch->result;
  struct evidence_verdict verdict;
  evidence_judge(&decoder->engine->device, result, batch->host_ms, &verdict);
  const char *backend = decoder->engine->backend->name;
  /* One submission without proof is enough: nothing can then be said about the whole. */
  const bool first = !decoder->decode_device, doubted = !first && strcmp(decoder->decode_device, "unknown") == 0;
  if (!doubted) decoder->decode_device = verdict.decode_device;
  decoder->device_timestamps = result->evidence.device_timestamps && (first || decoder->device_timestamps);
  struct log_sink *log = &decoder->runtime->log;
  if (verdict.timing_unavailable &&
      flags_raise(&decoder->flags, FLAG_TIMING_UNAVAILABLE, "the device's queue has no timestamps")) {
    log_line(log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_TIMING_UNAVAILABLE), backend);
  }
  for (int i = 0; i < VORDEC_STAGE_COUNT && !verdict.timed; i++) result->stage_ms[i] = NAN;
  return verdict.proven ? VORDEC_OK : doubt(decoder, verdict.why, error);
}

/* The squares of a field can overflow although the field does not: its energy and enstrophy are then unknown, not
 * infinite. Energies of omega_hat may also be NAN because they were not computed; that is not reported. */
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
  const bool fp64 = decoder->selection.precision == VORDEC_FP64;
  log_line(&decoder->runtime->log, VORDEC_LOG_WARNING,
           "state %zu: its fields are right, but their squares overflow %s: energies and enstrophies are null%s", state,
           fp64 ? "fp64" : "fp32", fp64 ? "" : " ([decode] precision = fp64 has room)");
}

/* The squares of a field that is not zero can underflow although the field does not. The sums stay as they are. */
static void tell_underflow(struct vordec_decoder *decoder, size_t state, const struct vordec_scalars *scalars) {
  const bool fp64 = decoder->selection.precision == VORDEC_FP64;
  const double least = fp64 ? DBL_MIN : (double)FLT_MIN;
  const bool vanished =
      scalars->enstrophy_lp < least && (scalars->enstrophy_lp > 0.0 || scalars->residual_absmax > 0.0);
  const bool lessened = scalars->energy_lp > 0.0 && scalars->energy_lp < least;
  if ((!vanished && !lessened) || decoder->underflow_told) return;
  decoder->underflow_told = true;
  log_line(&decoder->runtime->log, VORDEC_LOG_WARNING,
           "state %zu: its fields are right, but their squares underflow %s: energies and enstrophies are too small%s",
           state, fp64 ? "fp64" : "fp32", fp64 ? "" : " ([decode] precision = fp64 has room)");
}

/* Backends assume a box of side 2 pi. With another side, velocities scale with it, at the same vorticity. */
static void scale_energies(const struct vordec_decoder *decoder, struct vordec_scalars *scalars) {
  const double ratio = config_real(decoder->runtime->config, CONFIG_METRICS_BOX) / (2.0 * acos(-1.0));
  scalars->energy_lp *= ratio * ratio;
  scalars->energy_hat *= ratio * ratio;
}

/* A share is one, or was not computed. */
static enum vordec_status check_share(struct vordec_decoder *decoder, struct vordec_scalars *scalars,
                                      struct vordec_error *error) {
  const double share = scalars->support_frac;
  if (isnan(share) || (share >= 0.0 && share <= 1.0)) return VORDEC_OK;
  char why[64];
  snprintf(why, sizeof why, "it claims a support of %g of the cells", share);
  scalars->support_frac = NAN;
  return doubt(decoder, why, error);
}

/* The core admits no state that overflows; what a backend returns is checked nevertheless, if scalars are read. */
static enum vordec_status check_fields(struct vordec_decoder *decoder, const struct batch *batch,
                                       struct vordec_error *error) {
  const enum vordec_precision precision = decoder->selection.precision;
  const struct vordec_decode_job *job = &batch->job;
  for (uint32_t i = 0; job->scalars && i < job->count; i++) {
    if (isfinite(job->scalars[i].residual_absmax) && !isnan(job->scalars[i].enstrophy_lp)) {
      tell_underflow(decoder, batch->first + i, &job->scalars[i]);
      scale_energies(decoder, &job->scalars[i]);
      drop_overflown(decoder, batch->first + i, &job->scalars[i]);
      const enum vordec_status status = check_share(decoder, &job->scalars[i], error);
      if (status) return status;
      continue;
    }
    return vordec_fail(error, VORDEC_E_INPUT, 0, "state %zu: omega_lp is not finite: its coefficients overflow %s",
                       batch->first + i, precision == VORDEC_FP64 ? "fp64" : "fp32");
  }
  return VORDEC_OK;
}

enum vordec_status judge_batch(struct vordec_decoder *decoder, struct batch *batch, struct vordec_error *error) {
  const enum vordec_status status = weigh_evidence(decoder, batch, error);
  return status ? status : check_fields(decoder, batch, error);
}
