/* SPDX-License-Identifier: MIT */
/*
 * backend_decode.h - one decode: what goes in, what comes out; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_DECODE_H
#define VORDEC_BACKEND_DECODE_H

#include <stddef.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Private to the backend: states that are stored where the backend keeps them (interfaces vordec.rollout/1 and /2). */
struct vordec_backend_rollout;

/* One decode of `count` states. Every pointer is to contiguous host memory, with no alignment beyond that of its type.
 */
struct vordec_decode_job {
  size_t struct_size;
  uint32_t count;  /* 1 .. plan's batch */
  const double *z; /* count x d, finite, coefficients up to vordec_coefficient_max(); NULL if rollout is set */
  struct vordec_backend_rollout *rollout; /* decode what it holds now (count = 1, or more with "vordec.trail/1"); else
                                             NULL. E_INPUT names the first entry that is not finite or beyond
                                             vordec_coefficient_max() */
  const double *residual;                 /* count x n x n, the caller's field; or NULL */
  const double *band[2];                  /* count x n x n, ungated mid and high band fields; or NULL */
  const double *band_energy[2];           /* count values n_modes * E each, where band is set */
  uint32_t outputs;                       /* which of the following to fill; a subset of the plan's */
  void *omega_lp;                         /* count x n x n, float (FP32 plan) or double (FP64 plan) */
  int8_t *mask;                           /* count x n x n, values -1, 0, +1 */
  void *omega_hat;                        /* as omega_lp */
  struct vordec_scalars *scalars;         /* count */
  /* Since 1.2: which of the rollout's states to decode, if it holds several (vordec_job_state()); the first, if count
   * is more than 1. */
  uint32_t rollout_state;
};

/* How a decode went. */
struct vordec_decode_result {
  size_t struct_size;
  double stage_ms[VORDEC_STAGE_COUNT]; /* 0 where a stage had nothing to do */
  struct vordec_evidence evidence;
};

/* Returns which state of a rollout a job decodes; jobs of hosts from before 1.2 decode the only one. Any thread. */
static inline uint32_t vordec_job_state(const struct vordec_decode_job *job) {
  const size_t needed = offsetof(struct vordec_decode_job, rollout_state) + sizeof job->rollout_state;
  return job->struct_size >= needed ? job->rollout_state : 0;
}

#ifdef __cplusplus
}
#endif

#endif
