/* SPDX-License-Identifier: MIT */
/*
 * paced.h - sessions whose submissions have a limit, on a slow device.
 */
#ifndef VORDEC_TEST_PACED_H
#define VORDEC_TEST_PACED_H

#include "slow_device.h"

#define PACED_LIMIT_MS 5u

/* A session opened under the hook; submission_ms: 0 for no limit. */
struct vordec_session *paced_session(struct harness *harness, vk_table_hook hook, uint32_t submission_ms);

/* No submission was longer than PACED_LIMIT_MS, but for what of it could not be cut. */
void paced_check(const struct slow_device_report *report);

#endif
