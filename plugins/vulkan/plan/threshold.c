/* SPDX-License-Identifier: MIT */
#include "threshold.h"

#include <string.h>

/* A threshold of 0 would be reached even where R is 0. So tau is kept so large that tau * 1e-12 is a normal number,
 * since a device may take others for 0. Rounding errors of R are far larger than that. */
#define TAU_MIN_FP32 0x1p-80
#define TAU_MIN_FP64 0x1p-900

struct tau_bits tau_bits_of(const struct vordec_plan *plan) {
  struct tau_bits bits = {0, 0};
  if (plan->desc.precision == VORDEC_FP64) {
    const double tau = fmax(plan->desc.tau, TAU_MIN_FP64);
    uint64_t both;
    memcpy(&both, &tau, sizeof both);
    bits = (struct tau_bits){(uint32_t)both, (uint32_t)(both >> 32)};
  } else {
    const float tau = (float)fmax(plan->desc.tau, TAU_MIN_FP32);
    memcpy(&bits.lo, &tau, sizeof tau);
  }
  return bits;
}
