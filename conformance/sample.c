/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/modes.h"

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

/* splitmix64 (Steele, Lea, Flood 2014) on a counter. */
double sample_draw(uint64_t number) {
  uint64_t x = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  x ^= x >> 31;
  return (double)(x >> 11) * 0x1p-52 - 1.0;
}

uint32_t sample_k_cut(uint32_t n) {
  return n < 8 ? 1 : n < 32 ? 3 : 8;
}

static int64_t wavenumber(uint32_t j, uint32_t n) {
  return 2 * (uint64_t)j < n ? (int64_t)j : (int64_t)j - (int64_t)n;
}

static void choose_modes(struct sample *sample, const struct sample_shape *shape) {
  const uint32_t n = shape->n;
  const int64_t cut = (int64_t)shape->k_cut * shape->k_cut;
  sample->low = zeroed((size_t)n * n, sizeof *sample->low);
  sample->anchor = zeroed(shape->anchors, sizeof *sample->anchor);
  for (uint32_t i = 0; i < n * n; i++) {
    const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n), k2 = kx * kx + ky * ky;
    const bool left_out = shape->lopsided && (ky > 0 || (ky == 0 && kx > 0)) && (kx + ky) % 2 == 0;
    if (shape->half && i > modes_partner(n, i)) continue;
    if (k2 <= cut && !left_out) {
      sample->low[sample->m++] = i;
    } else if (k2 > cut && sample->anchors < shape->anchors && i % 3 != 1) {
      sample->anchor[sample->anchors++] = i;
    }
  }
  /* Any order is allowed. */
  for (uint32_t i = 0; i + 1 < sample->anchors; i += 2) {
    const uint32_t swap = sample->anchor[i];
    sample->anchor[i] = sample->anchor[i + 1];
    sample->anchor[i + 1] = swap;
  }
}

static void draw_coefficients(const struct sample *sample, double *z, uint64_t seed) {
  const uint32_t n = sample->n, m = sample->m;
  for (uint32_t i = 0; i < m; i++) {
    const double ky = (double)wavenumber(sample->low[i] / n, n), kx = (double)wavenumber(sample->low[i] % n, n);
    const double size = 1.0 / (1.0 + kx * kx + ky * ky);
    z[i] = size * sample_draw(seed + 2 * i);
    z[m + i] = size * sample_draw(seed + 2 * i + 1);
  }
  /* What a backend does not use is filled in anyway. */
  for (uint32_t i = 2 * m; i < sample->d; i++) z[i] = 0.02 * sample_draw(seed + (UINT64_C(1) << 30) + i);
}

static void draw_state(const struct sample *sample, uint32_t place, uint32_t number) {
  const size_t cells = (size_t)sample->n * sample->n, at = place * cells;
  const uint64_t seed = (uint64_t)number << 40;
  double *z = sample->z + (size_t)place * sample->d;
  draw_coefficients(sample, z, seed);
  z[2 * sample->m + 3] = (double)sample->anchors - 0.7 * (double)(number % 4);
  for (size_t i = 0; i < cells; i++) {
    sample->residual[at + i] = sample_draw(seed + (UINT64_C(1) << 32) + i);
    sample->band[0][at + i] = sample_draw(seed + (UINT64_C(2) << 32) + i);
    sample->band[1][at + i] = sample_draw(seed + (UINT64_C(3) << 32) + i);
  }
  sample->band_energy[0][place] = 0.5 + 0.25 * sample_draw(seed + 77);
  sample->band_energy[1][place] = number % 3 == 2 ? 0.0 : 0.125;
}

static void make_room(struct sample *sample) {
  const size_t elements = (size_t)sample->count * sample->n * sample->n;
  sample->d = 2 * sample->m + 4 + 2 * sample->anchors;
  sample->z = zeroed((size_t)sample->count * sample->d, sizeof(double));
  sample->residual = zeroed(elements, sizeof(double));
  for (int i = 0; i < 2; i++) {
    sample->band[i] = zeroed(elements, sizeof(double));
    sample->band_energy[i] = zeroed(sample->count, sizeof(double));
  }
}

struct sample sample_create(const struct sample_shape *shape, uint32_t first, uint32_t count) {
  struct sample sample = {.n = shape->n, .count = count};
  choose_modes(&sample, shape);
  make_room(&sample);
  for (uint32_t i = 0; i < count; i++) draw_state(&sample, i, first + i);
  return sample;
}

struct sample sample_single_modes(uint32_t n, uint32_t first, uint32_t count) {
  struct sample sample = {.n = n, .count = count, .m = n * n};
  sample.low = zeroed(sample.m, sizeof *sample.low);
  sample.anchor = zeroed(0, sizeof *sample.anchor);
  for (uint32_t i = 0; i < sample.m; i++) sample.low[i] = i;
  make_room(&sample);
  for (uint32_t i = 0; i < count; i++) sample.z[(size_t)i * sample.d + (first + i) % (2 * sample.m)] = 1.0;
  return sample;
}

void sample_destroy(struct sample *sample) {
  free(sample->low);
  free(sample->anchor);
  free(sample->z);
  free(sample->residual);
  for (int i = 0; i < 2; i++) {
    free(sample->band[i]);
    free(sample->band_energy[i]);
  }
  memset(sample, 0, sizeof *sample);
}

struct vordec_plan_desc sample_plan(const struct sample *sample, uint32_t batch, enum vordec_precision precision,
                                    const char *fft) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = sample->n,
                                   .batch = batch,
                                   .precision = precision,
                                   .fft = fft,
                                   .d = sample->d,
                                   .m = sample->m,
                                   .anchors = sample->anchors,
                                   .low_index = sample->low,
                                   .anchor_index = sample->anchor,
                                   .max_kept = sample->anchors,
                                   .smooth_width = sample->n < 11 ? 3 : 11,
                                   .smooth_kernel = VORDEC_SMOOTH_BOX,
                                   .boundary = VORDEC_BOUNDARY_ZERO,
                                   .tau = 0.35,
                                   .majority_iters = 8,
                                   .gate = VORDEC_GATE_SUPPORT,
                                   .include_anchors = true,
                                   .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                   .residuals = VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
}
