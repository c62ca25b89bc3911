/* SPDX-License-Identifier: MIT */
/*
 * backend_fork.h - sessions that outlive a fork: "vordec.fork/1"; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_FORK_H
#define VORDEC_BACKEND_FORK_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_session;

/*
 * Optional capability "vordec.fork/1": sessions that outlive a fork. A child inherits memory but no threads, and the
 * objects of a driver cannot serve two processes. Without this capability, the core therefore calls nothing that was
 * made before the fork, not even to end it.
 */
#define VORDEC_FORK_INTERFACE "vordec.fork/1"

struct vordec_fork_interface {
  size_t struct_size;
  /* Called in a child, before all other calls on a session that its parent opened. From then on the session, its plans,
   * rollouts, simulations, encoders and comparers serve this process, with the same bits. At the fork no call on them
   * and no job of a stream was in progress; none of their threads exists here. Those of the parent go on as if nothing
   * had happened. After a failure nothing but this slot is called again. One thread per session. */
  enum vordec_status (*adopt)(struct vordec_session *session, struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
