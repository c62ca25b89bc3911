/* SPDX-License-Identifier: MIT */
#include "doctor_sample.h"

#include <math.h>

/* Wavenumber of index i. */
static int wavenumber(int i) {
  return 2 * i < SAMPLE_N ? i : i - SAMPLE_N;
}

static void add_mode(struct sample *sample, int ky, int kx, double re, double im) {
  const double step = 2.0 * acos(-1.0) / SAMPLE_N;
  for (int y = 0; y < SAMPLE_N; y++) {
    for (int x = 0; x < SAMPLE_N; x++) {
      const double angle = step * (ky * y + kx * x);
      sample->omega_lp[y * SAMPLE_N + x] += re * cos(angle) - im * sin(angle);
    }
  }
}

enum vordec_status sample_make(struct sample *sample, struct vordec_error *error) {
  uint8_t mask_low[SAMPLE_CELLS] = {0};
  size_t m = 0;
  *sample = (struct sample){0};
  for (int i = 0; i < SAMPLE_N * SAMPLE_N; i++) {
    const int ky = wavenumber(i / SAMPLE_N), kx = wavenumber(i % SAMPLE_N);
    mask_low[i] = ky * ky + kx * kx <= SAMPLE_CUT * SAMPLE_CUT;
    m += mask_low[i];
  }
  for (size_t i = 0, j = 0; i < SAMPLE_CELLS; i++) {
    if (!mask_low[i]) continue;
    const int ky = wavenumber((int)i / SAMPLE_N), kx = wavenumber((int)i % SAMPLE_N);
    sample->z[j] = sin(1.0 + 2.3 * (double)j) / (1.0 + hypot(ky, kx));
    sample->z[m + j] = i ? cos(2.0 + 1.7 * (double)j) / (1.0 + hypot(ky, kx)) : 0.0;
    add_mode(sample, ky, kx, sample->z[j], sample->z[m + j]);
    j++;
  }
  for (size_t i = 0; i < SAMPLE_CELLS; i++)
    sample->rms += sample->omega_lp[i] * sample->omega_lp[i] / (double)SAMPLE_CELLS;
  sample->rms = sqrt(sample->rms);
  const struct vordec_layout_desc desc = {
      .n = SAMPLE_N, .mask_low = mask_low, .k_cut = SAMPLE_CUT, .resid_mid_cut = 2 * SAMPLE_CUT};
  return vordec_layout_create(&desc, &sample->layout, error);
}

void sample_release(struct sample *sample) {
  vordec_layout_destroy(sample->layout);
  sample->layout = NULL;
}
