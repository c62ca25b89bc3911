/*
 * workers.h - the CPU backend's threads and memory, for use without libvordec.
 *
 * The stages under plugins/cpu ask their host for memory and a clock; here the C library is their host.
 */
#ifndef VORDEC_SCIENCE_WORKERS_H
#define VORDEC_SCIENCE_WORKERS_H

#include "plugins/cpu/grid.h"
#include "plugins/cpu/session.h"

/* Opens a session with `threads` threads (0: all that this process may use). Errors as session_open(); close with
 * session_close(). Its pool serves one caller at a time. */
enum vordec_status workers_open(uint32_t threads, struct vordec_session **session, struct vordec_error *error);

static inline size_t workers_count(const struct vordec_session *session) {
  return pool_threads(session->pool);
}

/* Calls task once for each slot 0 .. workers_count() - 1, and returns when all calls have returned. */
static inline void workers_run(struct vordec_session *session, pool_task task, void *ctx) {
  pool_run(session->pool, workers_count(session), task, ctx);
}

#endif
