/* SPDX-License-Identifier: MIT */
#include "json_flags.h"

bool json_add_flags(const struct perf_flags *flags, cJSON *object) {
  cJSON *list = NULL, *reasons = NULL;
  for (int i = 0; i < FLAG_COUNT; i++) {
    if (!flags->raised[i]) continue;
    if (!list) {
      list = cJSON_AddArrayToObject(object, "perf_flags");
      reasons = cJSON_AddObjectToObject(object, "perf_flag_reasons");
    }
    if (!list || !reasons) return false;
    if (!cJSON_AddItemToArray(list, cJSON_CreateString(flag_name((enum perf_flag)i)))) return false;
    if (!cJSON_AddStringToObject(reasons, flag_name((enum perf_flag)i), flags->why[i])) return false;
  }
  return true;
}
