/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "core/base/nearest.h"
#include "core/base/utf8.h"
#include "errors.h"
#include "intake.h"

#define PREFIX "decode_"
#define SUFFIX ".so"
#define ENTRY "vordec_backend_entry"

/* The names that [decode] backend and similar keys use for more than one plugin. */
static bool is_word(const char *name, size_t length) {
  static const char *const words[] = {"auto", "gpu"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strlen(words[i]) == length && memcmp(words[i], name, length) == 0) return true;
  }
  return false;
}

static bool valid_name(const char *name, size_t length) {
  return !is_word(name, length) && config_is_backend_name(name, length);
}

/* "vordec" beside the file that this code was loaded from: the same in build, install and moved trees. */
static char *folder_beside_library(void) {
  Dl_info info;
  if (!dladdr(config_default_ini, &info) || !info.dli_fname) return NULL; /* any object of this library */
  char *library = realpath(info.dli_fname, NULL), *folder = NULL;
  if (!library) return NULL;
  char *slash = strrchr(library, '/');
  if (slash && asprintf(&folder, "%.*s/vordec", (int)(slash - library), library) < 0) folder = NULL;
  free(library);
  return folder;
}

static char *absolute(const char *path) {
  char *resolved = realpath(path, NULL);
  if (resolved) return resolved;
  if (path[0] == '/') return strdup(path);
  char *joined = NULL, *here = realpath(".", NULL);
  if (!here || asprintf(&joined, "%s/%s", here, path) < 0) joined = NULL;
  free(here);
  return joined;
}

enum vordec_status loader_folder(const char *path, char **folder, struct vordec_error *error) {
  const char *chosen = *path ? path : secure_getenv("VORDEC_PLUGIN_PATH");
  errno = 0;
  *folder = chosen && *chosen ? absolute(chosen) : folder_beside_library();
  if (*folder) return VORDEC_OK;
  if (errno == ENOMEM) return error_no_memory(error);
  return vordec_fail(error, VORDEC_E_FAILED, 0, "cannot tell where plugins are: set [plugins] path");
}

/* Sorts names, with cpu after all others: `auto` looks for a GPU first. */
static int by_name_cpu_last(const void *a, const void *b) {
  const char *x = *(char *const *)a, *y = *(char *const *)b;
  const int cpu = (strcmp(x, "cpu") == 0) - (strcmp(y, "cpu") == 0);
  return cpu ? cpu : strcmp(x, y);
}

/* Returns NAME of decode_NAME.so, or NULL if the file has no such name; the caller frees it. */
static char *name_of(const char *file, bool *no_memory) {
  const size_t length = strlen(file), affixes = strlen(PREFIX SUFFIX);
  if (length <= affixes || strncmp(file, PREFIX, strlen(PREFIX)) != 0) return NULL;
  if (strcmp(file + length - strlen(SUFFIX), SUFFIX) != 0) return NULL;
  if (!valid_name(file + strlen(PREFIX), length - affixes)) return NULL;
  char *name = strndup(file + strlen(PREFIX), length - affixes);
  if (!name) *no_memory = true;
  return name;
}

enum vordec_status loader_list(const char *folder, char ***names, size_t *count, struct vordec_error *error) {
  *names = NULL;
  *count = 0;
  DIR *dir = opendir(folder);
  if (!dir && errno == ENOMEM) return error_no_memory(error);
  if (!dir) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NOT_FOUND, "plugin folder %s: %s", folder,
                       strerror(errno));
  }
  bool no_memory = false;
  for (struct dirent *entry; !no_memory && (entry = readdir(dir));) {
    char *name = name_of(entry->d_name, &no_memory);
    if (!name) continue;
    char **grown = realloc(*names, (*count + 1) * sizeof *grown);
    if (!grown) {
      free(name);
      no_memory = true;
      break;
    }
    *names = grown;
    grown[(*count)++] = name;
  }
  closedir(dir);
  if (no_memory) {
    loader_free_names(*names, *count);
    *names = NULL;
    *count = 0;
    return error_no_memory(error);
  }
  if (*count > 1) qsort(*names, *count, sizeof **names, by_name_cpu_last);
  return VORDEC_OK;
}

void loader_free_names(char **names, size_t count) {
  for (size_t i = 0; i < count; i++) free(names[i]);
  free(names);
}

/* Checks the head, then copies what lies within struct_size, so that no later code can read beyond it. */
static enum vordec_status check_backend(const struct vordec_backend *theirs, const char *path, struct plugin *plugin,
                                        struct vordec_error *error) {
  const size_t needed = offsetof(struct vordec_backend, get_interface);
  if (theirs->abi_major != VORDEC_ABI_MAJOR) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                       "%s: it has ABI %u.%u, but this library needs %u.x", path, theirs->abi_major, theirs->abi_minor,
                       VORDEC_ABI_MAJOR);
  }
  if (theirs->struct_size < needed) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                       "%s: its table has %zu bytes, but at least %zu are needed", path, theirs->struct_size, needed);
  }
  struct vordec_backend *ours = &plugin->backend;
  memset(ours, 0, sizeof *ours);
  memcpy(ours, theirs, theirs->struct_size < sizeof *ours ? theirs->struct_size : sizeof *ours);
  if (!ours->name || strcmp(ours->name, plugin->name) != 0) {
    char claim[61] = "";
    if (ours->name) snprintf(claim, sizeof claim, "%.60s", ours->name);
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_IDENTITY,
                       "%s: it calls itself '%s', which is not the file's name", path, utf8_tame(claim, sizeof claim));
  }
  if (!ours->probe || !ours->open || !ours->close || !ours->plan_create || !ours->plan_destroy || !ours->decode ||
      !ours->description || !ours->ffts || !ours->ffts[0]) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI, "%s: a required slot is empty", path);
  }
  for (const char *const *fft = ours->ffts; *fft; fft++) {
    if (intake_is_fft_name(*fft)) continue;
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                       "%s: the name of an FFT does not consist of 1 to %d characters a-z, 0-9 and -", path,
                       VORDEC_FFT_NAME_MAX - 1);
  }
  snprintf(plugin->description, sizeof plugin->description, "%.255s", ours->description);
  ours->description = utf8_tame(plugin->description, sizeof plugin->description);
  return VORDEC_OK;
}

/* The message does not always say that memory ran out, but then errno was set by malloc(). */
static enum vordec_status fail_load(const char *path, struct vordec_error *error) {
  const bool no_memory = errno == ENOMEM;
  const char *message = dlerror();
  if (no_memory) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory while it was loaded",
                       path);
  }
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_LOAD, "%s", message ? message : path);
}

static enum vordec_status load(const char *path, const struct vordec_host *host, struct plugin *plugin,
                               struct vordec_error *error) {
  errno = 0;
  plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin->handle) return fail_load(path, error);
  /* ISO C has no conversion from object to function pointer; POSIX promises that the bits are the same. */
  vordec_backend_entry_fn entry = NULL;
  void *symbol = dlsym(plugin->handle, ENTRY);
  memcpy(&entry, &symbol, sizeof entry);
  if (!entry) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ENTRY, "%s: it does not export %s", path,
                       ENTRY);
  }
  const struct vordec_backend *theirs = entry(VORDEC_ABI_MAJOR, host);
  if (!theirs) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI, "%s: it does not support ABI %u", path,
                       VORDEC_ABI_MAJOR);
  }
  return check_backend(theirs, path, plugin, error);
}

/* Names the plugin of the folder that was probably meant, if there is one. */
static enum vordec_status fail_missing(const char *folder, const char *name, struct vordec_error *error) {
  struct nearest nearest = nearest_to(name);
  char **names = NULL, hint[NEAREST_HINT_MAX];
  size_t count = 0;
  if (loader_list(folder, &names, &count, error) == VORDEC_E_NO_MEMORY) return VORDEC_E_NO_MEMORY;
  for (size_t i = 0; i < count; i++) nearest_offer(&nearest, names[i]);
  loader_free_names(names, count);
  nearest_hint(&nearest, "", hint);
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NOT_FOUND,
                     "no " PREFIX "%s" SUFFIX " in %.400s%s", name, folder, hint);
}

enum vordec_status loader_open(const char *folder, const char *name, const struct vordec_host *host,
                               struct plugin *plugin, struct vordec_error *error) {
  *plugin = (struct plugin){0};
  if (!valid_name(name, strlen(name))) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NAME,
                       "'%.60s' is not a valid name of a backend", name);
  }
  snprintf(plugin->name, sizeof plugin->name, "%s", name);
  char path[PATH_MAX];
  const int length = snprintf(path, sizeof path, "%s/" PREFIX "%s" SUFFIX, folder, name);
  struct stat file;
  if (length >= (int)sizeof path || stat(path, &file) != 0) {
    return fail_missing(folder, name, error);
  }
  if (!S_ISREG(file.st_mode)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_LOAD, "%s: not a regular file", path);
  }
  const enum vordec_status status = load(path, host, plugin, error);
  if (status) loader_close(plugin);
  return status;
}

void loader_close(struct plugin *plugin) {
  if (plugin->handle && !plugin->pinned) dlclose(plugin->handle);
  if (!plugin->pinned) plugin->handle = NULL;
}
