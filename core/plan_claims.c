/* SPDX-License-Identifier: MIT */
#include "plan_claims.h"

#include <math.h>
#include <string.h>

#include "intake.h"

static bool offers(const struct vordec_backend *slots, const char *fft) {
  for (const char *const *name = slots->ffts; *name; name++) {
    if (strcmp(*name, fft) == 0) return true;
  }
  return false;
}

enum vordec_status plan_claims_check(const struct plan_claims *claims, bool made, struct vordec_plan_info *info,
                                     char doubt[PLAN_DOUBT_MAX], struct vordec_error *error) {
  if (!made) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI, "made no %s and gave no reason",
                       claims->what);
  }
  intake_plan_info(info);
  const bool kept = strcmp(claims->fft, "auto") == 0 || strcmp(claims->fft, info->fft) == 0;
  if (!kept || !offers(engine_slots(claims->engine), info->fft)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_EVIDENCE,
                       "was asked for fft '%s', but its %s claims '%s'", claims->fft, claims->what, info->fft);
  }
  if (info->warmup_ms >= 0.0 && info->warmup_ms <= claims->call_ms) return VORDEC_OK;
  snprintf(doubt, PLAN_DOUBT_MAX, "its %s claims a warm-up of %g ms, but the call took %g ms", claims->what,
           info->warmup_ms, claims->call_ms);
  info->warmup_ms = NAN;
  if (config_number(claims->engine->runtime->config, CONFIG_DECODE_POLICY) != POLICY_STRICT) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_EVIDENCE, "%s", doubt);
}
