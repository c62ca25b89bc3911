/* SPDX-License-Identifier: MIT */
#include "les_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct vordec_config *config, const char *section, const char *key, const char *value) {
  struct vordec_error error;
  assert_ok(vordec_config_set(config, section, key, value, VORDEC_FROM_COMMAND_LINE, "the test", &error), &error);
}

static struct vordec_runtime *make_runtime(unsigned threads) {
  const char *backend = getenv("VORDEC_TEST_BACKEND"), *device = getenv("VORDEC_TEST_DEVICE");
  struct vordec_config *config;
  struct vordec_runtime *runtime;
  struct vordec_error error;
  char text[16];
  snprintf(text, sizeof text, "%u", threads);
  assert_ok(vordec_config_create(&config, &error), &error);
  set(config, "simulate", "backend", backend ? backend : "cpu");
  set(config, "simulate", "precision", "fp64");
  set(config, "decode", "device", device ? device : "auto");
  set(config, "decode", "allow_software_device", "true");
  set(config, "cpu", "threads", text);
  assert_ok(vordec_runtime_create(config, NULL, NULL, &runtime, &error), &error);
  vordec_config_destroy(config);
  return runtime;
}

enum vordec_status les_run_try(const struct vordec_simulation_desc *desc, unsigned threads, struct les_run *run,
                               struct vordec_error *error) {
  struct vordec_simulation_desc one = *desc;
  if (!one.members) one.members = 1;
  *run = (struct les_run){.runtime = make_runtime(threads), .n = desc->n};
  const enum vordec_status status = vordec_simulation_create(run->runtime, NULL, &one, &run->simulation, error);
  if (status) les_run_end(run);
  return status;
}

bool les_run_possible(void) {
  struct les_run run;
  struct vordec_error error = {0};
  const enum vordec_status status = les_run_try(&(struct vordec_simulation_desc){.n = 4, .dt = 1}, 1, &run, &error);
  les_run_end(&run);
  if (status) printf("%s\n", error.message);
  return status == VORDEC_OK;
}

bool les_run_is_slow(void) {
  const char *device = getenv("VORDEC_TEST_DEVICE");
  return device && strcmp(device, "llvmpipe") == 0;
}

struct les_run les_run_make(const struct vordec_simulation_desc *desc, unsigned threads) {
  struct les_run run;
  struct vordec_error error;
  assert_ok(les_run_try(desc, threads, &run, &error), &error);
  return run;
}

void les_run_end(struct les_run *run) {
  vordec_simulation_destroy(run->simulation);
  vordec_runtime_destroy(run->runtime);
  *run = (struct les_run){.runtime = NULL};
}

void les_run_set(struct les_run *run, const double *omega) {
  struct vordec_error error;
  assert_ok(vordec_simulation_set(run->simulation, 0, omega, 0, &error), &error);
}

void les_run_get(struct les_run *run, double *omega) {
  struct vordec_error error;
  assert_ok(vordec_simulation_read(run->simulation, 0, omega, &error), &error);
}

uint64_t les_run_step(const struct les_run *run) {
  struct vordec_simulation_info info;
  vordec_simulation_get(run->simulation, &info);
  return info.step;
}

void les_run_to(struct les_run *run, uint64_t step) {
  struct vordec_error error;
  const uint64_t now = les_run_step(run);
  if (now < step) {
    assert_ok(vordec_simulation_advance(run->simulation, (size_t)(step - now), NULL, &error), &error);
  }
}
