/* SPDX-License-Identifier: MIT */
/* vordec devices: what could decode here, and what stands against it. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "command.h"
#include "device_json.h"
#include "json_output.h"
#include "json_print.h"
#include "wrapped_text.h"

struct devices_request {
  const char *json;
};

static const struct option_spec options[] = {
    {"json", "FILE", JSON_HELP "an array of objects", .bare = JSON_STDOUT, .ending = "json",
     TO_OUTPUT(struct devices_request, json)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

static void format_bytes(uint64_t bytes, char text[32]) {
  if (bytes == 0) {
    snprintf(text, 32, "unknown");
  } else if (bytes < (uint64_t)1 << 30) {
    snprintf(text, 32, "%.1f MiB", (double)bytes / 1048576.0);
  } else {
    snprintf(text, 32, "%.1f GiB", (double)bytes / 1073741824.0);
  }
}

static void format_uuid(const uint8_t uuid[16], char text[33]) {
  for (int i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", uuid[i]);
}

#define LINE_INDENT 16 /* where what is said of a device begins */

/* What is too long for a terminal's line goes on below it. Elsewhere it stays one line, for scripts. */
static void print_text(const char *text, size_t indent, int column) {
  if (wrapped_text_width_known()) {
    wrapped_text_print(stdout, text, strlen(text), indent, (size_t)column);
  } else if (*text) {
    const int gap = (size_t)column <= indent ? (int)(indent - (size_t)column) : 1;
    printf("%*s%s", gap, "", text);
  }
  putchar('\n');
}

static void print_refusal(const struct vordec_error *refusal) {
  if (refusal->status == VORDEC_OK) {
    printf("    usable\n");
    return;
  }
  const char *remedy = vordec_reason_remedy(refusal->reason);
  char text[VORDEC_MESSAGE_MAX + 512];
  snprintf(text, sizeof text, "%s%s%s", refusal->message, *remedy ? "; " : "", remedy);
  print_text(text, 6, printf("    refused (%s):", vordec_reason_name(refusal->reason)));
}

static void print_limits(const struct vordec_device *device) {
  char text[128], most[32];
  if (device->threads) printf("    threads     %u\n", device->threads);
  if (device->max_buffer_bytes) {
    format_bytes(device->max_buffer_bytes, most);
    snprintf(text, sizeof text, "buffer %s, workgroup %u, shared memory %u bytes, subgroup %u", most,
             device->max_workgroup_size, device->shared_memory_bytes, device->subgroup_size);
    print_text(text, LINE_INDENT, printf("    limits     "));
  }
}

static void print_device(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                         const struct vordec_error *refusal) {
  char text[33];
  (void)ctx;
  if (!device) {
    print_text(description, 4, printf("%s%s", backend, *description ? " " : ""));
    print_refusal(refusal);
    return;
  }
  print_text(device->name, 4, printf("%s %u ", backend, device->index));
  printf("    type        %s\n", vordec_device_type_name(device->type));
  print_text(device->driver, LINE_INDENT, printf("    driver     "));
  if (device->api[0]) printf("    interface   %s\n", device->api);
  format_bytes(device->memory_bytes, text);
  printf("    memory      %s\n", text);
  printf("    precision   %s%s%s\n", device->capabilities & VORDEC_CAP_FP32 ? "fp32" : "",
         (device->capabilities & VORDEC_CAP_FP32) && (device->capabilities & VORDEC_CAP_FP64) ? ", " : "",
         device->capabilities & VORDEC_CAP_FP64 ? "fp64" : "");
  print_limits(device);
  format_uuid(device->uuid, text);
  if (device->type != VORDEC_DEVICE_HOST) printf("    uuid        %s\n", text);
  print_refusal(refusal);
}

static void add_device(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                       const struct vordec_error *refusal) {
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "backend", backend);
  cJSON_AddStringToObject(item, "description", description);
  if (device) device_json_add(item, device);
  device_json_add_refusal(item, refusal);
  json_append(ctx, item);
}

static enum vordec_status write_json(struct vordec_runtime *runtime, const char *path, struct vordec_error *error) {
  cJSON *list = cJSON_CreateArray();
  enum vordec_status status = vordec_runtime_visit_devices(runtime, add_device, list, error);
  if (!status) status = json_output_write(path, json_print(list, true), error);
  cJSON_Delete(list);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  const struct devices_request *asked = request;
  struct vordec_error error = {0};
  struct vordec_runtime *runtime = NULL;
  enum vordec_status status =
      vordec_runtime_create(invocation->config, command_log, &invocation->verbose, &runtime, &error);
  if (!status && asked->json) status = write_json(runtime, asked->json, &error);
  if (!status && !json_output_replaces_text(asked->json)) {
    status = vordec_runtime_visit_devices(runtime, print_device, NULL, &error);
    if (!status) printf("plugins in %s\n", vordec_runtime_plugin_folder(runtime));
  }
  vordec_runtime_destroy(runtime);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_devices = {
    .name = "devices",
    .summary = "list backends and devices, and why any would be refused",
    .synopsis = "[OPTION]..",
    .details = "Loads every plugin in the plugin folder, asks it for its devices, and says for each\n"
               "device whether it could be used with the configuration given. The order is that in\n"
               "which decode backend 'auto' tries them.",
    .examples = "vordec devices\n"
                "vordec devices --allow-software-device --json devices.json",
    COMMAND_OPTIONS(groups, struct devices_request),
    .takes_config = true,
    .keys = "decode.device decode.allow_software_device decode.precision plugins.path",
    .ranks = RANKS_EACH,
    .run = run,
};
