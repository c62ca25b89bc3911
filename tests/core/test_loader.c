/* SPDX-License-Identifier: MIT */
/* Finding plugins: names that may not be one, folders, and where nothing is ever looked for. */
#include "rig.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "loader.h"

#define LONG_300                                                                                                       \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"               \
  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"               \
  "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const char *const hostile[] = {
    "",      ".",      "..",     "/",     "a/b",  "../ok",       "/etc/passwd", "ok.so", "decode_ok.so",
    "ok/",   "o k",    "ok\n",   "ok\r",  "\tok", "OK",          "Ok",          "ok-2",  "ok$",
    "$HOME", "%s%n",   "ok;x",   "ok,ok", "o\\k", "gr\xc3\xbcn", "\xff\xfe",    "\x01",  "*",
    "ok*",   "~",      LONG_300, ":ok",   "ok#",  "\"ok\"",      "'ok'",        "|ok",   "../../ok",
    "./ok",  "ok\x7f", " ",      "-ok",
};

static void check_no_plugin(const char *name) {
  struct plugin plugin;
  struct vordec_error error = {0};
  const struct vordec_host host = {.struct_size = sizeof host};
  assert_int_equal(loader_open(STUB_FOLDER, name, &host, &plugin, &error), VORDEC_E_UNSUPPORTED);
  if (error.reason != VORDEC_REASON_PLUGIN_NAME) print_error("'%s': %s\n", name, error.message);
  assert_int_equal(error.reason, VORDEC_REASON_PLUGIN_NAME);
  assert_null(plugin.handle);
  loader_close(&plugin);
}

static void hostile_names(void **state) {
  struct rig *rig = *state;
  struct vordec_error error;
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    check_no_plugin(hostile[i]);
    check_fails(vordec_config_set(rig->config, "decode", "backend", hostile[i], VORDEC_FROM_FILE, "x", &error), &error,
                VORDEC_E_CONFIG, "x: [decode] backend = '");
  }
}

/* Names of a generator's making: whatever is not [a-z0-9_]{1,63} is no name. */
static void generated_names(void **state) {
  struct rig *rig = *state;
  static const char alphabet[] = "abz09_./-AZ~ %\x80\xff\n";
  uint64_t word = 1;
  size_t good = 0, bad = 0;
  for (int i = 0; i < 20000; i++) {
    char name[80];
    size_t length = 0;
    word = word * 6364136223846793005u + 1442695040888963407u;
    const size_t wanted = (word >> 33) % 70, kinds = (word >> 60) < 8 ? 6 : sizeof alphabet - 1;
    for (; length < wanted; length++) {
      word = word * 6364136223846793005u + 1442695040888963407u;
      name[length] = alphabet[(word >> 33) % kinds];
    }
    name[length] = '\0';
    const bool valid = length > 0 && length < PLUGIN_NAME_MAX && strspn(name, "abz09_") == length;
    const enum vordec_status status =
        vordec_config_set(rig->config, "decode", "backend", name, VORDEC_FROM_FILE, "x", &rig->error);
    assert_int_equal(status, valid ? VORDEC_OK : VORDEC_E_CONFIG);
    if (!valid) check_no_plugin(name);
    valid ? good++ : bad++;
  }
  assert_true(good > 1000 && bad > 1000);
}

/* ---- folders ------------------------------------------------------------------------------------------------------
 */

static void link_plugin(const char *folder, const char *name, const char *target) {
  char link[FILES_PATH_MAX], file[64], from[FILES_PATH_MAX];
  snprintf(file, sizeof file, "decode_%s.so", name);
  files_join(link, folder, file);
  snprintf(file, sizeof file, "decode_%s.so", target);
  files_join(from, STUB_FOLDER, file);
  assert_int_equal(symlink(from, link), 0);
}

static void listing(void **state) {
  (void)state;
  static const char *const present[] = {"decode_zebra.so",  "decode_cpu.so", "decode_a1_.so",  "decode_.so",
                                        "decode_B.so",      "decode_x.so.1", "libdecode_y.so", "decode_q.dll",
                                        "decode_a b.so",    "decode_c.d.so", "decode",         ".so",
                                        "decode_hidden.so~"};
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX], **names = NULL;
  size_t count = 0;
  struct vordec_error error;
  files_make_folder(folder);
  for (size_t i = 0; i < sizeof present / sizeof *present; i++) {
    files_join(path, folder, present[i]);
    files_write(path, "x", 1);
  }
  check_ok(loader_list(folder, &names, &count, &error), &error);
  assert_int_equal(count, 3);
  assert_string_equal(names[0], "a1_");
  assert_string_equal(names[1], "zebra");
  assert_string_equal(names[2], "cpu"); /* last, so that auto sees the others first */
  loader_free_names(names, count);
  files_remove_folder(folder);

  assert_int_equal(loader_list(folder, &names, &count, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  check_line_holds(error.message, folder);
  assert_null(names);
  assert_int_equal(count, 0);
}

/* [plugins] path, then VORDEC_PLUGIN_PATH, then the folder beside the library. */
static void which_folder(void **state) {
  (void)state;
  char *folder = NULL;
  struct vordec_error error;
  unsetenv("VORDEC_PLUGIN_PATH");
  check_ok(loader_folder("", &folder, &error), &error);
  assert_string_equal(folder, BESIDE_THIS_PROGRAM);
  free(folder);
  setenv("VORDEC_PLUGIN_PATH", "", 1);
  check_ok(loader_folder("", &folder, &error), &error);
  assert_string_equal(folder, BESIDE_THIS_PROGRAM);
  free(folder);
  setenv("VORDEC_PLUGIN_PATH", STUB_FOLDER, 1);
  check_ok(loader_folder("", &folder, &error), &error);
  assert_string_equal(folder, STUB_FOLDER);
  free(folder);
  check_ok(loader_folder("/no/such/folder", &folder, &error), &error);
  assert_string_equal(folder, "/no/such/folder");
  free(folder);
  unsetenv("VORDEC_PLUGIN_PATH");
}

/* A relative folder is made absolute when it is read: later changes of the current folder change nothing. */
static void relative_folder(void **state) {
  (void)state;
  char before[FILES_PATH_MAX], folder[FILES_PATH_MAX], inner[FILES_PATH_MAX], *found = NULL;
  struct vordec_error error;
  files_make_folder(folder);
  files_join(inner, folder, "inner");
  assert_int_equal(mkdir(inner, 0700), 0);
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(folder), 0);
  const enum vordec_status there = loader_folder("inner", &found, &error);
  char *missing = NULL;
  const enum vordec_status not_there = loader_folder("not_there", &missing, &error);
  assert_int_equal(chdir(before), 0);
  check_ok(there, &error);
  check_ok(not_there, &error);
  assert_string_equal(found, inner);
  assert_int_equal(missing[0], '/');
  assert_non_null(strstr(missing, "/not_there"));
  free(found);
  free(missing);
  files_remove_folder(folder);
}

/* What a plugin exports stays its own: with RTLD_GLOBAL another plugin could pick it up. */
static void symbols_stay_inside(void **state) {
  (void)state;
  struct plugin plugin;
  struct vordec_error error = {0};
  const struct vordec_host host = {.struct_size = sizeof host};
  check_ok(loader_open(STUB_FOLDER, "marked", &host, &plugin, &error), &error);
  assert_non_null(dlsym(plugin.handle, "vordec_stub_marker"));
  assert_null(dlsym(RTLD_DEFAULT, "vordec_stub_marker"));
  void *shared = dlopen(STUB_FOLDER "/decode_marked.so", RTLD_NOW | RTLD_GLOBAL);
  assert_non_null(dlsym(RTLD_DEFAULT, "vordec_stub_marker")); /* as it would be */
  dlclose(shared);
  loader_close(&plugin);
}

static enum vordec_status try_backend(struct rig *rig, const char *name) {
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", name);
  rig_runtime(rig);
  const enum vordec_status status = rig_decoder(rig, 1, &decoder);
  vordec_decoder_destroy(decoder);
  return status;
}

static void environment_variable(void **state) {
  struct rig *rig = *state;
  rig_set(rig, "plugins", "path", "");
  unsetenv("VORDEC_PLUGIN_PATH");
  assert_int_equal(try_backend(rig, "ok"), VORDEC_E_REFUSED);
  assert_int_equal(rig->error.reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  check_line_holds(rig->error.message, BESIDE_THIS_PROGRAM);
  setenv("VORDEC_PLUGIN_PATH", STUB_FOLDER, 1);
  const enum vordec_status status = try_backend(rig, "ok");
  unsetenv("VORDEC_PLUGIN_PATH");
  check_ok(status, &rig->error);
}

/* A plugin in the current folder is not found, by name or by auto. */
static void never_the_current_folder(void **state) {
  struct rig *rig = *state;
  char before[FILES_PATH_MAX], here[FILES_PATH_MAX], empty[FILES_PATH_MAX];
  files_make_folder(here);
  files_make_folder(empty);
  link_plugin(here, "ok", "ok");
  rig_set(rig, "plugins", "path", empty);
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(here), 0);
  setenv("LD_LIBRARY_PATH", here, 1);
  const enum vordec_status named = try_backend(rig, "ok");
  const enum vordec_reason reason = rig->error.reason;
  const enum vordec_status chosen = try_backend(rig, "auto");
  unsetenv("LD_LIBRARY_PATH");
  assert_int_equal(chdir(before), 0);
  assert_int_equal(named, VORDEC_E_REFUSED);
  assert_int_equal(reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  assert_int_equal(chosen, VORDEC_E_REFUSED);
  assert_int_equal(rig->log.probe, 0);
  files_remove_folder(here);
  files_remove_folder(empty);
}

/* Things of that name that are no file: told, and never waited for. */
static void no_regular_file(void **state) {
  struct rig *rig = *state;
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX];
  files_make_folder(folder);
  files_join(path, folder, "decode_pipe.so");
  assert_int_equal(mkfifo(path, 0600), 0);
  files_join(path, folder, "decode_dangling.so");
  assert_int_equal(symlink("/no/such/file", path), 0);
  files_join(path, folder, "decode_nothing.so");
  files_write(path, "", 0);
  rig_set(rig, "plugins", "path", folder);
  assert_int_equal(try_backend(rig, "pipe"), VORDEC_E_REFUSED);
  check_line_holds(rig->error.message, "decode_pipe.so");
  assert_int_equal(try_backend(rig, "dangling"), VORDEC_E_REFUSED);
  check_line_holds(rig->error.message, "decode_dangling.so");
  assert_int_equal(try_backend(rig, "nothing"), VORDEC_E_REFUSED);
  assert_int_equal(rig->error.reason, VORDEC_REASON_PLUGIN_LOAD);
  files_remove_folder(folder);
}

/* ---- auto and the list of devices ---------------------------------------------------------------------------------
 */

static const char *choice(struct rig *rig) {
  struct vordec_decoder *decoder = NULL;
  struct vordec_decoder_info info;
  static char used[64];
  rig_set(rig, "decode", "backend", "auto");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  vordec_decoder_get(decoder, &info);
  assert_string_equal(info.backend_requested, "auto");
  snprintf(used, sizeof used, "%s", info.backend_used);
  vordec_decoder_destroy(decoder);
  return used;
}

/* The first usable GPU in the order of names, else cpu; the rest is passed over. */
static void auto_chooses(void **state) {
  struct rig *rig = *state;
  char folder[FILES_PATH_MAX];
  files_make_folder(folder);
  rig_set(rig, "plugins", "path", folder);
  link_plugin(folder, "cpu", "cpu");
  assert_string_equal(choice(rig), "cpu");
  link_plugin(folder, "not_elf", "not_elf");
  link_plugin(folder, "no_device", "no_device");
  link_plugin(folder, "software", "software");
  link_plugin(folder, "other", "other");
  link_plugin(folder, "wrong_abi", "wrong_abi");
  assert_string_equal(choice(rig), "cpu");
  rig_set(rig, "decode", "allow_software_device", "true");
  assert_string_equal(choice(rig), "cpu");
  link_plugin(folder, "wrong_fft", "wrong_fft"); /* fails when its plan is made */
  assert_string_equal(choice(rig), "cpu");
  link_plugin(folder, "virtual", "virtual");
  assert_string_equal(choice(rig), "virtual");
  link_plugin(folder, "integrated", "integrated");
  assert_string_equal(choice(rig), "integrated");
  assert_int_equal(rig->log.warnings, 0);
  files_remove_folder(folder);
}

struct visit {
  char seen[512];
  size_t used;
};

static void note_visit(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                       const struct vordec_error *refusal) {
  struct visit *visit = ctx;
  assert_non_null(description);
  visit->used += (size_t)snprintf(visit->seen + visit->used, sizeof visit->seen - visit->used, "%s %d %s; ", backend,
                                  device ? (int)device->index : -1, vordec_reason_name(refusal->reason));
  assert_int_equal(refusal->status != VORDEC_OK, refusal->message[0] != '\0');
}

static void visiting_devices(void **state) {
  struct rig *rig = *state;
  char folder[FILES_PATH_MAX];
  struct visit visit = {.used = 0};
  files_make_folder(folder);
  rig_set(rig, "plugins", "path", folder);
  link_plugin(folder, "cpu", "cpu");
  link_plugin(folder, "two_devices", "two_devices");
  link_plugin(folder, "software", "software");
  link_plugin(folder, "no_device", "no_device");
  link_plugin(folder, "broken", "not_elf");
  struct vordec_runtime *runtime = rig_runtime(rig);
  assert_string_equal(vordec_runtime_plugin_folder(runtime), folder);
  check_ok(vordec_runtime_visit_devices(runtime, note_visit, &visit, &rig->error), &rig->error);
  assert_string_equal(visit.seen, "broken -1 plugin-load; no_device -1 no-device; software 0 software-device; "
                                  "two_devices 0 none; two_devices 1 none; cpu 0 none; ");
  assert_int_equal(rig->log.open, 0); /* looking opens nothing */

  runtime = rig_runtime(rig);
  visit = (struct visit){.used = 0};
  rig->log.probe = 0;
  check_ok(vordec_runtime_visit_backend(runtime, "two_devices", note_visit, &visit, &rig->error), &rig->error);
  check_ok(vordec_runtime_visit_backend(runtime, "absent", note_visit, &visit, &rig->error), &rig->error);
  assert_string_equal(visit.seen, "two_devices 0 none; two_devices 1 none; absent -1 plugin-not-found; ");
  assert_int_equal(rig->log.probe, 1); /* and loads no other */
  files_remove_folder(folder);

  rig_set(rig, "plugins", "path", folder);
  runtime = rig_runtime(rig);
  assert_int_not_equal(vordec_runtime_visit_devices(runtime, note_visit, &visit, &rig->error), VORDEC_OK);
  check_line_holds(rig->error.message, folder);
}

/* A folder whose plugins would have a path longer than the system takes holds none. */
static void a_folder_too_long(void **state) {
  struct rig *rig = *state;
  char folder[5000];
  struct vordec_decoder *decoder = NULL;
  memset(folder, 'f', sizeof folder);
  folder[0] = '/';
  folder[sizeof folder - 1] = '\0';
  rig_set(rig, "plugins", "path", folder);
  rig_set(rig, "decode", "backend", "ok");
  rig_runtime(rig);
  check_fails(rig_decoder(rig, 1, &decoder), &rig->error, VORDEC_E_REFUSED, "no decode_ok.so in /fff");
  assert_int_equal(rig->error.reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  assert_null(decoder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(hostile_names),
      TEST(generated_names),
      TEST(environment_variable),
      TEST(no_regular_file),
      TEST(auto_chooses),
      TEST(a_folder_too_long),
      TEST(visiting_devices),
      TEST(never_the_current_folder),
      cmocka_unit_test(listing),
      cmocka_unit_test(symbols_stay_inside),
      cmocka_unit_test(which_folder),
      cmocka_unit_test(relative_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
