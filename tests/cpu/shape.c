/* SPDX-License-Identifier: MIT */
#include "doubles.h"

#include "shape.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_bits(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double uniform(uint64_t *state) {
  return (double)(next_bits(state) >> 11) * 0x1p-52 - 1.0;
}

double wavenumber(size_t index, size_t n) {
  return 2 * index < n ? (double)index : (double)index - (double)n;
}

static void *checked(void *memory) {
  assert_non_null(memory);
  return memory;
}

struct shape shape_disc(size_t n, double k_cut, size_t anchors) {
  struct shape shape = {.n = n, .anchors = anchors};
  shape.low = checked(malloc(n * n * sizeof *shape.low));
  uint32_t *rest = checked(malloc(n * n * sizeof *rest));
  size_t outside = 0;
  for (size_t i = 0; i < n * n; i++) {
    const double ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
    if (kx * kx + ky * ky <= k_cut * k_cut) {
      shape.low[shape.m++] = (uint32_t)i;
    } else {
      rest[outside++] = (uint32_t)i;
    }
  }
  assert_true(anchors <= outside);
  uint64_t seed = n;
  for (size_t i = 0; i < anchors; i++) {
    const size_t j = i + next_bits(&seed) % (outside - i);
    const uint32_t swap = rest[i];
    rest[i] = rest[j];
    rest[j] = swap;
  }
  shape.anchor = rest;
  shape.d = 2 * shape.m + 4 + 2 * anchors;
  return shape;
}

struct shape shape_list(size_t n, const uint32_t *low, size_t m) {
  struct shape shape = {.n = n, .m = m, .d = 2 * m + 4};
  shape.low = checked(malloc(m * sizeof *low));
  memcpy(shape.low, low, m * sizeof *low);
  return shape;
}

void shape_destroy(struct shape *shape) {
  free(shape->low);
  free(shape->anchor);
}

double *shape_states(const struct shape *shape, size_t count, uint64_t seed) {
  double *z = checked(malloc(count * shape->d * sizeof *z));
  for (size_t i = 0; i < count * shape->d; i++) z[i] = uniform(&seed);
  for (size_t i = 0; i < count; i++) z[i * shape->d + 2 * shape->m + 3] = (double)shape->anchors;
  return z;
}

void add_modes(double *field, size_t n, const uint32_t *index, const double *re, const double *im, size_t count) {
  const double pi = 3.14159265358979323846;
  double *cosine = checked(malloc(n * sizeof *cosine)), *sine = checked(malloc(n * sizeof *sine));
  for (size_t i = 0; i < n; i++) {
    cosine[i] = cos(2 * pi * (double)i / (double)n);
    sine[i] = sin(2 * pi * (double)i / (double)n);
  }
  for (size_t j = 0; j < count; j++) {
    if (re[j] == 0 && im[j] == 0) continue;
    const size_t row = index[j] / n, column = index[j] % n;
    for (size_t y = 0; y < n; y++) {
      size_t phase = row * y % n; /* in n-ths of a turn */
      for (size_t x = 0; x < n; x++) {
        field[y * n + x] += re[j] * cosine[phase] - im[j] * sine[phase];
        phase += column;
        if (phase >= n) phase -= n;
      }
    }
  }
  free(cosine);
  free(sine);
}
