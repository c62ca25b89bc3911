#include "doctor_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *text(const cJSON *object, const char *key) {
  const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
  return value ? value : "";
}

static double number(const cJSON *object, const char *key) {
  return cJSON_GetNumberValue(cJSON_GetObjectItem(object, key));
}

static bool has(const cJSON *object, const char *key) {
  return cJSON_HasObjectItem(object, key);
}

static bool is(const cJSON *object, const char *key, const char *value) {
  return strcmp(text(object, key), value) == 0;
}

/* ---- Vulkan ---- */

static void print_loader(const cJSON *loader) {
  if (has(loader, "problem")) {
    printf("  loader        missing: %s\n", text(loader, "problem"));
  } else {
    printf("  loader        %s, Vulkan %s\n", text(loader, "path"), text(loader, "version"));
  }
}

static void print_manifests(const cJSON *vulkan) {
  const cJSON *list = cJSON_GetObjectItem(vulkan, "manifests"), *item;
  printf("  drivers       %d named (%s)\n", cJSON_GetArraySize(list), text(vulkan, "searched_because"));
  cJSON_ArrayForEach(item, list) {
    const char *state = text(item, "state");
    printf("    %-7s %s", strcmp(state, "other-architecture") == 0 ? "foreign" : state, text(item, "path"));
    if (has(item, "problem")) printf(": %s", text(item, "problem"));
    printf("\n");
  }
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(vulkan, "filters")) {
    printf("    filter  %s=%s\n", item->string, item->valuestring);
  }
}

static void print_vulkan(const cJSON *vulkan) {
  const cJSON *cache = cJSON_GetObjectItem(vulkan, "kernel_cache"), *node;
  printf("\nVulkan\n");
  print_loader(cJSON_GetObjectItem(vulkan, "loader"));
  print_manifests(vulkan);
  cJSON_ArrayForEach(node, cJSON_GetObjectItem(vulkan, "device_nodes")) {
    printf("  device node   %s%s\n", text(node, "path"),
           cJSON_IsTrue(cJSON_GetObjectItem(node, "accessible")) ? "" : ": permission denied");
  }
  printf("  kernel cache  %s, %.0f files, %.1f KiB, %s\n", *text(cache, "folder") ? text(cache, "folder") : "none",
         number(cache, "files"), number(cache, "bytes") / 1024.0,
         cJSON_IsTrue(cJSON_GetObjectItem(cache, "writable")) ? "writable" : "not writable");
}

/* ---- backends ---- */

static void print_refusal(const cJSON *item) {
  if (has(item, "reason")) printf("    refused (%s): %s\n", text(item, "reason"), text(item, "detail"));
}

static void print_comparison(const cJSON *trial) {
  printf("    %s: error %.1e against direct sums", is(trial, "state", "ok") ? "parity ok" : "WRONG",
         number(trial, "direct_error"));
  if (has(trial, "mean_abs_error")) {
    printf(", %.1e against the CPU reference, limit %.1e; %.0f mask cells differ\n", number(trial, "mean_abs_error"),
           number(trial, "tolerance"), number(trial, "mask_differs"));
  } else {
    printf(", limit %.1e; no CPU reference: %s\n", number(trial, "tolerance"), text(trial, "not_compared"));
  }
}

static void print_trial(const cJSON *trial) {
  if (is(trial, "state", "ok") || is(trial, "state", "differs")) {
    printf("    decoded on the %s with fft %s in %s, %.1f ms after %.0f ms of setup\n", text(trial, "decode_device"),
           text(trial, "fft"), text(trial, "precision"), number(trial, "decode_ms"), number(trial, "setup_ms"));
    print_comparison(trial);
  } else if (is(trial, "state", "broken")) {
    printf("    BROKEN: a decode %s\n", text(trial, "detail"));
  } else {
    printf("    no decode: %s (%s): %s\n", text(trial, "state"), text(trial, "reason"), text(trial, "detail"));
  }
}

static void print_device(const cJSON *backend, const cJSON *device) {
  printf("  %s %.0f  %s (%s)\n", text(backend, "backend"), number(device, "index"), text(device, "name"),
         text(device, "type"));
  print_refusal(device);
  if (!has(device, "trial")) return;
  if (has(device, "reason")) printf("    tried all the same:\n");
  print_trial(cJSON_GetObjectItem(device, "trial"));
}

static void print_backend(const cJSON *backend) {
  const cJSON *devices = cJSON_GetObjectItem(backend, "devices"), *device;
  if (cJSON_GetArraySize(devices) == 0) printf("  %s\n", text(backend, "backend"));
  if (has(backend, "trouble")) printf("    BROKEN: loading and probing it %s\n", text(backend, "trouble"));
  print_refusal(backend);
  cJSON_ArrayForEach(device, devices) print_device(backend, device);
}

/* ---- the whole ---- */

static void print_choice(const cJSON *choice) {
  printf("\nThis configuration (backend %s, policy %s)\n", text(choice, "backend_requested"), text(choice, "policy"));
  if (is(choice, "state", "ok")) {
    printf("  decodes with %s on %s (%s), fft %s, %s\n", text(choice, "decode_backend_used"), text(choice, "device"),
           text(choice, "decode_device"), text(choice, "fft_backend_used"), text(choice, "dtype"));
    if (*text(choice, "decode_backend_reason")) printf("  because %s\n", text(choice, "decode_backend_reason"));
  } else if (is(choice, "state", "broken")) {
    printf("  does not decode: the run %s\n", text(choice, "detail"));
  } else {
    printf("  does not decode: %s\n", text(choice, "detail"));
  }
}

void doctor_text_print(const cJSON *report) {
  const cJSON *folder = cJSON_GetObjectItem(report, "plugin_folder"), *item;
  printf("vordec %s (%s)\n", text(report, "vordec_version"), text(report, "git_describe"));
  printf("plugins in %s (%s)", text(folder, "path"), text(folder, "because"));
  if (has(folder, "problem")) printf(": %s", text(folder, "problem"));
  printf("\n");
  print_vulkan(cJSON_GetObjectItem(report, "vulkan"));
  printf("\nBackends\n");
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(report, "backends")) print_backend(item);
  print_choice(cJSON_GetObjectItem(report, "choice"));
  const cJSON *advice = cJSON_GetObjectItem(report, "advice");
  if (cJSON_GetArraySize(advice) > 0) printf("\nWhat to do\n");
  cJSON_ArrayForEach(item, advice) printf("  - %s\n", item->valuestring);
}
