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

/* The backend that makes the bands under [residual] synthesis = on: the decoder's own or, if that makes none, the CPU
 * backend; NULL if nothing is synthesised. The string is valid as long as the decoder. Any thread. */
VORDEC_API const char *vordec_decoder_residual_backend(const struct vordec_decoder *decoder);
/* Why it is not the decoder's own backend; empty if it is. The string belongs to the decoder. Any thread. */
VORDEC_API const char *vordec_decoder_residual_reason(const struct vordec_decoder *decoder);

/* The library counts the steps by itself. */
#define VORDEC_STEP_AUTO SIZE_MAX

/* Sets the step of the first state of each later call; the states behind it have the steps that follow. Phases are
 * drawn from seed and step. With VORDEC_STEP_AUTO, which holds at first, the first state of z has step 0, and the
 * states of a rollout have the step that the rollout has reached. All states of a rollout have the same step. One
 * thread per decoder. */
VORDEC_API void vordec_decoder_set_step(struct vordec_decoder *decoder, size_t step);
/* Sets the phases of the mid and of the high band (0, 1) for all states of later calls, instead of drawn ones: n x n
 * radians each, finite, copied; NULL: drawn. E_USAGE: the decoder was made without VORDEC_RESIDUAL_PHASES, or
 * synthesises nothing. E_BUSY: a decode is in progress. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decoder_set_phases(struct vordec_decoder *decoder, const double *const phases[2],
                                                        struct vordec_error *error);

/* What a state asks of the mid and of the high band. */
struct vordec_residual_targets {
  size_t kept;      /* K, rounded and clamped */
  size_t modes[2];  /* n */
  double energy[2]; /* n E, the mean square that the gated field is to have; 0 if the field is 0 */
};
/* Computes these for state z (D finite values); all are 0 if nothing is synthesised. Any thread. */
VORDEC_API void vordec_decoder_get_targets(const struct vordec_decoder *decoder, const double *z,
                                           struct vordec_residual_targets *targets);

#ifdef __cplusplus
}
#endif

#endif
