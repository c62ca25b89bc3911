/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand names that nobody should give a backend, and what they make the library open: nothing outside the plugin
 * folder. The calls that reach files are intercepted by the linker (--wrap) and noted.
 */
#include "rig.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "loader.h"

#define NAMES 10000
#define NAME_ROOM 700

/* ---- what was opened ----------------------------------------------------------------------------------------------
 */

static struct {
  size_t calls, loads, outside;
  char last[1024], first_outside[1024];
} seen;
static bool privileged; /* pretend that this is a set-user-ID program */

static void forget(void) {
  memset(&seen, 0, sizeof seen);
}

/* In the folder of stubs: decode_NAME.so with a NAME of the right letters, and nothing else. */
static bool is_inside(const char *path) {
  static const char head[] = STUB_FOLDER "/decode_";
  if (strncmp(path, head, strlen(head)) != 0) return false;
  const char *name = path + strlen(head);
  return strcmp(name + strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), ".so") == 0;
}

static void note_call(const char *path) {
  seen.calls++;
  snprintf(seen.last, sizeof seen.last, "%s", path);
  if (is_inside(path) || seen.outside++) return;
  snprintf(seen.first_outside, sizeof seen.first_outside, "%s", path);
}

void *__real_dlopen(const char *path, int flags);
void *__wrap_dlopen(const char *path, int flags);
int __real_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
char *__real_secure_getenv(const char *name);
char *__wrap_secure_getenv(const char *name);
char *__real_getenv(const char *name);
char *__wrap_getenv(const char *name);

void *__wrap_dlopen(const char *path, int flags) {
  note_call(path);
  seen.loads++;
  return __real_dlopen(path, flags);
}

int __wrap_stat(const char *path, struct stat *facts) {
  note_call(path);
  return __real_stat(path, facts);
}

/* The folder itself is listed for a plugin that was probably meant. */
DIR *__wrap_opendir(const char *path) {
  if (strcmp(path, STUB_FOLDER) != 0) note_call(path);
  return __real_opendir(path);
}

char *__wrap_secure_getenv(const char *name) {
  return privileged ? NULL : __real_secure_getenv(name);
}

/* Nothing of vordec's own may be read around secure_getenv(). */
char *__wrap_getenv(const char *name) {
  if (strncmp(name, "VORDEC_PLUGIN", 13) == 0) fail_msg("%s is read with getenv()", name);
  return __real_getenv(name);
}

/* ---- names --------------------------------------------------------------------------------------------------------
 */

static uint64_t next(uint64_t *word) {
  *word = *word * 6364136223846793005u + 1442695040888963407u;
  return *word >> 33;
}

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* One to four pieces of these, now and then a byte of any value. */
static void make_name(uint64_t *word, char name[NAME_ROOM]) {
  static const char *const pieces[] = {"ok",
                                       "cpu",
                                       "..",
                                       "/",
                                       "../",
                                       "./",
                                       "//",
                                       "/etc",
                                       "passwd",
                                       "%s",
                                       "%n",
                                       "%d%s",
                                       "\n",
                                       "\r\n",
                                       "\t",
                                       " ",
                                       "\x7f",
                                       "\xc3\xbc",
                                       "~",
                                       "$HOME",
                                       "\xf0\x9f\x98\x80",
                                       "\xff",
                                       "\\",
                                       ".so",
                                       "decode_",
                                       "*",
                                       "?",
                                       "decode_ok.so",
                                       "OK",
                                       "-",
                                       ";",
                                       "|",
                                       "`id`",
                                       "$(id)",
                                       "\x1b[31m",
                                       STUB_FOLDER,
                                       "/proc/self/",
                                       "/decode_ok",
                                       "\xe2\x80\xae",
                                       A64,
                                       ":",
                                       "0",
                                       "_",
                                       "",
                                       "libm.so.6",
                                       "ok.so",
                                       "a",
                                       A64 A64 A64 A64};
  const size_t count = 1 + next(word) % 4;
  name[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    const char *piece = pieces[next(word) % (sizeof pieces / sizeof *pieces)];
    const char byte[2] = {(char)(1 + next(word) % 255), '\0'};
    const size_t used = strlen(name);
    snprintf(name + used, NAME_ROOM - used, "%s", next(word) % 16 ? piece : byte);
  }
}

static bool is_name(const char *text) {
  const size_t length = strlen(text);
  return length > 0 && length < PLUGIN_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static void check_nothing_outside(const char *name) {
  if (seen.outside) fail_msg("'%s' reaches %s", name, seen.first_outside);
}

/* Straight to the loader, as if no reader of configurations stood before it. */
static void check_loader(const char *name, bool valid) {
  struct plugin plugin;
  struct vordec_error error = {0};
  const struct vordec_host host = {.struct_size = sizeof host};
  forget();
  const enum vordec_status status = loader_open(STUB_FOLDER, name, &host, &plugin, &error);
  check_nothing_outside(name);
  check_line_holds(error.message, "");
  loader_close(&plugin);
  if (valid) return;
  assert_int_equal(status, VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_PLUGIN_NAME);
  assert_int_equal(seen.calls, 0);
}

static void check_config(struct rig *rig, const char *section, const char *key, const char *name, bool valid) {
  struct vordec_error error = {0};
  const enum vordec_status status =
      vordec_config_set(rig->config, section, key, name, VORDEC_FROM_COMMAND_LINE, "test", &error);
  assert_int_equal(status, valid ? VORDEC_OK : VORDEC_E_CONFIG);
  if (!valid) check_line_holds(error.message, key);
}

static void names_open_nothing_outside(void **state) {
  struct rig *rig = *state;
  uint64_t word = 11;
  size_t valid_names = 0;
  for (int i = 0; i < NAMES; i++) {
    char name[NAME_ROOM];
    make_name(&word, name);
    const bool valid = is_name(name);
    valid_names += valid;
    check_loader(name, valid);
    check_config(rig, "decode", "backend", name, valid);
    check_config(rig, "op", "backend", name, valid);
  }
  assert_true(valid_names > 200 && valid_names < NAMES / 2);
}

/* What does get through the configuration, whole: a runtime and a decoder. */
static void decoders_open_nothing_outside(void **state) {
  struct rig *rig = *state;
  uint64_t word = 12;
  rig_set(rig, "decode", "policy", "permissive");
  for (int i = 0; i < 500; i++) {
    char name[NAME_ROOM];
    struct vordec_decoder *decoder = NULL;
    make_name(&word, name);
    const char *key = i % 2 ? "backend" : "fallback";
    if (vordec_config_set(rig->config, "decode", key, name, VORDEC_FROM_COMMAND_LINE, "test", &rig->error)) continue;
    rig_runtime(rig);
    forget();
    rig_decoder(rig, 1, &decoder);
    check_nothing_outside(name);
    vordec_decoder_destroy(decoder);
    vordec_runtime_destroy(rig->runtime);
    rig->runtime = NULL;
  }
}

/* An INI file with such a name in it leaves a backend that is one, whatever the file was taken for. */
static void files_leave_names(void **state) {
  (void)state;
  uint64_t word = 13;
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX];
  files_make_folder(folder);
  files_join(path, folder, "hostile.ini");
  size_t read = 0;
  for (int i = 0; i < 1000; i++) {
    char name[NAME_ROOM], text[NAME_ROOM + 64];
    struct vordec_config *config = NULL;
    struct vordec_error error = {0};
    make_name(&word, name);
    const int length = snprintf(text, sizeof text, "[decode]\nbackend = %s\n", name);
    files_write(path, text, (size_t)length);
    check_ok(vordec_config_create(&config, &error), &error);
    read += vordec_config_read(config, path, &error) == VORDEC_OK;
    assert_true(is_name(vordec_config_get(config, "decode", "backend")));
    vordec_config_destroy(config);
  }
  assert_true(read > 50 && read < 500);
  files_remove_folder(folder);
}

/* The interception sees what it has to see: a plugin that is there is looked at and loaded by its one path. */
static void interception_works(void **state) {
  (void)state;
  struct plugin plugin;
  struct vordec_error error = {0};
  const struct vordec_host host = {.struct_size = sizeof host};
  forget();
  check_ok(loader_open(STUB_FOLDER, "ok", &host, &plugin, &error), &error);
  assert_true(seen.calls >= 2);
  assert_int_equal(seen.loads, 1);
  assert_int_equal(seen.outside, 0);
  assert_string_equal(seen.last, STUB_FOLDER "/decode_ok.so");
  loader_close(&plugin);
  static const char *const outside[] = {STUB_FOLDER "/decode_../x.so", "decode_ok.so", "/etc/passwd", STUB_FOLDER};
  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
    char path[FILES_PATH_MAX];
    snprintf(path, sizeof path, "%s", outside[i]);
    assert_false(is_inside(path));
  }
}

/* ---- the environment and the current folder -----------------------------------------------------------------------
 */

static void environment_of_privileged_programs(void **state) {
  (void)state;
  char *folder = NULL;
  struct vordec_error error;
  setenv("VORDEC_PLUGIN_PATH", STUB_FOLDER, 1);
  privileged = true;
  check_ok(loader_folder("", &folder, &error), &error);
  assert_string_equal(folder, BESIDE_THIS_PROGRAM);
  free(folder);
  privileged = false;
  check_ok(loader_folder("", &folder, &error), &error);
  assert_string_equal(folder, STUB_FOLDER);
  free(folder);
  unsetenv("VORDEC_PLUGIN_PATH");
}

/* In a folder that holds the plugin asked for, every path that is tried is still one of the plugin folder's. */
static void current_folder_is_no_place_to_look(void **state) {
  struct rig *rig = *state;
  char before[FILES_PATH_MAX], here[FILES_PATH_MAX], link[FILES_PATH_MAX];
  files_make_folder(here);
  files_join(link, here, "decode_lonely.so");
  assert_int_equal(symlink(STUB_FOLDER "/decode_ok.so", link), 0);
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(here), 0);
  setenv("LD_LIBRARY_PATH", here, 1);
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", "lonely");
  rig_runtime(rig);
  forget();
  const enum vordec_status status = rig_decoder(rig, 1, &decoder);
  const size_t outside = seen.outside, loads = seen.loads;
  unsetenv("LD_LIBRARY_PATH");
  assert_int_equal(chdir(before), 0);
  files_remove_folder(here);
  assert_int_equal(status, VORDEC_E_REFUSED);
  assert_int_equal(rig->error.reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  assert_int_equal(outside, 0);
  assert_int_equal(loads, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(interception_works),
                                     TEST(names_open_nothing_outside),
                                     TEST(decoders_open_nothing_outside),
                                     cmocka_unit_test(files_leave_names),
                                     cmocka_unit_test(environment_of_privileged_programs),
                                     TEST(current_folder_is_no_place_to_look)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
