/* SPDX-License-Identifier: MIT */
#include "device_json.h"

#include <stdio.h>

void device_json_add(cJSON *item, const struct vordec_device *device) {
  char uuid[33];
  for (int i = 0; i < 16; i++) snprintf(uuid + 2 * i, 3, "%02x", device->uuid[i]);
  cJSON_AddNumberToObject(item, "index", device->index);
  cJSON_AddStringToObject(item, "name", device->name);
  cJSON_AddStringToObject(item, "type", vordec_device_type_name(device->type));
  cJSON_AddStringToObject(item, "driver", device->driver);
  cJSON_AddStringToObject(item, "api", device->api);
  cJSON_AddStringToObject(item, "uuid", uuid);
  cJSON_AddNumberToObject(item, "memory_bytes", (double)device->memory_bytes);
  cJSON_AddNumberToObject(item, "max_buffer_bytes", (double)device->max_buffer_bytes);
  cJSON_AddNumberToObject(item, "max_workgroup_size", device->max_workgroup_size);
  cJSON_AddNumberToObject(item, "shared_memory_bytes", device->shared_memory_bytes);
  cJSON_AddNumberToObject(item, "subgroup_size", device->subgroup_size);
  cJSON_AddNumberToObject(item, "threads", device->threads);
  cJSON_AddBoolToObject(item, "fp32", (device->capabilities & VORDEC_CAP_FP32) != 0);
  cJSON_AddBoolToObject(item, "fp64", (device->capabilities & VORDEC_CAP_FP64) != 0);
  cJSON_AddBoolToObject(item, "timestamps", (device->capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
}

void device_json_add_refusal(cJSON *item, const struct vordec_error *refusal) {
  cJSON_AddBoolToObject(item, "usable", refusal->status == VORDEC_OK);
  if (refusal->status) {
    cJSON_AddStringToObject(item, "reason", vordec_reason_name(refusal->reason));
    cJSON_AddStringToObject(item, "detail", refusal->message);
    cJSON_AddStringToObject(item, "remedy", vordec_reason_remedy(refusal->reason));
  }
}
