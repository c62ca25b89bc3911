/* SPDX-License-Identifier: MIT */
/*
 * transform.h - one way from a state's low modes to omega_lp, and to the mask if it has one of its own.
 *
 * Each transform is a row: a struct of functions in a file of its own, listed in transforms.c. A plan is built with one
 * of them (plan/plan_build.h), calls nothing but these functions, and keeps what they make in plan->transform_state. So
 * a new transform is a new file and a line in that list.
 */
#ifndef VORDEC_VULKAN_TRANSFORM_H
#define VORDEC_VULKAN_TRANSFORM_H

#include "plan/vulkan_plan.h"

struct buffer_need;
struct recorder;

/* A slot may be NULL where the transform has nothing to do or to say. */
struct transform {
  const char *name; /* as [decode] fft has it */

  /* Whether it is for grids of this size: E_UNSUPPORTED with REASON_FFT_SIZE. */
  enum vordec_status (*serves)(uint32_t n, struct vordec_error *error);

  /* Settles its sizes for the plan, ahead of the buffers; may raise plan->groups, and set plan->absmax_groups. Failures
   * as above. */
  enum vordec_status (*describe)(struct vordec_plan *plan, struct vordec_error *error);

  /* Adds its buffers to the needs of the plan, or enlarges them (plan/plan_memory.h). */
  void (*list_needs)(const struct vordec_plan *plan, struct buffer_need *needs);

  /* Makes the rest: the plan has its buffers and tables. plan->device_bytes grows by what it allocates by itself. */
  enum vordec_status (*create)(struct vordec_plan *plan, struct vordec_error *error);

  /* Compares the transform with another one, unless that was done before: E_UNSUPPORTED with REASON_FFT_SIZE if they
   * differ. */
  enum vordec_status (*prove)(struct vordec_plan *plan, struct vordec_error *error);

  /* Undoes describe() and create(), wholly or in part. The device has finished. */
  void (*destroy)(struct vordec_plan *plan);

  /* PLAN_COEF -> whatever record_field() reads. NULL: that reads PLAN_COEF. */
  void (*record_spectrum)(struct recorder *recorder);

  /* -> PLAN_OMEGA_LP. Never NULL; what is left to record_mask() may be done here, and the other way round. */
  void (*record_field)(struct recorder *recorder);

  /* -> PLAN_MASK_A and max |R|. NULL: the mask is made of PLAN_OMEGA_LP. */
  void (*record_mask)(struct recorder *recorder);
};

#endif
