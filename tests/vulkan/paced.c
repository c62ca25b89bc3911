/* SPDX-License-Identifier: MIT */
#include "paced.h"

#include "driver.h"

struct vordec_session *paced_session(struct harness *harness, vk_table_hook hook, uint32_t submission_ms) {
  harness->debug->set_table_hook(hook);
  harness->submission_ms = submission_ms;
  struct vordec_session *session = harness_session(harness);
  harness->debug->set_table_hook(NULL);
  return session;
}

void paced_check(const struct slow_device_report *report) {
  if (report->excess_ms <= PACED_LIMIT_MS) return;
  fail_msg("a submission took %g ms longer than its limit, of %u; the longest took %g ms",
           report->excess_ms - PACED_LIMIT_MS, report->submissions, report->longest_ms);
}
