/* SPDX-License-Identifier: MIT */
/*
 * cpu_plan.h - everything that decoding states of one shape needs, made once.
 */
#ifndef VORDEC_CPU_PLAN_H
#define VORDEC_CPU_PLAN_H

#include "cpu_session.h"
#include "residual/cpu_synthesis.h"
#include "stages/workspace.h"

/* Times of the stages of some fields; one for each thread that takes whole fields. */
struct tally {
  uint64_t stage_ns[VORDEC_STAGE_COUNT];
  uint64_t completed; /* stages */
};

/* Memory of a plan whose fields others see (share/cpu_share.h). */
struct cpu_shared {
  bool on;
  uint32_t states;
  double *omega_lp, *omega_hat, *z, *spare; /* spare: the states of the decode that is in progress, or was last */
  int8_t *mask;
  bool *spoilt; /* which of these states have something wrong */
  struct vordec_export_job next;
};

struct vordec_plan {
  struct vordec_session *session;
  struct memory memory;
  struct grid grid;

  size_t d, m, max_kept;
  struct smoothing smoothing;
  double tau, coefficient_max;
  uint32_t majority_iters;
  enum vordec_gate gate;

  struct mode_table low, kept; /* kept is empty if anchors are not included */
  struct ifft ifft;
  struct mode_sums low_sums, kept_sums; /* in use if pruned has few columns to deal with */
  fftw_plan forward;                    /* omega_hat to its half spectrum, for its energy; NULL if never needed */

  struct cpu_synthesis synthesis;  /* empty unless decodes make the bands by themselves */
  struct vordec_residual_job next; /* what the next decode is to make */

  struct cpu_shared shared;

  struct workspace *workspaces; /* one, or one for each thread */
  size_t workspace_count;
  struct slots slots; /* and a tally for each thread */
  struct tally *tallies;
  double *rolled_out; /* batch x d, for states that come from a rollout */
  size_t slot_count;
  size_t row_slots; /* threads that share the rows of one field */
};

/* The plan_create() and plan_destroy() slots of the backend's table (vordec/backend.h). */
enum vordec_status cpu_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                   struct vordec_plan **plan, struct vordec_plan_info *info,
                                   struct vordec_error *error);
void cpu_plan_destroy(struct vordec_plan *plan);

/* Does the same for a plan whose decodes make the bands of the residual. */
enum vordec_status cpu_plan_create_synthesis(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                             const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                             struct vordec_plan_info *info, struct vordec_error *error);

#endif
