/*
 * start.h - random smooth vorticity to start a simulation from.
 */
#ifndef VORDEC_SCIENCE_START_H
#define VORDEC_SCIENCE_START_H

#include <vordec/types.h>

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
