/* SPDX-License-Identifier: MIT */
/*
 * backend_residual.h - decodes that make the bands of the residual: "vordec.residual/1"; a part of backend.h, whose
 * rules hold here.
 */
#ifndef VORDEC_BACKEND_RESIDUAL_H
#define VORDEC_BACKEND_RESIDUAL_H

#include <vordec/backend_plan.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_session;

/*
 * Optional capability "vordec.residual/1": decodes that make the bands of the residual by themselves, so that no band
 * crosses the border. Among the modes of the full spectrum that are not low, the mid band consists of those with
 * |k|^2 <= mid_limit, except the kept ones (the first K of anchor_index that lie in it), and the high band of the rest.
 * With E of the state ("E mid", "E high") and n modes, a band has the field
 *
 *   r(x) = Re sum_k sqrt(E) exp(i phi_k) exp(i k.x)
 *
 * where E > 0, and otherwise 0. It is gated and rescaled to n E like a band that the core hands over. The phases phi_k
 * are drawn: Philox4x32-10 with the seed as its key (low word, high word) and the counter (flat index of k, step, band:
 * 0 mid or 1 high, 0) gives words x0, x1, and phi_k = 2 pi ((x0 << 32 | x1) >> 11) 2^-53.
 */
#define VORDEC_RESIDUAL_INTERFACE "vordec.residual/1"

/* What all decodes of a plan have in common. */
struct vordec_residual_setup {
  size_t struct_size;
  uint64_t seed;
  uint32_t bands;     /* VORDEC_RESIDUAL_MID, VORDEC_RESIDUAL_HIGH: which to make; at least one */
  uint32_t mid_limit; /* upper limit of |k|^2 in the mid band */
  bool half;   /* the partners (-k) of low modes count as low, those of kept modes as kept; a kept mode at the higher of
                  the two indices stands for its partner alone */
  bool phases; /* jobs may give phases */
};

/* What one decode makes of its states. */
struct vordec_residual_job {
  size_t struct_size;
  const uint32_t *step;   /* the step of each state */
  const double *phase[2]; /* n x n radians, any finite numbers, the same for all states; NULL: drawn */
  double *energy[2];      /* n E of each state, 0 where E <= 0; filled where a decode makes scalars; NULL: not wanted */
};

/* The table that get_interface("vordec.residual/1") returns. */
struct vordec_residual_interface {
  size_t struct_size;
  /* Does what plan_create() of the backend's table does; plan_destroy() of that table destroys the plan as well.
   * Decodes of such a plan always make the bands; jobs hand over neither bands nor a residual, and desc->residuals is
   * 0. E_UNSUPPORTED: it makes no bands with this N or this FFT; the core then makes them elsewhere. One thread per
   * session. */
  enum vordec_status (*plan_create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                    const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                    struct vordec_plan_info *info, struct vordec_error *error);
  /* Says what the next decode() or submit() of such a plan makes. Each of these needs a call of its own, while no job
   * is in progress. What the job points to stays valid and unchanged until that decode is over; the job itself need
   * not. If n E overflows for the E of a rollout's state, that decode returns E_INPUT. Allocates nothing. One thread
   * per session. */
  enum vordec_status (*prepare)(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                struct vordec_error *error);
  /* Makes the ungated bands of `count` states z (count x d) in field[0] and field[1] (count x n x n; NULL: not wanted),
   * for decodes of a backend that makes none, and fills job->energy. May be NULL. One thread per session. */
  enum vordec_status (*fields)(struct vordec_plan *plan, const struct vordec_residual_job *job, const double *z,
                               uint32_t count, double *const field[2], struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
