/* SPDX-License-Identifier: MIT */
/*
 * A process may open and close the backend as often as it likes: devices are there each time, and a driver of hardware
 * loads once what it needs. NVIDIA's does not bear more than about eight times. Without harness_open(), which keeps an
 * instance of its own.
 */
#include "driver.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define TURNS 40

/* The device under test; as in harness.h. */
static void look(void *ctx, const struct vordec_device *device) {
  const char *wanted = getenv("VORDEC_TEST_DEVICE");
  bool fits = device->type == VORDEC_DEVICE_SOFTWARE;
  if (wanted && isdigit((unsigned char)wanted[0]))
    fits = (uint32_t)atoi(wanted) == device->index;
  else if (wanted)
    fits = strstr(device->name, wanted) != NULL;
  struct vordec_device *found = ctx;
  if (fits && !found->name[0]) *found = *device;
}

/* As a runtime does it: the plugin is loaded, asked, opened, closed and unloaded. Returns what validation had to say.
 */
static uint64_t turn(struct harness *harness) {
  void *library = dlopen(getenv("VORDEC_TEST_PLUGIN"), RTLD_NOW | RTLD_LOCAL);
  assert_non_null(library);
  union {
    void *object;
    vordec_backend_entry_fn function;
  } entry = {.object = dlsym(library, "vordec_backend_entry")};
  const struct vordec_backend *backend = entry.function(VORDEC_ABI_MAJOR, &harness->host.table);
  assert_non_null(backend);
  struct vordec_error error = {0};
  struct vordec_device found = {.name = ""};
  driver_must(backend->probe(&harness->host.table, look, &found, &error), &error);
  assert_int_not_equal(found.name[0], 0);
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = found.index};
  struct vordec_session *session = NULL;
  driver_must(backend->open(&harness->host.table, &desc, &session, &error), &error);
  backend->close(session);
  const struct vulkan_debug *debug = backend->get_interface("vordec.debug/1");
  const uint64_t messages = debug->validation_messages();
  dlclose(library);
  return messages;
}

/* What posing_driver.c counts; 0 with other drivers. */
static long counted(const char *what) {
  const char *count = getenv(what);
  return count ? strtol(count, NULL, 10) : 0;
}

static void opens_and_closes_for_ever(void **state) {
  (void)state;
  struct harness harness = {0};
  harness_host(&harness);
  turn(&harness);
  const long loads = counted("VORDEC_TEST_DRIVER_LOADS"), instances = counted("VORDEC_TEST_DRIVER_INSTANCES");
  for (int i = 1; i < TURNS; i++) {
    assert_int_equal(turn(&harness), 0);
    assert_int_equal(harness_left(&harness), 0);
  }
  assert_int_equal(counted("VORDEC_TEST_DRIVER_LOADS"), loads);
  assert_int_equal(counted("VORDEC_TEST_DRIVER_INSTANCES"), instances);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(opens_and_closes_for_ever),
  };
  return cmocka_run_group_tests_name("vulkan reopen", tests, NULL, NULL);
}
