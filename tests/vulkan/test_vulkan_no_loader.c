/* SPDX-License-Identifier: MIT */
/*
 * Run with a libvulkan.so.1 that is no library in LD_LIBRARY_PATH: the linker's own words reach the user.
 */
#include "driver.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static void no_device(void *ctx, const struct vordec_device *device) {
  (void)ctx;
  (void)device;
  fail();
}

static void a_missing_loader_is_named(void **state) {
  (void)state;
  struct harness harness = {0};
  harness_host(&harness);
  void *library = dlopen(getenv("VORDEC_TEST_PLUGIN"), RTLD_NOW | RTLD_LOCAL);
  assert_non_null(library);
  union {
    void *object;
    vordec_backend_entry_fn function;
  } entry = {.object = dlsym(library, "vordec_backend_entry")};
  const struct vordec_backend *backend = entry.function(VORDEC_ABI_MAJOR, &harness.host.table);
  assert_null(entry.function(VORDEC_ABI_MAJOR + 1, &harness.host.table));
  struct vordec_error error = {0};
  assert_int_equal(backend->probe(&harness.host.table, no_device, NULL, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_NO_LOADER);
  assert_non_null(strstr(error.message, "file too short"));
  const struct vordec_session_desc desc = {.struct_size = sizeof desc};
  struct vordec_session *session = NULL;
  assert_int_equal(backend->open(&harness.host.table, &desc, &session, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_NO_LOADER);
  assert_int_equal(harness_left(&harness), 0);
  dlclose(library);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_missing_loader_is_named),
  };
  return cmocka_run_group_tests_name("vulkan no loader", tests, NULL, NULL);
}
