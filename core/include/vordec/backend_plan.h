/* SPDX-License-Identifier: MIT */
/*
 * backend_plan.h - what a plan depends on and comes to, and what follows from that; a part of backend.h, whose rules
 * hold here.
 */
#ifndef VORDEC_BACKEND_PLAN_H
#define VORDEC_BACKEND_PLAN_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Everything that planning may depend on. Pointers are valid during plan_create() only: copy what they point to.
 * Grid: N x N, row-major, axis 0 = y, axis 1 = x, period 2 pi. Flat index i = iy * N + ix; index j of an axis stands
 * for wavenumber j if 2 j < N and j - N otherwise. Coefficients are divided by N^2: omega(x) = Re sum_k c_k exp(i k.x).
 * State vector, d = 2 m + 4 + 2 anchors doubles:
 *   [ Re low (m) | Im low (m) | support | E mid | E high | K | Re kept (K) | Im kept (K) | unused ]
 */
struct vordec_plan_desc {
  size_t struct_size;
  uint32_t n;     /* 4 .. VORDEC_MAX_N */
  uint32_t batch; /* the most states in one decode() */
  enum vordec_precision precision;
  const char *fft; /* "auto" or one of the backend's ffts; never NULL */

  uint32_t d, m, anchors;
  const uint32_t *low_index;    /* m flat indices, ascending */
  const uint32_t *anchor_index; /* flat indices, each at most once, any order */
  uint32_t max_kept;            /* K is clamped to 0 .. max_kept (<= anchors) */

  uint32_t smooth_width;                   /* 1 .. n; odd for the triangle */
  enum vordec_smooth_kernel smooth_kernel; /* an unknown one: E_UNSUPPORTED with REASON_NO_INTERFACE */
  enum vordec_boundary boundary;
  double tau; /* 0 < tau <= 1 */
  uint32_t majority_iters;

  enum vordec_gate gate;
  bool include_anchors; /* add Re(ifft2(kept modes)), ungated, to omega_hat */
  uint32_t outputs;     /* enum vordec_output bits that decode() may be asked for */
  uint32_t residuals;   /* enum vordec_residual_input bits that decode() may be handed */
};

/* What came of making a plan. */
struct vordec_plan_info {
  size_t struct_size;
  char fft[VORDEC_FFT_NAME_MAX]; /* what the plan uses: the one asked for, or the one chosen for "auto" */
  char fft_reason[160];          /* why auto chose it; empty otherwise */
  uint64_t host_bytes;           /* all that the plan and its session hold for decoding */
  uint64_t device_bytes;
  double warmup_ms; /* time of the first dispatches, at plan creation; 0 where there are none */
};

struct vordec_plan; /* Private to the backend: all that a decode needs. */

/* The number of kept modes for a state's entry K: rounded half to even, and clamped to 0 .. max_kept. K is finite. Any
 * thread. */
static inline uint32_t vordec_kept_count(double k, uint32_t max_kept) {
  const double rounded = nearbyint(k);
  if (rounded <= 0.0) return 0;
  return rounded >= (double)max_kept ? max_kept : (uint32_t)rounded;
}

/* The largest magnitude of a coefficient with which nothing that a decode computes on the way to its fields can
 * overflow, whatever the state's other coefficients are. There are d - 4 coefficients to add up; the smoothing sums
 * over its window (with weights up to h for the triangle, and at most 1 otherwise) before it divides; the factor 64
 * leaves room for intermediate results of transforms. The result is a power of two, so that it is the same number in
 * either precision. The core refuses states beyond it; a backend refuses such states of its rollouts. Any thread. */
static inline double vordec_coefficient_max(const struct vordec_plan_desc *desc) {
  const double w = (double)desc->smooth_width, h = (w + 1.0) / 2.0;
  const double window = desc->smooth_kernel == VORDEC_SMOOTH_TRIANGLE ? h * h * h * h : w * w;
  const double most = desc->precision == VORDEC_FP64 ? DBL_MAX : (double)FLT_MAX;
  int exponent = 0;
  frexp(most / (64.0 * window * ((double)desc->d - 4.0)), &exponent);
  return ldexp(1.0, exponent - 1);
}

/* What entry i of a state with m low modes holds, as text for messages. Static. Any thread. */
static inline const char *vordec_entry_name(uint32_t m, size_t i) {
  static const char *const names[] = {"support_frac", "resid_mid_E", "resid_high_E", "K"};
  const size_t low = m;
  if (i < low) return "Re low";
  if (i < 2 * low) return "Im low";
  return i < 2 * low + 4 ? names[i - 2 * low] : "kept modes";
}

#ifdef __cplusplus
}
#endif

#endif
