/* SPDX-License-Identifier: MIT */
#include "doctor_vulkan.h"

#include <glob.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json_read.h"
#include "doctor_cache.h"
#include "doctor_loader.h"
#include "doctor_manifest.h"
#include "doctor_place.h"
#include "doctor_search.h"

static void examine_manifests(cJSON *vulkan, unsigned limit_s, bool loud) {
  cJSON *paths = cJSON_AddArrayToObject(vulkan, "searched");
  const char *variable = doctor_search_paths(paths);
  cJSON *list = cJSON_AddArrayToObject(vulkan, "manifests");
  cJSON_AddStringToObject(vulkan, "searched_because", variable ? variable : "standard folders");
  for (const cJSON *path = json_first(paths); path; path = path->next) {
    doctor_manifests(list, path->valuestring, variable != NULL, limit_s, loud);
  }
}

/* Variables that make the loader pass over drivers that it finds. */
static void add_filters(cJSON *vulkan) {
  static const char *const names[] = {"VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE"};
  cJSON *filters = cJSON_AddObjectToObject(vulkan, "filters");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = doctor_variable(names[i]);
    if (value) cJSON_AddStringToObject(filters, names[i], value);
  }
}

static void add_nodes(cJSON *list, const char *pattern) {
  char whole[PATH_MAX];
  glob_t found = {0};
  doctor_place_path(pattern, whole);
  if (glob(whole, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) {
      cJSON *item = cJSON_CreateObject();
      struct stat info;
      cJSON_AddStringToObject(item, "path", doctor_place_told(found.gl_pathv[i]));
      const struct group *group = lstat(found.gl_pathv[i], &info) == 0 ? getgrgid(info.st_gid) : NULL;
      if (group) cJSON_AddStringToObject(item, "group", group->gr_name);
      cJSON_AddBoolToObject(item, "accessible", access(found.gl_pathv[i], R_OK | W_OK) == 0);
      cJSON_AddItemToArray(list, item);
    }
  }
  globfree(&found);
}

cJSON *doctor_vulkan(unsigned limit_s, bool loud) {
  cJSON *vulkan = cJSON_CreateObject();
  cJSON_AddItemToObject(vulkan, "loader", doctor_loader(limit_s, loud));
  examine_manifests(vulkan, limit_s, loud);
  add_filters(vulkan);
  cJSON *nodes = cJSON_AddArrayToObject(vulkan, "device_nodes");
  add_nodes(nodes, "/dev/dri/renderD*");
  add_nodes(nodes, "/dev/nvidia[0-9]*");
  cJSON_AddItemToObject(vulkan, "kernel_cache", doctor_cache());
  return vulkan;
}
