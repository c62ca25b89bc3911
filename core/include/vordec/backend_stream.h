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
 * Optional capability "vordec.stream/1": decodes that are started and waited for apart, so that what one plan has to
 * compute, to copy and to wait for overlaps with another's; and host memory that the device writes without a detour.
 */
#define VORDEC_STREAM_INTERFACE "vordec.stream/1"

struct vordec_stream_interface {
  size_t struct_size;
  /* Starts a decode and returns, once what is left of it is a single submission of decode(). What the job points to
   * stays valid and unchanged until wait(), the job itself need not; a rollout is decoded as it is now, whatever is
   * asked of it before the wait. At most one job of a plan is under way; decode() is not called then. After a failure
   * none is. Allocates nothing. One thread per session. */
  enum vordec_status (*submit)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                               struct vordec_error *error);
  /* Waits for the job under way: outputs, result and errors as those of decode(). The plan is free afterwards, also
   * after a failure. result->struct_size is set by the caller. One thread per session. */
  enum vordec_status (*wait)(struct vordec_plan *plan, struct vordec_decode_result *result, struct vordec_error *error);

  /* Host memory of at least `bytes` (> 0), aligned to 64, zeroed. Outputs of jobs of this session's plans that lie in
   * it need no copy by the host. Both slots or neither: NULL. One thread per session. */
  enum vordec_status (*host_alloc)(struct vordec_session *session, uint64_t bytes, void **memory,
                                   struct vordec_error *error);
  /* Accepts NULL; before the session is closed, and under no job that uses it. One thread per session. */
  void (*host_free)(struct vordec_session *session, void *memory);

  /* Times plain copies of a buffer from the device to such memory, both made for this call. As the fill of
   * "vordec.bandwidth/1": one thread per session. May be NULL. */
  enum vordec_status (*link)(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
