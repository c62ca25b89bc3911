#version 450
// pruned_field.comp - stages 1 to 3, pruned transform, of a small grid (N = 64 or 128): a workgroup does a whole state, and
// nothing but omega_lp and the mask leaves it.
//
// The steps are those of pruned_columns, pruned_absmax, pruned_rows, pruned_ternary and bit_majority, to the same bits of
// omega_lp and R, in single precision. A thread sums blocks of 4 pairs of cells in 4 rows, BLOCKS of them: first R, for its
// maximum, then R again where it reaches the threshold, of which two bits a cell are kept, then omega_lp, whose stores
// are on their way while the majority runs. With one block a thread, which is fastest for few states, R is not summed again; with several,
// workgroups are smaller, and more of them share a processor.
#define VORDEC_OWN_WORKGROUP
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "bit_planes.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint COLUMNS = 9;
layout(constant_id = 2) const uint PITCH = 128;
layout(constant_id = 3) const uint HALF_PITCH = 64;
layout(constant_id = 4) const uint BASIS_ROWS = 17;
layout(constant_id = 5) const uint SHARE = 3; // columns that a thread sums along y
layout(constant_id = 6) const uint EDGE_LEFT = 0;
layout(constant_id = 7) const uint EDGE_RIGHT = 0;
layout(constant_id = 8) const uint ROUNDS = 8;
layout(local_size_x_id = 9) in;
layout(constant_id = 9) const uint THREADS = 512; // divides the number of blocks
VORDEC_PUSH_BLOCK(PRUNED_FIELD_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { float coef[]; };
layout(std430, binding = 1) readonly buffer source_buffer { uvec2 source[]; };
layout(std430, binding = 2) readonly buffer factor_buffer { vec4 factor[]; };
layout(std430, binding = 3) readonly buffer basis_y_buffer { vec4 basis_y[]; };
layout(std430, binding = 4) readonly buffer basis_x_buffer { vec2 basis_x[]; };
layout(std430, binding = 5) writeonly buffer field_buffer { vec4 omega_lp4[]; };
layout(std430, binding = 6) writeonly buffer mask_buffer { uvec4 mask4[]; };
layout(std430, binding = 7) writeonly buffer partial_buffer { float partials[]; };

const uint EDGES = EDGE_LEFT + EDGE_RIGHT;
const uint LANES = N / 8, WORDS = N / 32; // of a row: threads beside each other, words of the mask
const uint ALL_BLOCKS = N * N / 32, BLOCKS = ALL_BLOCKS / THREADS; // of a state, of a thread; there are as many words
const uint DIFFERENCES = EDGES == 0 ? 0 : COLUMNS * N;
const uint TILE = DIFFERENCES > 2 * ALL_BLOCKS ? DIFFERENCES : 2 * ALL_BLOCKS;

const uint AT_ONCE = 6; // loads that are under way together
const uint VALUES = (BASIS_ROWS + AT_ONCE - 1) / AT_ONCE * AT_ONCE * COLUMNS;
shared vec2 value[VALUES];
shared vec4 lines[COLUMNS * N]; // omega_lp, R
shared vec4 tile_cos[COLUMNS * LANES], tile_sin[COLUMNS * LANES];
shared float edge[EDGES * N + 1];
shared uint bits[2 * ALL_BLOCKS];
// Differences of lines while edges are summed, as the bits of floats; then the mask, before and after a round.
shared uvec2 tile[TILE];
shared uint highest, changes[3];

// As in pruned_columns, to the same bits.
vec2 times(vec2 a, vec2 b) { return vec2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x)); }

vec2 coefficient(uint state, uint place) {
  if (place == VORDEC_ABSENT) return vec2(0);
  const uint at = state * push.coef_stride + place;
  return vec2(coef[at], coef[at + push.im_offset]);
}

void load(uint state) {
  const uint thread = gl_LocalInvocationID.x;
  if (thread < 3) changes[thread] = 0;
  if (thread == 3) highest = 0;
  for (uint i = thread; i < VALUES; i += THREADS) {
    value[i] = vec2(0);
    if (i >= BASIS_ROWS * COLUMNS) continue;
    const uvec2 s = source[i];
    const vec2 own = coefficient(state, s.x), mirror = coefficient(state, s.y);
    value[i] = 0.5 * vec2(own.x + mirror.x, own.y - mirror.y);
  }
  for (uint i = thread; i < COLUMNS * LANES; i += THREADS) {
    const uint at = i / LANES * HALF_PITCH + 4 * (i % LANES);
    const vec2 b0 = basis_x[at], b1 = basis_x[at + 1], b2 = basis_x[at + 2], b3 = basis_x[at + 3];
    tile_cos[i] = vec4(b0.x, b1.x, b2.x, b3.x);
    tile_sin[i] = vec4(b0.y, b1.y, b2.y, b3.y);
  }
}

void put_line(uint column, uint y, vec2 plain, vec2 difference) {
  if (column >= COLUMNS) return;
  const vec4 f = factor[column];
  const vec2 kept = vec2(1 - f.z, -f.w);
  lines[column * N + y] = vec4(times(plain, f.xy), times(times(plain, f.zw) + times(difference, kept), f.xy));
  if (EDGES != 0) tile[column * N + y] = floatBitsToUint(times(difference, f.xy));
}

void sum_columns() {
  for (uint i = gl_LocalInvocationID.x; i < (COLUMNS + SHARE - 1) / SHARE * N; i += THREADS) {
    const uint y = i % N, first = i / N * SHARE;
    precise vec2 plain[SHARE], difference[SHARE];
    [[unroll]] for (uint c = 0; c < SHARE; c++) plain[c] = difference[c] = vec2(0);
    // Rows past the last one of the basis add zeros. Loads that wait together wait once.
    for (uint row = 0; row < BASIS_ROWS; row += AT_ONCE) {
      vec4 b[AT_ONCE];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) b[k] = basis_y[min(row + k, BASIS_ROWS - 1) * PITCH + y];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) {
        [[unroll]] for (uint c = 0; c < SHARE; c++) {
          const vec2 v = value[(row + k) * COLUMNS + min(first + c, COLUMNS - 1)];
          plain[c] += times(v, b[k].xy);
          difference[c] += times(v, b[k].zw);
        }
      }
    }
    [[unroll]] for (uint c = 0; c < SHARE; c++) put_line(first + c, y, plain[c], difference[c]);
  }
}

float add_edge(float sum, uint at, vec4 b) {
  const vec2 plain = lines[at].xy, difference = uintBitsToFloat(tile[at]);
  return fma(-difference.y, b.w, fma(difference.x, b.z, fma(-plain.y, b.y, fma(plain.x, b.x, sum))));
}

void sum_edges() {
  for (uint i = gl_LocalInvocationID.x; i < EDGES * N; i += THREADS) {
    const uint e = i / N, y = i % N;
    float sum = 0;
    for (uint first = 0; first < COLUMNS; first += AT_ONCE) {
      vec4 b[AT_ONCE];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) b[k] = factor[COLUMNS + min(first + k, COLUMNS - 1) * EDGES + e];
      [[unroll]] for (uint k = 0; k < AT_ONCE; k++) {
        if (first + k < COLUMNS) sum = add_edge(sum, (first + k) * N + y, b[k]);
      }
    }
    edge[i] = sum;
  }
}

struct row_sums {
  vec4 even, odd;
};

// Four rows of omega_lp (which 0) or R (1).
void sum_rows(uint lane, uint first_row, uint which, out row_sums sums[4]) {
  [[unroll]] for (uint r = 0; r < 4; r++) sums[r] = row_sums(vec4(0), vec4(0));
  for (uint c = 0; c < COLUMNS; c++) {
    const vec4 cosine = tile_cos[c * LANES + lane], sine = tile_sin[c * LANES + lane];
    [[unroll]] for (uint r = 0; r < 4; r++) {
      const vec2 line = which == 0 ? lines[c * N + first_row + r].xy : lines[c * N + first_row + r].zw;
      sums[r].even = fma(vec4(line.x), cosine, sums[r].even);
      sums[r].odd = fma(vec4(line.y), sine, sums[r].odd);
    }
  }
}

bool is_edge(uint x) { return x < EDGE_LEFT || x >= N - EDGE_RIGHT; }
uint edge_of(uint x) { return x < EDGE_LEFT ? x : x - (N - EDGES); }

void put_edges(uint y, uint x, inout vec4 left, inout vec4 right) {
  if (EDGES == 0 || x >= max(EDGE_LEFT, EDGE_RIGHT)) return;
  for (uint p = 0; p < 4; p++) {
    const uint mirror = N - 1 - x - p;
    if (is_edge(x + p)) left[p] = edge[edge_of(x + p) * N + y];
    if (is_edge(mirror)) right[p] = edge[edge_of(mirror) * N + y];
  }
}

float absmax(vec4 a) { return max(max(abs(a.x), abs(a.y)), max(abs(a.z), abs(a.w))); }

// The sign bits of four numbers, the first one's highest.
uint signs(vec4 a) {
  uint s = floatBitsToUint(a.x) >> 31;
  s = s << 1 | floatBitsToUint(a.y) >> 31;
  s = s << 1 | floatBitsToUint(a.z) >> 31;
  return s << 1 | floatBitsToUint(a.w) >> 31;
}

uint nibbles(vec4 residual, float threshold) { return signs(abs(residual) - threshold) | signs(residual) << 4; }

// max |R| of the state, once all threads have come here.
float fold(float mine) {
  atomicMax(highest, floatBitsToUint(mine)); // the order of floats that are not negative is that of their bits
  barrier();
  return uintBitsToFloat(highest);
}

uint lane_of(uint block) { return block % LANES; }
uint row_of(uint block) { return block / LANES * 4; }
uint own_block(uint i) { return i * THREADS + gl_LocalInvocationID.x; }

// R of a block's cells, those to the left and to the right of the middle, in place of the sums.
void residual_of(uint block, out row_sums cells[4]) {
  sum_rows(lane_of(block), row_of(block), 1, cells);
  [[unroll]] for (uint r = 0; r < 4; r++) {
    vec4 left = cells[r].even - cells[r].odd, right = cells[r].even + cells[r].odd;
    put_edges(row_of(block) + r, 4 * lane_of(block), left, right);
    cells[r] = row_sums(left, right);
  }
}

float absmax_of(row_sums cells[4]) {
  float value = 0;
  [[unroll]] for (uint r = 0; r < 4; r++) value = max(value, max(absmax(cells[r].even), absmax(cells[r].odd)));
  return value;
}

// Two nibbles for each of four rows, on both sides.
void put_bits(uint block, row_sums cells[4], float threshold) {
  uvec2 own = uvec2(0);
  [[unroll]] for (uint r = 0; r < 4; r++) {
    // The second is mirrored: the first pair's cell comes last.
    own |= uvec2(nibbles(cells[r].even.wzyx, threshold), nibbles(cells[r].odd, threshold)) << (8 * r);
  }
  bits[block] = own.x;
  bits[ALL_BLOCKS + block] = own.y;
}

void put_nothing(uint block) { bits[block] = bits[ALL_BLOCKS + block] = 0x0f0f0f0f; }

void find_bits(uint state) {
  row_sums cells[4];
  float mine[BLOCKS], most = 0;
  for (uint i = 0; i < BLOCKS; i++) {
    residual_of(own_block(i), cells);
    mine[i] = absmax_of(cells);
    most = max(most, mine[i]);
  }
  most = fold(most);
  const float threshold = uintBitsToFloat(push.tau_lo) * (most + 1e-12);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.stride] = most;
  for (uint i = 0; i < BLOCKS; i++) {
    if (mine[i] < threshold) {
      put_nothing(own_block(i));
      continue;
    }
    if (BLOCKS > 1) residual_of(own_block(i), cells);
    put_bits(own_block(i), cells, threshold);
  }
}

void store_field(uint state) {
  for (uint i = 0; i < BLOCKS; i++) {
    const uint lane = lane_of(own_block(i)), first_row = row_of(own_block(i));
    row_sums sums[4];
    sum_rows(lane, first_row, 0, sums);
    [[unroll]] for (uint r = 0; r < 4; r++) {
      const uint row = (state * N + first_row + r) * (N / 4);
      omega_lp4[row + lane] = sums[r].even - sums[r].odd;
      omega_lp4[row + N / 4 - 1 - lane] = (sums[r].even + sums[r].odd).wzyx;
    }
  }
}

// A word of the mask, put together from the bits of 8 blocks.
uvec2 word_at(uint y, uint x) {
  const bool mirrored = 2 * x >= WORDS;
  const uint first = y / 4 * LANES + 8 * (mirrored ? WORDS - 1 - x : x) + (mirrored ? ALL_BLOCKS : 0);
  uint below = 0, negative = 0;
  [[unroll]] for (uint i = 0; i < 8; i++) {
    const uint byte = bits[first + i] >> (8 * (y % 4)), shift = 4 * (mirrored ? 7 - i : i);
    below |= (byte & 15u) << shift;
    negative |= (byte >> 4 & 15u) << shift;
  }
  return uvec2(~below & ~negative, below | ~negative);
}

uvec3 sum_along_x(uint from, uint y, uint x) {
  const uint row = from + y * WORDS;
  return sum_of_three(tile[row + (x + WORDS - 1) % WORDS], tile[row + x], tile[row + (x + 1) % WORDS]);
}

// The majority, to its last round or its fixpoint, of the words below each other that are a thread's.
void majority(uint x, uint first, inout uvec2 own[BLOCKS]) {
  uint from = 0;
  [[unroll]] for (uint r = 0; r < BLOCKS; r++) tile[(first + r) * WORDS + x] = own[r];
  for (uint round = 0; round < ROUNDS; round++) {
    barrier();
    if (round > 0 && changes[(round - 1) % 3] == 0) break;
    if (gl_LocalInvocationID.x == 0) changes[(round + 1) % 3] = 0; // nobody looks at it before the next barrier
    uvec3 north = sum_along_x(from, (first + N - 1) % N, x), here = sum_along_x(from, first, x);
    bool changed = false;
    from = ALL_BLOCKS - from;
    [[unroll]] for (uint r = 0; r < BLOCKS; r++) {
      const uvec3 south = sum_along_x(ALL_BLOCKS - from, (first + r + 1) % N, x);
      const uvec2 result = majority_of(north, here, south);
      changed = changed || result != own[r];
      own[r] = result;
      tile[from + (first + r) * WORDS + x] = result;
      north = here;
      here = south;
    }
    if (changed) changes[round % 3] = 1;
  }
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  load(state);
  barrier();
  sum_columns();
  barrier();
  sum_edges();
  barrier();
  find_bits(state);
  store_field(state);
  barrier();
  const uint x = thread % WORDS, first = thread / WORDS * BLOCKS;
  uvec2 own[BLOCKS];
  [[unroll]] for (uint r = 0; r < BLOCKS; r++) own[r] = word_at(first + r, x);
  majority(x, first, own);
  [[unroll]] for (uint r = 0; r < BLOCKS; r++) {
    const uint at = ((state * N + first + r) * WORDS + x) * 2;
    mask4[at] = unpacked_half(own[r]);
    mask4[at + 1] = unpacked_half(own[r] >> 16);
  }
}
