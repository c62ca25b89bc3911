/* SPDX-License-Identifier: MIT */
// fused.glsl - what the two passes of a fused step share: transforms of lines in registers, with exchanges through shared
// memory, and how spectra lie in memory. N is a power of two.
//
// A workgroup transforms LINES = 2^LINES_LOG lines: value i of a thread belongs to position slot() + i SLOTS of line line(). A factor
// RADIX = VALUES, as often as possible, and what is left at the end; all in order (Stockham). After the last factor each
// value is where it was read from, so there is one exchange less than there are factors.
//
// Spectra are transformed along x only, half of each row, in blocks of TILE columns and two rows side by side: value kx
// of row y is
//   block[kx / TILE][y / 2][kx % TILE][y % 2],
// so that the pass along y finds its columns in one piece, and the pass along x both its rows in one load.
#extension GL_EXT_control_flow_attributes : require
#define VORDEC_OWN_WORKGROUP
#include "common.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint N_LOG = 6; // of base two, as the next ones
layout(constant_id = 2) const uint TILE_LOG = 1;
layout(constant_id = 3) const uint VALUES_LOG = 3; // of a thread: 2 to 4
layout(constant_id = 4) const uint KIND = 0;
layout(constant_id = 5) const uint FLAGS = 0; // VORDEC_SIMULATE_..

// exp(-2 pi i k / m) at m / 2 + k, for m = 2, 4 .. N and k < m / 2: neighbours lie side by side.
layout(std430, binding = 0) readonly buffer roots_buffer { REAL2 roots[]; };

#define THREADS gl_WorkGroupSize.x
const uint N = 1u << N_LOG, TILE = 1u << TILE_LOG, VALUES = 1u << VALUES_LOG, LINES = 1u << LINES_LOG;
const uint HALF = N / 2 + 1;
const uint SLOTS = N / VALUES;
const uint RADIX_LOG = VALUES_LOG, RADIX = VALUES;

#ifdef VORDEC_FP64
#define BANKS_LOG 4u
#else
#define BANKS_LOG 5u
#endif

// Shared memory: parts of the values at the same time or in turns; one area, or two used alternately, which saves a
// barrier; with room between values where there is any.
const bool SPLIT = (FLAGS & VORDEC_SIMULATE_SPLIT) != 0;
const bool PADDED = (FLAGS & VORDEC_SIMULATE_PADDED) != 0;
const uint AREAS = (FLAGS & VORDEC_SIMULATE_AREAS) != 0 ? 2 : 1;
const uint AREA_WORDS = PADDED ? N * LINES + N * LINES / RADIX : N * LINES;
shared REAL line_re[AREAS * AREA_WORDS], line_im[SPLIT ? 1 : AREAS * AREA_WORDS];
uint area = 0;

REAL2 v[VALUES];

uint thread() { return gl_LocalInvocationID.x; }
uint slot() { return thread() / (2 * LINES) * 2 + (thread() & 1); }
uint line() { return thread() / 2 % LINES; }
uint position(uint i) { return slot() + i * SLOTS; }

void next_area() {
  if (AREAS > 1) area = AREA_WORDS - area;
}

void put(uint at, REAL2 value, uint part) {
  if (SPLIT) {
    line_re[at] = part == 0 ? value.x : value.y;
  } else {
    line_re[at] = value.x;
    line_im[at] = value.y;
  }
}

void take(uint at, inout REAL2 value, uint part) {
  if (!SPLIT) {
    value = REAL2(line_re[at], line_im[at]);
  } else if (part == 0) {
    value.x = line_re[at];
  } else {
    value.y = line_re[at];
  }
}

#include "butterflies.glsl"

// Value r times exp(-2 pi i r k / (done p)): of these the powers of two from the table, the rest as products.
void turn(inout REAL2 a[16], uint p, uint k, uint done) {
  REAL2 w[16];
  [[unroll]] for (uint r = 1; r < p; r++) {
    const uint top = r < 2 ? 1 : r < 4 ? 2 : r < 8 ? 4 : 8;
    w[r] = r == top ? roots[(p / 2 / top) * done + k] : product(w[top], w[r - top]);
    a[r] = product(a[r], w[r]);
  }
}

void butterfly_8_of(inout REAL2 a[16]) {
  REAL2 b[8] = REAL2[](a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  butterfly_8(b);
  [[unroll]] for (uint r = 0; r < 8; r++) a[r] = b[r];
}

// One factor p after those whose product is `done`: butterfly b, of N / p, takes the values at b + r N / p, which the
// thread has, and leaves those that belong to (b - k) p + k + r done there, with k = b mod done.
void apply_factor(uint p, uint done) {
  const uint apart = VALUES / p;
  [[unroll]] for (uint q = 0; q < apart; q++) {
    REAL2 a[16];
    [[unroll]] for (uint r = 0; r < p; r++) a[r] = v[q + r * apart];
    if (done > 1) turn(a, p, (slot() + q * SLOTS) & (done - 1), done);
    if (p == 16) butterfly_16(a);
    if (p == 8) butterfly_8_of(a);
    if (p == 4) butterfly_4(a[0], a[1], a[2], a[3]);
    if (p == 2) butterfly_2(a[0], a[1]);
    [[unroll]] for (uint r = 0; r < p; r++) v[q + r * apart] = a[r];
  }
}

// Where a value lies after the factor RADIX: what a warp writes falls into different banks, and what it reads as well.
uint word(uint e, uint done_log) {
  const uint block = max(BANKS_LOG, done_log + RADIX_LOG + LINES_LOG), shift = done_log + LINES_LOG;
  return PADDED && shift < BANKS_LOG ? e + (e >> block << shift) : e;
}

// Puts the values where they belong after the factor RADIX.
void exchange(uint done_log) {
  const uint k = slot() & ((1u << done_log) - 1);
  const uint to = word(((slot() - k) * RADIX + k) * LINES + line(), done_log);
  const uint from = word(slot() * LINES + line(), done_log);
  [[unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
    next_area();
    [[unroll]] for (uint r = 0; r < VALUES; r++) put(area + to + (r * LINES << done_log), v[r], part);
    barrier();
    [[unroll]] for (uint i = 0; i < VALUES; i++) take(area + from + word(i * SLOTS * LINES, done_log), v[i], part);
    if (AREAS == 1) barrier();
  }
}

// Transforms the lines in v by exp(-i k x), not normalised. Of values with their parts exchanged, and exchanged again,
// that is the way back. A kernel calls it in one place, since drivers copy it into each. Every loop has the same number of
// turns whatever the turn of the loop around it is, so that a compiler which unrolls from the inside keeps v in registers.
void transform() {
  const uint full = N_LOG / RADIX_LOG, left_log = N_LOG % RADIX_LOG;
  [[unroll]] for (uint i = 0; i < full; i++) {
    apply_factor(RADIX, 1u << i * RADIX_LOG);
    if (i + 1 < full || left_log > 0) exchange(i * RADIX_LOG);
  }
  if (left_log == 1) apply_factor(2, N / 2);
  if (left_log == 2) apply_factor(4, N / 4);
  if (left_log == 3) apply_factor(8, N / 8);
}

#include "wavenumber.glsl"

const uint SPECTRUM = (HALF + TILE - 1) / TILE * TILE * N; // values of a half-transformed field
#include "simulate/simulate_fields.glsl"
// Of a member: fields, and what shear needs besides.
const uint DERIVED = DERIVED_FIELDS * SPECTRUM + VORDEC_SIMULATE_MEAN_ROOM + HALF + 1;
