/* SPDX-License-Identifier: MIT */
#include "flags.h"

#include <stdio.h>

#include "core/base/utf8.h"

static const char *const names[FLAG_COUNT] = {
    [FLAG_GPU_DECODE_FALLBACK_CPU] = "GPU_DECODE_FALLBACK_CPU",
    [FLAG_GPU_ROLLOUT_FALLBACK_CPU] = "GPU_ROLLOUT_FALLBACK_CPU",
    [FLAG_GPU_LES_FALLBACK_CPU] = "GPU_LES_FALLBACK_CPU",
    [FLAG_GPU_ENCODE_FALLBACK_CPU] = "GPU_ENCODE_FALLBACK_CPU",
    [FLAG_FFT_FALLBACK] = "FFT_FALLBACK",
    [FLAG_SOFTWARE_DEVICE] = "SOFTWARE_DEVICE",
    [FLAG_PRECISION_DOWNGRADE] = "PRECISION_DOWNGRADE",
    [FLAG_TIMING_UNAVAILABLE] = "TIMING_UNAVAILABLE",
    [FLAG_EVIDENCE_MISSING] = "EVIDENCE_MISSING",
    [FLAG_FEWER_DEVICES] = "FEWER_DEVICES",
};

const char *flag_name(enum perf_flag flag) {
  return names[flag];
}

bool flags_raise(struct perf_flags *flags, enum perf_flag flag, const char *why) {
  if (flags->raised[flag]) return false;
  flags->raised[flag] = true;
  snprintf(flags->why[flag], sizeof flags->why[flag], "%s", why);
  utf8_mend(flags->why[flag]);
  return true;
}
