/* SPDX-License-Identifier: MIT */
#include "bench_state.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "numerics/philox.h"

#define MID_ENERGY 1e-5 /* of each mode, for a residual that is synthesised */
#define HIGH_ENERGY 1e-7

#define SEED 1
#define DECAY 72.0

static int64_t wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

static uint64_t squared_at(size_t i, size_t n) {
  const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
  return (uint64_t)(kx * kx + ky * ky);
}

static enum vordec_status fail_memory(size_t n, size_t batch, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %zu states of N = %zu",
                     batch, n);
}

static enum vordec_status make_layout(size_t n, size_t k_cut, uint8_t *mask_low, struct vordec_layout **layout,
                                      struct vordec_error *error) {
  for (size_t i = 0; i < n * n; i++) mask_low[i] = squared_at(i, n) <= k_cut * k_cut;
  const struct vordec_layout_desc desc = {
      .n = n, .mask_low = mask_low, .k_cut = (double)k_cut, .resid_mid_cut = 2.0 * (double)k_cut};
  return vordec_layout_create(&desc, layout, error);
}

/* The coefficients of one mode in every state. */
static void put_mode(const struct vordec_layout_info *info, size_t index, size_t at, size_t batch, double *z) {
  const uint64_t squared = squared_at(index, info->n);
  const double amplitude = squared ? exp(-(double)squared / DECAY) : 0.0;
  for (size_t state = 0; state < batch; state++) {
    const double phase = philox_phase(SEED, (uint32_t)index, (uint32_t)state, 0);
    z[state * info->d + at] = amplitude * cos(phase);
    z[state * info->d + info->m + at] = amplitude * sin(phase);
  }
}

static enum vordec_status fill(size_t n, size_t k_cut, size_t batch, uint8_t *mask_low, struct bench_state *state,
                               struct vordec_error *error) {
  struct vordec_layout_info info;
  const enum vordec_status status = make_layout(n, k_cut, mask_low, &state->layout, error);
  if (status) return status;
  vordec_layout_get(state->layout, &info);
  state->z = calloc(batch, info.d * sizeof *state->z);
  if (!state->z) return fail_memory(n, batch, error);
  for (size_t i = 0; i < batch; i++) {
    state->z[i * info.d + 2 * info.m + 1] = MID_ENERGY;
    state->z[i * info.d + 2 * info.m + 2] = HIGH_ENERGY;
  }
  for (size_t i = 0, at = 0; i < n * n; i++) {
    if (mask_low[i]) put_mode(&info, i, at++, batch, state->z);
  }
  return VORDEC_OK;
}

enum vordec_status bench_state_create(size_t n, size_t k_cut, size_t batch, struct bench_state *state,
                                      struct vordec_error *error) {
  *state = (struct bench_state){0};
  uint8_t *mask_low = malloc(n * n);
  const enum vordec_status status =
      mask_low ? fill(n, k_cut, batch, mask_low, state, error) : fail_memory(n, batch, error);
  free(mask_low);
  if (status) bench_state_release(state);
  return status;
}

void bench_state_release(struct bench_state *state) {
  free(state->z);
  vordec_layout_destroy(state->layout);
  *state = (struct bench_state){0};
}
