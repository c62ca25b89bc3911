/* SPDX-License-Identifier: MIT */
/*
 * backend_encode.h - what a state holds, measured of fields: "vordec.encode/1"; a part of backend.h, whose rules hold
 * here.
 */
#ifndef VORDEC_BACKEND_ENCODE_H
#define VORDEC_BACKEND_ENCODE_H

#include <vordec/backend_plan.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_backend_simulation;

/*
 * Optional capability "vordec.encode/1": what a state holds, measured in vorticity fields of the host or of a
 * simulation. The grid is that of struct vordec_plan_desc, w is a field, R = w - smoothed w (smoothed as in the mask
 * stage), and c_k = FFT(.)_k / N^2:
 *
 *   low      c_k of w at the low modes
 *   mid      c_k of R at the mid modes
 *   high     sum over all other modes of |c_k of R|^2: never below 0, and just as exact where R has little there
 *   support  the share of cells where the mask made from R (threshold and majority) is not 0
 *
 * Of each pair k and -k, the mode with the lower flat index is given; a set holds whole pairs. One value therefore
 * stands for both modes: the value of the other one is its conjugate.
 */
#define VORDEC_ENCODE_INTERFACE "vordec.encode/1"

/* What is measured in every field. Pointers are valid during create() only: copy what they point to. */
struct vordec_encode_setup {
  size_t struct_size;
  uint32_t n;                      /* 4 .. VORDEC_MAX_N */
  uint32_t batch;                  /* most fields in one encode() */
  enum vordec_precision precision; /* one that the device has */
  const char *fft;                 /* "auto" or one of the backend's ffts; never NULL */

  uint32_t low_count, mid_count; /* numbers of pairs; either may be 0 */
  const uint32_t *low_index;     /* low_count flat indices, ascending, no pair twice */
  const uint32_t *mid_index;     /* mid_count, likewise; no pair is in both */

  uint32_t smooth_width;                   /* as those of struct vordec_plan_desc */
  enum vordec_smooth_kernel smooth_kernel; /* an unknown one: E_UNSUPPORTED with REASON_NO_INTERFACE */
  enum vordec_boundary boundary;
  double tau;
  uint32_t majority_iters;
};

/* Private to the backend: all that an encode needs. */
struct vordec_backend_encoder;

/* One encode of `count` fields. Every pointer is to contiguous host memory, with no alignment beyond that of its type.
 */
struct vordec_encode_job {
  size_t struct_size;
  uint32_t count;      /* 1 .. the setup's batch */
  const double *omega; /* count x n x n, finite and within the precision's range; NULL if
                          simulation is set */
  struct vordec_backend_simulation
      *simulation; /* of the same session and n, in either precision: encode the fields of
                      `count` members from first_member on, which all hold one; else NULL */
  uint32_t first_member;
  double *low;     /* count x low_count x 2: real and imaginary part */
  double *mid;     /* count x mid_count x 2, likewise */
  double *high;    /* count */
  double *support; /* count, 0 .. 1 */
  int8_t *mask;    /* count x n x n, values -1, 0, +1; NULL: not wanted */
};

/* How an encode went. */
struct vordec_encode_result {
  size_t struct_size;
  double device_ms; /* time that the work took; evidence.device_timestamps says on which clock */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.encode/1") returns. */
struct vordec_encode_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything, and fills `info` as plan_create() does. Errors as plan_create(). One
   * thread per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_encode_setup *setup,
                               struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_encoder *encoder);
  /* Fills the job's outputs and returns when that is done. Each field gets the bits that it gets alone, whatever other
   * fields are in the job. The simulation is left as it was. Submissions as in decode(). Allocates nothing. One thread
   * per session. */
  enum vordec_status (*encode)(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                               struct vordec_encode_result *result, struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
