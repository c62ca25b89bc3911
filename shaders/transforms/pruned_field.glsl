/* SPDX-License-Identifier: MIT */
// pruned_field.glsl - stages 1 to 3, pruned transform, of a small grid (N = 64 or 128): a workgroup does a whole state, and
// nothing but omega_lp and the mask leaves it.
//
// The steps are those of pruned_columns, pruned_absmax, pruned_rows, pruned_ternary and bit_majority, to the same bits of
// omega_lp and R, in single precision: each thread sums 4 pairs of cells in 4 rows, first R, of which only two bits a cell
// are kept, then omega_lp, whose stores are on their way while the majority runs. The dense one sums both at a time.
//
// VORDEC_DENSE: what is not needed at the same time shares its place in shared memory, as words, for devices where this lets
// a workgroup in, or more of them. It costs a barrier, edges wait in registers until there is room for them, and factors come
// from global memory.
#define VORDEC_OWN_WORKGROUP
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "bit_planes.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint COLUMNS = 9;
layout(constant_id = 2) const uint PITCH = 128;
layout(constant_id = 3) const uint HALF_PITCH = 64;
layout(constant_id = 4) const uint BASIS_ROWS = 9;
layout(constant_id = 5) const uint SHARE = 3; // columns that a thread sums along y
layout(constant_id = 6) const uint EDGE_LEFT = 0;
layout(constant_id = 7) const uint EDGE_RIGHT = 0;
layout(constant_id = 8) const uint ROUNDS = 8;
layout(local_size_x_id = 9) in; // N * N / 32
layout(constant_id = 9) const uint THREADS = 512;
VORDEC_PUSH_BLOCK(PRUNED_FIELD_PUSH)
#include "pruned_threshold.glsl"
layout(std430, binding = 0) readonly buffer coef_buffer { float coef[]; };
layout(std430, binding = 1) readonly buffer source_buffer { uvec4 source[]; };
layout(std430, binding = 2) readonly buffer factor_buffer { vec4 factor[]; };
layout(std430, binding = 3) readonly buffer basis_y_buffer { vec4 basis_y[]; };
layout(std430, binding = 4) readonly buffer basis_x_buffer { vec2 basis_x[]; };
layout(std430, binding = 5) writeonly buffer field_buffer { vec4 omega_lp4[]; };
layout(std430, binding = 6) writeonly buffer mask_buffer { uvec4 mask4[]; };
layout(std430, binding = 7) writeonly buffer partial_buffer { float partials[]; };

const uint EDGES = EDGE_LEFT + EDGE_RIGHT;
const uint LANES = N / 8, WORDS = N / 32;
const uint DIFFERENCES = EDGES == 0 ? 0 : COLUMNS * N;
const uint AT_ONCE = 5;          // loads that wait together wait once

#ifdef VORDEC_DENSE
// omega_lp's lines and R's; once omega_lp is stored, the majority's words.
const uint LINE_WORDS = 4 * COLUMNS * N, MAJORITY_WORDS = 5 * THREADS;
shared uint first_words[LINE_WORDS > MAJORITY_WORDS ? LINE_WORDS : MAJORITY_WORDS];
// Values of the modes and differences of lines. Later edges, and bits in their place; cosines, sines, the threads' maxima, and
// the words that all threads look at.
const uint VALUE_WORDS = 4 * BASIS_ROWS * COLUMNS, EARLY_WORDS = VALUE_WORDS + 2 * DIFFERENCES;
const uint EDGE_WORDS = EDGES * N, BASIS_AT = EDGE_WORDS > 2 * THREADS ? EDGE_WORDS : 2 * THREADS;
const uint MAXIMA_AT = BASIS_AT + 8 * COLUMNS * LANES, FLAGS_AT = MAXIMA_AT + THREADS, LATER_WORDS = FLAGS_AT + 4;
shared uint second_words[EARLY_WORDS > LATER_WORDS ? EARLY_WORDS : LATER_WORDS];

#define FOUR(words, i) uintBitsToFloat(uvec4(words[4 * (i)], words[4 * (i) + 1], words[4 * (i) + 2], words[4 * (i) + 3]))
#define PUT_FOUR(words, i, four)                                                                                       \
  {                                                                                                                    \
    const uvec4 of_it = floatBitsToUint(four);                                                                         \
    words[4 * (i)] = of_it.x;                                                                                          \
    words[4 * (i) + 1] = of_it.y;                                                                                      \
    words[4 * (i) + 2] = of_it.z;                                                                                      \
    words[4 * (i) + 3] = of_it.w;                                                                                      \
  }
#define VALUE(i) FOUR(second_words, i)
#define PUT_VALUE(i, four) PUT_FOUR(second_words, i, four)
#define LINE(i) FOUR(first_words, i)
#define PUT_LINE(i, four) PUT_FOUR(first_words, i, four)
#define COSINE(i) FOUR(second_words, BASIS_AT / 4 + i)
#define PUT_COSINE(i, four) PUT_FOUR(second_words, BASIS_AT / 4 + i, four)
#define SINE(i) FOUR(second_words, BASIS_AT / 4 + COLUMNS * LANES + i)
#define PUT_SINE(i, four) PUT_FOUR(second_words, BASIS_AT / 4 + COLUMNS * LANES + i, four)
#define EDGE(i) uintBitsToFloat(second_words[i])
#define PUT_EDGE(i, value) second_words[i] = floatBitsToUint(value)
#define EDGE_FACTOR(i) factor[COLUMNS + i]
#define DIFFERENCE(i) uvec2(second_words[VALUE_WORDS + 2 * (i)], second_words[VALUE_WORDS + 2 * (i) + 1])
#define PUT_DIFFERENCE(i, two)                                                                                         \
  {                                                                                                                    \
    const uvec2 of_it = two;                                                                                           \
    second_words[VALUE_WORDS + 2 * (i)] = of_it.x;                                                                     \
    second_words[VALUE_WORDS + 2 * (i) + 1] = of_it.y;                                                                 \
  }
#define BITS(i) second_words[i]
#define MAXIMUM(i) second_words[MAXIMA_AT + i]
#define HIGHEST second_words[FLAGS_AT]
#define CHANGES(i) second_words[FLAGS_AT + 1 + i]
#define CELLS(i) uvec2(first_words[2 * (i)], first_words[2 * (i) + 1])
#define PUT_CELLS(i, two)                                                                                              \
  {                                                                                                                    \
    const uvec2 of_it = two;                                                                                           \
    first_words[2 * (i)] = of_it.x;                                                                                    \
    first_words[2 * (i) + 1] = of_it.y;                                                                                \
  }
#define SUMS(i) first_words[2 * THREADS + i]
#else
const uint TILE = DIFFERENCES > THREADS ? DIFFERENCES : THREADS;
const bool FEW_EDGES = EDGES <= 16; // their factors are kept in shared memory

shared vec4 value[BASIS_ROWS * COLUMNS];
shared vec4 lines[COLUMNS * N]; // omega_lp, R
shared vec4 tile_cos[COLUMNS * LANES], tile_sin[COLUMNS * LANES];
shared float edge[EDGES * N + 1];
shared vec4 edge_factor[FEW_EDGES ? COLUMNS * EDGES + 1 : 1];
shared uint bits[3 * THREADS]; // first of all, maxima; at last, a word's sum_along_x()
// Differences of lines while edges are summed, as the bits of floats; then the mask.
shared uvec2 tile[TILE];
shared uint highest, changes[3];

#define VALUE(i) value[i]
#define PUT_VALUE(i, four) value[i] = four
#define LINE(i) lines[i]
#define PUT_LINE(i, four) lines[i] = four
#define COSINE(i) tile_cos[i]
#define PUT_COSINE(i, four) tile_cos[i] = four
#define SINE(i) tile_sin[i]
#define PUT_SINE(i, four) tile_sin[i] = four
#define EDGE(i) edge[i]
#define PUT_EDGE(i, value) edge[i] = value
#define EDGE_FACTOR(i) FEW_EDGES ? edge_factor[i] : factor[COLUMNS + i]
#define DIFFERENCE(i) tile[i]
#define PUT_DIFFERENCE(i, two) tile[i] = two
#define BITS(i) bits[i]
#define MAXIMUM(i) bits[i]
#define HIGHEST highest
#define CHANGES(i) changes[i]
#define CELLS(i) tile[i]
#define PUT_CELLS(i, two) tile[i] = two
#define SUMS(i) bits[i]
#endif

// As in pruned_columns, to the same bits.
vec4 pair_of(vec2 c, vec2 opposite) { return vec4(c + opposite, opposite.y - c.y, c.x - opposite.x); }
vec2 add_pair(vec2 sum, vec4 pair, vec2 b) { return fma(pair.zw, vec2(b.y), fma(pair.xy, vec2(b.x), sum)); }
vec2 times(vec2 a, vec2 b) { return vec2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x)); }

vec2 stored(uint state, uint place) {
  if (place == VORDEC_ABSENT) return vec2(0);
  const uint at = state * push.coef_stride + place;
  return vec2(coef[at], coef[at + push.im_offset]);
}

vec2 coefficient(uint state, uvec2 places) {
  const vec2 own = stored(state, places.x), mirror = stored(state, places.y);
  return 0.5 * vec2(own.x + mirror.x, own.y - mirror.y);
}

#define LOAD_BASIS(i)                                                                                                  \
  {                                                                                                                    \
    const uint at = i / LANES * HALF_PITCH + 4 * (i % LANES);                                                          \
    const vec2 b0 = basis_x[at], b1 = basis_x[at + 1], b2 = basis_x[at + 2], b3 = basis_x[at + 3];                     \
    PUT_COSINE(i, vec4(b0.x, b1.x, b2.x, b3.x));                                                                       \
    PUT_SINE(i, vec4(b0.y, b1.y, b2.y, b3.y));                                                                         \
  }

void load(uint state) {
  const uint thread = gl_LocalInvocationID.x;
#ifndef VORDEC_DENSE
  if (thread < 3) CHANGES(thread) = 0;
  if (thread == 3) HIGHEST = 0;
#endif
  for (uint i = thread; i < BASIS_ROWS * COLUMNS; i += THREADS) {
    const uvec4 places = source[i];
    PUT_VALUE(i, pair_of(coefficient(state, places.xy), coefficient(state, places.zw)));
  }
#ifndef VORDEC_DENSE
  for (uint i = thread; FEW_EDGES && i < COLUMNS * EDGES; i += THREADS) edge_factor[i] = factor[COLUMNS + i];
  for (uint i = thread; i < COLUMNS * LANES; i += THREADS) LOAD_BASIS(i)
#endif
}

void put_line(uint column, uint y, vec2 plain, vec2 difference) {
  if (column >= COLUMNS) return;
  const vec4 f = factor[column];
  const vec2 kept = vec2(1 - f.z, -f.w);
  PUT_LINE(column * N + y, vec4(times(plain, f.xy), times(times(plain, f.zw) + times(difference, kept), f.xy)));
  if (EDGES != 0) PUT_DIFFERENCE(column * N + y, floatBitsToUint(times(difference, f.xy)));
}

void sum_columns() {
  for (uint i = gl_LocalInvocationID.x; i < (COLUMNS + SHARE - 1) / SHARE * N; i += THREADS) {
    const uint y = i % N, first = i / N * SHARE;
    vec2 plain[SHARE], difference[SHARE];
    [[unroll]] for (uint c = 0; c < SHARE; c++) plain[c] = difference[c] = vec2(0);
    for (uint row = 0; row < BASIS_ROWS; row += AT_ONCE) {
      vec4 b[AT_ONCE];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) b[k] = basis_y[min(row + k, BASIS_ROWS - 1) * PITCH + y];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) {
        if (row + k >= BASIS_ROWS) break;
        [[unroll]] for (uint c = 0; c < SHARE; c++) {
          const vec4 pair = VALUE((row + k) * COLUMNS + min(first + c, COLUMNS - 1));
          plain[c] = add_pair(plain[c], pair, b[k].xy);
          difference[c] = add_pair(difference[c], pair, b[k].zw);
        }
      }
    }
    [[unroll]] for (uint c = 0; c < SHARE; c++) put_line(first + c, y, plain[c], difference[c]);
  }
}

// Some edge columns of a row, from first on, beside each other: lines and their differences are read once for all of them.
#define SUM_EDGES(sum, count, first, y)                                                                                \
  {                                                                                                                    \
    [[unroll]] for (uint k = 0; k < count; k++) sum[k] = 0;                                                            \
    for (uint c = 0; c < COLUMNS; c++) {                                                                               \
      const vec2 plain = LINE(c * N + y).xy, difference = uintBitsToFloat(DIFFERENCE(c * N + y));                      \
      [[unroll]] for (uint k = 0; k < count; k++) {                                                                    \
        const vec4 b = EDGE_FACTOR(c * EDGES + min(first + k, EDGES - 1));                                             \
        sum[k] = fma(plain.x, b.x, sum[k]);                                                                            \
        sum[k] = fma(-plain.y, b.y, sum[k]);                                                                           \
        sum[k] = fma(difference.x, b.z, sum[k]);                                                                       \
        sum[k] = fma(-difference.y, b.w, sum[k]);                                                                      \
      }                                                                                                                \
    }                                                                                                                  \
  }
#define PUT_EDGES(sum, count, first, y)                                                                                \
  [[unroll]] for (uint k = 0; k < count; k++) {                                                                        \
    if (first + k < EDGES) PUT_EDGE((first + k) * N + y, sum[k]);                                                      \
  }

#ifdef VORDEC_DENSE
// All of them at once, since they take the differences' place. Ends with a barrier, after which what is needed later is there.
const uint EDGE_GROUPS = THREADS / N, EDGE_SHARE = EDGES == 0 ? 1 : (EDGES + EDGE_GROUPS - 1) / EDGE_GROUPS;

void sum_edges() {
  const uint thread = gl_LocalInvocationID.x, y = thread % N, first = thread / N * EDGE_SHARE;
  float sum[EDGE_SHARE];
  if (EDGES != 0) SUM_EDGES(sum, EDGE_SHARE, first, y)
  barrier();
  if (EDGES != 0) PUT_EDGES(sum, EDGE_SHARE, first, y)
  for (uint i = thread; i < COLUMNS * LANES; i += THREADS) LOAD_BASIS(i)
  if (thread < 3) CHANGES(thread) = 0;
  if (thread == 3) HIGHEST = 0;
  barrier();
}
#else
const uint EDGE_SHARE = 3;

void sum_edges() {
  const uint y = gl_LocalInvocationID.x % N;
  for (uint first = gl_LocalInvocationID.x / N * EDGE_SHARE; first < EDGES; first += THREADS / N * EDGE_SHARE) {
    float sum[EDGE_SHARE];
    SUM_EDGES(sum, EDGE_SHARE, first, y)
    PUT_EDGES(sum, EDGE_SHARE, first, y)
  }
}
#endif

struct row_sums {
  vec4 even, odd;
};

// Four rows of omega_lp (which 0) or R (1).
void sum_rows(uint lane, uint first_row, uint which, out row_sums sums[4]) {
  [[unroll]] for (uint r = 0; r < 4; r++) sums[r] = row_sums(vec4(0), vec4(0));
  for (uint c = 0; c < COLUMNS; c++) {
    const vec4 cosine = COSINE(c * LANES + lane), sine = SINE(c * LANES + lane);
    [[unroll]] for (uint r = 0; r < 4; r++) {
      const vec2 line = which == 0 ? LINE(c * N + first_row + r).xy : LINE(c * N + first_row + r).zw;
      sums[r].even = fma(vec4(line.x), cosine, sums[r].even);
      sums[r].odd = fma(vec4(line.y), sine, sums[r].odd);
    }
  }
}

void store_rows(uint state, uint lane, uint first_row, row_sums sums[4]) {
  [[unroll]] for (uint r = 0; r < 4; r++) {
    const uint row = (state * N + first_row + r) * (N / 4);
    omega_lp4[row + lane] = sums[r].even - sums[r].odd;
    omega_lp4[row + N / 4 - 1 - lane] = (sums[r].even + sums[r].odd).wzyx;
  }
}

bool is_edge(uint x) { return x < EDGE_LEFT || x >= N - EDGE_RIGHT; }
uint edge_of(uint x) { return x < EDGE_LEFT ? x : x - (N - EDGES); }

void put_edges(uint y, uint x, inout vec4 left, inout vec4 right) {
  if (EDGES == 0 || x >= max(EDGE_LEFT, EDGE_RIGHT)) return;
  for (uint p = 0; p < 4; p++) {
    const uint mirror = N - 1 - x - p;
    if (is_edge(x + p)) left[p] = EDGE(edge_of(x + p) * N + y);
    if (is_edge(mirror)) right[p] = EDGE(edge_of(mirror) * N + y);
  }
}

float absmax(vec4 a) { return max(max(abs(a.x), abs(a.y)), max(abs(a.z), abs(a.w))); }

// max |R| of the state, once all threads have come here.
float fold(float mine) {
  const uint thread = gl_LocalInvocationID.x;
  MAXIMUM(thread) = floatBitsToUint(mine); // the order of floats that are not negative is that of their bits
  barrier();
  if (thread < 32) {
    uint most = 0;
    [[unroll]] for (uint i = 0; i < THREADS / 32; i++) most = max(most, MAXIMUM(i * 32 + thread));
    atomicMax(HIGHEST, most);
  }
  barrier();
  return uintBitsToFloat(HIGHEST);
}

#ifdef VORDEC_DENSE
// Rows of omega_lp, which are stored, and of R beside them: basis and lines are read once.
void sum_residual(uint state, uint lane, uint first_row, out row_sums sums[4]) {
  row_sums field[4];
  [[unroll]] for (uint r = 0; r < 4; r++) sums[r] = field[r] = row_sums(vec4(0), vec4(0));
  for (uint c = 0; c < COLUMNS; c++) {
    const vec4 cosine = COSINE(c * LANES + lane), sine = SINE(c * LANES + lane);
    [[unroll]] for (uint r = 0; r < 4; r++) {
      const vec4 line = LINE(c * N + first_row + r);
      field[r].even = fma(vec4(line.x), cosine, field[r].even);
      field[r].odd = fma(vec4(line.y), sine, field[r].odd);
      sums[r].even = fma(vec4(line.z), cosine, sums[r].even);
      sums[r].odd = fma(vec4(line.w), sine, sums[r].odd);
    }
  }
  store_rows(state, lane, first_row, field);
}
#else
void sum_residual(uint state, uint lane, uint first_row, out row_sums sums[4]) { sum_rows(lane, first_row, 1, sums); }
#endif

// R, as two nibbles for each of four rows and both sides.
void find_bits(uint state, uint lane, uint first_row) {
  row_sums sums[4];
  sum_residual(state, lane, first_row, sums);
#ifndef VORDEC_DENSE
  barrier(); // edges are there
#endif
  float mine = 0;
  [[unroll]] for (uint r = 0; r < 4; r++) {
    vec4 left = sums[r].even - sums[r].odd, right = sums[r].even + sums[r].odd;
    put_edges(first_row + r, 4 * lane, left, right);
    mine = max(mine, max(absmax(left), absmax(right)));
    sums[r] = row_sums(left, right);
  }
  const float most = fold(mine), threshold = TAU * (most + 1e-12);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.stride] = most;
  uvec2 own = uvec2(0);
  [[unroll]] for (uint r = 0; r < 4; r++) {
    // The second is mirrored: the first pair's cell comes last.
    own |= uvec2(nibbles(sums[r].even.wzyx, threshold), nibbles(sums[r].odd, threshold)) << (8 * r);
  }
  BITS(gl_LocalInvocationID.x) = own.x;
  BITS(THREADS + gl_LocalInvocationID.x) = own.y;
}

// A thread's word of the mask, put together from the bits of 8 threads.
uvec2 own_word() {
  const uint x = gl_LocalInvocationID.x % WORDS, y = gl_LocalInvocationID.x / WORDS;
  const bool mirrored = 2 * x >= WORDS;
  const uint first = y / 4 * LANES + 8 * (mirrored ? WORDS - 1 - x : x) + (mirrored ? THREADS : 0);
  uint below = 0, negative = 0;
  [[unroll]] for (uint i = 0; i < 8; i++) {
    const uint byte = BITS(first + i) >> (8 * (y % 4)), shift = 4 * (mirrored ? 7 - i : i);
    below |= (byte & 15u) << shift;
    negative |= (byte >> 4 & 15u) << shift;
  }
  return uvec2(~below & ~negative, below | ~negative);
}

uvec3 sum_at(uint word) { return uvec3(SUMS(word), SUMS(THREADS + word), SUMS(2 * THREADS + word)); }

// The majority, to its last round or its fixpoint. In each round the words' sums along x are made once and handed on.
uvec2 majority(uvec2 own) {
  const uint thread = gl_LocalInvocationID.x, x = thread % WORDS, row = thread - x;
  const uint left = row + (x + WORDS - 1) % WORDS, right = row + (x + 1) % WORDS;
  const uint north = (thread + THREADS - WORDS) % THREADS, south = (thread + WORDS) % THREADS;
  PUT_CELLS(thread, own);
  barrier();
  for (uint round = 0; round < ROUNDS; round++) {
    if (thread == 0) CHANGES((round + 1) % 3) = 0; // nobody looks at it before two barriers more
    const uvec3 sum = sum_of_three(CELLS(left), own, CELLS(right));
    for (uint i = 0; i < 3; i++) SUMS(i * THREADS + thread) = sum[i];
    barrier();
    const uvec2 result = majority_of(sum_at(north), sum, sum_at(south));
    if (result != own) CHANGES(round % 3) = 1;
    own = result;
    PUT_CELLS(thread, own);
    barrier();
    if (CHANGES(round % 3) == 0) break;
  }
  return own;
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const uint lane = thread % LANES, first_row = thread / LANES * 4;
  load(state);
  barrier();
  sum_columns();
  barrier();
  sum_edges();
  find_bits(state, lane, first_row);
#ifndef VORDEC_DENSE
  row_sums field[4];
  sum_rows(lane, first_row, 0, field);
  store_rows(state, lane, first_row, field);
#endif
  barrier();
  const uvec2 word = own_word();
#ifndef VORDEC_DENSE
  barrier(); // before the sums take the bits' place
#endif
  const uvec2 own = majority(word);
  const uint at = (state * THREADS + thread) * 2;
  mask4[at] = unpacked_half(own);
  mask4[at + 1] = unpacked_half(own >> 16);
}
