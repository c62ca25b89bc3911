/* SPDX-License-Identifier: MIT */
#include "encode_run.h"

#include <stdio.h>
#include <stdlib.h>

static void set(struct vordec_config *config, const char *section, const char *key, const char *value) {
  struct vordec_error error;
  assert_ok(vordec_config_set(config, section, key, value, VORDEC_FROM_COMMAND_LINE, "the test", &error), &error);
}

/* 0: as it is. */
static void set_number(struct vordec_config *config, const char *section, const char *key, double value) {
  char text[32];
  snprintf(text, sizeof text, "%.17g", value);
  if (value > 0) set(config, section, key, text);
}

static struct vordec_runtime *make_runtime(const struct encode_wish *wish) {
  const char *backend = wish->on_cpu ? NULL : getenv("VORDEC_TEST_BACKEND"),
             *device = wish->on_cpu ? NULL : getenv("VORDEC_TEST_DEVICE");
  struct vordec_config *config;
  struct vordec_runtime *runtime;
  struct vordec_error error;
  assert_ok(vordec_config_create(&config, &error), &error);
  set(config, "encode", "backend", backend ? backend : "cpu");
  set(config, "encode", "precision", wish->fp32 ? "fp32" : "fp64");
  set(config, "simulate", "backend", backend ? backend : "cpu");
  set(config, "simulate", "precision", "fp64");
  set(config, "decode", "device", device ? device : "auto");
  set(config, "decode", "allow_software_device", "true");
  set_number(config, "cpu", "threads", wish->threads);
  set_number(config, "mask", "smooth_width", wish->smooth_width);
  set_number(config, "mask", "majority_iters", wish->majority_iters);
  set_number(config, "mask", "tau", wish->tau);
  set(config, "mask", "smooth_kernel", wish->smooth_kernel == VORDEC_SMOOTH_TRIANGLE ? "triangle" : "box");
  set(config, "mask", "boundary", wish->boundary == VORDEC_BOUNDARY_PERIODIC ? "periodic" : "zero");
  assert_ok(vordec_runtime_create(config, NULL, NULL, &runtime, &error), &error);
  vordec_config_destroy(config);
  return runtime;
}

enum vordec_status encode_run_try(const struct encode_wish *wish, struct encode_run *run, struct vordec_error *error) {
  *run = (struct encode_run){.runtime = make_runtime(wish)};
  const enum vordec_status status = vordec_encoder_create(run->runtime, NULL, NULL, &wish->desc, &run->encoder, error);
  if (status) {
    encode_run_end(run);
  } else {
    encode_run_look(run);
  }
  return status;
}

struct encode_wish encode_run_reference(struct reference *reference) {
  return (struct encode_wish){.desc = {.n = (size_t)reference_scalar(reference, "N"),
                                       .k_cut = reference_scalar(reference, "k_cut"),
                                       .resid_mid_cut = reference_scalar(reference, "resid_mid_cut"),
                                       .topk_mid = (size_t)reference_scalar(reference, "topk_mid")},
                              .smooth_width = (uint32_t)reference_scalar(reference, "dashi_smooth_k"),
                              .tau = reference_scalar(reference, "dashi_tau"),
                              .majority_iters = 8,
                              .threads = 2};
}

bool encode_run_possible(void) {
  const struct encode_wish small = {.desc = {.n = 4}};
  struct encode_run run;
  struct vordec_error error = {0};
  const enum vordec_status status = encode_run_try(&small, &run, &error);
  encode_run_end(&run);
  if (status) printf("%s\n", error.message);
  return status == VORDEC_OK;
}

struct encode_run encode_run_make(const struct encode_wish *wish) {
  struct encode_run run;
  struct vordec_error error;
  assert_ok(encode_run_try(wish, &run, &error), &error);
  return run;
}

void encode_run_end(struct encode_run *run) {
  vordec_encoder_destroy(run->encoder);
  vordec_runtime_destroy(run->runtime);
  *run = (struct encode_run){.runtime = NULL};
}

void encode_run_look(struct encode_run *run) {
  vordec_encoder_get(run->encoder, &run->info);
}

void encode_run_encode(struct encode_run *run, const double *omega, double *z) {
  struct vordec_error error;
  const struct vordec_encode_io io = {.count = 1, .omega = omega, .z = z};
  assert_ok(vordec_encode(run->encoder, &io, NULL, &error), &error);
  encode_run_look(run);
}

void encode_run_choose(struct encode_run *run, const double *omega) {
  struct vordec_error error;
  const struct vordec_encode_io io = {.omega = omega};
  assert_ok(vordec_encoder_choose_anchors(run->encoder, &io, &error), &error);
  encode_run_look(run);
}

void encode_run_set_anchors(struct encode_run *run, const int64_t *anchors, size_t count) {
  struct vordec_error error;
  assert_ok(vordec_encoder_set_anchors(run->encoder, anchors, count, &error), &error);
  encode_run_look(run);
}
