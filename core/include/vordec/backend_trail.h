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
 * their states at once, so that neither is submitted one by one. It extends "vordec.rollout/1" and "/2", whose
 * rollouts these are.
 *
 * A rollout holds rows, each with all its states. At first there is one row: the states that it has now. After walk()
 * there are as many as that call made, in the order of time; the last one is the states that it has now. States are
 * counted row by row, and within a row one by one. A decode takes job->count of them (1 .. the plan's batch), starting
 * at job->rollout_state; each gets the bits that it gets alone. advance() and reserve() discard all rows but the last.
 */
#define VORDEC_TRAIL_INTERFACE "vordec.trail/1"
#define VORDEC_TRAIL_ROWS_MAX 4096u

/* The table that get_interface("vordec.trail/1") returns. */
struct vordec_trail_interface {
  size_t struct_size;
  /* Makes room for at least `rows` rows, 1 .. VORDEC_TRAIL_ROWS_MAX; existing room stays. E_NO_MEMORY with
   * REASON_MEMORY or REASON_HOST_MEMORY: there is not enough, and the rollout is what it was. One thread per session.
   */
  enum vordec_status (*reserve)(struct vordec_backend_rollout *rollout, uint32_t rows, struct vordec_error *error);
  /* Takes rows x steps steps, 1 .. 2^32 - 1 in all, and keeps the states after every `steps` of them as a row. rows: 1
   * .. as many as there is room for. The bits, the result, the submissions and everything else are those of as many
   * calls of advance(); the counts in evidence, and device_ms, are those of all steps. Allocates nothing. One thread
   * per session. */
  enum vordec_status (*walk)(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                             struct vordec_rollout_result *result, struct vordec_error *error);
  /* Copies `count` of the states that it holds, starting at `first`, to z (count x d), widened to double. One thread
   * per session. */
  enum vordec_status (*read)(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
