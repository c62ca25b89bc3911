/* SPDX-License-Identifier: MIT */
/* What was taken for granted of a trajectory's file, and may be wrong. */
#ifndef VORDEC_TRAJECTORIES_TRAJECTORY_REMARKS_H
#define VORDEC_TRAJECTORIES_TRAJECTORY_REMARKS_H

#include "formats/trajectory.h"

/* Who is told; one line without an end a call. */
struct trajectory_listener {
  void (*tell)(void *ctx, const char *remark);
  void *ctx;
};

/* timed: the time from frame to frame is asked of the file. */
void trajectory_remarks_tell(const struct trajectory *trajectory, bool timed,
                             const struct trajectory_listener *listener);

#endif
