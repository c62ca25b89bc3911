/* SPDX-License-Identifier: MIT */
/* Runtimes made from a file. */
#include "files.h"
#include "rig.h"
#include "runtime.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

static void runtime_from_a_file(void **state) {
  struct rig *rig = *state;
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX], text[FILES_PATH_MAX + 64];
  struct vordec_runtime *runtime = NULL;
  files_make_folder(folder);
  files_join(path, folder, "host.ini");
  snprintf(text, sizeof text, "[decode]\nbackend = cpu\n[plugins]\npath = .\n");
  files_write(path, text, strlen(text));
  check_ok(vordec_runtime_open(path, &runtime, &rig->error), &rig->error);
  assert_string_equal(vordec_runtime_plugin_folder(runtime), folder);
  vordec_runtime_destroy(runtime);
  check_ok(vordec_runtime_open(NULL, &runtime, &rig->error), &rig->error);
  vordec_runtime_destroy(runtime);
  files_write(path, "[decode]\nbackend = .\n", 21);
  check_fails(vordec_runtime_open(path, &runtime, &rig->error), &rig->error, VORDEC_E_CONFIG, "host.ini:2: [decode]");
  assert_null(runtime);
  files_remove_folder(folder);
  check_fails(vordec_runtime_open(path, &runtime, &rig->error), &rig->error, VORDEC_E_IO, "host.ini");
  vordec_runtime_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(runtime_from_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
