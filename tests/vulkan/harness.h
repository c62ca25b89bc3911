/* SPDX-License-Identifier: MIT */
/*
 * harness.h - drives decode_vulkan.so by its table, like a host.
 */
#ifndef VORDEC_TEST_HARNESS_H
#define VORDEC_TEST_HARNESS_H

#include "../../plugins/vulkan/gpu/debug.h"
#include "conformance/counting_host.h"

/* Everything that a test process holds: the plugin, its host side, the device under test. */
struct harness {
  const struct vordec_backend *backend;
  const struct vulkan_debug *debug;
  struct counting_host host;
  struct vordec_device device; /* the one under test */
  uint32_t threads;            /* of sessions; 0: all */
  uint32_t submission_ms;      /* of sessions; VORDEC_TEST_SUBMISSION_MS overrides it */
};

/*
 * Loads the plugin and picks the device: the first software device, or the one that VORDEC_TEST_DEVICE names (index or
 * part of the name). Returns false, with a line on stderr, if there is none.
 */
bool harness_open(struct harness *harness);

/* The host only: no plugin, no device. */
void harness_host(struct harness *harness);

/*
 * Whether a test takes all of its cases. On a software device, which compiles each kernel for seconds, a test may leave
 * out those that others resemble; VORDEC_TEST_THOROUGH=1 has them run.
 */
bool harness_thorough(const struct harness *harness);

/* Allocations that the plugin has not given back. */
long harness_left(struct harness *harness);

/* Opens a session on the device under test; fails the test if that fails. */
struct vordec_session *harness_session(struct harness *harness);

/* Room for all outputs of `count` states of a plan, filled with a pattern before each decode. */
struct outputs {
  size_t count, cells;
  bool fp64;
  void *omega_lp, *omega_hat; /* with guard words around */
  int8_t *mask;
  struct vordec_scalars *scalars;
  void *blocks[3];
};

void outputs_create(struct outputs *outputs, const struct vordec_plan_desc *desc, size_t count);
void outputs_destroy(struct outputs *outputs);
/* Fills everything with the pattern; then tells whether the guards, or everything, still have it. */
void outputs_fill(struct outputs *outputs);
bool outputs_guards_intact(const struct outputs *outputs);
bool outputs_untouched(const struct outputs *outputs);
double outputs_lp(const struct outputs *outputs, size_t i);
double outputs_hat(const struct outputs *outputs, size_t i);

#endif
