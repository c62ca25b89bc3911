/* SPDX-License-Identifier: MIT */
/*
 * encoder.h - vorticity fields to states; a part of vordec.h, whose conventions hold here.
 *
 * A state is laid out as host_layout.h says (struct vordec_layout_desc). For a field w, with R = w - smoothed w,
 * c_k = FFT(w) / N^2 and r_k = FFT(R) / N^2, it holds
 *   low           c_k of the modes with |k| <= k_cut, in row-major order
 *   support_frac  the share of the cells where the mask made from R is not 0
 *   resid_mid_E   the mean of |r_k|^2 over the modes with k_cut < |k| <= resid_mid_cut that are not kept
 *   resid_high_E  the mean of |r_k|^2 over the modes with |k| > resid_mid_cut
 *   K, kept       r_k at the anchors, which are K modes of the mid band
 * Which band a mode is in is decided by exact integers. A mean over no modes is 0, and a mean over a band counts both
 * modes of a conjugate pair, whichever of them are stored.
 */
#ifndef VORDEC_ENCODER_H
#define VORDEC_ENCODER_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_runtime;
struct vordec_decoder;
struct vordec_simulation;

/* Which modes a state stores. The coefficients at k and -k are conjugate: they are partners. With HALF a state stores
 * only the one with the lower flat index, and doubles it; a mode that is its own partner (0 or N / 2 on both axes) is
 * stored as it is. Such a state decodes to the same field. If the number of kept modes leaves one without its partner,
 * that one stands at the higher index, conjugate and not doubled. */
enum vordec_modes { VORDEC_MODES_FULL = 0, VORDEC_MODES_HALF };

/* What states are to be like. How R and the mask are made is said by [mask] in the runtime's configuration. There, auto
 * means what a state says, if the configuration was given one. Otherwise it means a periodic boundary, a window of the
 * form box and the width 2 floor(11 N / 256) + 1 (at least 3, at most N), tau = 0.35, and N / 16 rounds of majority (at
 * least 8, at most 1000). */
struct vordec_encoder_desc {
  size_t n;             /* 4 .. VORDEC_MAX_N */
  size_t batch;         /* fields that one vordec_encode() will usually be given; 0: one */
  double k_cut;         /* >= 0 */
  double resid_mid_cut; /* >= k_cut */
  size_t topk_mid;      /* how many modes to keep at most; both of a pair count, whichever are stored */
  enum vordec_modes modes;
};

/* What was asked for, what an encoder runs on, and what its states are like. */
struct vordec_encoder_info {
  const char *backend_requested, *backend_used;
  const char *reason; /* why another one is used than was requested, or why auto took it; empty if neither applies */
  const char *fft_used;
  struct vordec_device device;
  enum vordec_precision precision; /* the precision that it computes in */
  const char *encode_device;       /* "cpu", "gpu" or "unknown", of all fields so far; NULL before the first */
  size_t batch;                    /* fields per submission */
  uint64_t host_bytes, device_bytes;
  double open_ms;   /* selecting, probing and opening the device; 0 if it shares another's */
  double create_ms; /* making the encoder */
  double warmup_ms; /* the part of create_ms that was a warm-up; NAN: what the backend says cannot be true */

  size_t n, m, d;
  size_t anchors; /* K; until they are chosen, the most that a choice can give, and d is the size with that many */
  size_t mid_modes, high_modes;
  const uint8_t *mask_low;   /* n x n, 0 or 1; lives as long as the encoder */
  const int64_t *anchor_idx; /* flat indices, valid until they are chosen or set again; NULL: not yet chosen */

  uint32_t smooth_width, majority_iters;
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau;
};

/* Fields to encode, and where their states go. All memory is the caller's. */
struct vordec_encode_io {
  size_t count;                         /* how many fields, 1 or more; they are split into submissions of info.batch */
  const double *omega;                  /* count x n x n; NULL if simulation is set */
  struct vordec_simulation *simulation; /* if set: `count` of its members are encoded, from first_member on */
  size_t first_member;
  double *z;    /* count x d, for the d that info has once the anchors are chosen; before, d is never smaller */
  int8_t *mask; /* count x n x n; NULL: not wanted */
};

/* How a vordec_encode() went. */
struct vordec_encode_report {
  double total_ms;           /* of the whole call, by the host's clock */
  double device_ms;          /* by the device's clock, if it has one; NAN: what the backend says cannot be true */
  const char *encode_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
  bool device_timestamps;    /* device_ms comes from the device's clock */
  bool in_place;             /* the fields never left the device, which the simulation and the encoder share */
};

/* Turns fields into states, on a backend. */
struct vordec_encoder;

/*
 * Makes an encoder on the backend that [encode] asks for. auto means the simulation's backend, or else the decoder's
 * (both may be NULL), or without either the backend that [decode] asks for; if that one cannot encode, it means cpu. An
 * encoder on the backend of one of them shares its device. Both may be destroyed before the encoder. The runtime is
 * borrowed. E_INPUT: a parameter out of range; E_CONFIG: a key of [mask] that does not suit the grid;
 * E_REFUSED as vordec_decoder_create(). Any thread: callers with the same runtime take turns, and a decoder or
 * simulation that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_encoder_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                                    struct vordec_simulation *simulation,
                                                    const struct vordec_encoder_desc *desc,
                                                    struct vordec_encoder **encoder, struct vordec_error *error);
/* Accepts NULL. Destroy the encoder's metrics first. One thread per encoder, and none in a call on what shares its
 * device. */
VORDEC_API void vordec_encoder_destroy(struct vordec_encoder *encoder);
/* Fills *info; its pointers are valid as long as the encoder. Any thread, but in no call of the other functions. */
VORDEC_API void vordec_encoder_get(const struct vordec_encoder *encoder, struct vordec_encoder_info *info);

/* Sets the anchors; states hold the kept coefficients in the order given here. Copied. E_INPUT: an index outside the
 * grid or the mid band, or one that is given twice; with half of the modes also an index whose partner is given. One
 * thread per encoder. */
VORDEC_API enum vordec_status vordec_encoder_set_anchors(struct vordec_encoder *encoder, const int64_t *anchor_idx,
                                                         size_t count, struct vordec_error *error);

/* Chooses as anchors the modes of the mid band with the largest |r_k| in the first field of *io, whose count, z and
 * mask are ignored. Of equal modes those with the lower flat index are taken; states hold the coefficients in ascending
 * order of the index. Errors and threads as vordec_encode(). One thread per encoder. */
VORDEC_API enum vordec_status vordec_encoder_choose_anchors(struct vordec_encoder *encoder,
                                                            const struct vordec_encode_io *io,
                                                            struct vordec_error *error);

/*
 * Encodes all fields; chooses the anchors from the first field if there are none. A field's state has the same bits
 * whatever other fields are encoded with it. Members of a simulation on the same device are encoded there; others are
 * read first. E_INPUT names the first cell that is not finite, or beyond the precision. E_USAGE: a member that does not
 * exist, or that holds no field, or a simulation on another grid. E_REFUSED with REASON_EVIDENCE as vordec_decode().
 * After any error the outputs are unspecified; report (may be NULL) is written on success only. One thread per encoder
 * and what shares its device; E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_encode(struct vordec_encoder *encoder, const struct vordec_encode_io *io,
                                            struct vordec_encode_report *report, struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
