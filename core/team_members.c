/* SPDX-License-Identifier: MIT */
#include "team_members.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/visible_gpu.h"
#include "errors.h"

static bool is(const struct vordec_config *config, const char *word) {
  return strcmp(config_text(config, CONFIG_DECODE_DEVICES), word) == 0;
}

bool team_wanted(const struct vordec_config *config) {
  return !is(config, CONFIG_DEVICES_ONE);
}

/* The configuration's list, as far as there is one. */
static void read_list(const struct vordec_config *config, struct team_members *members) {
  char copy[sizeof members->device];
  const char *words[CONFIG_DEVICES_MAX];
  snprintf(copy, sizeof copy, "%s", config_text(config, CONFIG_DECODE_DEVICES));
  members->count = config_split(copy, words, CONFIG_DEVICES_MAX);
  for (size_t i = 0; i < members->count; i++) {
    snprintf(members->device[i], sizeof members->device[i], "%s", words[i]);
  }
}

enum vordec_status team_request_first(const struct vordec_config *config, struct select_request *request,
                                      char first[CONFIG_DEVICE_MAX], struct vordec_error *error) {
  if (!team_wanted(config)) return VORDEC_OK;
  if (strcmp(request->device, "auto") != 0) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0,
                       "[decode] device = %.100s (%.100s) and devices = %.100s (%.100s): give one of them",
                       request->device, vordec_config_where(config, "decode", "device"),
                       config_text(config, CONFIG_DECODE_DEVICES), vordec_config_where(config, "decode", "devices"));
  }
  if (is(config, CONFIG_DEVICES_ALL)) {
    request->visible = secure_getenv(VISIBLE_GPU_VARIABLE);
    return VORDEC_OK;
  }
  struct team_members list;
  read_list(config, &list);
  memcpy(first, list.device[0], sizeof list.device[0]);
  request->device = first;
  return VORDEC_OK;
}

static bool has_uuid(const struct vordec_device *device) {
  static const uint8_t none[16];
  return memcmp(device->uuid, none, sizeof none) != 0;
}

/* One device may be listed more than once, by several drivers or layers. */
static bool seen_before(const struct vordec_device *devices, const size_t *taken, size_t count, size_t at) {
  for (size_t i = 0; i < count; i++) {
    const struct vordec_device *other = &devices[taken[i]];
    if (has_uuid(other) && memcmp(other->uuid, devices[at].uuid, sizeof other->uuid) == 0) return true;
  }
  return false;
}

static void take_all(const struct select_request *request, const struct engine *engine, struct team_members *members) {
  const struct vordec_device *devices = engine->backend->devices, *best = &engine->device;
  size_t taken[CONFIG_DEVICES_MAX] = {engine->selection.device};
  members->count = 1;
  for (size_t i = 0; i < engine->backend->device_count && members->count < CONFIG_DEVICES_MAX; i++) {
    enum vordec_precision precision;
    if (i == taken[0] || devices[i].type != best->type || strcmp(devices[i].name, best->name) != 0) continue;
    if (select_judge_device(request, &devices[i], &precision)) continue;
    if (seen_before(devices, taken, members->count, i)) continue;
    snprintf(members->device[members->count], sizeof members->device[0], "%u", devices[i].index);
    taken[members->count++] = i;
  }
}

void team_members_of(const struct vordec_config *config, const struct select_request *request,
                     const struct engine *engine, struct team_members *members) {
  members->count = 1;
  if (!team_wanted(config) || engine->selection.downgraded) return;
  if (is(config, CONFIG_DEVICES_ALL)) {
    take_all(request, engine, members);
  } else {
    read_list(config, members);
  }
}
