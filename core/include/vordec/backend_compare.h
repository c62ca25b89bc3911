/* SPDX-License-Identifier: MIT */
/*
 * backend_compare.h - how fields compare, where they are: "vordec.compare/1"; a part of backend.h, whose rules hold
 * here.
 */
#ifndef VORDEC_BACKEND_COMPARE_H
#define VORDEC_BACKEND_COMPARE_H

#include <math.h>
#include <vordec/backend_plan.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vordec_backend_simulation;

/*
 * Optional capability "vordec.compare/1": numbers that say how fields compare, computed where the fields are. A
 * comparer keeps some fields in double precision. A job takes one field w, whose cells count with their values in
 * double precision, and computes numbers of w alone and of w with kept fields. All sums are of doubles, in an order
 * that depends on N alone.
 */
#define VORDEC_COMPARE_INTERFACE "vordec.compare/1"

struct vordec_compare_setup {
  size_t struct_size;
  uint32_t n;      /* 4 .. VORDEC_MAX_N */
  uint32_t fields; /* how many it keeps, any number; all are 0 at first */
  uint32_t pairs;  /* the most in one job */
};

/* Private to the backend: the kept fields, and all that comparing needs. */
struct vordec_backend_comparer;

/* One field, and what is wanted of it. */
struct vordec_compare_job {
  size_t struct_size;
  /* w comes from one of four sources: from the host, n x n, finite; */
  const double *omega;
  /* from a member of a simulation of the same session and n, which holds a field; */
  struct vordec_backend_simulation *simulation;
  uint32_t member;
  /* from the last job of a plan of the same session and n. That job is over, was of one state and was asked for
   * omega_hat. output (enum vordec_output) says which field: omega_hat, or omega_lp unless the job was asked for
   * omega_lp, too; */
  struct vordec_plan *plan;
  uint32_t output;
  /* or from a kept field. Otherwise VORDEC_NO_FIELD. */
  uint32_t field;

  uint32_t keep; /* the kept field that w is stored in, before anything else is done; VORDEC_NO_FIELD: none */
  uint32_t add;  /* the kept field that w is then added to, neither keep nor field; VORDEC_NO_FIELD: none */
  uint32_t pairs;
  const struct vordec_compare_pair *pair;
  struct vordec_field_moments *moments; /* of w; NULL: not wanted */
  struct vordec_pair_moments *against;  /* one for each pair */
  double *shell; /* vordec_compare_shells(n): the sum of 0.5 |c_k|^2 |k'|^2 / |k|^4, the kinetic energy, over the modes
                    other than 0 whose |k| rounds to the number; k' is k without Nyquist components. NULL: not wanted */
  double *copy;  /* w, n x n; NULL: not wanted */
};

/* How a job went. */
struct vordec_compare_result {
  size_t struct_size;
  double device_ms; /* time that the work took; evidence.device_timestamps says on which clock */
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.compare/1") returns. */
struct vordec_compare_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything, and fills `info` as plan_create() does. E_UNSUPPORTED: the device has no
   * double precision (REASON_NO_FP64), or cannot do this N (REASON_FFT_SIZE). Other errors as plan_create(). One thread
   * per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_compare_setup *setup,
                               struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_comparer *comparer);
  /* Does the job and returns when that is done. Simulation and plan are left as they were. Submissions as in decode().
   * Allocates nothing. One thread per session. */
  enum vordec_status (*compare)(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                struct vordec_compare_result *result, struct vordec_error *error);
};

/* The number of shells of a spectrum of the grid: |k| always rounds to less than this. Any thread. */
static inline uint32_t vordec_compare_shells(uint32_t n) {
  const uint32_t half = n / 2;
  return (uint32_t)(sqrt(2.0) * half + 0.5) + 1;
}

#ifdef __cplusplus
}
#endif

#endif
