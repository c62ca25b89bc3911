/* SPDX-License-Identifier: MIT */
/*
 * host_decode.h - decoding; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_DECODE_H
#define VORDEC_HOST_DECODE_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;
struct vordec_rollout;

/* What to decode and where to put it. All memory is the caller's; NULL outputs are not read back. */
struct vordec_decode_io {
  size_t count;                   /* states, any number from 1; split into submissions of info.batch */
  const double *z;                /* count x D; NULL if rollout is set */
  struct vordec_rollout *rollout; /* decode what it holds now: count is rows x states of it, or of its first rows;
                                   * NULL: decode z */
  const double *residual;         /* count x N x N or NULL: the caller's residual field */
  const double *band[2];          /* count x N x N or NULL: ungated mid and high bands */
  const double *band_energy[2];   /* count values n E, where band is set */
  void *omega_lp;                 /* count x N x N, float or double as info.precision says */
  int8_t *mask;                   /* count x N x N */
  void *omega_hat;                /* as omega_lp */
  struct vordec_scalars *scalars; /* count */
};

/* How a vordec_decode() went. */
struct vordec_decode_report {
  double stage_ms[VORDEC_STAGE_COUNT]; /* sums over the submissions; NAN: what the backend claims cannot be */
  double total_ms;                     /* host clock, whole call; of a batch: both calls, which need not be all */
  bool device_timestamps;              /* stage_ms come from the device's clock */
  const char *decode_device;           /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
};

/*
 * Decodes. E_INPUT names the first entry of a state, cell of a residual or energy of a band that is not finite, or so
 * large that the decode's precision could overflow; also where the state is taken from a rollout. E_REFUSED with
 * REASON_EVIDENCE: the backend could not show what did the work (strict policy). After any error the contents of
 * the outputs are unspecified; report (may be NULL) is written on success only. One thread per decoder and the rollouts
 * that share its device: E_BUSY says that another was in a call, or that batches of vordec_decoder_submit() are under
 * way.
 */
VORDEC_API enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            struct vordec_decode_report *report, struct vordec_error *error);

/*
 * The same in pieces, for a host that looks after something else in between, such as whether its user wants to stop:
 * begin() checks all that vordec_decode() checks and copies *io, whose memory is the decoder's from then on; each
 * piece() decodes some more states, with the same bits and as fast as one call, and says how many are left. At 0 the
 * call is over and *report (may be NULL) is that of vordec_decode(); after a failure it is over, too. A piece is one
 * batch of info.batch states; on a processor it is about 50 ms of work. E_BUSY: a decode in pieces, or a batch, is
 * under way. One thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decode_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                  struct vordec_error *error);
/* E_USAGE: nothing has begun, or it is over. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_piece(struct vordec_decoder *decoder, size_t *left,
                                                  struct vordec_decode_report *report, struct vordec_error *error);
/* Ends it early: waits for what is under way; the outputs are unspecified, their memory is the caller's again. Nothing
 * to end is no error. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_end(struct vordec_decoder *decoder, struct vordec_error *error);

/*
 * Starts a batch of at most info.batch states and returns while the device works on it, so that computing one, copying
 * another and what the caller does overlap. At most info.depth batches are under way (E_BUSY: wait for one first), on
 * every backend; one that cannot overlap decodes within this call. *io is copied; its memory, inputs and outputs, is
 * the decoder's until the batch was waited for. A rollout is decoded as it is now: it may be advanced, read or hashed
 * at once, but not destroyed; one that holds several states is for vordec_decode() (E_USAGE). After a failure the batch
 * is not under way; others are not touched. E_INPUT and E_USAGE as vordec_decode(). One thread per decoder, as
 * vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                    struct vordec_error *error);
/*
 * Waits for the oldest batch under way and gives what vordec_decode() would have given for it: fields and scalars,
 * report (may be NULL), errors. Its memory is the caller's again, also after a failure, which leaves later batches
 * alone; but after E_DEVICE_LOST or E_TIMEOUT none is under way any more. E_USAGE: there is none to wait for. One
 * thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_wait(struct vordec_decoder *decoder, struct vordec_decode_report *report,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
