/* SPDX-License-Identifier: MIT */
/*
 * fault_run.h - something done stage by stage while one Vulkan call fails: how far it came, and whether it says the
 * truth about it.
 */
#ifndef VORDEC_TEST_FAULT_RUN_H
#define VORDEC_TEST_FAULT_RUN_H

#include "vulkan_faults.h"

struct fault_run {
  int reach; /* the stage that failed, or the one behind the last */
  enum vordec_status status;
  struct vordec_error error;
};

/* Goes through the stages from .. done - 1 and stops at the first that fails. */
struct fault_run fault_run_go(enum vordec_status (*go)(void *stand, int stage, struct vordec_error *error), void *stand,
                              int from, int done);

/* Whether the call that was failed is one that a session can do without. */
bool fault_run_spared(void);

/* Of a run that failed, since the number-th call returned `result`: the status is what that call means, and the message
 * names it. Fails the test otherwise. Returns whether the device is lost. */
bool fault_run_check(const struct fault_run *run, unsigned number, VkResult result);

#endif
