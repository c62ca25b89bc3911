/* SPDX-License-Identifier: MIT */
#version 450
// band_columns.comp - stage 4, a residual that is synthesised: TILE columns of the spectrum of both bands, transformed
// along y. Nothing of the spectrum lies in memory.
//
// The mode k of a band has the value sqrt(E) exp(i phi_k), with a phase of its own also where -k is in the band; the real
// part of the field has (X_k + conj(X_-k)) / 2. Of two such fields, which are real, one transform makes both: the first is
// its real part, the second its imaginary part.
#extension GL_GOOGLE_include_directive : require
#define LINES TILE
#include "lines.glsl"
VORDEC_PUSH_BLOCK(BAND_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) readonly buffer until_buffer { uint until[]; }; // the band_table's
layout(std430, binding = 3) readonly buffer phase_buffer { uvec2 phases[]; }; // [band][cell], where they are given
layout(std430, binding = 4) writeonly buffer to_buffer { REAL2 to[]; };

const uint STRIDE = (N + TILE - 1) / TILE * TILE * N; // of a state
uint kept, step_number, given;

#define BAND_MID 0
#define BAND_HIGH 1
#define BAND_NONE 2

uint band_of(uint row, uint column) {
  const int ky = wavenumber(row), kx = wavenumber(column), reach = int(push.reach);
  if (abs(ky) > reach || abs(kx) > reach) return BAND_HIGH;
  if (kept >= until[uint(ky + reach) * (2 * push.reach + 1) + uint(kx + reach)]) return BAND_NONE;
  return uint(ky * ky + kx * kx) <= push.mid_limit ? BAND_MID : BAND_HIGH;
}

// The first two words of Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC'11) for (index, step, band, 0).
uvec2 drawn(uint index, uint band) {
  uvec4 counter = uvec4(index, step_number, band, 0);
  uvec2 key = uvec2(push.seed_lo, push.seed_hi);
  [[dont_unroll]] for (uint round = 0; round < 10; round++) {
    uint hi0, lo0, hi1, lo1;
    umulExtended(0xD2511F53u, counter.x, hi0, lo0);
    umulExtended(0xCD9E8D57u, counter.z, hi1, lo1);
    counter = uvec4(hi1 ^ counter.y ^ key.x, lo1, hi0 ^ counter.w ^ key.y, lo0);
    key += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter.xy;
}

// exp(i phi) for phi = 2 pi times a fraction with these leading words, of which 53 bits count. The eighth of a turn that
// it lies in is exact, and sums of powers do for what is left: drivers' sines need not be.
REAL2 on_circle(uvec2 words) {
  const uint octant = words.x >> 29, rest = words.x & 0x1fffffffu;
#ifdef VORDEC_FP64
  double turn = double(rest) * 2.3283064365386962890625e-10LF + double(words.y >> 11) * 1.1102230246251565404236316680908203125e-16LF;
  if ((octant & 1) != 0) turn = 0.125LF - turn;
  const double x = turn * 6.283185307179586476925LF, x2 = x * x;
  double s = 1.0LF / 355687428096000.0LF, c = 1.0LF / 20922789888000.0LF;
  s = fma(s, x2, -1.0LF / 1307674368000.0LF);
  s = fma(s, x2, 1.0LF / 6227020800.0LF);
  s = fma(s, x2, -1.0LF / 39916800.0LF);
  s = fma(s, x2, 1.0LF / 362880.0LF);
  s = fma(s, x2, -1.0LF / 5040.0LF);
  s = fma(s, x2, 1.0LF / 120.0LF);
  s = fma(s, x2, -1.0LF / 6.0LF);
  s = fma(s * x2, x, x);
  c = fma(c, x2, -1.0LF / 87178291200.0LF);
  c = fma(c, x2, 1.0LF / 479001600.0LF);
  c = fma(c, x2, -1.0LF / 3628800.0LF);
  c = fma(c, x2, 1.0LF / 40320.0LF);
  c = fma(c, x2, -1.0LF / 720.0LF);
  c = fma(c, x2, 1.0LF / 24.0LF);
  c = fma(c, x2, -0.5LF);
  c = fma(c, x2, 1.0LF);
#else
  const uint near = (octant & 1) != 0 ? 0x20000000u - rest : rest;
  const float x = float(near) * 1.4629180792671596e-9, x2 = x * x; // 2 pi / 2^32
  float s = 1.0 / 362880.0, c = -1.0 / 3628800.0;
  s = fma(s, x2, -1.0 / 5040.0);
  s = fma(s, x2, 1.0 / 120.0);
  s = fma(s, x2, -1.0 / 6.0);
  s = fma(s * x2, x, x);
  c = fma(c, x2, 1.0 / 40320.0);
  c = fma(c, x2, -1.0 / 720.0);
  c = fma(c, x2, 1.0 / 24.0);
  c = fma(c, x2, -0.5);
  c = fma(c, x2, 1.0);
#endif
  const bool crossed = ((octant + 1) & 2) != 0; // sine and cosine change places
  const REAL2 first = crossed ? REAL2(s, c) : REAL2(c, s);
  return REAL2(octant > 1 && octant < 6 ? -first.x : first.x, octant > 3 ? -first.y : first.y);
}

REAL2 phasor(uint index, uint band) {
  return on_circle((given & 1u << band) != 0 ? phases[band * N * N + index] : drawn(index, band));
}

uint whole(uint at) { return uint(coef[at]) | uint(coef[at + 1]) << 16; }

REAL2 spectrum_at(uint row, uint column, REAL2 amplitude) {
  const uint mirror_row = row == 0 ? 0 : N - row, mirror_column = column == 0 ? 0 : N - column;
  const uint own = band_of(row, column), other = band_of(mirror_row, mirror_column);
  REAL2 value[2] = REAL2[](REAL2(0), REAL2(0));
  if (own < BAND_NONE && amplitude[own] > REAL(0)) value[own] = phasor(row * N + column, own);
  if (other < BAND_NONE && amplitude[other] > REAL(0)) {
    const REAL2 mirrored = phasor(mirror_row * N + mirror_column, other);
    value[other] += REAL2(mirrored.x, -mirrored.y);
  }
  const REAL2 mid = REAL(0.5) * amplitude.x * value[0], high = REAL(0.5) * amplitude.y * value[1];
  return REAL2(mid.x - high.y, mid.y + high.x);
}

void main() {
  const uint state = gl_WorkGroupID.z, block = gl_WorkGroupID.x, at = state * push.coef_stride + push.bands_at;
  const REAL2 amplitude = REAL2(coef[at], coef[at + 1]);
  kept = whole(at + 2);
  step_number = whole(at + 4);
  given = uint(coef[at + 6]);
  [[dont_unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS, row = e / LINES, column = block * TILE + e % LINES;
    v[i] = REAL2(0);
    if (e < N * LINES && column < N) v[i] = spectrum_at(row, column, amplitude).yx;
  }
  transform();
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS;
    if (e < N * LINES) to[state * STRIDE + block * N * TILE + e] = v[i].yx;
  }
}
