/* SPDX-License-Identifier: MIT */
/*
 * cpu_harness.h - drives the plugin through its table.
 */
#ifndef VORDEC_TESTS_CPU_CPU_HARNESS_H
#define VORDEC_TESTS_CPU_CPU_HARNESS_H

#include "conformance/counting_host.h"
#include "shape.h"

struct cpu_harness {
  const struct vordec_backend *backend;
  struct counting_host host;
  struct vordec_session *session; /* NULL until cpu_harness_open() */
};

/* Loads the plugin; fails the test if that fails. */
void cpu_harness_load(struct cpu_harness *harness);
/* Loads the plugin and opens a session. */
void cpu_harness_open(struct cpu_harness *harness, uint32_t threads);
/* Closes the session and checks that no memory is left. */
void cpu_harness_close(struct cpu_harness *harness);

/* A plan's description with the default mask, all outputs and residuals, no anchors, batch 1. Borrows the shape. */
struct vordec_plan_desc cpu_harness_describe(const struct shape *shape);

/* The results of one decode: arrays between guard words, filled with NAN and 0x55 beforehand. */
struct outputs {
  size_t count, cells;
  unsigned char *memory[4];
  size_t bytes[4];
  double *omega_lp, *omega_hat;
  int8_t *mask;
  struct vordec_scalars *scalars;
};
struct outputs outputs_create(size_t count, size_t n);
void outputs_destroy(struct outputs *outputs);

/* A job that fills the outputs named in `wanted`; the pointers of the others are NULL. */
struct vordec_decode_job outputs_job(struct outputs *outputs, const double *z, uint32_t wanted);
/* Fails the test if a guard word was touched or an array that `wanted` does not name was written to. */
void outputs_check(const struct outputs *outputs, uint32_t wanted);

/* Makes a plan; fails the test if the plugin cannot. */
struct vordec_plan *cpu_harness_plan(struct cpu_harness *harness, const struct vordec_plan_desc *desc,
                                     struct vordec_plan_info *info);
/* Decodes and checks guards, evidence and times. Returns the stage times. */
struct vordec_decode_result cpu_harness_decode(struct cpu_harness *harness, struct vordec_plan *plan,
                                               const struct vordec_decode_job *job, const struct outputs *outputs);
/* Plan, decode of states z with all outputs, destroy. */
struct outputs cpu_harness_run(struct cpu_harness *harness, const struct vordec_plan_desc *desc, size_t count,
                               const double *z);

#endif
