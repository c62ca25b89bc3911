/* SPDX-License-Identifier: MIT */
/* A selected backend with its device opened: what decoders, rollouts and simulations run on. */
#ifndef VORDEC_CORE_ENGINE_H
#define VORDEC_CORE_ENGINE_H

#include <stdatomic.h>

#include "runtime.h"

struct engine {
  struct vordec_runtime *runtime;
  struct runtime_backend *backend;
  struct vordec_device device; /* as probed */
  struct selection selection;
  struct vordec_session *session;
  atomic_uint users;
  enum vordec_status dead;      /* stays set: the session cannot be used any more, by anyone */
  uint64_t owner;               /* process_token() of the process that opened or adopted the session */
  atomic_uint_least64_t caller; /* process_token() of the process that is in a call on it, or was at the fork; 0: none.
                                   A session serves one call at a time, also if decoder and rollout share it */
  unsigned under_way;           /* batches that the backend works on outside of any call */
};

/* Makes what the session was opened for (a plan, a rollout, a simulation); if this fails, the search may move on. */
typedef enum vordec_status (*engine_equip_fn)(void *ctx, struct engine *engine, struct vordec_error *error);

/*
 * Selects a backend under the request, opens it and equips it. If one of these fails and another choice may help, it
 * selects again. E_REFUSED: policy leaves no other choice. It does not log downgrades: see engine_announce().
 * Thread-safe; callers with the same runtime take turns.
 */
enum vordec_status engine_create(struct vordec_runtime *runtime, const struct select_request *request,
                                 engine_equip_fn equip, void *ctx, struct engine **engine, struct vordec_error *error);

/* Adds a user of the same session. */
struct engine *engine_retain(struct engine *engine);
/* Closes the session together with its last user; plans and rollouts no longer exist by then. Accepts NULL. */
void engine_release(struct engine *engine);

/* Says whether the engine meets a request for this backend ("auto", "gpu" or a name). */
bool engine_meets(const struct engine *engine, const char *asked);

/* Warns about every flag that the selection raised. */
void engine_announce(const struct engine *engine);

/* Says whether the session serves this process. One that was inherited by a fork does so after the first engine_enter()
 * that succeeded; before that, nothing of it may be touched or ended. */
bool engine_is_here(const struct engine *engine);

/* Takes the session for one call. E_BUSY: another thread is in a call on it. A session that died stays dead, with its
 * status. One that was inherited by a fork is adopted if its backend can do that and nothing was in progress; otherwise
 * E_USAGE with REASON_OTHER_PROCESS. */
enum vordec_status engine_enter(struct engine *engine, struct vordec_error *error);
/* Ends the call with its status, which it returns; a lost device or a timeout kills the session. */
enum vordec_status engine_leave(struct engine *engine, enum vordec_status status);

/* The slots of its backend. */
static inline const struct vordec_backend *engine_slots(const struct engine *engine) {
  return &engine->backend->plugin.backend;
}

#endif
