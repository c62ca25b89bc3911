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
 * Makes the transpose on the decoder's own session, in its precision. The layout is borrowed; the decoder may be
 * destroyed first. E_USAGE: the decoder makes neither omega_lp nor omega_hat. E_UNSUPPORTED with REASON_NO_INTERFACE:
 * its backend has no gradients. Any thread: a decoder that is in a call gives E_BUSY.
 */
VORDEC_API enum vordec_status vordec_adjoint_create(struct vordec_decoder *decoder, struct vordec_adjoint **adjoint,
                                                    struct vordec_error *error);
/* Accepts NULL. One thread per adjoint, and none in a call on what shares its device. */
VORDEC_API void vordec_adjoint_destroy(struct vordec_adjoint *adjoint);
/* Fills *info. Any thread, but in no call of vordec_adjoint_run(). */
VORDEC_API void vordec_adjoint_get(const struct vordec_adjoint *adjoint, struct vordec_adjoint_info *info);

/*
 * Fills the outputs. The derivatives of a state have the same bits whatever other states are given. Cotangents are not
 * checked: if they are not finite, neither are the derivatives. E_USAGE: nothing is asked for; no cotangent is given,
 * or one of an output that the decoder does not make; a residual's derivative is asked for without the mask or
 * omega_hat, or from a decoder that takes no residual. E_INPUT: a K that is not finite, or a mask with other values
 * than -1, 0 and 1. E_REFUSED with REASON_EVIDENCE as vordec_decode(). After any error the outputs are unspecified;
 * report (may be NULL) is written on success only. One thread per adjoint and what shares its device; E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_adjoint_run(struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                                 struct vordec_adjoint_report *report, struct vordec_error *error);

/*
 * ---- on the device ----
 *
 * A shared adjoint has its cotangents and derivatives in memory that others can import (export.h says how, and whose
 * file descriptors are). One run at a time: whoever has written the cotangents, and has read what the last run made,
 * tells the device to give the semaphore vordec_shared_adjoint_next_value(), and says so to
 * vordec_shared_adjoint_start(); the derivatives are there when it has the value `ready`. Without a semaphore the host
 * waits in its place. Neither the library nor the device reads anything on the host but what the struct below says.
 *
 * What did the work is judged when the run was waited for: by wait(), by the next start(), or never. One that is
 * refused then (E_REFUSED) is refused by every later call, too.
 */
struct vordec_shared_adjoint;

/* What a shared adjoint came to. */
struct vordec_shared_adjoint_info {
  const char *backend_used, *fft_used; /* as in struct vordec_adjoint_info */
  struct vordec_device device;
  enum vordec_precision precision;
  const char *adjoint_device; /* of all runs that were waited for; NULL before the first */
  size_t count;               /* states that it has room for */
  uint32_t arrays;            /* a bit for each enum vordec_adjoint_array that there is */
  bool semaphore;             /* it has one, which others can import */
  uint64_t host_bytes, device_bytes;
};

/* A run: which cotangents are there, others counting as 0, and what is wanted. */
struct vordec_shared_adjoint_io {
  size_t count;             /* states, 1 .. info.count */
  bool omega_lp, omega_hat; /* one of the two; K of each state is there, too */
  bool z, residual;         /* one of the two; the residual's with omega_hat only, and the mask is there, too */
  uint64_t value;           /* that the semaphore gets when all that is there; 0: it is */
};

/*
 * Makes a shared adjoint of the decoder's decodes, for up to `count` states, 1 .. 65535. Errors as
 * vordec_adjoint_create(); also E_UNSUPPORTED with REASON_NO_INTERFACE: the backend or the driver shares no memory for
 * gradients; E_NO_MEMORY: fewer states may fit. The decoder may be destroyed first. One thread per decoder.
 */
VORDEC_API enum vordec_status vordec_shared_adjoint_create(struct vordec_decoder *decoder, size_t count,
                                                           struct vordec_shared_adjoint **made,
                                                           struct vordec_error *error);
/* Accepts NULL. Waits for a run in progress. One thread per adjoint, and none in a call on what shares its device. */
VORDEC_API void vordec_shared_adjoint_destroy(struct vordec_shared_adjoint *made);
/* Fills *info. Any thread, but in no other call on the adjoint. */
VORDEC_API void vordec_shared_adjoint_get(const struct vordec_shared_adjoint *made,
                                          struct vordec_shared_adjoint_info *info);

/* Says where an array is stored, which never changes; the caller sets memory->struct_size. E_USAGE: there is no such
 * array. Any thread. */
VORDEC_API enum vordec_status vordec_shared_adjoint_describe(const struct vordec_shared_adjoint *made,
                                                             enum vordec_adjoint_array what,
                                                             struct vordec_exported_memory *memory,
                                                             struct vordec_error *error);
/* As vordec_export_memory_fd(). One thread per adjoint and what shares its device. */
VORDEC_API enum vordec_status vordec_shared_adjoint_memory_fd(struct vordec_shared_adjoint *made,
                                                              enum vordec_adjoint_array what, int *fd,
                                                              struct vordec_error *error);
/* As vordec_export_semaphore_fd(). One thread per adjoint and what shares its device. */
VORDEC_API enum vordec_status vordec_shared_adjoint_semaphore_fd(struct vordec_shared_adjoint *made, int *fd,
                                                                 struct vordec_error *error);

/* The value that the semaphore has to get next. Any thread, but in no call of vordec_shared_adjoint_start(). */
VORDEC_API uint64_t vordec_shared_adjoint_next_value(const struct vordec_shared_adjoint *made);

/*
 * Starts a run, after waiting for the previous one. *ready (may be NULL) is the value that the semaphore has once the
 * derivatives are there, or 0 if there is no semaphore. The bits are those of vordec_adjoint_run(), except that
 * derivatives by z are rounded to the decoder's precision. Places of the batch beyond io->count have unspecified
 * contents. The inputs are not checked: a K that is not finite counts as 0, and with other values in the mask the
 * residual's derivative is unspecified. E_USAGE as that of vordec_adjoint_run(). One thread per adjoint and what shares
 * its device; E_BUSY else.
 */
VORDEC_API enum vordec_status vordec_shared_adjoint_start(struct vordec_shared_adjoint *made,
                                                          const struct vordec_shared_adjoint_io *io, uint64_t *ready,
                                                          struct vordec_error *error);
/* Waits for the run and reports how it went; report may be NULL. Further calls report the same. E_USAGE: nothing was
 * started. One thread per adjoint and what shares its device. */
VORDEC_API enum vordec_status vordec_shared_adjoint_wait(struct vordec_shared_adjoint *made,
                                                         struct vordec_adjoint_report *report,
                                                         struct vordec_error *error);

/* Copies bytes of an array to the host, after waiting for the run. E_USAGE: the bytes lie beyond the array's end. One
 * thread per adjoint and what shares its device. */
VORDEC_API enum vordec_status vordec_shared_adjoint_read(struct vordec_shared_adjoint *made,
                                                         enum vordec_adjoint_array what, uint64_t at, uint64_t bytes,
                                                         void *to, struct vordec_error *error);
/* Copies bytes from the host into an array, likewise. One thread per adjoint and what shares its device. */
VORDEC_API enum vordec_status vordec_shared_adjoint_write(struct vordec_shared_adjoint *made,
                                                          enum vordec_adjoint_array what, uint64_t at, uint64_t bytes,
                                                          const void *from, struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
