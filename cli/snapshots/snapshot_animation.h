/* SPDX-License-Identifier: MIT */
/* PREFIX_animation.webp: the snapshots of a run one after the other, for its report. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_ANIMATION_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_ANIMATION_H

#include "snapshot_states.h"

struct animation;

struct snapshot_animation {
  struct animation *frames; /* NULL: none is made */
  char *path;
};

/* Starts it, where the request wants one; the states are complete. */
enum vordec_status snapshot_animation_start(const struct snapshot_states *states, struct snapshot_animation *animation,
                                            struct vordec_error *error);

/* Adds a snapshot, omega_hat of its step; nothing if there is no animation. */
enum vordec_status snapshot_animation_add(struct snapshot_animation *animation, const struct snapshot_states *states,
                                          size_t step, const double *omega_hat, struct vordec_error *error);

/* Puts the file in its place, if there is a frame. */
enum vordec_status snapshot_animation_finish(struct snapshot_animation *animation, size_t snapshots,
                                             struct vordec_error *error);

/* Drops what was not finished. Accepts a zeroed one. */
void snapshot_animation_release(struct snapshot_animation *animation);

#endif
