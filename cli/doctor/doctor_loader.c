/* SPDX-License-Identifier: MIT */
#include "doctor_loader.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_child.h"

#define VERSION_MAJOR(v) ((v) >> 22 & 0x7f)
#define VERSION_MINOR(v) ((v) >> 12 & 0x3ff)
#define VERSION_PATCH(v) ((v)&0xfff)

static void describe_loader(void *library, cJSON *answer) {
  struct link_map *map = NULL;
  char path[PATH_MAX];
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map && realpath(map->l_name, path)) {
    cJSON_AddStringToObject(answer, "path", path);
  }
  int (*enumerate_version)(uint32_t *) = NULL;
  void *symbol = dlsym(library, "vkEnumerateInstanceVersion");
  memcpy(&enumerate_version, &symbol, sizeof enumerate_version);
  uint32_t version = 0;
  if (!enumerate_version || enumerate_version(&version) != 0) {
    cJSON_AddStringToObject(answer, "problem", "it is older than Vulkan 1.1");
    return;
  }
  char text[32];
  snprintf(text, sizeof text, "%u.%u.%u", VERSION_MAJOR(version), VERSION_MINOR(version), VERSION_PATCH(version));
  cJSON_AddStringToObject(answer, "version", text);
}

/* In the child: as decode_vulkan.so opens it. */
static cJSON *open_loader(void *ctx) {
  (void)ctx;
  cJSON *answer = cJSON_CreateObject();
  void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library) {
    describe_loader(library, answer);
  } else {
    const char *message = dlerror();
    cJSON_AddStringToObject(answer, "problem", message ? message : "cannot be opened");
  }
  return answer;
}

cJSON *doctor_loader(unsigned limit_s, bool loud) {
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *loader = doctor_child(open_loader, NULL, limit_s, loud, trouble);
  if (loader) return loader;
  char problem[DOCTOR_TROUBLE_MAX + 16];
  snprintf(problem, sizeof problem, "opening it %s", trouble);
  loader = cJSON_CreateObject();
  cJSON_AddStringToObject(loader, "problem", problem);
  return loader;
}
