/* SPDX-License-Identifier: MIT */
/*
 * amd_pose.h - the software device poses as an AMD card under the plugin, as far as plans look at a device, and notes
 * which pipelines they ask for. Nothing is compiled or run: plans are to be made and thrown away.
 */
#ifndef VORDEC_TEST_AMD_POSE_H
#define VORDEC_TEST_AMD_POSE_H

#include "../vulkan/harness.h"
#include "amd_card.h"

/* A session that poses as the card. Both outlive it. */
struct vordec_session *amd_pose_session(struct harness *harness, const struct amd_card *card,
                                        struct amd_requests *requests);

/* What is asked for from now on is noted under this name, in this precision. */
void amd_pose_for(const char *plan, enum vordec_precision precision);

#endif
