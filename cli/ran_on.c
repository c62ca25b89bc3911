/* SPDX-License-Identifier: MIT */
#include "ran_on.h"

#include <stdio.h>
#include <string.h>

static const char *doubt(const char *decode_device) {
  return decode_device && strcmp(decode_device, "unknown") == 0 ? ", unproven" : "";
}

void ran_on_device(const struct vordec_device *device, const char *decode_device, char text[RAN_ON_MAX]) {
  const char *caveat = device->type == VORDEC_DEVICE_SOFTWARE ? "ran on the CPU: " : "";
  snprintf(text, RAN_ON_MAX, "%s%s%s", caveat, device->name, doubt(decode_device));
}

void ran_on_title(const struct vordec_decoder_info *info, const char *decode_device, char text[RAN_ON_MAX]) {
  const bool asked = strcmp(info->backend_requested, "auto") != 0;
  char moved[80] = "";
  if (asked && strcmp(info->backend_requested, info->backend_used) != 0) {
    snprintf(moved, sizeof moved, "%.60s was asked for: ", info->backend_requested);
  }
  const char *caveat = info->device.type == VORDEC_DEVICE_SOFTWARE ? "ran on the CPU: " : "";
  snprintf(text, RAN_ON_MAX, "%s%s%s on %s%s", caveat, moved, info->backend_used, info->device.name,
           doubt(decode_device));
}
