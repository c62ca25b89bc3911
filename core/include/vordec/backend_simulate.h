/* SPDX-License-Identifier: MIT */
/*
 * backend_simulate.h - large-eddy simulations: "vordec.simulate/1"; a part of backend.h, whose rules hold here.
 */
#ifndef VORDEC_BACKEND_SIMULATE_H
#define VORDEC_BACKEND_SIMULATE_H

#include <vordec/backend_plan.h>
#include <vordec/backend_session.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Optional capability "vordec.simulate/1": two-dimensional large-eddy simulations whose fields stay where the backend
 * keeps them. With the grid of struct vordec_plan_desc, a step takes the vorticity w to
 *
 *   dw/dt = f(w) = -(u w_x + v w_y) + nu lap(w),   -lap(psi) = w with zero mean, u = psi_y, v = -psi_x
 *   nu = nu0 + (Cs dx)^2 sqrt(2 (u_x^2 + v_y^2 + 2 S^2) + 1e-30),   S = (u_y + v_x) / 2,   dx = 2 pi / N
 *
 * by Heun's method: k1 = f(w), k2 = f(w + dt k1), w += dt (k1 + k2) / 2. nu is computed once per step from the
 * vorticity before it (Smagorinsky's model). Derivatives are spectral; a first derivative has no Nyquist part along its
 * own axis.
 */
#define VORDEC_SIMULATE_INTERFACE "vordec.simulate/1"

/* What simulations that advance together have in common. */
struct vordec_simulation_setup {
  size_t struct_size;
  uint32_t n;                      /* 4 .. VORDEC_MAX_N */
  uint32_t members;                /* at least 1: simulations that advance together, each with the bits it has alone */
  enum vordec_precision precision; /* one that the device has */
  const char *fft;                 /* "auto" or one of the backend's ffts; never NULL */
  double dt;                       /* > 0 */
  double nu0;                      /* viscosity, >= 0 */
  double cs;                       /* Smagorinsky's constant, >= 0 */
  bool reference_mean;             /* count |k|^2 as 1 at k = 0 in the Laplacian: the mean decays */
  bool filter;                     /* multiply the spectrum by exp(-36 (|k| / (N / 2))^8) after each step */
  bool dealias; /* two thirds: nu and every f(w) are computed from w without its modes with 3 max(|kx|, |ky|) > N, and
                   f(w) loses its own such modes, so that a field that starts without them stays without them */
};

/* Private to the backend: `members` simulations of a session. */
struct vordec_backend_simulation;

/* How an advance() went. */
struct vordec_simulation_result {
  size_t struct_size;
  double device_ms; /* time that the steps took; evidence.device_timestamps says on which clock */
  bool finite;      /* all values are finite; otherwise, the first that is not, of the earliest step, by member, row and
                       column: */
  uint32_t bad_step; /* 1 .. steps, counted within this call */
  uint32_t bad_member, bad_row, bad_column;
  struct vordec_evidence evidence;
};

/* The table that get_interface("vordec.simulate/1") returns. */
struct vordec_simulation_interface {
  size_t struct_size;
  /* Allocates, plans and warms up everything, and fills `info` as plan_create() does. Errors as plan_create(). The
   * members hold no field until set(). One thread per session. */
  enum vordec_status (*create)(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                               struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                               struct vordec_error *error);
  /* Accepts NULL. Called before the session is closed. One thread per session. */
  void (*destroy)(struct vordec_backend_simulation *simulation);
  /* Copies a vorticity field in: n x n, finite, within the range of the precision. One thread per session. */
  enum vordec_status (*set)(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                            struct vordec_error *error);
  /* Copies a member's field out (n x n), widened to double; set() turns the copy back into the same bits. One thread
   * per session. */
  enum vordec_status (*get)(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                            struct vordec_error *error);
  /* Moves all members forward by `steps` steps (at least 1) and returns when that is done. The bits do not depend on
   * how the steps are divided among calls. Allocates nothing. If a value is not finite, it still returns VORDEC_OK:
   * result->finite says so, and the members hold no field until set(). They hold none either if a failure comes after
   * some of the steps; other calls on them then fail likewise. One thread per session. */
  enum vordec_status (*advance)(struct vordec_backend_simulation *simulation, uint32_t steps,
                                struct vordec_simulation_result *result, struct vordec_error *error);
};

#ifdef __cplusplus
}
#endif

#endif
