/* SPDX-License-Identifier: MIT */
#include "doctor_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *doctor_variable(const char *name) {
  const char *value = secure_getenv(name);
  return value && *value ? value : NULL;
}

static void add_text(cJSON *list, const char *text) {
  cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

/* Adds each path of a colon-separated list, with `below` at its end. */
static void add_paths(cJSON *list, const char *paths, const char *below) {
  while (*paths) {
    const size_t length = strcspn(paths, ":");
    char *path = NULL;
    if (length && asprintf(&path, "%.*s%s", (int)length, paths, below) >= 0) {
      add_text(list, path);
      free(path);
    }
    paths += length + (paths[length] == ':');
  }
}

/* The user's own folder: the variable, else something below HOME. */
static void add_own(cJSON *list, const char *variable, const char *below_home, const char *below) {
  char in_home[256];
  const char *own = doctor_variable(variable), *home = secure_getenv("HOME");
  snprintf(in_home, sizeof in_home, "%s%s", below_home, below);
  if (own) {
    add_paths(list, own, below);
  } else if (home) {
    add_paths(list, home, in_home);
  }
}

static void add_shared(cJSON *list, const char *variable, const char *otherwise, const char *below) {
  const char *paths = doctor_variable(variable);
  add_paths(list, paths ? paths : otherwise, below);
}

const char *doctor_search_paths(cJSON *list) {
  static const char below[] = "/vulkan/icd.d";
  static const char *const replacing[] = {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"};
  for (size_t i = 0; i < 2; i++) {
    const char *paths = secure_getenv(replacing[i]);
    if (!paths) continue;
    add_paths(list, paths, "");
    return replacing[i];
  }
  const char *added = doctor_variable("VK_ADD_DRIVER_FILES");
  if (added) add_paths(list, added, "");
  add_own(list, "XDG_CONFIG_HOME", "/.config", below);
  add_shared(list, "XDG_CONFIG_DIRS", "/etc/xdg", below);
  add_paths(list, "/etc", below);
  add_own(list, "XDG_DATA_HOME", "/.local/share", below);
  add_shared(list, "XDG_DATA_DIRS", "/usr/local/share:/usr/share", below);
  return NULL;
}
