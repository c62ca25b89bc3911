/* SPDX-License-Identifier: MIT */
#include "kernel_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "json_print.h"
#include "metrics_join.h"

#define MIB 1048576.0

/* What a lane has taken beside its plan, which the first lane's metrics count already. */
static void add_memory(cJSON *root, const cJSON *metrics, const struct kernel_lane *lane) {
  struct vordec_decoder_info info = {.device_bytes = 0};
  cJSON *all = cJSON_GetObjectItem(root, "device_memory_mb");
  const cJSON *own = cJSON_GetObjectItem(metrics, "device_memory_mb");
  if (lane->decoder) vordec_decoder_get(lane->decoder, &info);
  if (all && own) cJSON_SetNumberValue(all, all->valuedouble + own->valuedouble - (double)info.device_bytes / MIB);
}

/* What the first lane's metrics count of all devices. */
static void drop_counted(cJSON *metrics) {
  static const char *const counts[] = {"states_in_place", "states_uploaded", "band_bytes"};
  cJSON *hotloop = cJSON_GetObjectItem(metrics, "hotloop");
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    cJSON *count = cJSON_GetObjectItem(hotloop, counts[i]);
    if (count) cJSON_SetNumberValue(count, 0.0);
  }
}

static enum vordec_status take(struct kernel_lane *lane, cJSON **root, struct vordec_error *error) {
  char *text = NULL;
  vordec_metrics_set_run(lane->metrics, &lane->run);
  const enum vordec_status status = vordec_metrics_json(lane->metrics, &text, error);
  if (status) return status;
  cJSON *metrics = cJSON_Parse(text);
  vordec_free(text);
  if (!metrics) return VORDEC_E_NO_MEMORY;
  metrics_shift_states(metrics, lane->block.first);
  if (!*root) {
    *root = metrics;
    return VORDEC_OK;
  }
  add_memory(*root, metrics, lane);
  drop_counted(metrics);
  metrics_join(*root, metrics);
  cJSON_Delete(metrics);
  return VORDEC_OK;
}

static enum vordec_status print(cJSON *root, char **json) {
  if (!root || !metrics_sort(root)) return VORDEC_E_NO_MEMORY;
  json_make_exact(root);
  char *text = json_print(root, true);
  const bool made = text && asprintf(json, "%s\n", text) >= 0;
  cJSON_free(text);
  if (!made) *json = NULL;
  return made ? VORDEC_OK : VORDEC_E_NO_MEMORY;
}

enum vordec_status kernel_metrics_json(struct kernel_lane *lanes, size_t count, char **json,
                                       struct vordec_error *error) {
  cJSON *root = NULL;
  enum vordec_status status = VORDEC_OK;
  *json = NULL;
  if (count == 1 && lanes->block.count == lanes->total) {
    vordec_metrics_set_run(lanes->metrics, &lanes->run);
    return vordec_metrics_json(lanes->metrics, json, error);
  }
  for (size_t i = 0; i < count && !status; i++) status = take(&lanes[i], &root, error);
  if (!status) status = print(root, json);
  cJSON_Delete(root);
  if (status != VORDEC_E_NO_MEMORY) return status;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the metrics");
}
