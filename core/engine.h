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
  enum vordec_status dead;      /* sticky: the session cannot be used any more, by anyone */
  uint64_t owner;               /* process_token() of who opened or adopted the session */
  atomic_uint_least64_t caller; /* process_token() of who is in a call on it, or was at the fork; 0: nobody. A session
                                   serves one call at a time, also where decoder and rollout share it */
  unsigned under_way;           /* batches that the backend works on, outside of any call */
};

/* Makes what the session was opened for (a plan, a rollout, a simulation); a failure of it may move the search on. */
typedef enum vordec_status (*engine_equip_fn)(void *ctx, struct engine *engine, struct vordec_error *error);

/*
 * Selects a backend under the request, opens it and equips it; where one of these fails and another choice may mend it,
 * selects again. E_REFUSED: policy leaves no other choice. Makes no log entry of downgrades: see engine_announce().
 * Thread-safe; callers with the same runtime take turns.
 */
enum vordec_status engine_create(struct vordec_runtime *runtime, const struct select_request *request,
                                 engine_equip_fn equip, void *ctx, struct engine **engine, struct vordec_error *error);

/* One more user of the same session. */
struct engine *engine_retain(struct engine *engine);
/* Closes the session with its last user, whose plans and rollouts are gone by then. Accepts NULL. */
void engine_release(struct engine *engine);

/* Whether a request for this backend ("auto", "gpu" or a name) is met by the engine. */
bool engine_meets(const struct engine *engine, const char *asked);

/* Warns about every flag that the selection raised. */
void engine_announce(const struct engine *engine);

/* Whether the session serves this process. One that was inherited by a fork does after the first engine_enter() that
 * worked; else nothing of it may be touched, nor ended. */
bool engine_is_here(const struct engine *engine);

/* Takes the session for one call. E_BUSY: another thread is in a call on it. A session that died stays dead: its
 * status. One that was inherited by a fork is adopted where its backend can do that and nothing was under way; else
 * E_USAGE with REASON_OTHER_PROCESS. */
enum vordec_status engine_enter(struct engine *engine, struct vordec_error *error);
/* Ends the call with its status, which it returns; a lost device or a timeout kills the session. */
enum vordec_status engine_leave(struct engine *engine, enum vordec_status status);

/* The slots of its backend. */
static inline const struct vordec_backend *engine_slots(const struct engine *engine) {
  return &engine->backend->plugin.backend;
}

#endif
