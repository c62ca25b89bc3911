#include "check_devices.h"

#include <string.h>

#include "plugin.h"
#include "select.h"

#define DEVICES_MAX 32

struct device_list {
  struct kit *kit;
  struct vordec_device devices[DEVICES_MAX];
  size_t count;
};

static void collect(void *ctx, const struct vordec_device *device) {
  struct device_list *list = ctx;
  if (device->struct_size < sizeof *device) {
    kit_short(list->kit, "device %zu: struct_size is %zu instead of %zu", list->count, device->struct_size,
              sizeof *device);
    return;
  }
  if (list->count < DEVICES_MAX) list->devices[list->count++] = *device;
}

static enum vordec_status probe(struct kit *kit, struct device_list *list, struct vordec_error *error) {
  memset(list, 0, sizeof *list);
  memset(error, 0, sizeof *error);
  list->kit = kit;
  const enum vordec_status status = kit->backend->probe(&kit->host.table, collect, list, error);
  if (status) plugin_judge_error(kit, "probe", status, error);
  return status;
}

/* Ends within its buffer, on one line. */
static bool is_line(const char *text, size_t size) {
  return memchr(text, 0, size) && !strchr(text, '\n');
}

static void judge_device(struct kit *kit, const struct vordec_device *device) {
  const uint32_t known = VORDEC_CAP_FP32 | VORDEC_CAP_FP64 | VORDEC_CAP_TIMESTAMPS;
  const uint32_t i = device->index;
  if (!is_line(device->name, sizeof device->name) || !is_line(device->driver, sizeof device->driver) ||
      !is_line(device->api, sizeof device->api) || !is_line(device->unusable_detail, sizeof device->unusable_detail)) {
    kit_short(kit, "device %u: a text does not end, or is of more than one line", i);
    return;
  }
  if (!device->name[0]) kit_short(kit, "device %u has no name", i);
  if ((unsigned)device->type > VORDEC_DEVICE_OTHER) kit_short(kit, "device %u: type %d", i, (int)device->type);
  if ((unsigned)device->unusable >= VORDEC_REASON_COUNT) {
    kit_short(kit, "device %u: unusable = %d is no reason", i, (int)device->unusable);
  }
  if (device->unusable && !device->unusable_detail[0]) kit_short(kit, "device %u: unusable, and no word why", i);
  if (device->capabilities & ~known) kit_short(kit, "device %u: capabilities 0x%x", i, device->capabilities);
  if (!device->unusable && !(device->capabilities & (VORDEC_CAP_FP32 | VORDEC_CAP_FP64))) {
    kit_short(kit, "device %u: usable, with neither fp32 nor fp64", i);
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

void check_probe(struct kit *kit) {
  static struct device_list first, second;
  struct vordec_error error;
  if (!plugin_load(kit)) return;
  const size_t blocks = atomic_load(&kit->host.blocks);
  const enum vordec_status status = probe(kit, &first, &error);
  if (status == VORDEC_E_UNSUPPORTED) {
    kit_note(kit, "no device (%s): %.300s", vordec_reason_name(error.reason), error.message);
    return;
  }
  if (status) kit_short(kit, "probe(): %s: %.300s", vordec_status_name(status), error.message);
  for (size_t i = 0; i < first.count; i++) {
    judge_device(kit, &first.devices[i]);
    for (size_t j = 0; j < i; j++) {
      if (first.devices[i].index == first.devices[j].index) {
        kit_short(kit, "two devices have the index %u", first.devices[i].index);
      }
    }
  }
  probe(kit, &second, &error);
  if (!same_devices(&first, &second)) kit_short(kit, "a second probe() tells of other devices");
  if (atomic_load(&kit->host.blocks) != blocks) {
    kit_short(kit, "probe() leaves %zu blocks of memory behind", atomic_load(&kit->host.blocks) - blocks);
  }
  kit_note(kit, "%zu device%s", first.count, first.count == 1 ? "" : "s");
}

/* The core's own rules choose, so that the device tested is the one that a decode would use. */
void check_device_choice(struct kit *kit) {
  static struct device_list list;
  struct vordec_error error;
  if (!plugin_load(kit)) return;
  struct select_candidate candidate = {
      .name = kit->shared->name, .state = CANDIDATE_PROBED, .ffts = kit->backend->ffts};
  if (probe(kit, &list, &error)) {
    candidate.state = CANDIDATE_FAILED;
    candidate.failure = error;
  }
  candidate.devices = list.devices;
  candidate.device_count = list.count;
  const struct select_request request = {.backend = kit->shared->name,
                                         .device = kit->options->device,
                                         .allow_software_device = kit->options->allow_software_device,
                                         .permissive = true, /* to nowhere: it is this plugin or none */
                                         .fft = "auto"};
  struct selection selection;
  select_backend(&request, &candidate, 1, &selection);
  if (selection.verdict != SELECT_USE) {
    kit_skip(kit, "%.500s", selection.message);
    return;
  }
  kit->shared->device = list.devices[selection.device];
  const struct vordec_device *device = &kit->shared->device;
  kit_note(kit, "device %u: %.120s, %s (%.120s)", device->index, device->name, vordec_device_type_name(device->type),
           device->driver);
}

void check_open(struct kit *kit) {
  if (!plugin_load(kit)) return;
  const size_t before = atomic_load(&kit->host.blocks);
  kit->backend->close(NULL);
  struct vordec_session *first = plugin_open(kit, 1), *second = first ? plugin_open(kit, 0) : NULL;
  if (first) kit->backend->close(first);
  if (second) kit->backend->close(second);
  const size_t blocks = atomic_load(&kit->host.blocks);
  if (blocks != before) kit_short(kit, "close() leaves %zu blocks of memory behind", blocks - before);
}

void check_open_unknown(struct kit *kit) {
  if (!plugin_load(kit)) return;
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = 4000000000u};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  const size_t blocks = atomic_load(&kit->host.blocks);
  const enum vordec_status status = kit->backend->open(&kit->host.table, &desc, &session, &error);
  if (status == VORDEC_OK) {
    kit_short(kit, "open() of device %u, which there is not, succeeds", desc.device_index);
    if (session) kit->backend->close(session);
    return;
  }
  plugin_judge_error(kit, "open", status, &error);
  if (status != VORDEC_E_UNSUPPORTED || error.reason != VORDEC_REASON_DEVICE_NOT_FOUND) {
    kit_short(kit, "open() of device %u says %s (%s) instead of unsupported (device-not-found)", desc.device_index,
              vordec_status_name(status), vordec_reason_name(error.reason));
  }
  if (session) kit_short(kit, "open() fails and hands out a session");
  if (atomic_load(&kit->host.blocks) != blocks) kit_short(kit, "a failed open() leaves memory behind");
}

void check_open_without_memory(struct kit *kit) {
  if (!plugin_load(kit)) return;
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = kit->shared->device.index, .threads = 2};
  size_t number = 0;
  for (bool refused = true; refused && !kit_fell_short(kit);) {
    struct vordec_session *session = NULL;
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&kit->host.blocks);
    host_refuse(&kit->host, ++number, true);
    const enum vordec_status status = kit->backend->open(&kit->host.table, &desc, &session, &error);
    refused = atomic_load(&kit->host.refused) > 0;
    host_refuse(&kit->host, 0, false);
    if (status == VORDEC_OK && session) {
      kit->backend->close(session);
    } else if (status != VORDEC_E_NO_MEMORY) {
      kit_short(kit, "without allocation %zu and all after it, open() says %s instead of no-memory", number,
                vordec_status_name(status));
    } else {
      plugin_judge_error(kit, "open", status, &error);
    }
    if (status && atomic_load(&kit->host.blocks) != blocks) {
      kit_short(kit, "open() without allocation %zu leaves memory behind", number);
    }
  }
  kit_note(kit, "%zu allocations refused in turn", number - 1);
}
