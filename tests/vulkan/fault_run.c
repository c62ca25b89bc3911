/* SPDX-License-Identifier: MIT */
#include "fault_run.h"

#include "driver.h"

#include <string.h>

struct fault_run fault_run_go(enum vordec_status (*go)(void *stand, int stage, struct vordec_error *error), void *stand,
                              int from, int done) {
  struct fault_run run = {.reach = from};
  for (; run.reach < done; run.reach++) {
    run.status = go(stand, run.reach, &run.error);
    if (run.status) return run;
  }
  return run;
}

bool fault_run_spared(void) {
  return faults_failed() && strcmp(faults_failed(), "vkGetPipelineCacheData") == 0;
}

bool fault_run_check(const struct fault_run *run, unsigned number, VkResult result) {
  const char *call = faults_failed();
  assert_non_null(call);
  /* Nobody knows what the device does after a wait that failed. */
  const bool lost = result == VK_ERROR_DEVICE_LOST || strcmp(call, "vkWaitForFences") == 0;
  if (run->status != (lost ? VORDEC_E_DEVICE_LOST : VORDEC_E_NO_MEMORY) || !strstr(run->error.message, call)) {
    fail_msg("call %u, %s, at stage %d: status %d, \"%s\"", number, call, run->reach, (int)run->status,
             run->error.message);
  }
  return lost;
}
