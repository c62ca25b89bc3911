/* SPDX-License-Identifier: MIT */
/*
 * start.h - random vorticity to start a simulation from.
 */
#ifndef VORDEC_SCIENCE_START_H
#define VORDEC_SCIENCE_START_H

#include <vordec/types.h>

/*
 * Isotropic, with a prescribed spectrum: |w_k|^2 = c |k| exp(-(|k| - peak)^2 / (2 width^2)), which is an energy
 * spectrum E(k) that is a bell around `peak`; phases are uniform in [0, 2 pi), from Philox with counter (kx, ky, 3, 0)
 * for kx > 0 and for kx = 0, ky > 0. c is such that the deviation over all wavenumbers is `rms`. A grid takes those
 * modes that it has, without the Nyquist ones, so a mode is the same at every N.
 */
struct start_spectrum {
  double peak, width; /* wavenumbers, > 0 */
  double rms;         /* of the vorticity, > 0 */
};

enum start_kind {
  START_ISOTROPIC,
  START_REFERENCE, /* noise on the grid, smoothed: its scales shrink as N grows */
  START_KIND_COUNT
};

struct start_desc {
  enum start_kind kind;
  struct start_spectrum spectrum; /* of the isotropic one */
  uint64_t seed;
};

const char *start_name(enum start_kind kind);

/* False: none is called that. */
bool start_find(const char *name, enum start_kind *kind);

/* E_INPUT names a parameter out of range. */
enum vordec_status start_check(const struct start_desc *desc, struct vordec_error *error);

/* Fills omega (n x n). E_INPUT: as start_check(), or the grid has no mode of the spectrum; E_NO_MEMORY. Thread-safe. */
enum vordec_status start_draw(const struct start_desc *desc, size_t n, double *omega, struct vordec_error *error);

/* The share of the start's enstrophy that a grid of side n has room for, 0 .. 1; two_thirds: after
 * start_two_thirds(). */
double start_resolved(const struct start_desc *desc, size_t n, bool two_thirds);

/* Takes out of omega (n x n) the modes that a dealiased simulation leaves out of its tendencies, 3 max(|kx|, |ky|) > N:
 * they would stay as they are for good. *share: of the squares without the mean, that went with them. A field with none
 * of them beyond rounding keeps its bits. E_NO_MEMORY. Thread-safe. */
enum vordec_status start_two_thirds(size_t n, double *omega, double *share, struct vordec_error *error);

/* Fills noise (n x n) with normal deviates that depend on the seed and the flat index i alone: Philox with counter
 * (i, 0, 2, 0), u1 from the first two words, u2 from the others, and Box and Muller's sqrt(-2 ln(1 - u1)) cos(2 pi u2).
 * Thread-safe. */
void start_noise(uint64_t seed, size_t n, double *noise);

/*
 * omega = noise smoothed by a box of 11 cells (zero outside the grid; all cells where n < 11), less its mean, divided
 * by (standard deviation + 1e-12). Both n x n; they may be the same. E_NO_MEMORY. Thread-safe.
 */
enum vordec_status start_smooth(size_t n, const double *noise, double *omega, struct vordec_error *error);

#endif
