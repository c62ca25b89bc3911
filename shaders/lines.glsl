/* SPDX-License-Identifier: MIT */
// lines.glsl - transforms of lines in shared memory, for any N of which a line fits.
//
// A workgroup transforms LINES lines from registers to registers: value e of them is v[e / THREADS] of thread
// e % THREADS, and belongs to position e / LINES of line e % LINES. Whoever includes this defines LINES.
//
// Only transforms by exp(-i k x) are made: of values with their parts exchanged, and exchanged again, they are those
// back. There is one place in a kernel that transforms, in a loop over what it has to do: drivers copy it into each place
// that calls it, and where the CPU plays the device, barriers are dear.
//
// `fma` is spelled out wherever a field is transformed, so that the same field comes to the same bits in each kernel.
#extension GL_EXT_control_flow_attributes : require
#define VORDEC_OWN_WORKGROUP
#include "common.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint N = 64;
layout(constant_id = 2) const uint TILE = 2; // a power of two
layout(constant_id = 3) const uint VALUES = 4; // of a thread
layout(constant_id = 4) const uint KIND = 0;
layout(constant_id = 5) const uint FLAGS = 0; // VORDEC_SIMULATE_..
// Factors of N, two in a word, the first in its lower half; the last ones are 0.
layout(constant_id = 6) const uint FACTORS_0 = 64;
layout(constant_id = 7) const uint FACTORS_1 = 0;
layout(constant_id = 8) const uint FACTORS_2 = 0;
layout(constant_id = 9) const uint FACTORS_3 = 0;

layout(std430, binding = 0) readonly buffer roots_buffer { REAL2 roots[]; }; // exp(-2 pi i j / N)

#define THREADS gl_WorkGroupSize.x
const uint HALF = N / 2 + 1;
const bool BUTTERFLIES = (FLAGS & VORDEC_SIMULATE_BUTTERFLIES) != 0;
const uint RADIX = VALUES < 8 ? 4 : 8;

// Lines in shared memory, a value after every 8 left out where there is room: strides of 8 would meet in one bank. Where
// there is no room for both parts, they take turns.
const bool SPLIT = (FLAGS & VORDEC_SIMULATE_SPLIT) != 0;
const bool PADDED = (FLAGS & VORDEC_SIMULATE_PADDED) != 0;
const uint LINE_WORDS = PADDED ? N * LINES + N * LINES / 8 : N * LINES;
shared REAL line_re[LINE_WORDS], line_im[SPLIT ? 1 : LINE_WORDS];

uint word(uint e) { return PADDED ? e + (e >> 3) : e; }

REAL2 v[VALUES];

uint thread() { return gl_LocalInvocationID.x; }

uint factor(uint i) {
  const uint words[4] = uint[](FACTORS_0, FACTORS_1, FACTORS_2, FACTORS_3);
  return i < 8 ? words[i / 2] >> 16 * (i % 2) & 0xffffu : 0;
}

// The values' parts into shared memory; with SPLIT one of them, into line_re.
void put_line(uint part) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS;
    if (e >= N * LINES) continue;
    if (SPLIT) {
      line_re[word(e)] = part == 0 ? v[i].x : v[i].y;
    } else {
      line_re[word(e)] = v[i].x;
      line_im[word(e)] = v[i].y;
    }
  }
}

// ---- any N ----

REAL2 sums[VALUES];

// One factor p of N after those whose product is `done`: with M = N / (done p), the value at k M + j becomes
//   sum over r < p of exp(-2 pi i r k / (done p)) times the value at (k mod done) p M + j + M r,
// which takes transforms of `done` values to transforms of done p, all in order (Stockham). With SPLIT what one part of
// the values adds to it.
void add_factor(uint p, uint done, uint part) {
  const uint m = N / (done * p);
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS;
    if (e >= N * LINES) continue;
    const uint position = e / LINES, k = position / m;
    uint from = (k % done * p * m + position % m) * LINES + e % LINES, turn = 0;
    precise REAL2 sum = part == 0 ? REAL2(0) : sums[i];
    [[dont_unroll]] for (uint r = 0; r < p; r++) {
      const REAL2 root = roots[turn];
      if (SPLIT) {
        sum = fma(REAL2(line_re[word(from)]), part == 0 ? root : REAL2(-root.y, root.x), sum);
      } else {
        const REAL re = line_re[word(from)], im = line_im[word(from)];
        sum = REAL2(fma(re, root.x, fma(-im, root.y, sum.x)), fma(re, root.y, fma(im, root.x, sum.y)));
      }
      from += m * LINES;
      turn += k * m;
      if (turn >= N) turn -= N;
    }
    sums[i] = sum;
  }
}

void transform_by_sums() {
  uint done = 1;
  [[dont_unroll]] for (uint i = 0; done < N; i++) {
    const uint p = factor(i);
    [[dont_unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
      put_line(part);
      barrier();
      add_factor(p, done, part);
      barrier();
    }
    [[unroll]] for (uint j = 0; j < VALUES; j++) v[j] = sums[j];
    done *= p;
  }
}

// ---- N a power of two that the threads share out evenly: factors RADIX, as often as possible, and what is left ----
#include "butterflies.glsl"

// One factor p as above: butterfly b, of N / p, takes the values at b + r N / p, which the thread has in registers, and
// leaves those that belong to (b - k) p + k + r done there, with k = b mod done.
void apply_butterflies(uint p, uint done_log) {
  const uint apart = VALUES / p;
  [[unroll]] for (uint q = 0; q < apart; q++) {
    const uint b = (thread() + q * THREADS) / LINES, k = b & ((1u << done_log) - 1);
    REAL2 a[8];
    [[unroll]] for (uint r = 0; r < p; r++) a[r] = v[q + r * apart];
    if (done_log > 0) {
      const uint turn = k * (N / p >> done_log);
      [[unroll]] for (uint r = 1; r < p; r++) a[r] = product(a[r], roots[r * turn]);
    }
    if (p == 8) butterfly_8(a);
    if (p == 4) butterfly_4(a[0], a[1], a[2], a[3]);
    if (p == 2) butterfly_2(a[0], a[1]);
    [[unroll]] for (uint r = 0; r < p; r++) v[q + r * apart] = a[r];
  }
}

void put_butterflies(uint p, uint done_log, uint part) {
  const uint apart = VALUES / p;
  [[unroll]] for (uint q = 0; q < apart; q++) {
    const uint at = thread() + q * THREADS, b = at / LINES, k = b & ((1u << done_log) - 1);
    [[unroll]] for (uint r = 0; r < p; r++) {
      const uint to = word(((b - k) * p + k + (r << done_log)) * LINES + at % LINES);
      if (SPLIT) {
        line_re[to] = part == 0 ? v[q + r * apart].x : v[q + r * apart].y;
      } else {
        line_re[to] = v[q + r * apart].x;
        line_im[to] = v[q + r * apart].y;
      }
    }
  }
}

void take_values(uint part) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint at = word(thread() + i * THREADS);
    if (!SPLIT) {
      v[i] = REAL2(line_re[at], line_im[at]);
    } else if (part == 0) {
      v[i].x = line_re[at];
    } else {
      v[i].y = line_re[at];
    }
  }
}

void exchange(uint p, uint done_log) {
  [[unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
    put_butterflies(p, done_log, part);
    barrier();
    take_values(part);
    barrier();
  }
}

// After the last factor each value is where its thread has it.
void transform_by_butterflies() {
  const uint radix_log = VALUES < 8 ? 2 : 3, left_log = findMSB(N) % radix_log;
  [[dont_unroll]] for (uint done_log = 0; done_log + radix_log <= findMSB(N); done_log += radix_log) {
    apply_butterflies(RADIX, done_log);
    if (done_log + radix_log < findMSB(N)) exchange(RADIX, done_log);
  }
  if (left_log > 0) apply_butterflies(1u << left_log, findMSB(N) - left_log);
}

// Transforms the lines in v, not normalised.
void transform() {
  if (BUTTERFLIES) {
    transform_by_butterflies();
  } else {
    transform_by_sums();
  }
}

#include "wavenumber.glsl"
