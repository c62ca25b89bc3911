/* SPDX-License-Identifier: MIT */
/*
 * amd_grid.h - the plans and rollouts whose pipelines are looked at.
 */
#ifndef VORDEC_TEST_AMD_GRID_H
#define VORDEC_TEST_AMD_GRID_H

#include "amd_pose.h"

/* Makes each of them once and throws it away. False, with a line on stderr, if one cannot be had. */
bool amd_grid_ask(struct harness *harness, struct vordec_session *session);

#endif
