/* SPDX-License-Identifier: MIT */
/*
 * les_run.h - one simulation through the library: on the CPU, or on what VORDEC_TEST_BACKEND and VORDEC_TEST_DEVICE
 * name, in fp64.
 */
#ifndef VORDEC_TESTS_SIMULATE_LES_RUN_H
#define VORDEC_TESTS_SIMULATE_LES_RUN_H

#include <vordec/vordec.h>

#include "../science/support.h"

struct les_run {
  struct vordec_runtime *runtime;
  struct vordec_simulation *simulation;
  size_t n;
};

/* Whether the backend has simulations at all. */
bool les_run_possible(void);

/* Whether it is llvmpipe, where thousands of steps take too long for a test. */
bool les_run_is_slow(void);

/* E_INPUT and its like are the caller's to look at; any other failure fails the test. `threads` as [cpu] threads.
 * desc->members 0 counts as 1. */
enum vordec_status les_run_try(const struct vordec_simulation_desc *desc, unsigned threads, struct les_run *run,
                               struct vordec_error *error);
struct les_run les_run_make(const struct vordec_simulation_desc *desc, unsigned threads);
void les_run_end(struct les_run *run);

/* The field of member 0; fails the test if that fails. */
void les_run_set(struct les_run *run, const double *omega);
void les_run_get(struct les_run *run, double *omega);
uint64_t les_run_step(const struct les_run *run);
/* Steps until it stands at `step`. */
void les_run_to(struct les_run *run, uint64_t step);

#endif
