/* SPDX-License-Identifier: MIT */
/*
 * adjoint.h - gradients through a decode; a part of vordec.h, whose conventions hold here.
 *
 * Take a function of decoded fields (a loss, say), whose derivatives by each cell of omega_lp and omega_hat are known;
 * these are called cotangents. From them this computes the derivatives of the function by what was decoded: by the
 * coefficients of the state, low modes and kept ones alike, and by the caller's residual. The mask counts as a
 * constant, since it is piecewise constant and the steps in between cannot be differentiated. The scalars of a state
 * (support_frac, the energies, K) and the bands of a synthesised residual count as constants, too: their derivatives
 * are 0.
 *
 * omega_lp and omega_hat are linear in what remains. That is why a gradient needs no field of the decode except the
 * mask, and even that for the residual alone.
 */
#ifndef VORDEC_ADJOINT_H
#define VORDEC_ADJOINT_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_decoder;

/* What computes the gradients. */
struct vordec_adjoint_info {
  const char *backend_used, *fft_used; /* the backend is the decoder's; valid as long as the adjoint */
  struct vordec_device device;
  enum vordec_precision precision; /* the decoder's. FP32: fields are float; FP64: double */
  const char *adjoint_device;      /* "cpu", "gpu" or "unknown", of all runs so far; NULL before the first */
  size_t batch;                    /* states per submission */
  uint64_t host_bytes, device_bytes;
  double create_ms, warmup_ms; /* making it, and the part of that which was a warm-up; NAN: it cannot be true */
};

/* States that were decoded, cotangents of their fields, and where the derivatives go. All memory is the caller's. */
struct vordec_adjoint_io {
  size_t count;          /* how many states, 1 or more; they are split into submissions of info.batch */
  const double *z;       /* count x D: the states, of which only K is used */
  const void *omega_lp;  /* count x N x N, float or double; NULL: all 0; only for an output that the decoder makes */
  const void *omega_hat; /* likewise */
  const int8_t *mask;    /* count x N x N: the masks that were decoded; NULL unless residual is set */
  double *z_gradient;    /* count x D: derivatives by the states; NULL: not wanted */
  void *residual; /* count x N x N: derivatives by the caller's residual, which need omega_hat; NULL: not wanted */
};

/* How a vordec_adjoint_run() went. */
struct vordec_adjoint_report {
  double total_ms;            /* of the whole call, by the host's clock */
  double device_ms;           /* by the device's clock, if it has one; NAN: what the backend says cannot be true */
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
 * tells the device to set the semaphore to vordec_shared_adjoint_next_value(), and says so to
 * vordec_shared_adjoint_start(). The derivatives are there when the semaphore has the value `ready`. Without a
 * semaphore the host has to wait instead. Nothing on the host is read except the struct below.
 *
 * The evidence of what did the work is judged once the run has been waited for: by wait(), by the next start(), or
 * never. If a run is refused then (E_REFUSED), every later call is refused, too.
 */
struct vordec_shared_adjoint;

/* What a shared adjoint runs on, and what it has. */
struct vordec_shared_adjoint_info {
  const char *backend_used, *fft_used; /* as in struct vordec_adjoint_info */
  struct vordec_device device;
  enum vordec_precision precision;
  const char *adjoint_device; /* "cpu", "gpu" or "unknown", of all runs that were waited for; NULL before the first */
  size_t count;               /* how many states it has room for */
  uint32_t arrays;            /* bit i is set if it has array i of enum vordec_adjoint_array */
  bool semaphore;             /* it has a semaphore that others can import */
  uint64_t host_bytes, device_bytes;
};

/* A run: which cotangents were written, where those that were not count as 0, and which derivatives are wanted. */
struct vordec_shared_adjoint_io {
  size_t count;             /* states, 1 .. info.count */
  bool omega_lp, omega_hat; /* at least one was written, and so was the K of each state */
  bool z, residual;         /* at least one is wanted; residual needs omega_hat, and the mask has to be written */
  uint64_t value;           /* the semaphore gets this value when everything is written; 0: it already is */
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
