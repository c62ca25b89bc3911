/* SPDX-License-Identifier: MIT */
/*
 * host_residual.h - the residual that decodes synthesise; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_RESIDUAL_H
#define VORDEC_HOST_RESIDUAL_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;

/* Under [residual] synthesis = on: the backend that makes the bands, the decoder's own or, where that makes none, the
 * CPU's; NULL: nothing is synthesised. Valid as long as the decoder. Any thread. */
VORDEC_API const char *vordec_decoder_residual_backend(const struct vordec_decoder *decoder);
/* Why it is not the decoder's own; empty where it is. The decoder's. Any thread. */
VORDEC_API const char *vordec_decoder_residual_reason(const struct vordec_decoder *decoder);

/* No step of the caller's. */
#define VORDEC_STEP_AUTO SIZE_MAX

/* The step that the first state of each call from now on counts as; those behind it count on. Phases are drawn from
 * seed and step. VORDEC_STEP_AUTO, as before it is said: the first state of z counts as step 0. All states of a rollout
 * count as the same step; by themselves, the steps that it has taken. One thread per decoder. */
VORDEC_API void vordec_decoder_set_step(struct vordec_decoder *decoder, size_t step);
/* Phases of the mid and of the high band (0, 1) for all states of calls to come, instead of drawn ones: n x n radians
 * each, finite, copied; NULL: drawn. E_USAGE: the decoder was made without VORDEC_RESIDUAL_PHASES, or synthesises
 * nothing. E_BUSY: a decode is under way. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decoder_set_phases(struct vordec_decoder *decoder, const double *const phases[2],
                                                        struct vordec_error *error);

/* What a state asks of the mid and of the high band. */
struct vordec_residual_targets {
  size_t kept;      /* K as rounded and clamped */
  size_t modes[2];  /* n */
  double energy[2]; /* n E, the mean square that the gated field is to have; 0 where the field is 0 */
};
/* Of state z (D finite values); all 0 where nothing is synthesised. Any thread. */
VORDEC_API void vordec_decoder_get_targets(const struct vordec_decoder *decoder, const double *z,
                                           struct vordec_residual_targets *targets);

#ifdef __cplusplus
}
#endif

#endif
