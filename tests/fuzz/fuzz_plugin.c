/* SPDX-License-Identifier: MIT */
/*
 * Plugin folders, the files in them, and backends' names. The first line of the input is [plugins] path, the second a
 * backend's name, the rest are the names of the files that the folder is said to hold. Nothing is loaded: the calls
 * that reach files are intercepted by the linker (--wrap), and whatever they are given must be FOLDER/decode_NAME.so
 * with a NAME of a-z, 0-9 and _.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/config.h"
#include "core/loader.h"
#include "fuzz.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define FOLDER "/nowhere/vordec"

int __real_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts);
void *__real_dlopen(const char *path, int flags);
void *__wrap_dlopen(const char *path, int flags);
char *__real_dlerror(void);
char *__wrap_dlerror(void);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
struct dirent *__real_readdir(DIR *dir);
struct dirent *__wrap_readdir(DIR *dir);
int __real_closedir(DIR *dir);
int __wrap_closedir(DIR *dir);

static bool watching; /* libFuzzer's own calls come here, too */
static unsigned looked, loads;

static bool is_name(const char *text) {
  const size_t length = strlen(text);
  return length > 0 && length < PLUGIN_NAME_MAX && strspn(text, LETTERS) == length;
}

/* The configuration's words for more than one plugin name none. */
static bool is_plugin(const char *text) {
  return is_name(text) && strcmp(text, "auto") != 0 && strcmp(text, "gpu") != 0;
}

static void check_path(const char *path) {
  static const char head[] = FOLDER "/decode_";
  FUZZ_CHECK(strncmp(path, head, strlen(head)) == 0);
  const char *name = path + strlen(head);
  FUZZ_CHECK(strcmp(name + strspn(name, LETTERS), ".so") == 0);
  FUZZ_CHECK(strspn(name, LETTERS) > 0);
}

/* Every plugin is there .. */
int __wrap_stat(const char *path, struct stat *facts) {
  if (!watching) return __real_stat(path, facts);
  looked++;
  check_path(path);
  *facts = (struct stat){.st_mode = S_IFREG | 0644};
  return 0;
}

/* .. and cannot be loaded. */
void *__wrap_dlopen(const char *path, int flags) {
  if (!watching) return __real_dlopen(path, flags);
  loads++;
  check_path(path);
  FUZZ_CHECK(flags == (RTLD_NOW | RTLD_LOCAL));
  return NULL;
}

char *__wrap_dlerror(void) {
  static char text[] = "intercepted";
  if (!watching) return __real_dlerror();
  return text;
}

static struct {
  char *next;
  struct dirent entry;
} listing;

DIR *__wrap_opendir(const char *path) {
  if (!watching) return __real_opendir(path);
  FUZZ_CHECK(strcmp(path, FOLDER) == 0);
  return (DIR *)(void *)&listing;
}

struct dirent *__wrap_readdir(DIR *dir) {
  if (!watching) return __real_readdir(dir);
  FUZZ_CHECK((void *)dir == (void *)&listing);
  if (!listing.next || !*listing.next) return NULL;
  char *name = listing.next, *end = strchr(name, '\n');
  listing.next = end ? end + 1 : NULL;
  if (end) *end = '\0';
  snprintf(listing.entry.d_name, sizeof listing.entry.d_name, "%s", name);
  return &listing.entry;
}

int __wrap_closedir(DIR *dir) {
  if (!watching) return __real_closedir(dir);
  FUZZ_CHECK((void *)dir == (void *)&listing);
  return 0;
}

static void check_folder(const char *path) {
  struct vordec_error error = {0};
  char *folder = NULL;
  const enum vordec_status status = loader_folder(path, &folder, &error);
  FUZZ_CHECK((status == VORDEC_OK) == (folder != NULL));
  if (status)
    fuzz_check_error(status, &error);
  else
    FUZZ_CHECK(folder[0] == '/');
  free(folder);
}

static void check_open(const char *name) {
  const struct vordec_host host = {.struct_size = sizeof host};
  struct vordec_error error = {0};
  struct plugin plugin;
  looked = loads = 0;
  const enum vordec_status status = loader_open(FOLDER, name, &host, &plugin, &error);
  FUZZ_CHECK(status == VORDEC_E_UNSUPPORTED && !plugin.handle);
  fuzz_check_error(status, &error);
  FUZZ_CHECK(looked == is_plugin(name) && loads == is_plugin(name));
  FUZZ_CHECK(error.reason == (is_plugin(name) ? VORDEC_REASON_PLUGIN_LOAD : VORDEC_REASON_PLUGIN_NAME));
  loader_close(&plugin);
}

/* The configuration takes the same names as the loader, and its own words. */
static void check_config(const char *name) {
  static const char *const sections[] = {"decode", "op"};
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    struct vordec_config *config = NULL;
    struct vordec_error error = {0};
    FUZZ_CHECK(vordec_config_create(&config, &error) == VORDEC_OK);
    const enum vordec_status status =
        vordec_config_set(config, sections[i], "backend", name, VORDEC_FROM_COMMAND_LINE, "test", &error);
    FUZZ_CHECK((status == VORDEC_OK) == is_name(name));
    if (status) fuzz_check_error(status, &error);
    FUZZ_CHECK(is_name(vordec_config_get(config, sections[i], "backend")));
    vordec_config_destroy(config);
  }
}

static size_t count_plugins(const char *text) {
  size_t count = 0;
  while (text && *text) {
    char file[sizeof listing.entry.d_name];
    const char *end = strchr(text, '\n');
    snprintf(file, sizeof file, "%.*s", (int)(end ? end - text : (ptrdiff_t)strlen(text)), text);
    const size_t length = strlen(file);
    if (length > 10 && strncmp(file, "decode_", 7) == 0 && strcmp(file + length - 3, ".so") == 0) {
      file[length - 3] = '\0';
      count += is_plugin(file + 7);
    }
    text = end ? end + 1 : NULL;
  }
  return count;
}

static void check_list(char *files) {
  struct vordec_error error = {0};
  char **names = NULL;
  size_t count = 0;
  const size_t wanted = count_plugins(files);
  listing.next = files;
  FUZZ_CHECK(loader_list(FOLDER, &names, &count, &error) == VORDEC_OK);
  FUZZ_CHECK(count == wanted);
  for (size_t i = 0; i < count; i++) {
    FUZZ_CHECK(is_plugin(names[i]));
    check_open(names[i]);
    if (i == 0) continue;
    const bool after = strcmp(names[i - 1], names[i]) <= 0 && strcmp(names[i - 1], "cpu") != 0;
    FUZZ_CHECK(after || strcmp(names[i], "cpu") == 0);
  }
  loader_free_names(names, count);
}

/* Cuts a line off. Returns what follows it. */
static char *cut_line(char *text) {
  char *end = strchr(text, '\n');
  if (!end) return text + strlen(text);
  *end = '\0';
  return end + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *folder = strndup((const char *)data, size);
  FUZZ_CHECK(folder);
  char *name = cut_line(folder), *files = cut_line(name);
  watching = true;
  check_folder(folder);
  check_open(name);
  check_config(name);
  check_list(files);
  watching = false;
  free(folder);
  return 0;
}
