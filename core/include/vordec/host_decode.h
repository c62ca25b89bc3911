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
  struct vordec_rollout *rollout; /* decode what it holds now; count is rows x states, of all its rows or of the first
                                     ones; NULL: decode z */
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
  double stage_ms[VORDEC_STAGE_COUNT]; /* sums over the submissions; NAN: the backend claims an impossible time */
  double total_ms;                     /* host clock, whole call; for a batch: both calls, which need not be all */
  bool device_timestamps;              /* stage_ms are measured on the device's clock */
  const char *decode_device;           /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
};

/*
 * Decodes all states of io. E_INPUT names the first entry of a state, cell of a residual or energy of a band that is
 * not finite, or so large that the decode's precision could overflow; this holds also if the state is taken from a
 * rollout. E_REFUSED with REASON_EVIDENCE: the backend could not show what did the work (strict policy). After any
 * error the contents of the outputs are unspecified. report may be NULL; it is written on success only. One thread per
 * decoder and the rollouts that share its device. E_BUSY: another thread was in a call, or batches of
 * vordec_decoder_submit() have not been waited for.
 */
VORDEC_API enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            struct vordec_decode_report *report, struct vordec_error *error);

/*
 * Does the same in pieces, for a host that does something else in between, such as checking whether its user wants to
 * stop. begin() makes all the checks of vordec_decode() and copies *io; the memory that io names belongs to the decoder
 * from then on. Each piece() decodes some more states and says how many are left. The bits and the speed are those of
 * one call. When 0 states are left, the decode is over and *report (may be NULL) is that of vordec_decode(); after a
 * failure it is over, too. A piece is one batch of info.batch states; on a processor it is about 50 ms of work. E_BUSY:
 * a decode in pieces, or a batch, is in progress. One thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decode_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                  struct vordec_error *error);
/* Decodes the next piece. E_USAGE: no decode in pieces has begun, or it is already over. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_piece(struct vordec_decoder *decoder, size_t *left,
                                                  struct vordec_decode_report *report, struct vordec_error *error);
/* Ends a decode in pieces early: waits for the work in progress. The outputs are unspecified, and their memory belongs
 * to the caller again. It is not an error if there is nothing to end. One thread per decoder. */
VORDEC_API enum vordec_status vordec_decode_end(struct vordec_decoder *decoder, struct vordec_error *error);

/*
 * Starts a batch of at most info.batch states and returns while the device works on it. So the computation of one
 * batch, the copy of another and the caller's own work overlap. At most info.depth batches are in progress, on every
 * backend (E_BUSY: wait for one first); a backend that cannot overlap decodes within this call. *io is copied; the
 * memory that it names, inputs and outputs, belongs to the decoder until the batch has been waited for. A rollout is
 * decoded in its present state: it may be advanced, read or hashed immediately, but not destroyed. A rollout of several
 * states needs vordec_decode() (E_USAGE). If this call fails, no batch was started, and other batches are not affected.
 * E_INPUT and E_USAGE as vordec_decode(). One thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                                    struct vordec_error *error);
/*
 * Waits for the oldest batch in progress and returns what vordec_decode() would have returned for it: fields and
 * scalars, report (may be NULL), errors. The batch's memory belongs to the caller again, also after a failure. A
 * failure does not affect later batches, except that after E_DEVICE_LOST or E_TIMEOUT no batch is in progress any more.
 * E_USAGE: there is no batch to wait for. One thread per decoder, as vordec_decode().
 */
VORDEC_API enum vordec_status vordec_decoder_wait(struct vordec_decoder *decoder, struct vordec_decode_report *report,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
