/* SPDX-License-Identifier: MIT */
/*
 * backend_trail.h - rollouts that keep what they held on their way: "vordec.trail/1"; a part of backend.h, whose rules
 * hold here.
 */
#ifndef VORDEC_BACKEND_TRAIL_H
#define VORDEC_BACKEND_TRAIL_H

#include <vordec/backend_rollout.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Optional capability "vordec.trail/1": rollouts that keep what they held on their way, and decodes that take many of
 * their states at once, so that neither is submitted one by one. It goes with "vordec.rollout/1" and "/2", whose
 * rollouts these are.
 *
 * A rollout holds rows of all its states: one, those that it has now; after walk() as many as that left, in the order
 * of time, of which the last are those that it has now. What it holds is counted row by row, in a row state by state. A
 * decode takes job->count of these from job->rollout_state on, 1 .. the plan's batch; for each it gives the bits of a
 * decode of that one alone. advance() and reserve() let go of all rows but the last.
 */
#define VORDEC_TRAIL_INTERFACE "vordec.trail/1"
#define VORDEC_TRAIL_ROWS_MAX 4096u

/* The table that get_interface("vordec.trail/1") returns. */
struct vordec_trail_interface {
  size_t struct_size;
  /* Makes room for at least `rows` rows, 1 .. VORDEC_TRAIL_ROWS_MAX; room that there is stays. E_NO_MEMORY with
   * REASON_MEMORY or REASON_HOST_MEMORY: the rollout is what it was. One thread per session. */
  enum vordec_status (*reserve)(struct vordec_backend_rollout *rollout, uint32_t rows, struct vordec_error *error);
  /* Takes rows x steps steps, 1 .. 2^32 - 1 of them, and keeps the states after every `steps` as a row; rows: 1 ..
   * those that there is room for. The bits, the result, the submissions and the rest are those of as many calls of
   * advance(); what evidence counts and device_ms are of all steps. Allocates nothing. One thread per session. */
  enum vordec_status (*walk)(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                             struct vordec_rollout_result *result, struct vordec_error *error);
  /* Copies `count` of the states that it holds, from `first` on, to z (count x d doubles), widened to double. One
   * thread per session. */
  enum vordec_status (*read)(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
