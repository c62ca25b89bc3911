/* SPDX-License-Identifier: MIT */
/*
 * adjoint.h - gradients through a decode; a part of vordec.h, whose conventions hold here.
 *
 * Of a function of decoded fields whose derivatives by each cell of omega_lp and of omega_hat are known (cotangents),
 * these are its derivatives by what was decoded: by the coefficients of the state, low modes and kept ones, and by the
 * caller's residual. The mask counts as a constant: it is piecewise constant, and the steps between are not
 * differentiable. So do support_frac, the energies and K, whose derivatives are 0, and bands of a residual.
 *
 * omega_lp and omega_hat are linear in what remains, so that a gradient needs no field of the decode but the mask, and
 * that for the residual only.
 */
#ifndef VORDEC_ADJOINT_H
#define VORDEC_ADJOINT_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;

/* What gradients are made on. */
struct vordec_adjoint_info {
  const char *backend_used, *fft_used; /* the backend is the decoder's; valid as long as the adjoint */
  struct vordec_device device;
  enum vordec_precision precision; /* the decoder's. FP32: fields are float; FP64: double */
  const char *adjoint_device;      /* of all so far: "cpu", "gpu" or "unknown"; NULL before the first */
  size_t batch;                    /* states per submission */
  uint64_t host_bytes, device_bytes;
  double create_ms, warmup_ms; /* making it, and the part of that which is a warm-up; NAN: a claim that cannot be */
};

/* States that were decoded, cotangents of their fields, and where the derivatives go. All memory is the caller's. */
struct vordec_adjoint_io {
  size_t count;          /* states, any number from 1; split into submissions of info.batch */
  const double *z;       /* count x D: the states. K alone counts */
  const void *omega_lp;  /* count x N x N, float or double; NULL: all 0. Of an output that the decoder makes */
  const void *omega_hat; /* likewise */
  const int8_t *mask;    /* count x N x N: what was decoded; NULL unless residual is set */
  double *z_gradient;    /* count x D; NULL: not wanted */
  void *residual; /* count x N x N, derivatives by the caller's residual; NULL: not wanted. With omega_hat only */
};

/* How a vordec_adjoint_run() went. */
struct vordec_adjoint_report {
  double total_ms;            /* host clock, whole call */
  double device_ms;           /* on the device's clock, where there is one; NAN: what the backend claims cannot be */
  const char *adjoint_device; /* "cpu", "gpu" or "unknown"; decided by the core from the backend's evidence */
  bool device_timestamps;     /* device_ms comes from the device's clock */
};

/* The transpose of a decoder, on its device. */
struct vordec_adjoint;

/*
 * On the decoder's own session, in its precision. The layout is borrowed; the decoder may be destroyed before. E_USAGE:
 * the decoder makes neither omega_lp nor omega_hat. E_UNSUPPORTED with REASON_NO_INTERFACE: its backend has no
 * gradients. Any thread: a decoder that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_adjoint_create(struct vordec_decoder *decoder, struct vordec_adjoint **adjoint,
                                                    struct vordec_error *error);
/* Accepts NULL. One thread per adjoint, and none in a call on what shares its device. */
VORDEC_API void vordec_adjoint_destroy(struct vordec_adjoint *adjoint);
/* Fills *info. Any thread, but in no call of vordec_adjoint_run(). */
VORDEC_API void vordec_adjoint_get(const struct vordec_adjoint *adjoint, struct vordec_adjoint_info *info);

/*
 * Fills the outputs. A state has the bits of its derivatives whatever stands beside it. Cotangents are not looked at:
 * those that are not finite make derivatives that are not. E_USAGE: nothing is asked for, or no cotangent is given, or
 * one of an output that the decoder does not make; a residual's derivative without the mask or omega_hat, or of a
 * decoder that takes no residual. E_INPUT: a K that is not finite, or a mask with other values than -1, 0 and 1.
 * E_REFUSED with REASON_EVIDENCE as vordec_decode(). After any error the outputs are unspecified; report (may be NULL)
 * is written on success only. One thread per adjoint and what shares its device; E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_adjoint_run(struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                                 struct vordec_adjoint_report *report, struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
