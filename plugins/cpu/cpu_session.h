/* SPDX-License-Identifier: MIT */
/*
 * cpu_session.h - an open processor: its threads and what it calls itself.
 */
#ifndef VORDEC_CPU_SESSION_H
#define VORDEC_CPU_SESSION_H

#include <vordec/backend.h>

#include "numerics/kernels.h"
#include "numerics/pool.h"

struct vordec_session {
  const struct vordec_host *host;
  struct memory memory; /* the host's */
  struct vordec_device device;
  struct pool *pool;
  const struct kernels *kernels;
};

/* The open() and close() slots of the backend's table (vordec/backend.h). */
enum vordec_status cpu_session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                    struct vordec_session **session, struct vordec_error *error);
void cpu_session_close(struct vordec_session *session);

/* The table of "vordec.fork/1": all that a session lacks in a child is its threads. */
extern const struct vordec_fork_interface cpu_fork_interface;

#endif
