/* SPDX-License-Identifier: MIT */
#include "doctor_text.h"

#include <stdio.h>

#include "cli/json_read.h"
#include "cli/wrapped_text.h"
#include "core/base/cache_folder.h"

/* Behind what stands in the line already, `column` characters, and below it as far in as `indent`. */
static void print_sentence(const char *text, size_t indent, int column) {
  wrapped_text_print(stdout, text, strlen(text), indent, (size_t)column);
  printf("\n");
}

static double number(const cJSON *object, const char *key) {
  return cJSON_GetNumberValue(cJSON_GetObjectItem(object, key));
}

static bool has(const cJSON *object, const char *key) {
  return cJSON_HasObjectItem(object, key);
}

/* ---- where this is ---- */

static void print_place(const cJSON *place) {
  printf("\nThis machine\n");
  if (*json_text(place, "container")) printf("  container     %s\n", json_text(place, "container"));
  if (*json_text(place, "scheduler")) {
    printf("  scheduler     %s, %s\n", json_text(place, "scheduler"),
           cJSON_IsTrue(cJSON_GetObjectItem(place, "in_job")) ? "in a job" : "not in a job");
  }
  const cJSON *cards = cJSON_GetObjectItem(place, "cards");
  if (!json_first(cards)) printf("  GPUs          none on the PCI bus\n");
  for (const cJSON *card = json_first(cards); card; card = card->next) {
    const char *driver = json_text(card, "driver");
    printf("  GPU           %s %s at %s, %s%s\n", json_text(card, "maker"), json_text(card, "id"),
           json_text(card, "address"), *driver ? "driver " : "no driver", driver);
  }
}

/* ---- Vulkan ---- */

static void print_loader(const cJSON *loader) {
  if (has(loader, "problem")) {
    printf("  loader        missing: %s\n", json_text(loader, "problem"));
  } else {
    printf("  loader        %s, Vulkan %s\n", json_text(loader, "path"), json_text(loader, "version"));
  }
}

static void print_manifests(const cJSON *vulkan) {
  const cJSON *list = cJSON_GetObjectItem(vulkan, "manifests");
  printf("  drivers       %d named (%s)\n", cJSON_GetArraySize(list), json_text(vulkan, "searched_because"));
  for (const cJSON *item = json_first(list); item; item = item->next) {
    const char *state = json_text(item, "state");
    printf("    %-7s %s", strcmp(state, "other-architecture") == 0 ? "foreign" : state, json_text(item, "path"));
    if (has(item, "problem")) printf(": %s", json_text(item, "problem"));
    printf("\n");
  }
  for (const cJSON *item = json_first_of(vulkan, "filters"); item; item = item->next) {
    printf("    filter  %s=%s\n", item->string, item->valuestring);
  }
}

static void print_vulkan(const cJSON *vulkan) {
  const cJSON *cache = cJSON_GetObjectItem(vulkan, "kernel_cache");
  printf("\nVulkan\n");
  print_loader(cJSON_GetObjectItem(vulkan, "loader"));
  print_manifests(vulkan);
  for (const cJSON *node = json_first_of(vulkan, "device_nodes"); node; node = node->next) {
    printf("  device node   %s%s\n", json_text(node, "path"),
           cJSON_IsTrue(cJSON_GetObjectItem(node, "accessible")) ? "" : ": permission denied");
  }
  printf("  kernel cache  %s, %.0f files, %.1f KiB of at most %zu MiB, %s\n",
         *json_text(cache, "folder") ? json_text(cache, "folder") : "none", number(cache, "files"),
         number(cache, "bytes") / 1024.0, CACHE_FOLDER_BYTES >> 20,
         cJSON_IsTrue(cJSON_GetObjectItem(cache, "writable")) ? "writable" : "not writable");
}

/* ---- backends ---- */

static void print_refusal(const cJSON *item) {
  if (!has(item, "reason")) return;
  print_sentence(json_text(item, "detail"), 6, printf("    refused (%s):", json_text(item, "reason")));
}

static void print_comparison(const cJSON *trial) {
  printf("    %s: error %.1e against direct sums", json_is(trial, "state", "ok") ? "parity ok" : "WRONG",
         number(trial, "direct_error"));
  if (has(trial, "mean_abs_error")) {
    printf(",\n      %.1e against the CPU reference, limit %.1e; %.0f mask cells differ\n",
           number(trial, "mean_abs_error"), number(trial, "tolerance"), number(trial, "mask_differs"));
  } else {
    printf(", limit %.1e; no CPU reference: %s\n", number(trial, "tolerance"), json_text(trial, "not_compared"));
  }
}

static void print_trial(const cJSON *trial) {
  if (json_is(trial, "state", "ok") || json_is(trial, "state", "differs")) {
    printf("    decoded on the %s with fft %s in %s, %.1f ms after %.0f ms of setup\n",
           json_text(trial, "decode_device"), json_text(trial, "fft"), json_text(trial, "precision"),
           number(trial, "decode_ms"), number(trial, "setup_ms"));
    print_comparison(trial);
  } else if (json_is(trial, "state", "broken")) {
    printf("    BROKEN: a decode %s\n", json_text(trial, "detail"));
  } else {
    printf("    no decode: %s (%s): %s\n", json_text(trial, "state"), json_text(trial, "reason"),
           json_text(trial, "detail"));
  }
}

static void print_device(const cJSON *backend, const cJSON *device) {
  printf("  %s %.0f  %s (%s)\n", json_text(backend, "backend"), number(device, "index"), json_text(device, "name"),
         json_text(device, "type"));
  print_refusal(device);
  if (!has(device, "trial")) return;
  if (has(device, "reason")) printf("    tried all the same:\n");
  print_trial(cJSON_GetObjectItem(device, "trial"));
}

static void print_backend(const cJSON *backend) {
  const cJSON *devices = cJSON_GetObjectItem(backend, "devices");
  if (cJSON_GetArraySize(devices) == 0) printf("  %s\n", json_text(backend, "backend"));
  if (has(backend, "trouble")) printf("    BROKEN: loading and probing it %s\n", json_text(backend, "trouble"));
  print_refusal(backend);
  for (const cJSON *device = json_first(devices); device; device = device->next) print_device(backend, device);
}

/* ---- the whole ---- */

static void print_choice(const cJSON *choice) {
  printf("\nThis configuration (backend %s, policy %s)\n", json_text(choice, "backend_requested"),
         json_text(choice, "policy"));
  if (json_is(choice, "state", "ok")) {
    printf("  decodes with %s on %s (%s), fft %s, %s\n", json_text(choice, "decode_backend_used"),
           json_text(choice, "device"), json_text(choice, "decode_device"), json_text(choice, "fft_backend_used"),
           json_text(choice, "dtype"));
    const char *reason = json_text(choice, "decode_backend_reason");
    if (*reason) print_sentence(reason, 4, printf("  because"));
  } else if (json_is(choice, "state", "broken")) {
    printf("  does not decode: the run %s\n", json_text(choice, "detail"));
  } else {
    printf("  does not decode: %s\n", json_text(choice, "detail"));
  }
}

void doctor_text_print(const cJSON *report) {
  const cJSON *folder = cJSON_GetObjectItem(report, "plugin_folder");
  printf("vordec %s (%s)\n", json_text(report, "vordec_version"), json_text(report, "git_describe"));
  printf("plugins in %s (%s)", json_text(folder, "path"), json_text(folder, "because"));
  if (has(folder, "problem")) printf(": %s", json_text(folder, "problem"));
  printf("\n");
  print_place(cJSON_GetObjectItem(report, "place"));
  print_vulkan(cJSON_GetObjectItem(report, "vulkan"));
  printf("\nBackends\n");
  for (const cJSON *item = json_first_of(report, "backends"); item; item = item->next) print_backend(item);
  print_choice(cJSON_GetObjectItem(report, "choice"));
  const cJSON *advice = cJSON_GetObjectItem(report, "advice");
  if (cJSON_GetArraySize(advice) > 0) printf("\nWhat to do\n");
  for (const cJSON *item = json_first(advice); item; item = item->next) {
    print_sentence(item->valuestring, 4, printf("  -"));
  }
}
