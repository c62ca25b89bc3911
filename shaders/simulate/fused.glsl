/* SPDX-License-Identifier: MIT */
// fused.glsl - what the two passes of a fused step share: transforms of lines in registers, with exchanges through shared
// memory, and how spectra lie in memory. N is a power of two.
//
// A workgroup transforms LINES = 2^LINES_LOG lines: value i of a thread belongs to position slot() + i SLOTS of line
// line(). A factor RADIX = VALUES, as often as possible, and what is left at the end; all in order (Stockham). After the
// last factor each value is where it was read from, so there is one exchange less than there are factors.
//
// Spectra are transformed along x only, half of each row, in blocks of TILE columns and two rows side by side, with room
// for two rows between blocks, lest all blocks of a row fall into the same part of a cache: value kx of row y is
//   block[kx / TILE][y / 2][kx % TILE][y % 2],
// so that the pass along x finds TILE columns of both its rows in one piece. The pass along y takes LINES <= TILE of them.
#extension GL_EXT_control_flow_attributes : require
#define VORDEC_OWN_WORKGROUP
#include "common.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint N_LOG = 6; // of base two, as the next ones
layout(constant_id = 2) const uint TILE_LOG = 1;
layout(constant_id = 3) const uint VALUES_LOG = 3; // of a thread: 2 to 4
layout(constant_id = 4) const uint KIND = 0;
layout(constant_id = 5) const uint FLAGS = 0; // VORDEC_SIMULATE_..
layout(constant_id = 6) const uint COLUMNS_LOG = 0; // of a workgroup of the pass along y

// exp(-2 pi i k / m) at m / 2 + k, for m = 2, 4 .. N and k < m / 2: neighbours lie side by side.
layout(std430, binding = 0) readonly buffer roots_buffer { REAL2 roots[]; };

#define THREADS gl_WorkGroupSize.x
const uint N = 1u << N_LOG, TILE = 1u << TILE_LOG, VALUES = 1u << VALUES_LOG, LINES = 1u << LINES_LOG;
const uint HALF = N / 2 + 1;
const uint SLOTS = N / VALUES;
const uint RADIX_LOG = VALUES_LOG, RADIX = VALUES;
const uint BLOCK = (N + 2) * TILE; // values from one block to the next

// Shared memory: both parts of the values, or, where there is no room for that, their parts in turns; one area, or two
// used alternately, which saves a barrier; with room between values where there is any. In single precision both parts
// lie together, and go by one access.
const bool SPLIT = (FLAGS & VORDEC_SIMULATE_SPLIT) != 0;
const bool PADDED = (FLAGS & VORDEC_SIMULATE_PADDED) != 0;
const uint AREAS = (FLAGS & VORDEC_SIMULATE_AREAS) != 0 ? 2 : 1;
const uint AREA_WORDS = PADDED ? N * LINES + N * LINES / RADIX : N * LINES;
#ifdef VORDEC_FP64
shared REAL line_parts[AREAS * AREA_WORDS], line_others[SPLIT ? 1 : AREAS * AREA_WORDS];
const uint BANKS_LOG = 4; // words of 128 bytes, which lie in different banks
#else
shared REAL line_parts[SPLIT ? AREAS * AREA_WORDS : 1];
shared REAL2 line_values[SPLIT ? 1 : AREAS * AREA_WORDS];
const uint BANKS_LOG = SPLIT ? 5 : 4;
#endif
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
    line_parts[at] = part == 0 ? value.x : value.y;
  } else {
#ifdef VORDEC_FP64
    line_parts[at] = value.x;
    line_others[at] = value.y;
#else
    line_values[at] = value;
#endif
  }
}

void take(uint at, inout REAL2 value, uint part) {
  if (!SPLIT) {
#ifdef VORDEC_FP64
    value = REAL2(line_parts[at], line_others[at]);
#else
    value = line_values[at];
#endif
  } else if (part == 0) {
    value.x = line_parts[at];
  } else {
    value.y = line_parts[at];
  }
}

#include "butterflies.glsl"

// Whether turning by roots of unity is part of the butterflies: in fp64 a compiler was seen to leave the values of such
// ones in memory, and four values gain nothing.
#ifdef VORDEC_FP64
const bool CHAINED = false;
#else
const bool CHAINED = VALUES > 4;
#endif

// ---- turns, then butterflies ----

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

void butterflies(inout REAL2 a[16], uint p) {
  if (p == 16) butterfly_16(a);
  if (p == 8) butterfly_8_of(a);
  if (p == 4) butterfly_4(a[0], a[1], a[2], a[3]);
  if (p == 2) butterfly_2(a[0], a[1]);
}

// ---- turns in butterflies ----

// Powers 1, 2, 4 .. of the turn by which a factor p after those whose product is `done` begins: exp(-2 pi i k / (done p)),
// k = slot() mod done. Read while values are in shared memory, when registers are free.
REAL2 turns[4];

void fetch_turns(uint p, uint done) {
  const uint k = slot() & (done - 1);
  turns[0] = roots[p / 2 * done + k];
  if (p > 2) turns[1] = roots[p / 4 * done + k];
  if (p > 4) turns[2] = roots[p / 8 * done + k];
  if (p > 8) turns[3] = roots[done + k];
}

// w exp(-2 pi i j / p), j < p / 2 and p <= 16.
REAL2 rotated(REAL2 w, uint j, uint p) {
  const uint sixteenths = j * (16 / p), eighth = sixteenths & 3;
  REAL2 t = w;
  if (eighth == 1) t = product(w, REAL2(COSINE_EIGHTH, -SINE_EIGHTH));
  if (eighth == 2) t = ROOT_HALF * REAL2(w.x + w.y, w.y - w.x);
  if (eighth == 3) t = product(w, REAL2(SINE_EIGHTH, -COSINE_EIGHTH));
  return sixteenths < 4 ? t : turned(t);
}

// a and b become a + t b and a - t b.
void turned_butterfly(inout REAL2 a, inout REAL2 b, REAL2 t) {
  precise REAL2 sum = fma(REAL2(t.x), b, fma(REAL2(-t.y, t.y), b.yx, a));
  precise REAL2 difference = fma(REAL2(2), a, -sum);
  a = sum;
  b = difference;
}

// Of transforms of p values, which lie in reversed order of their indices' bits, those of 2 half from those of half. Loops,
// since NVIDIA's compiler makes slower code, by a sixth to a half, of the same butterflies one by one (docs/notebook.md).
void double_up(inout REAL2 a[16], uint p, uint half_, REAL2 w) {
  REAL2 t[8];
  [[unroll]] for (uint j = 0; j < 8; j++) {
    if (j < half_) t[j] = rotated(w, j, 2 * half_);
  }
  [[unroll]] for (uint q = 0; q < p / 2; q++) {
    const uint j = q & (half_ - 1), first = 2 * (q - j) + j;
    turned_butterfly(a[first], a[first + half_], t[j]);
  }
}

uint reversed(uint r, uint p) { return ((r & 1) << 3 | (r & 2) << 1 | (r & 4) >> 1 | r >> 3) / (16 / p); }

// Transforms p values, value r first turned r times: that is part of each butterfly, which so is a chain of fused
// operations. `on`: by how many VALUESths of a full turn this butterfly's turn is ahead.
void turned_transform(inout REAL2 a[16], uint p, uint on) {
  REAL2 b[16];
  [[unroll]] for (uint r = 0; r < p; r++) b[reversed(r, p)] = a[r];
  const uint top = p > 8 ? 3 : p > 4 ? 2 : p > 2 ? 1 : 0;
  double_up(b, p, 1, rotated(turns[top], on << top, VALUES));
  if (p > 2) double_up(b, p, 2, rotated(turns[top - 1], on << (top - 1), VALUES));
  if (p > 4) double_up(b, p, 4, rotated(turns[top - 2], on << (top - 2), VALUES));
  if (p > 8) double_up(b, p, 8, turns[0]);
  [[unroll]] for (uint r = 0; r < p; r++) a[r] = b[r];
}

// One factor p after those whose product is `done`: butterfly b, of N / p, takes the values at b + r N / p, which the
// thread has, and leaves those that belong to (b - k) p + k + r done there, with k = b mod done.
void apply_factor(uint p, uint done) {
  const uint apart = VALUES / p;
  [[unroll]] for (uint q = 0; q < apart; q++) {
    REAL2 a[16];
    [[unroll]] for (uint r = 0; r < p; r++) a[r] = v[q + r * apart];
    if (CHAINED && done > 1) {
      turned_transform(a, p, q);
    } else {
      if (done > 1) turn(a, p, (slot() + q * SLOTS) & (done - 1), done);
      butterflies(a, p);
    }
    [[unroll]] for (uint r = 0; r < p; r++) v[q + r * apart] = a[r];
  }
}

// Where a value lies after the factor RADIX: what a warp writes falls into different banks, and what it reads as well.
uint word(uint e, uint done_log) {
  const uint block = max(BANKS_LOG, done_log + RADIX_LOG + LINES_LOG), shift = done_log + LINES_LOG;
  return PADDED && shift < BANKS_LOG ? e + (e >> block << shift) : e;
}

// Puts the values where they belong after the factor RADIX, and fetches what the next one, of 2^next_log, needs.
void exchange(uint done_log, uint next_log) {
  const uint k = slot() & ((1u << done_log) - 1);
  const uint to = word(((slot() - k) * RADIX + k) * LINES + line(), done_log);
  const uint from = word(slot() * LINES + line(), done_log);
  [[unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
    next_area();
    [[unroll]] for (uint r = 0; r < VALUES; r++) put(area + to + (r * LINES << done_log), v[r], part);
    if (CHAINED && part == 0) fetch_turns(1u << next_log, RADIX << done_log);
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
    if (i + 1 < full || left_log > 0) exchange(i * RADIX_LOG, i + 1 < full ? RADIX_LOG : left_log);
  }
  if (left_log == 1) apply_factor(2, N / 2);
  if (left_log == 2) apply_factor(4, N / 4);
  if (left_log == 3) apply_factor(8, N / 8);
}

#include "wavenumber.glsl"

const uint SPECTRUM = (HALF + TILE - 1) / TILE * BLOCK; // values of a half-transformed field
#include "simulate/simulate_fields.glsl"
// Of a member: fields, and what shear needs besides.
const uint DERIVED = DERIVED_FIELDS * SPECTRUM + VORDEC_SIMULATE_MEAN_ROOM + HALF + 1;
