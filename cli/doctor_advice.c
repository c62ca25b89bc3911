#include "doctor_advice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *text(const cJSON *object, const char *key) {
  const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
  return value ? value : "";
}

static bool is(const cJSON *object, const char *key, const char *value) {
  return strcmp(text(object, key), value) == 0;
}

static void say(cJSON *advice, const char *sentence) {
  const cJSON *said;
  cJSON_ArrayForEach(said, advice) {
    if (strcmp(said->valuestring, sentence) == 0) return;
  }
  cJSON_AddItemToArray(advice, cJSON_CreateString(sentence));
}

static size_t count_manifests(const cJSON *vulkan, const char *state) {
  size_t count = 0;
  const cJSON *manifest;
  cJSON_ArrayForEach(manifest, cJSON_GetObjectItem(vulkan, "manifests")) count += is(manifest, "state", state);
  return count;
}

static bool has_nvidia(const cJSON *vulkan, const char *list, const char *key, const char *part) {
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItem(vulkan, list)) {
    if (strstr(text(item, key), part)) return true;
  }
  return false;
}

static void advise_drivers(const cJSON *vulkan, cJSON *advice) {
  char line[512];
  const cJSON *manifest;
  cJSON_ArrayForEach(manifest, cJSON_GetObjectItem(vulkan, "manifests")) {
    if (!is(manifest, "state", "broken")) continue;
    snprintf(line, sizeof line, "%.300s is broken: reinstall the driver that it belongs to%s%.60s",
             text(manifest, "path"), is(vulkan, "searched_because", "standard folders") ? "" : ", or correct ",
             is(vulkan, "searched_because", "standard folders") ? "" : text(vulkan, "searched_because"));
    say(advice, line);
  }
  if (count_manifests(vulkan, "ok") == 0 && !is(vulkan, "searched_because", "standard folders")) {
    snprintf(line, sizeof line, "%.60s names no usable driver, and hides all others: unset or correct it",
             text(vulkan, "searched_because"));
    say(advice, line);
    return;
  }
  if (cJSON_GetArraySize(cJSON_GetObjectItem(vulkan, "filters")) > 0) {
    say(advice, "VK_LOADER_DRIVERS_SELECT or VK_LOADER_DRIVERS_DISABLE hides drivers: unset them if that is not meant");
  }
  if (has_nvidia(vulkan, "device_nodes", "path", "nvidia") && !has_nvidia(vulkan, "manifests", "path", "nvidia")) {
    say(advice,
        "an NVIDIA card is there, its Vulkan driver is not: install nvidia-vulkan-icd (Debian non-free), run the "
        "container with NVIDIA_DRIVER_CAPABILITIES=all, or let VK_DRIVER_FILES name its nvidia_icd.json");
  } else if (count_manifests(vulkan, "ok") == 0) {
    say(advice, "no Vulkan driver: install mesa-vulkan-drivers (AMD, Intel, and llvmpipe on the CPU) or "
                "nvidia-vulkan-icd (NVIDIA, Debian non-free)");
  }
}

static void advise_vulkan(const cJSON *vulkan, cJSON *advice) {
  if (cJSON_HasObjectItem(cJSON_GetObjectItem(vulkan, "loader"), "problem")) {
    say(advice, "no usable Vulkan loader: install libvulkan1");
  }
  advise_drivers(vulkan, advice);
  const cJSON *nodes = cJSON_GetObjectItem(vulkan, "device_nodes"), *node;
  if (cJSON_GetArraySize(nodes) == 0) {
    say(advice, "no GPU is visible to this process (no /dev/dri/renderD*, no /dev/nvidia*): a container must be given "
                "the device");
  }
  cJSON_ArrayForEach(node, nodes) {
    if (!cJSON_IsTrue(cJSON_GetObjectItem(node, "accessible"))) {
      say(advice, "a graphics device may not be opened by this user: join the groups video and render");
    }
  }
  if (!cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(vulkan, "kernel_cache"), "writable"))) {
    say(advice, "compiled kernels cannot be kept, so that each start compiles them anew: let XDG_CACHE_HOME name a "
                "folder that can be written");
  }
}

static void advise_backend(const cJSON *backend, cJSON *advice) {
  char line[512];
  const cJSON *device;
  if (*text(backend, "trouble")) {
    snprintf(line, sizeof line, "backend %.60s is broken: remove its plugin, or name another with [decode] backend",
             text(backend, "backend"));
    say(advice, line);
  } else if (*text(backend, "remedy")) {
    snprintf(line, sizeof line, "backend %.60s: %s", text(backend, "backend"), text(backend, "remedy"));
    say(advice, line);
  }
  cJSON_ArrayForEach(device, cJSON_GetObjectItem(backend, "devices")) {
    const cJSON *trial = cJSON_GetObjectItem(device, "trial");
    const char *remedy = *text(device, "remedy") ? text(device, "remedy") : text(trial, "remedy");
    if (is(trial, "state", "differs")) {
      snprintf(line, sizeof line,
               "backend %.60s decodes wrongly on %.200s: do not use it there; try another driver version",
               text(backend, "backend"), text(device, "name"));
      say(advice, line);
    } else if (*remedy) {
      snprintf(line, sizeof line, "backend %.60s on %.200s: %s", text(backend, "backend"), text(device, "name"),
               remedy);
      say(advice, line);
    }
  }
}

/* Plugins that a whole installation has. */
static void advise_missing(const cJSON *backends, cJSON *advice) {
  static const char *const known[][2] = {
      {"cpu", "decode_cpu.so is not in the plugin folder: there is no reference, and nothing to fall back to"},
      {"vulkan", "decode_vulkan.so is not in the plugin folder, so no GPU can be used: build vordec with the Vulkan "
                 "headers, glslang and VkFFT (scripts/setup)"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    bool found = false;
    const cJSON *backend;
    cJSON_ArrayForEach(backend, backends) found = found || is(backend, "backend", known[i][0]);
    if (!found) say(advice, known[i][1]);
  }
}

void doctor_advice_add(cJSON *report) {
  cJSON *advice = cJSON_AddArrayToObject(report, "advice");
  const cJSON *backends = cJSON_GetObjectItem(report, "backends"), *backend;
  advise_missing(backends, advice);
  advise_vulkan(cJSON_GetObjectItem(report, "vulkan"), advice);
  cJSON_ArrayForEach(backend, backends) advise_backend(backend, advice);
}
