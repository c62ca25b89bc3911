#include "flags.h"

#include <stdio.h>

static const char *const names[FLAG_COUNT] = {
    [FLAG_GPU_DECODE_FALLBACK_CPU] = "GPU_DECODE_FALLBACK_CPU",
    [FLAG_GPU_ROLLOUT_FALLBACK_CPU] = "GPU_ROLLOUT_FALLBACK_CPU",
    [FLAG_FFT_FALLBACK] = "FFT_FALLBACK",
    [FLAG_SOFTWARE_DEVICE] = "SOFTWARE_DEVICE",
    [FLAG_PRECISION_DOWNGRADE] = "PRECISION_DOWNGRADE",
    [FLAG_TIMING_UNAVAILABLE] = "TIMING_UNAVAILABLE",
    [FLAG_EVIDENCE_MISSING] = "EVIDENCE_MISSING",
};

const char *flag_name(enum perf_flag flag) {
  return names[flag];
}

bool flags_raise(struct perf_flags *flags, enum perf_flag flag, const char *why) {
  if (flags->raised[flag]) return false;
  flags->raised[flag] = true;
  snprintf(flags->why[flag], sizeof flags->why[flag], "%s", why);
  return true;
}

bool flags_add_json(const struct perf_flags *flags, cJSON *object) {
  cJSON *list = NULL, *reasons = NULL;
  for (int i = 0; i < FLAG_COUNT; i++) {
    if (!flags->raised[i]) continue;
    if (!list) {
      list = cJSON_AddArrayToObject(object, "perf_flags");
      reasons = cJSON_AddObjectToObject(object, "perf_flag_reasons");
    }
    if (!list || !reasons) return false;
    if (!cJSON_AddItemToArray(list, cJSON_CreateString(names[i]))) return false;
    if (!cJSON_AddStringToObject(reasons, names[i], flags->why[i])) return false;
  }
  return true;
}
