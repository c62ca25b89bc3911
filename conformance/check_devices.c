/* SPDX-License-Identifier: MIT */
#include "check_devices.h"

#include <string.h>

#include "core/base/utf8.h"
#include "core/policy/select.h"
#include "plugin.h"

#define DEVICES_MAX 32

struct device_list {
  struct suite *suite;
  struct vordec_device devices[DEVICES_MAX];
  size_t count;
};

static void collect(void *ctx, const struct vordec_device *device) {
  struct device_list *list = ctx;
  if (device->struct_size < sizeof *device) {
    suite_short(list->suite, "device %zu: struct_size is %zu instead of %zu", list->count, device->struct_size,
                sizeof *device);
    return;
  }
  if (list->count < DEVICES_MAX) list->devices[list->count++] = *device;
}

static enum vordec_status probe(struct suite *suite, struct device_list *list, struct vordec_error *error) {
  memset(list, 0, sizeof *list);
  memset(error, 0, sizeof *error);
  list->suite = suite;
  const enum vordec_status status = suite->backend->probe(&suite->host.table, collect, list, error);
  if (status) plugin_judge_error(suite, "probe", status, error);
  return status;
}

/* Ends within its buffer, and is what the core would show: UTF-8 on one line, without control characters. */
static bool is_line(const char *text, size_t size) {
  char shown[256] = "";
  if (!memchr(text, 0, size) || size > sizeof shown) return false;
  memcpy(shown, text, size);
  return strcmp(utf8_tame(shown, sizeof shown), text) == 0;
}

static void judge_device(struct suite *suite, const struct vordec_device *device) {
  const uint32_t known = VORDEC_CAP_FP32 | VORDEC_CAP_FP64 | VORDEC_CAP_TIMESTAMPS;
  const uint32_t i = device->index;
  if (!is_line(device->name, sizeof device->name) || !is_line(device->driver, sizeof device->driver) ||
      !is_line(device->api, sizeof device->api) || !is_line(device->unusable_detail, sizeof device->unusable_detail)) {
    suite_short(suite, "device %u: a text does not end, is of more than one line, or has bytes that may not be shown",
                i);
    return;
  }
  if (!device->name[0]) suite_short(suite, "device %u has no name", i);
  if ((unsigned)device->type > VORDEC_DEVICE_OTHER) suite_short(suite, "device %u: type %d", i, (int)device->type);
  if ((unsigned)device->unusable >= VORDEC_REASON_COUNT) {
    suite_short(suite, "device %u: unusable = %d is not a reason", i, (int)device->unusable);
  }
  if (device->unusable && !device->unusable_detail[0])
    suite_short(suite, "device %u: unusable, but no reason is given", i);
  if (device->capabilities & ~known) suite_short(suite, "device %u: capabilities 0x%x", i, device->capabilities);
  if (!device->unusable && !(device->capabilities & (VORDEC_CAP_FP32 | VORDEC_CAP_FP64))) {
    suite_short(suite, "device %u: usable, with neither fp32 nor fp64", i);
  }
}

static bool same_devices(const struct device_list *a, const struct device_list *b) {
  bool same = a->count == b->count;
  for (size_t i = 0; same && i < a->count; i++) {
    const struct vordec_device *x = &a->devices[i], *y = &b->devices[i];
    same = x->index == y->index && x->type == y->type && strcmp(x->name, y->name) == 0 &&
           strcmp(x->driver, y->driver) == 0 && memcmp(x->uuid, y->uuid, sizeof x->uuid) == 0 &&
           x->capabilities == y->capabilities && x->unusable == y->unusable;
  }
  return same;
}

void check_probe(struct suite *suite) {
  static struct device_list first, second;
  struct vordec_error error;
  if (!plugin_load(suite)) return;
  const size_t blocks = atomic_load(&suite->host.blocks);
  const enum vordec_status status = probe(suite, &first, &error);
  if (status == VORDEC_E_UNSUPPORTED) {
    suite_note(suite, "no device (%s): %.300s", vordec_reason_name(error.reason), error.message);
    return;
  }
  if (status) suite_short(suite, "probe(): %s: %.300s", vordec_status_name(status), error.message);
  for (size_t i = 0; i < first.count; i++) {
    judge_device(suite, &first.devices[i]);
    for (size_t j = 0; j < i; j++) {
      if (first.devices[i].index == first.devices[j].index) {
        suite_short(suite, "two devices have the index %u", first.devices[i].index);
      }
    }
  }
  probe(suite, &second, &error);
  if (!same_devices(&first, &second)) suite_short(suite, "a second probe() reports different devices");
  if (atomic_load(&suite->host.blocks) != blocks) {
    suite_short(suite, "probe() leaves %zu blocks of memory behind", atomic_load(&suite->host.blocks) - blocks);
  }
  suite_note(suite, "%zu device%s", first.count, first.count == 1 ? "" : "s");
}

/* The core's own rules choose, so that the device tested is the one that a decode would use. */
void check_device_choice(struct suite *suite) {
  static struct device_list list;
  struct vordec_error error;
  if (!plugin_load(suite)) return;
  struct select_candidate candidate = {
      .name = suite->shared->name, .state = CANDIDATE_PROBED, .ffts = suite->backend->ffts};
  if (probe(suite, &list, &error)) {
    candidate.state = CANDIDATE_FAILED;
    candidate.failure = error;
  }
  candidate.devices = list.devices;
  candidate.device_count = list.count;
  const struct select_request request = {.backend = suite->shared->name,
                                         .device = suite->options->device,
                                         .allow_software_device = suite->options->allow_software_device,
                                         .permissive = true, /* nowhere to fall back to: only this plugin counts */
                                         .fft = "auto"};
  struct selection selection;
  select_backend(&request, &candidate, 1, &selection);
  if (selection.verdict != SELECT_USE) {
    suite_skip(suite, "%.500s", selection.message);
    return;
  }
  suite->shared->device = list.devices[selection.device];
  const struct vordec_device *device = &suite->shared->device;
  suite_note(suite, "device %u: %.120s, %s (%.120s)", device->index, device->name,
             vordec_device_type_name(device->type), device->driver);
}

void check_open(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const size_t before = atomic_load(&suite->host.blocks);
  suite->backend->close(NULL);
  struct vordec_session *first = plugin_open(suite, 1), *second = first ? plugin_open(suite, 0) : NULL;
  if (first) suite->backend->close(first);
  if (second) suite->backend->close(second);
  const size_t blocks = atomic_load(&suite->host.blocks);
  if (blocks != before) suite_short(suite, "close() leaves %zu blocks of memory behind", blocks - before);
}

void check_open_unknown(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = 4000000000u};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&suite->host.blocks);
  const enum vordec_status status = suite->backend->open(&suite->host.table, &desc, &session, &error);
  if (status == VORDEC_OK) {
    suite_short(suite, "open() of device %u, which does not exist, succeeds", desc.device_index);
    if (session) suite->backend->close(session);
    return;
  }
  plugin_judge_error(suite, "open", status, &error);
  if (status != VORDEC_E_UNSUPPORTED || error.reason != VORDEC_REASON_DEVICE_NOT_FOUND) {
    suite_short(suite, "open() of device %u says %s (%s) instead of unsupported (device-not-found)", desc.device_index,
                vordec_status_name(status), vordec_reason_name(error.reason));
  }
  if (session) suite_short(suite, "open() fails and hands out a session");
  if (atomic_load(&suite->host.blocks) != blocks) suite_short(suite, "a failed open() leaves memory behind");
}

void check_open_without_memory(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = suite->shared->device.index, .threads = 2};
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_session *session = NULL;
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = suite->backend->open(&suite->host.table, &desc, &session, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK && session) {
      suite->backend->close(session);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "open", what, status, &error);
    }
    if (status && atomic_load(&suite->host.blocks) != blocks) {
      suite_short(suite, "open() without allocation %zu leaves memory behind", number);
    }
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}
