/*
 * cpu_reference.h - the reference cases of tests/data (see its README).
 */
#ifndef VORDEC_TESTS_CPU_CPU_REFERENCE_H
#define VORDEC_TESTS_CPU_CPU_REFERENCE_H

#include <vordec/backend.h>

#include "shape.h"

struct reference {
  const char *name; /* "n64/decode_t10" */
  struct shape shape;
  size_t width;
  double tau;
  double *z, *omega_lp;
  int8_t *s_initial, *s_iters, *s_final;
  double r_absmax, support_frac, energy_lp, enstrophy_lp;

  double *omega_hat, *r_mid, *r_high, *phases[2];
  uint8_t *band_mask[2];
  double *kept_r, *kept_i;
  size_t k_keep;
  double target[2], modes[2], variance[2], gain[2];
  double energy_hat, enstrophy_hat;
};

#define REFERENCE_COUNT 7

/* Reads a case, 0 .. REFERENCE_COUNT - 1; fails the test if it cannot be read. */
struct reference reference_read(size_t number);
void reference_destroy(struct reference *reference);

/* A plan's description with the case's width and threshold, as rig_describe() otherwise. */
struct vordec_plan_desc reference_describe(const struct reference *reference);

#endif
