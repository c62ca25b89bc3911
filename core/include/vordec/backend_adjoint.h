/* SPDX-License-Identifier: MIT */
/*
 * backend_adjoint.h - gradients: "vordec.adjoint/1" and "/2"; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_ADJOINT_H
#define VORDEC_BACKEND_ADJOINT_H

#include <vordec/backend_plan.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Optional capability "vordec.adjoint/1": the transpose of a decode, for gradients. With the mask held constant, the
 * fields are linear in a state's coefficients c and in the caller's residual r:
 *
 *   omega_lp = Re sum_low c_k exp(i k.x),   omega_hat = omega_lp + Re sum_kept c_k exp(i k.x) + g r
 *
 * (kept modes with include_anchors only). Let a and b, the cotangents, be the derivatives of a function of the fields
 * with respect to the cells of omega_lp and omega_hat. Its derivatives with respect to what was decoded are, with
 * F_k(f) = sum_x f(x) exp(-i k.x),
 *
 *   Re c_k, Im c_k of a low mode     Re F_k(a + b), Im F_k(a + b)
 *   Re c_k, Im c_k of a kept mode    Re F_k(b), Im F_k(b)
 *   r                                g b
 *
 * and 0 with respect to all else that a state holds: support, energies and K count as constants, and so does a residual
 * that a decode synthesises.
 */
#define VORDEC_ADJOINT_INTERFACE "vordec.adjoint/1"

/* Private to the backend: all that gradients of one shape need. */
struct vordec_backend_adjoint;

/* The gradients of `count` states. Every pointer is to contiguous host memory, with no alignment beyond that of its
 * type. Fields are float or double, as the description's precision says. */
struct vordec_adjoint_job {
  size_t struct_size;
  uint32_t count;        /* 1 .. the description's batch */
  const void *omega_lp;  /* count x n x n, cotangents of omega_lp; NULL: 0. At least one of the two is given */
  const void *omega_hat; /* the same for omega_hat; NULL: 0 */
  const int8_t *mask;    /* count x n x n, values -1, 0, +1: what was decoded; NULL unless residual is set */
  const uint32_t *kept;  /* count: K of each state, 0 .. max_kept */
  double *z;             /* count x d; every entry is written; NULL: not wanted */
  void *residual;        /* count x n x n; NULL: not wanted. Only with omega_hat */
};

/* How it went. */
struct vordec_adjoint_result {
  size_t struct_size;
  double device_ms; /* time that the work took; evidence.device_timestamps says on which clock */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.adjoint/1") returns. */
struct vordec_adjoint_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything, and fills `info` as plan_create() does. `desc` is that of the plan whose
   * decodes are to be transposed; its settings of the mask do not matter. desc->outputs says which cotangents may be
   * given, and desc->residuals is VORDEC_RESIDUAL_FIELD if the residual's derivative may be asked for. Errors as
   * plan_create(). One thread per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_adjoint *adjoint);
  /* Fills the job's outputs and returns when that is done. Each state gets the bits that it gets alone, whatever other
   * states are in the job. Cotangents may be anything; those that are not finite make derivatives that are not.
   * Submissions as in decode(). Allocates nothing. One thread per session. */
  enum vordec_status (*run)(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                            struct vordec_adjoint_result *result, struct vordec_error *error);
};

/*
 * Optional capability "vordec.adjoint/2", in addition to the first: adjoints whose cotangents and derivatives are in
 * memory that others can import, as the fields of "vordec.export/1" are. A run computes what "vordec.adjoint/1" says.
 */
#define VORDEC_ADJOINT_SHARED_INTERFACE "vordec.adjoint/2"

/* Which arrays a run reads and which it writes: those of the first `count` states. */
struct vordec_adjoint_shared_job {
  size_t struct_size;
  uint32_t count;           /* 1 .. the description's batch */
  bool omega_lp, omega_hat; /* cotangents that are given, at least one; the other counts as 0 */
  bool z, residual;         /* what is wanted, at least one; residual only with omega_hat */
  uint64_t wait;            /* the device begins when the semaphore has this value; 0: at once */
  uint64_t signal;          /* it gives the semaphore this value when everything is written; 0: it does not */
};

/* The table that get_interface("vordec.adjoint/2") returns. */
struct vordec_adjoint_shared_interface {
  size_t struct_size;
  /* Does what create() of "vordec.adjoint/1" does; the memory of each array has room for the description's batch. LP
   * and HAT exist as `outputs` says, MASK and RESIDUAL as `residuals` says, K and Z always. E_UNSUPPORTED with
   * REASON_NO_INTERFACE: the device shares no memory. E_NO_MEMORY: it has no room for the whole batch. One thread per
   * session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. Waits for a run that nobody has waited for. One thread per
   * session. */
  void (*destroy)(struct vordec_backend_adjoint *adjoint);
  /* This slot and the next five work as those of "vordec.export/1", on the arrays that exist. Says where one is stored.
   * Any thread. */
  void (*describe)(const struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what,
                   struct vordec_exported_memory *memory);
  /* Makes a file descriptor of an array's memory. One thread per session. */
  enum vordec_status (*memory_fd)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, int *fd,
                                  struct vordec_error *error);
  /* Says whether there is a semaphore that others can import. Any thread. */
  bool (*has_semaphore)(const struct vordec_backend_adjoint *adjoint);
  /* Makes a file descriptor of the semaphore. One thread per session. */
  enum vordec_status (*semaphore_fd)(struct vordec_backend_adjoint *adjoint, int *fd, struct vordec_error *error);
  /* Copies bytes of an array to the host's memory. No run is in progress. One thread per session. */
  enum vordec_status (*read)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, uint64_t at,
                             uint64_t bytes, void *to, struct vordec_error *error);
  /* Copies in the opposite direction, likewise. One thread per session. */
  enum vordec_status (*write)(struct vordec_backend_adjoint *adjoint, enum vordec_adjoint_array what, uint64_t at,
                              uint64_t bytes, const void *from, struct vordec_error *error);
  /* Starts a run, while none is in progress. Each state gets the bits that it gets alone, whatever other states are in
   * the job: those of the first interface, rounded to the description's precision. Each state's K counts as the nearest
   * integer from 0 to max_kept (ties to even; 0 if it is not finite). Entries of Z that belong to no coefficient are 0.
   * Allocates nothing. One thread per session. */
  enum vordec_status (*start)(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_shared_job *job,
                              struct vordec_error *error);
  /* Waits for that run. One thread per session. */
  enum vordec_status (*wait)(struct vordec_backend_adjoint *adjoint, struct vordec_adjoint_result *result,
                             struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
