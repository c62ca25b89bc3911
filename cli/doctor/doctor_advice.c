/* SPDX-License-Identifier: MIT */
#include "doctor_advice.h"

#include <stdio.h>

#include "cli/json_read.h"
#include "doctor_place.h"
#include "doctor_say.h"

static size_t count_manifests(const cJSON *vulkan, const char *state) {
  size_t count = 0;
  for (const cJSON *manifest = json_first_of(vulkan, "manifests"); manifest; manifest = manifest->next)
    count += json_is(manifest, "state", state);
  return count;
}

static bool has_nvidia(const cJSON *vulkan, const char *list, const char *key, const char *part) {
  for (const cJSON *item = json_first_of(vulkan, list); item; item = item->next) {
    if (strstr(json_text(item, key), part)) return true;
  }
  return false;
}

static void advise_drivers(const cJSON *vulkan, cJSON *advice) {
  char line[512];
  for (const cJSON *manifest = json_first_of(vulkan, "manifests"); manifest; manifest = manifest->next) {
    if (!json_is(manifest, "state", "broken")) continue;
    snprintf(line, sizeof line, "%.300s is broken: reinstall the driver that it belongs to%s%.60s",
             json_text(manifest, "path"),
             json_is(vulkan, "searched_because", "standard folders") ? "" : ", or correct ",
             json_is(vulkan, "searched_because", "standard folders") ? "" : json_text(vulkan, "searched_because"));
    doctor_say(advice, line);
  }
  if (count_manifests(vulkan, "ok") == 0 && !json_is(vulkan, "searched_because", "standard folders")) {
    snprintf(line, sizeof line, "%.60s names no usable driver and hides all others: unset it, or correct it",
             json_text(vulkan, "searched_because"));
    doctor_say(advice, line);
    return;
  }
  if (cJSON_GetArraySize(cJSON_GetObjectItem(vulkan, "filters")) > 0) {
    doctor_say(
        advice,
        "VK_LOADER_DRIVERS_SELECT or VK_LOADER_DRIVERS_DISABLE hides drivers: unset them unless that is intended");
  }
  if (has_nvidia(vulkan, "device_nodes", "path", "nvidia") && !has_nvidia(vulkan, "manifests", "path", "nvidia")) {
    doctor_say(advice,
               "there is an NVIDIA card, but not its Vulkan driver: install nvidia-vulkan-icd (Debian non-free), run "
               "the container with NVIDIA_DRIVER_CAPABILITIES=all, or let VK_DRIVER_FILES name its nvidia_icd.json");
  } else if (count_manifests(vulkan, "ok") == 0) {
    doctor_say(advice, "no Vulkan driver: install mesa-vulkan-drivers (AMD, Intel, and llvmpipe on the CPU) or "
                       "nvidia-vulkan-icd (NVIDIA, Debian non-free)");
  }
}

static void advise_vulkan(const cJSON *vulkan, cJSON *advice) {
  if (cJSON_HasObjectItem(cJSON_GetObjectItem(vulkan, "loader"), "problem")) {
    doctor_say(advice, "no usable Vulkan loader: install libvulkan1");
  }
  advise_drivers(vulkan, advice);
  if (!cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(vulkan, "kernel_cache"), "writable"))) {
    doctor_say(advice, "compiled kernels cannot be kept, so every start compiles them anew: set XDG_CACHE_HOME to a "
                       "writable folder in which vordec/ belongs to this user and only this user may write");
  }
}

static void advise_backend(const cJSON *backend, cJSON *advice) {
  char line[512];
  if (*json_text(backend, "trouble")) {
    snprintf(line, sizeof line, "backend %.60s is broken: remove its plugin, or name another with [decode] backend",
             json_text(backend, "backend"));
    doctor_say(advice, line);
  } else if (*json_text(backend, "remedy")) {
    snprintf(line, sizeof line, "backend %.60s: %s", json_text(backend, "backend"), json_text(backend, "remedy"));
    doctor_say(advice, line);
  }
  for (const cJSON *device = json_first_of(backend, "devices"); device; device = device->next) {
    const cJSON *trial = cJSON_GetObjectItem(device, "trial");
    const char *remedy = *json_text(device, "remedy") ? json_text(device, "remedy") : json_text(trial, "remedy");
    if (json_is(trial, "state", "differs")) {
      snprintf(line, sizeof line,
               "backend %.60s decodes wrongly on %.200s: do not use it there; try another driver version",
               json_text(backend, "backend"), json_text(device, "name"));
      doctor_say(advice, line);
    } else if (json_is(device, "reason", "software-device")) {
      snprintf(line, sizeof line,
               "backend %.60s on %.200s runs on the CPU, which is for tests only: without a GPU use backend cpu "
               "(for a test: --allow-software-device, or [decode] allow_software_device = true)",
               json_text(backend, "backend"), json_text(device, "name"));
      doctor_say(advice, line);
    } else if (*remedy) {
      snprintf(line, sizeof line, "backend %.60s on %.200s: %s", json_text(backend, "backend"),
               json_text(device, "name"), remedy);
      doctor_say(advice, line);
    }
  }
}

/* Plugins that a whole installation has. */
static void advise_missing(const cJSON *backends, cJSON *advice) {
  static const char *const known[][2] = {
      {"cpu", "decode_cpu.so is not in the plugin folder, so there is no reference and nothing to fall back to: "
              "reinstall vordec"},
      {"vulkan", "decode_vulkan.so is not in the plugin folder, so no GPU can be used: build vordec with the Vulkan "
                 "headers, glslang and VkFFT (scripts/setup)"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    bool found = false;
    for (const cJSON *backend = json_first(backends); backend; backend = backend->next)
      found = found || json_is(backend, "backend", known[i][0]);
    if (!found) doctor_say(advice, known[i][1]);
  }
}

void doctor_advice_add(cJSON *report) {
  cJSON *advice = cJSON_AddArrayToObject(report, "advice");
  const cJSON *backends = cJSON_GetObjectItem(report, "backends");
  advise_missing(backends, advice);
  doctor_place_advise(report, advice);
  advise_vulkan(cJSON_GetObjectItem(report, "vulkan"), advice);
  for (const cJSON *backend = json_first(backends); backend; backend = backend->next) advise_backend(backend, advice);
}
