/* SPDX-License-Identifier: MIT */
#include "cpu_flow.h"

#include "driver.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Stays loaded. */
static const struct vordec_backend *load(const struct counting_host *host) {
  char path[4096];
  const char *beside = getenv("VORDEC_TEST_PLUGIN"), *slash = beside ? strrchr(beside, '/') : NULL;
  snprintf(path, sizeof path, "%.*sdecode_cpu.so", slash ? (int)(slash + 1 - beside) : 0, beside ? beside : "");
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) fail_msg("%s", dlerror());
  union {
    void *object;
    vordec_backend_entry_fn function;
  } entry = {.object = dlsym(library, "vordec_backend_entry")};
  assert_non_null(entry.object);
  const struct vordec_backend *backend = entry.function(VORDEC_ABI_MAJOR, &host->table);
  assert_non_null(backend);
  return backend;
}

void cpu_flow_advance(const struct vordec_simulation_setup *setup, double *omega, uint32_t steps) {
  static struct counting_host host;
  static const struct vordec_backend *backend;
  if (!backend) {
    counting_host_init(&host);
    backend = load(&host);
  }
  const struct vordec_simulation_interface *interface = backend->get_interface(VORDEC_SIMULATE_INTERFACE);
  assert_non_null(interface);
  const struct vordec_session_desc desc = {.struct_size = sizeof desc};
  struct vordec_simulation_setup own = *setup;
  struct vordec_session *session = NULL;
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  own.members = 1;
  own.precision = VORDEC_FP64;
  own.fft = "auto";
  driver_must(backend->open(&host.table, &desc, &session, &error), &error);
  driver_must(interface->create(session, &own, &simulation, &info, &error), &error);
  driver_must(interface->set(simulation, 0, omega, &error), &error);
  driver_must(interface->advance(simulation, steps, &result, &error), &error);
  assert_true(result.finite);
  driver_must(interface->get(simulation, 0, omega, &error), &error);
  interface->destroy(simulation);
  backend->close(session);
}
