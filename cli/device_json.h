/* SPDX-License-Identifier: MIT */
/* A device as JSON, the same in every command. */
#ifndef VORDEC_CLI_DEVICE_JSON_H
#define VORDEC_CLI_DEVICE_JSON_H

#include <cjson/cJSON.h>

#include <vordec/vordec.h>

/* Adds what is known of a device to an object. */
void device_json_add(cJSON *item, const struct vordec_device *device);
/* Adds "usable" and, where something stands against it, "reason", "detail" and "remedy". */
void device_json_add_refusal(cJSON *item, const struct vordec_error *refusal);

#endif
