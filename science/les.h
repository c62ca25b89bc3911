/*
 * les.h - two-dimensional large-eddy simulation of the vorticity, in double precision.
 *
 *   dw/dt = -(u w_x + v w_y) + nu lap(w),   -lap(psi) = w with zero mean, u = psi_y, v = -psi_x
 *   nu = nu0 + (Cs dx)^2 sqrt(2 (u_x^2 + v_y^2 + 2 S^2) + 1e-30),   S = (u_y + v_x) / 2,   dx = 2 pi / N
 *
 * Smagorinsky's model; nu is worked out once a step, from the vorticity before it. Derivatives are spectral; a first
 * derivative has no Nyquist part along its own axis. Time: Heun, k1 = f(w), k2 = f(w + dt k1), w += dt (k1 + k2) / 2.
 * Fields are n x n, row-major, axis 0 = y, box 2 pi x 2 pi, dimensionless.
 */
#ifndef VORDEC_SCIENCE_LES_H
#define VORDEC_SCIENCE_LES_H

#include <vordec/types.h>

struct les_desc {
  size_t n;            /* 4 .. VORDEC_MAX_N */
  double dt;           /* > 0 */
  double nu0;          /* viscosity, >= 0 */
  double cs;           /* Smagorinsky's constant, >= 0 */
  bool reference_mean; /* count |k|^2 as 1 at k = 0 in the Laplacian, too, as the reference data do: the mean decays */
  bool filter;         /* multiply the spectrum by exp(-36 (|k| / (N / 2))^8) after each step */
  bool dealias; /* two thirds: nu and every f(w) are taken of w without its modes with 3 max(|kx|, |ky|) > N, and f(w)
                   loses its own such modes, so that a field that starts without them stays without them */
  uint32_t threads; /* 0: all; the results do not depend on it */
};

struct les;

/* A simulation at rest. E_INPUT names a parameter out of range; E_NO_MEMORY. One thread at a time per object. */
enum vordec_status les_create(const struct les_desc *desc, struct les **les, struct vordec_error *error);
void les_destroy(struct les *les); /* accepts NULL */

/* Starts anew from a vorticity field, step 0. E_INPUT: not finite at a cell, which the message names. */
enum vordec_status les_set(struct les *les, const double *omega, struct vordec_error *error);

/* Goes on from a field that les_get() gave after so many steps of a simulation like this one: to the same bits. Errors
 * as les_set(). */
enum vordec_status les_resume(struct les *les, const double *omega, uint64_t steps, struct vordec_error *error);

/* One step. E_FAILED: the result is not finite; the message names step and cell, and the simulation stays where it
 * was. */
enum vordec_status les_step(struct les *les, struct vordec_error *error);

/* Copies the vorticity out. */
void les_get(const struct les *les, double *omega);
uint64_t les_steps(const struct les *les);

#endif
