/* SPDX-License-Identifier: MIT */
/*
 * backend_stream.h - decodes that are started and waited for apart: "vordec.stream/1"; a part of backend.h, whose rules
 * hold here.
 */
#ifndef VORDEC_BACKEND_STREAM_H
#define VORDEC_BACKEND_STREAM_H

#include <vordec/backend_bandwidth.h>
#include <vordec/backend_decode.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_plan;

/*
 * Optional capability "vordec.stream/1": decodes that are started and waited for separately, so that computing, copying
 * and waiting for one plan overlaps with another's; and host memory that the device writes to directly.
 */
#define VORDEC_STREAM_INTERFACE "vordec.stream/1"

struct vordec_stream_interface {
  size_t struct_size;
  /* Starts a decode and returns as soon as all that is left of it is a single submission of decode(). What the job
   * points to stays valid and unchanged until wait(); the job itself need not. A rollout is decoded as it is now,
   * whatever is asked of it before the wait. At most one job of a plan is in progress, and decode() is not called
   * meanwhile. After a failure none is in progress. Allocates nothing. One thread per session. */
  enum vordec_status (*submit)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                               struct vordec_error *error);
  /* Waits for the job in progress: outputs, result and errors are those of decode(). The plan is free afterwards, even
   * after a failure. The caller sets result->struct_size. One thread per session. */
  enum vordec_status (*wait)(struct vordec_plan *plan, struct vordec_decode_result *result, struct vordec_error *error);

  /* Allocates at least `bytes` (> 0) of host memory, aligned to 64 and zeroed. Outputs of jobs of this session's plans
   * that lie in it need no copy by the host. Both this slot and the next are there, or both are NULL. One thread per
   * session. */
  enum vordec_status (*host_alloc)(struct vordec_session *session, uint64_t bytes, void **memory,
                                   struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed, while no job uses the memory. One thread per session. */
  void (*host_free)(struct vordec_session *session, void *memory);

  /* Times plain copies of a buffer from the device to such memory; both are made for this call. Otherwise as fill() of
   * "vordec.bandwidth/1". One thread per session. May be NULL. */
  enum vordec_status (*link)(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
