/* SPDX-License-Identifier: MIT */
/*
 * backend_rollout.h - states that advance: "vordec.rollout/1" and "/2"; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_ROLLOUT_H
#define VORDEC_BACKEND_ROLLOUT_H

#include <stddef.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_backend_rollout;

/*
 * Optional capability "vordec.rollout/1": states that advance by their linear operator where the backend keeps them:
 * z <- z A (a row vector times a d x d matrix).
 */
#define VORDEC_ROLLOUT_INTERFACE "vordec.rollout/1"

/* What a rollout starts from. */
struct vordec_rollout_setup {
  size_t struct_size;
  uint32_t d;
  enum vordec_precision precision; /* of z, A and their products; one that the device has */
  bool deterministic;              /* sum over i in ascending order from 0, and round each product and each sum */
  const double *a;                 /* d x d, row-major, finite; read during create() only */
  const double *z0;                /* d, finite; likewise. For "vordec.rollout/2": states x d, state by state */
  /* Since 1.2: 1 .. VORDEC_ROLLOUT_STATES_MAX; 1 for "vordec.rollout/1" (vordec_setup_states()). */
  uint32_t states;
};

/* How an advance() went. */
struct vordec_rollout_result {
  size_t struct_size;
  double device_ms; /* time that the steps took; evidence.device_timestamps says on which clock */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.rollout/1") returns. */
struct vordec_rollout_interface {
  size_t struct_size;
  /* Makes a rollout. E_UNSUPPORTED with a reason: it cannot do the precision, or a deterministic sum. One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                               struct vordec_backend_rollout **rollout, struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_rollout *rollout);
  /* Takes `steps` (at least 1) steps and returns when they are done. Submissions as in decode(). Allocates nothing. One
   * thread per session. */
  enum vordec_status (*advance)(struct vordec_backend_rollout *rollout, uint32_t steps,
                                struct vordec_rollout_result *result, struct vordec_error *error);
  /* Copies the state to z (d doubles), widened to double. One thread per session. */
  enum vordec_status (*read)(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error);
};

/*
 * Optional capability "vordec.rollout/2": several states that advance together by one operator. The table is that of
 * "vordec.rollout/1", struct vordec_rollout_interface, with these differences:
 *  - create() takes setup->states states. At every step, each of them has exactly the bits that it has alone, whatever
 *    its place and the other states; one state has the bits of "vordec.rollout/1", if the backend has that, too.
 *  - advance() advances all of them; read() copies states x d doubles.
 *  - A decode takes the state that job->rollout_state names.
 * A backend that has both may return the same table for either name.
 */
#define VORDEC_ROLLOUT_BATCH_INTERFACE "vordec.rollout/2"
#define VORDEC_ROLLOUT_STATES_MAX 65536u

/* The number of states of a rollout. Hosts from before 1.2 do not give it; then, and if it is 0, there is 1 state. Any
 * thread. */
static inline uint32_t vordec_setup_states(const struct vordec_rollout_setup *setup) {
  const size_t needed = offsetof(struct vordec_rollout_setup, states) + sizeof setup->states;
  return setup->struct_size >= needed && setup->states > 0 ? setup->states : 1;
}

#ifdef __cplusplus
}
#endif

#endif
