/* SPDX-License-Identifier: MIT */
#include "doctor_manifest.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor_child.h"

#define MANIFEST_MAX (1 << 20)

static char *read_file(const char *path, char *problem, size_t size) {
  FILE *file = fopen(path, "re");
  char *text = file ? malloc(MANIFEST_MAX + 1) : NULL;
  if (!text) {
    snprintf(problem, size, "%s", strerror(errno));
  } else {
    text[fread(text, 1, MANIFEST_MAX, file)] = '\0';
  }
  if (file) fclose(file);
  return text;
}

/* The library that a manifest names, as the loader would open it; NULL with the problem. The caller frees it. */
static char *named_library(const char *path, char *problem, size_t size) {
  char *text = read_file(path, problem, size), *library = NULL;
  if (!text) return NULL;
  cJSON *manifest = cJSON_Parse(text);
  free(text);
  const char *named = cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(manifest, "ICD"), "library_path"));
  const char *slash = strrchr(path, '/');
  if (!manifest) {
    snprintf(problem, size, "it is not JSON");
  } else if (!named || !*named) {
    snprintf(problem, size, "it names no library (library_path in ICD)");
  } else if (named[0] == '/' || !strchr(named, '/') || !slash) {
    library = strdup(named);
  } else if (asprintf(&library, "%.*s/%s", (int)(slash - path), path, named) < 0) {
    library = NULL;
  }
  cJSON_Delete(manifest);
  return library;
}

/* In the child: whether it is a driver that could be loaded here. */
static cJSON *open_driver(void *ctx) {
  cJSON *answer = cJSON_CreateObject();
  void *library = dlopen(ctx, RTLD_NOW | RTLD_LOCAL);
  const char *message = library ? NULL : dlerror();
  if (message && strstr(message, "wrong ELF class")) {
    cJSON_AddStringToObject(answer, "state", "other-architecture");
  } else if (!library) {
    cJSON_AddStringToObject(answer, "problem", message ? message : "cannot be opened");
  } else if (!dlsym(library, "vk_icdGetInstanceProcAddr") && !dlsym(library, "vkGetInstanceProcAddr")) {
    cJSON_AddStringToObject(answer, "problem", "the library is no Vulkan driver: it lacks vk_icdGetInstanceProcAddr");
  } else {
    cJSON_AddStringToObject(answer, "state", "ok");
  }
  return answer;
}

static void add_manifest(cJSON *list, const char *path, const char *library, const char *state, const char *problem) {
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "path", path);
  if (library) cJSON_AddStringToObject(item, "library", library);
  cJSON_AddStringToObject(item, "state", state);
  if (problem) cJSON_AddStringToObject(item, "problem", problem);
  cJSON_AddItemToArray(list, item);
}

static void examine_manifest(cJSON *list, const char *path, unsigned limit_s, bool loud) {
  char problem[DOCTOR_TROUBLE_MAX + 16] = "out of memory", trouble[DOCTOR_TROUBLE_MAX];
  char *library = named_library(path, problem, sizeof problem);
  cJSON *answer = library ? doctor_child(open_driver, library, limit_s, loud, trouble) : NULL;
  const char *state = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "state"));
  if (answer && !state) {
    snprintf(problem, sizeof problem, "%s", cJSON_GetStringValue(cJSON_GetObjectItem(answer, "problem")));
  } else if (library && !answer) {
    snprintf(problem, sizeof problem, "opening it %s", trouble);
  }
  add_manifest(list, path, library, state ? state : "broken", state ? NULL : problem);
  cJSON_Delete(answer);
  free(library);
}

static int is_manifest(const struct dirent *entry) {
  return fnmatch("?*.json", entry->d_name, 0) == 0;
}

void doctor_manifests(cJSON *list, const char *path, bool required, unsigned limit_s, bool loud) {
  struct stat status;
  struct dirent **entries = NULL;
  if (stat(path, &status) != 0) {
    if (required) add_manifest(list, path, NULL, "broken", strerror(errno));
    return;
  }
  if (!S_ISDIR(status.st_mode)) {
    examine_manifest(list, path, limit_s, loud);
    return;
  }
  const int count = scandir(path, &entries, is_manifest, alphasort);
  for (int i = 0; i < count; i++) {
    char *file = NULL;
    if (asprintf(&file, "%s/%s", path, entries[i]->d_name) >= 0) examine_manifest(list, file, limit_s, loud);
    free(file);
    free(entries[i]);
  }
  free(entries);
}
