/* SPDX-License-Identifier: MIT */
#include "direct_sums.h"

#include <stdlib.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925286766559;

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

/* splitmix64 on a counter: any value can be drawn by its number. */
static double draw(uint64_t counter) {
  uint64_t x = (counter + 1) * 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  x ^= x >> 31;
  return (double)(x >> 11) * 0x1p-53 * 2.0 - 1.0;
}

static long signed_k(uint32_t j, uint32_t n) {
  return 2 * (uint64_t)j < n ? (long)j : (long)j - (long)n;
}

static void choose_modes(struct sample *sample, uint32_t k_cut, uint32_t anchors) {
  const uint32_t n = sample->n;
  const long cut = (long)k_cut * (long)k_cut;
  sample->low_index = zeroed((size_t)n * n, sizeof *sample->low_index);
  sample->anchor_index = zeroed(anchors, sizeof *sample->anchor_index);
  uint32_t ring = 0;
  for (uint32_t i = 0; i < n * n; i++) {
    const long ky = signed_k(i / n, n), kx = signed_k(i % n, n), k2 = kx * kx + ky * ky;
    if (k2 <= cut) {
      sample->low_index[sample->m++] = i;
    } else if (k2 <= 2 * cut + 2 && sample->anchors < anchors && ring++ % 3 == 0) {
      sample->anchor_index[sample->anchors++] = i;
    }
  }
  /* Any order is allowed: reverse every other. */
  for (uint32_t i = 0; i + 1 < sample->anchors; i += 2) {
    const uint32_t other = sample->anchor_index[i];
    sample->anchor_index[i] = sample->anchor_index[i + 1];
    sample->anchor_index[i + 1] = other;
  }
}

static void draw_state(struct sample *sample, uint32_t slot, uint32_t number) {
  double *z = sample->z + (size_t)slot * sample->d;
  const uint32_t m = sample->m, n = sample->n;
  const uint64_t seed = (uint64_t)number << 40;
  for (uint32_t i = 0; i < m; i++) {
    const double ky = (double)signed_k(sample->low_index[i] / n, n), kx = (double)signed_k(sample->low_index[i] % n, n);
    const double size = 1.0 / (1.0 + kx * kx + ky * ky);
    z[i] = size * draw(seed + 2 * i);
    z[m + i] = size * draw(seed + 2 * i + 1);
  }
  const double k = (double)sample->anchors - 0.6 * (double)(number % 4);
  const uint32_t kept = vordec_kept_count(k, sample->anchors);
  z[2 * m + 3] = k;
  for (uint32_t i = 0; i < 2 * kept; i++) z[2 * m + 4 + i] = 0.01 * draw(seed + (1u << 30) + i);
  for (size_t i = 0; i < (size_t)n * n; i++) {
    const size_t at = (size_t)slot * n * n + i;
    sample->residual[at] = draw(seed + (1ull << 32) + i);
    sample->band[0][at] = draw(seed + (2ull << 32) + i);
    sample->band[1][at] = draw(seed + (3ull << 32) + i);
  }
  sample->band_energy[0][slot] = 0.5 + 0.25 * draw(seed + 77);
  sample->band_energy[1][slot] = number % 3 == 2 ? 0.0 : 0.125;
}

void sample_create(struct sample *sample, uint32_t n, uint32_t k_cut, uint32_t anchors, uint32_t first,
                   uint32_t count) {
  *sample = (struct sample){.n = n, .count = count};
  choose_modes(sample, k_cut, anchors);
  sample->d = 2 * sample->m + 4 + 2 * sample->anchors;
  const size_t cells = (size_t)n * n * count;
  sample->z = zeroed((size_t)count * sample->d, sizeof(double));
  sample->residual = zeroed(cells, sizeof(double));
  for (int band = 0; band < 2; band++) {
    sample->band[band] = zeroed(cells, sizeof(double));
    sample->band_energy[band] = zeroed(count, sizeof(double));
  }
  for (uint32_t i = 0; i < count; i++) draw_state(sample, i, first + i);
}

void sample_destroy(struct sample *sample) {
  free(sample->low_index);
  free(sample->anchor_index);
  free(sample->z);
  free(sample->residual);
  for (int band = 0; band < 2; band++) {
    free(sample->band[band]);
    free(sample->band_energy[band]);
  }
}

struct vordec_plan_desc sample_plan(const struct sample *sample, uint32_t batch) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = sample->n,
                                   .batch = batch,
                                   .precision = VORDEC_FP32,
                                   .fft = "auto",
                                   .d = sample->d,
                                   .m = sample->m,
                                   .anchors = sample->anchors,
                                   .low_index = sample->low_index,
                                   .anchor_index = sample->anchor_index,
                                   .max_kept = sample->anchors,
                                   .smooth_width = sample->n < 11 ? 5 : 11,
                                   .tau = 0.35,
                                   .majority_iters = 8,
                                   .include_anchors = true,
                                   .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                   .residuals = VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
}

/* Rows of a column transform first: g[kx][y] = sum over ky, then the sum over kx at each x. All angles from a table. */
void sum_modes(uint32_t n, const uint32_t *index, uint32_t count, const double *re, const double *im, double *field) {
  double *c = zeroed(n, sizeof *c), *s = zeroed(n, sizeof *s);
  double *g = zeroed((size_t)n * n * 2, sizeof *g);
  uint8_t *used = zeroed(n, 1);
  for (uint32_t j = 0; j < n; j++) {
    c[j] = cos(two_pi * j / n);
    s[j] = sin(two_pi * j / n);
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t ky = index[i] / n, kx = index[i] % n;
    used[kx] = 1;
    for (uint64_t y = 0; y < n; y++) {
      const uint64_t a = ky * y % n;
      g[2 * (kx * n + y)] += re[i] * c[a] - im[i] * s[a];
      g[2 * (kx * n + y) + 1] += re[i] * s[a] + im[i] * c[a];
    }
  }
  memset(field, 0, (size_t)n * n * sizeof *field);
  for (uint64_t kx = 0; kx < n; kx++) {
    if (!used[kx]) continue;
    for (uint64_t y = 0; y < n; y++) {
      for (uint64_t x = 0; x < n; x++) {
        const uint64_t a = kx * x % n;
        field[y * n + x] += g[2 * (kx * n + y)] * c[a] - g[2 * (kx * n + y) + 1] * s[a];
      }
    }
  }
  free(c);
  free(s);
  free(g);
  free(used);
}

static double window_weight(const struct vordec_plan_desc *desc, long d) {
  if (desc->smooth_kernel == VORDEC_SMOOTH_BOX) return 1.0 / desc->smooth_width;
  const double h = (desc->smooth_width + 1) / 2;
  return (h - (double)labs(d)) / (h * h);
}

static void smooth_axis(uint32_t n, const double *from, const struct vordec_plan_desc *desc, size_t stride,
                        size_t line_stride, double *to) {
  const long w = desc->smooth_width;
  for (size_t line = 0; line < n; line++) {
    for (long p = 0; p < (long)n; p++) {
      double sum = 0.0;
      for (long d = -(w / 2); d <= w - 1 - w / 2; d++) {
        long q = p + d;
        if (desc->boundary == VORDEC_BOUNDARY_PERIODIC) q = (q + (long)n) % (long)n;
        if (q < 0 || q >= (long)n) continue;
        sum += window_weight(desc, d) * from[line * line_stride + (size_t)q * stride];
      }
      to[line * line_stride + (size_t)p * stride] = sum;
    }
  }
}

void smooth_sum(uint32_t n, const double *field, const struct vordec_plan_desc *desc, double *base) {
  double *along_x = zeroed((size_t)n * n, sizeof *along_x);
  smooth_axis(n, field, desc, 1, n, along_x);
  smooth_axis(n, along_x, desc, n, 1, base);
  free(along_x);
}

void ternary(uint32_t n, const double *residual, double tau, int8_t *mask, double *margin, double *absmax) {
  const size_t cells = (size_t)n * n;
  double most = 0.0;
  for (size_t i = 0; i < cells; i++) most = fmax(most, fabs(residual[i]));
  for (size_t i = 0; i < cells; i++) {
    const double r = fmin(1.0, fmax(-1.0, residual[i] / (most + 1e-12)));
    mask[i] = (int8_t)(r >= tau ? 1 : r <= -tau ? -1 : 0);
    if (margin) margin[i] = fabs(fabs(r) - tau);
  }
  *absmax = most;
}

void majority_rounds(uint32_t n, int8_t *mask, uint32_t rounds) {
  int8_t *before = zeroed((size_t)n * n, 1);
  for (uint32_t round = 0; round < rounds; round++) {
    memcpy(before, mask, (size_t)n * n);
    for (uint32_t y = 0; y < n; y++) {
      for (uint32_t x = 0; x < n; x++) {
        int sum = 0;
        for (uint32_t i = 0; i < 9; i++) sum += before[(y + n - 1 + i / 3) % n * n + (x + n - 1 + i % 3) % n];
        mask[(size_t)y * n + x] = (int8_t)((sum > 0) - (sum < 0));
      }
    }
  }
  free(before);
}

void combine_sum(const struct sample *sample, const struct vordec_plan_desc *desc, const struct combination *given,
                 double *omega_hat, double band_gain[2]) {
  const uint32_t n = sample->n, m = sample->m;
  const int8_t *mask = given->mask;
  const size_t cells = (size_t)n * n, at = (size_t)given->state * cells;
  const double *z = sample->z + (size_t)given->state * sample->d;
  memset(omega_hat, 0, cells * sizeof *omega_hat);
  if (desc->include_anchors) {
    const uint32_t k = vordec_kept_count(z[2 * m + 3], desc->max_kept);
    sum_modes(n, sample->anchor_index, k, z + 2 * m + 4, z + 2 * m + 4 + k, omega_hat);
  }
  for (size_t i = 0; i < cells; i++) {
    omega_hat[i] += given->omega_lp[i];
    const double gate = desc->gate == VORDEC_GATE_SIGNED ? mask[i] : mask[i] != 0;
    if (given->residual_set & VORDEC_RESIDUAL_FIELD) omega_hat[i] += gate * sample->residual[at + i];
  }
  for (int band = 0; band < 2; band++) {
    band_gain[band] = NAN;
    if (!(given->residual_set & (VORDEC_RESIDUAL_MID << band))) continue;
    const double *r = sample->band[band] + at, target = sample->band_energy[band][given->state];
    double variance = 0.0;
    for (size_t i = 0; i < cells; i++) variance += mask[i] ? r[i] * r[i] / (double)cells : 0.0;
    band_gain[band] = target <= 0.0 ? 0.0 : variance <= 1e-30 ? 1.0 : sqrt(target / variance);
    for (size_t i = 0; i < cells; i++) {
      const double gate = desc->gate == VORDEC_GATE_SIGNED ? mask[i] : mask[i] != 0;
      omega_hat[i] += gate * r[i] * band_gain[band];
    }
  }
}

/* The full complex spectrum, one axis after the other. */
double energy_of(uint32_t n, const double *field) {
  double *c = zeroed(n, sizeof *c), *s = zeroed(n, sizeof *s), *g = zeroed((size_t)n * n * 2, sizeof *g);
  double energy = 0.0;
  for (uint32_t j = 0; j < n; j++) {
    c[j] = cos(two_pi * j / n);
    s[j] = sin(two_pi * j / n);
  }
  for (size_t y = 0; y < n; y++) {
    for (size_t kx = 0; kx < n; kx++) {
      for (size_t x = 0; x < n; x++) {
        g[2 * (y * n + kx)] += field[y * n + x] * c[kx * x % n] / n;
        g[2 * (y * n + kx) + 1] -= field[y * n + x] * s[kx * x % n] / n;
      }
    }
  }
  for (size_t kx = 0; kx < n; kx++) {
    for (size_t ky = 0; ky < n; ky++) {
      double re = 0.0, im = 0.0;
      for (size_t y = 0; y < n; y++) {
        const double a = g[2 * (y * n + kx)], b = g[2 * (y * n + kx) + 1], co = c[ky * y % n], si = s[ky * y % n];
        re += (a * co + b * si) / n;
        im += (b * co - a * si) / n;
      }
      const double qx = (double)signed_k((uint32_t)kx, n), qy = (double)signed_k((uint32_t)ky, n);
      const double k2 = qx * qx + qy * qy;
      if (k2 == 0.0) continue;
      const double vx = 2 * kx == n ? 0.0 : qx, vy = 2 * ky == n ? 0.0 : qy;
      energy += 0.5 * (re * re + im * im) * (vx * vx + vy * vy) / (k2 * k2);
    }
  }
  free(c);
  free(s);
  free(g);
  return energy;
}
