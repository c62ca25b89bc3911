#include "start.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "field_mask.h"
#include "philox.h"

#define SMOOTH_WIDTH 11

/* The third word of the counter; 0 and 1 are the bands' phases. */
#define NOISE_STREAM 2

void start_noise(uint64_t seed, size_t n, double *noise) {
  const double two_pi = 2 * acos(-1.0);
  for (size_t i = 0; i < n * n; i++) {
    const struct philox_block block = philox(seed, (struct philox_block){{(uint32_t)i, 0, NOISE_STREAM, 0}});
    const double u1 = philox_uniform(block.word[0], block.word[1]), u2 = philox_uniform(block.word[2], block.word[3]);
    noise[i] = sqrt(-2 * log1p(-u1)) * cos(two_pi * u2);
  }
}

static void standardise(double *omega, size_t count) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; i++) sum += omega[i];
  const double mean = sum / (double)count;
  for (size_t i = 0; i < count; i++) squares += (omega[i] - mean) * (omega[i] - mean);
  const double deviation = sqrt(squares / (double)count);
  for (size_t i = 0; i < count; i++) omega[i] = (omega[i] - mean) / (deviation + 1e-12);
}

enum vordec_status start_smooth(size_t n, const double *noise, double *omega, struct vordec_error *error) {
  const struct field_mask_desc desc = {.n = n,
                                       .smooth_width = n < SMOOTH_WIDTH ? (uint32_t)n : SMOOTH_WIDTH,
                                       .smooth_kernel = VORDEC_SMOOTH_BOX,
                                       .boundary = VORDEC_BOUNDARY_ZERO,
                                       .tau = 1,
                                       .threads = 1};
  double *residual = malloc(n * n * sizeof *residual);
  if (!residual) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "initial field: out of memory for N = %zu",
                       n);
  }
  struct field_mask *mask = NULL;
  const enum vordec_status status = field_mask_create(&desc, &mask, error);
  if (status == VORDEC_OK) {
    field_mask_residual(mask, noise, residual);
    for (size_t i = 0; i < n * n; i++) omega[i] = noise[i] - residual[i];
    standardise(omega, n * n);
  }
  field_mask_destroy(mask);
  free(residual);
  return status;
}
