#include "doctor_vulkan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json_read.h"
#include "core/base/cache_folder.h"
#include "doctor_child.h"

#define MANIFEST_MAX (1 << 20)
#define VERSION_MAJOR(v) ((v) >> 22 & 0x7f)
#define VERSION_MINOR(v) ((v) >> 12 & 0x3ff)
#define VERSION_PATCH(v) ((v)&0xfff)

/* The variable's value; NULL where it is not set, empty, or not to be trusted. */
static const char *environment(const char *name) {
  const char *value = secure_getenv(name);
  return value && *value ? value : NULL;
}

static void add_text(cJSON *list, const char *text) {
  cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

/* ---- the loader ---- */

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

static cJSON *examine_loader(unsigned limit_s, bool loud) {
  char trouble[DOCTOR_TROUBLE_MAX];
  cJSON *loader = doctor_child(open_loader, NULL, limit_s, loud, trouble);
  if (loader) return loader;
  char problem[DOCTOR_TROUBLE_MAX + 16];
  snprintf(problem, sizeof problem, "opening it %s", trouble);
  loader = cJSON_CreateObject();
  cJSON_AddStringToObject(loader, "problem", problem);
  return loader;
}

/* ---- where manifests are looked for ---- */

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
  const char *own = environment(variable), *home = secure_getenv("HOME");
  snprintf(in_home, sizeof in_home, "%s%s", below_home, below);
  if (own) {
    add_paths(list, own, below);
  } else if (home) {
    add_paths(list, home, in_home);
  }
}

static void add_shared(cJSON *list, const char *variable, const char *otherwise, const char *below) {
  const char *paths = environment(variable);
  add_paths(list, paths ? paths : otherwise, below);
}

/* What the loader searches, in its order (LoaderDriverInterface.md, "Driver Discovery on Linux"). Returns the variable
 * that replaces the standard folders, or NULL. One that is set and empty replaces them, too: by nothing. */
static const char *find_search_paths(cJSON *list) {
  static const char below[] = "/vulkan/icd.d";
  static const char *const replacing[] = {"VK_DRIVER_FILES", "VK_ICD_FILENAMES"};
  for (size_t i = 0; i < 2; i++) {
    const char *paths = secure_getenv(replacing[i]);
    if (!paths) continue;
    add_paths(list, paths, "");
    return replacing[i];
  }
  const char *added = environment("VK_ADD_DRIVER_FILES");
  if (added) add_paths(list, added, "");
  add_own(list, "XDG_CONFIG_HOME", "/.config", below);
  add_shared(list, "XDG_CONFIG_DIRS", "/etc/xdg", below);
  add_paths(list, "/etc", below);
  add_own(list, "XDG_DATA_HOME", "/.local/share", below);
  add_shared(list, "XDG_DATA_DIRS", "/usr/local/share:/usr/share", below);
  return NULL;
}

/* ---- one manifest ---- */

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

static bool ends_with(const char *name, const char *end) {
  const size_t length = strlen(name), wanted = strlen(end);
  return length > wanted && strcmp(name + length - wanted, end) == 0;
}

static int is_manifest(const struct dirent *entry) {
  return ends_with(entry->d_name, ".json");
}

/* A path is a manifest or a folder of them. One of the standard folders may be missing, what a variable names may not.
 */
static void examine_path(cJSON *list, const char *path, bool required, unsigned limit_s, bool loud) {
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

static void examine_manifests(cJSON *vulkan, unsigned limit_s, bool loud) {
  cJSON *paths = cJSON_AddArrayToObject(vulkan, "searched");
  const char *variable = find_search_paths(paths);
  cJSON *list = cJSON_AddArrayToObject(vulkan, "manifests");
  cJSON_AddStringToObject(vulkan, "searched_because", variable ? variable : "standard folders");
  for (const cJSON *path = json_first(paths); path; path = path->next) {
    examine_path(list, path->valuestring, variable != NULL, limit_s, loud);
  }
}

/* Variables that make the loader pass over drivers that it finds. */
static void add_filters(cJSON *vulkan) {
  static const char *const names[] = {"VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE"};
  cJSON *filters = cJSON_AddObjectToObject(vulkan, "filters");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = environment(names[i]);
    if (value) cJSON_AddStringToObject(filters, names[i], value);
  }
}

/* ---- device nodes ---- */

static void add_nodes(cJSON *list, const char *pattern) {
  glob_t found = {0};
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) {
      cJSON *item = cJSON_CreateObject();
      cJSON_AddStringToObject(item, "path", found.gl_pathv[i]);
      cJSON_AddBoolToObject(item, "accessible", access(found.gl_pathv[i], R_OK | W_OK) == 0);
      cJSON_AddItemToArray(list, item);
    }
  }
  globfree(&found);
}

/* ---- the kernel cache ---- */

static void count_files(const char *folder, cJSON *cache) {
  double files = 0, bytes = 0;
  DIR *dir = opendir(folder);
  for (const struct dirent *entry; dir && (entry = readdir(dir));) {
    struct stat status;
    if (!ends_with(entry->d_name, ".bin")) continue;
    if (fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) continue;
    files += 1;
    bytes += (double)status.st_size;
  }
  if (dir) closedir(dir);
  cJSON_AddNumberToObject(cache, "files", files);
  cJSON_AddNumberToObject(cache, "bytes", bytes);
}

/* Whether files can be kept: in the folder, if it is ours, or where it would be made. Only its last two parts are ever
 * made. */
static bool writable(const char *folder) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", folder);
  for (int level = 0; level < 3; level++) {
    struct stat status;
    if (stat(path, &status) == 0) {
      return S_ISDIR(status.st_mode) && access(path, W_OK | X_OK) == 0 && (level > 0 || cache_folder_is_ours(&status));
    }
    if (errno != ENOENT) return false;
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) return false;
    *slash = '\0';
  }
  return false;
}

static void examine_cache(cJSON *vulkan) {
  cJSON *cache = cJSON_AddObjectToObject(vulkan, "kernel_cache");
  char folder[PATH_MAX];
  if (!cache_folder_path(folder, sizeof folder)) {
    cJSON_AddNullToObject(cache, "folder");
    count_files("", cache);
    cJSON_AddBoolToObject(cache, "writable", false);
    return;
  }
  cJSON_AddStringToObject(cache, "folder", folder);
  count_files(folder, cache);
  cJSON_AddBoolToObject(cache, "writable", writable(folder));
}

cJSON *doctor_vulkan(unsigned limit_s, bool loud) {
  cJSON *vulkan = cJSON_CreateObject();
  cJSON_AddItemToObject(vulkan, "loader", examine_loader(limit_s, loud));
  examine_manifests(vulkan, limit_s, loud);
  add_filters(vulkan);
  cJSON *nodes = cJSON_AddArrayToObject(vulkan, "device_nodes");
  add_nodes(nodes, "/dev/dri/renderD*");
  add_nodes(nodes, "/dev/nvidia[0-9]*");
  examine_cache(vulkan);
  return vulkan;
}
