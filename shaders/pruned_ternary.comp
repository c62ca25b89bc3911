#version 450
// pruned_ternary.comp - stages 2 and 3, pruned transform: rows of omega_lp and of R from the same basis; omega_lp is
// stored, R only compared with the threshold, into two bit-planes (R >= threshold, R <= -threshold).
//
// A thread's cells make two nibbles a row and side, "below the threshold" and "negative"; 8 threads have 32 cells, and
// through shared memory each of them puts together the words of one row and side. Where 32 cells may fall between
// words (N not a multiple of 64) they are or-ed to the two that they meet, which were cleared before.
#extension GL_GOOGLE_include_directive : require
#include "pruned.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 3) readonly buffer edge_buffer { REAL edge[]; };
layout(std430, binding = 4) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 5) writeonly buffer field_buffer { REAL omega_lp[]; };
layout(std430, binding = 6) writeonly buffer field4_buffer { REAL4 omega_lp4[]; }; // the same memory
layout(std430, binding = 7) buffer plane_buffer { uint plane[]; };                // [state][y][word][plus, minus]
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#define SIGN_WORD(x) unpackDouble2x32(x).y
#else
#define TAU uintBitsToFloat(push.tau_lo)
#define SIGN_WORD(x) floatBitsToUint(x)
#endif
const uint WORDS = (N + 31) / 32;
const uvec2 ALL_BELOW = uvec2(0x0f0f0f0f); // a thread's bits where nothing reaches the threshold
const bool WHOLE_WORDS = N % 64 == 0;
const bool WHOLE_VECTORS = N % 8 == 0; // four pairs are all in the grid or none is, and their cells are aligned

shared REAL4 tile_line[CHUNK * TILE_ROWS];                              // [column][row]: omega_lp, R
const uint QUARTETS = (ROWS + 3) / 4;
// [side][four rows][thread]: a byte for each row, four bits below, four negative.
shared uint tile_bits[2 * QUARTETS * VORDEC_WORKGROUP];

struct row_sums {
  REAL4 even, odd, residual_even, residual_odd;
};

void load_lines(uint state, uint first_column, uint y0) {
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * TILE_ROWS; i += VORDEC_WORKGROUP) {
    const uint c = first_column + i / TILE_ROWS, y = y0 + i % TILE_ROWS;
    tile_line[i] = line_at(state, c, y);
  }
}

void store_field(uint state, uint y, uint x, REAL4 left, REAL4 right) {
  if (y >= N) return;
  const uint row = (state * N + y) * N;
  if (WHOLE_VECTORS) {
    if (2 * x >= N) return;
    omega_lp4[(row + x) / 4] = left;
    omega_lp4[(row + N - 4 - x) / 4] = right.wzyx;
    return;
  }
  for (uint p = 0; p < 4; p++) {
    if (2 * (x + p) >= N) return;
    omega_lp[row + x + p] = left[p];
    omega_lp[row + N - 1 - x - p] = right[p];
  }
}

void put_edges(uint state, uint y, uint x, inout REAL4 left, inout REAL4 right) {
  if (y >= N) return;
  for (uint p = 0; p < 4; p++) {
    if (2 * (x + p) >= N) return;
    const uint mirror = N - 1 - x - p;
    if (is_edge(x + p)) left[p] = edge[(state * EDGES + edge_of(x + p)) * PITCH + y];
    if (is_edge(mirror)) right[p] = edge[(state * EDGES + edge_of(mirror)) * PITCH + y];
  }
}

// The sign bits of four numbers, the first one's highest.
uint signs(REAL4 a) {
  uint bits = SIGN_WORD(a.x) >> 31;
  bits = bits << 1 | SIGN_WORD(a.y) >> 31;
  bits = bits << 1 | SIGN_WORD(a.z) >> 31;
  return bits << 1 | SIGN_WORD(a.w) >> 31;
}

uint nibbles(REAL4 residual, REAL threshold) { return signs(abs(residual) - threshold) | signs(residual) << 4; }

void or_cells(uint row, uint cell, uint bits, uint sign) {
  const uint word = row + cell / 32, shift = cell % 32;
  atomicOr(plane[2 * word + sign], bits << shift);
  if (shift != 0 && bits >> (32 - shift) != 0) atomicOr(plane[2 * (word + 1) + sign], bits >> (32 - shift));
}

// Of 32 pairs from x on, those that are in the grid: as a mask of their cells, which start at `cell`.
void or_words(uint row, uint x, bool mirrored, uvec2 signs) {
  const uint pairs = (N + 1) / 2;
  if (x >= pairs) return;
  const uint count = min(32, pairs - x), inside = 0xffffffffu >> (32 - count);
  if (!mirrored) {
    for (uint sign = 0; sign < 2; sign++) or_cells(row, x, signs[sign] & inside, sign);
    return;
  }
  // The last pair's cell comes first; pairs out of the grid would lie before it.
  for (uint sign = 0; sign < 2; sign++) or_cells(row, N - x - count, signs[sign] >> (32 - count), sign);
}

// One of 8 threads, by its place among them: a row of each four, on one side.
void store_words(uint state, uint x0, uint y0, uint quartet) {
  const uint thread = gl_LocalInvocationID.x, place = thread % 8, first = thread - place;
  const uint r = place % 4, side = place / 4;
  const uint y = y0 + thread / LANES * ROWS + 4 * quartet + r, x = x0 + 4 * (first % LANES);
  if (r >= ROWS || y >= N || 2 * x >= N) return;
  uint below = 0, negative = 0;
  [[unroll]] for (uint i = 0; i < 8; i++) {
    const uint byte = tile_bits[(side * QUARTETS + quartet) * VORDEC_WORKGROUP + first + i] >> (8 * r);
    const uint shift = 4 * (side == 0 ? i : 7 - i);
    below |= (byte & 15u) << shift;
    negative |= (byte >> 4 & 15u) << shift;
  }
  const uvec2 signs = uvec2(~below & ~negative, ~below & negative);
  const uint row = (state * N + y) * WORDS;
  if (!WHOLE_WORDS) {
    or_words(row, x, side == 1, signs);
    return;
  }
  const uint word = row + (side == 0 ? x / 32 : WORDS - 1 - x / 32);
  plane[2 * word] = signs.x;
  plane[2 * word + 1] = signs.y;
}

void put_bits(uint quartet, uvec2 bits) {
  tile_bits[quartet * VORDEC_WORKGROUP + gl_LocalInvocationID.x] = bits.x;
  tile_bits[(QUARTETS + quartet) * VORDEC_WORKGROUP + gl_LocalInvocationID.x] = bits.y;
}

// Puts a row's nibbles in their place.
void finish_bits(uint state, uint y, uint x, uint r, REAL threshold, row_sums sums, inout uvec2 bits) {
  REAL4 left = sums.residual_even - sums.residual_odd, right = sums.residual_even + sums.residual_odd;
  if (may_have_edges(x)) put_edges(state, y, x, left, right);
  // The second is mirrored: the first pair's cell comes last.
  const uvec2 row = uvec2(nibbles(left.wzyx, threshold), nibbles(right, threshold));
  bits = (bits & ~(0xffu << (8 * r))) | row << (8 * r);
}

void add_field(REAL4 line, REAL4 cosine, REAL4 sine, inout row_sums sums) {
  sums.even = fma(REAL4(line.x), cosine, sums.even);
  sums.odd = fma(REAL4(line.y), sine, sums.odd);
}

void add_residual(REAL4 line, REAL4 cosine, REAL4 sine, inout row_sums sums) {
  sums.residual_even = fma(REAL4(line.z), cosine, sums.residual_even);
  sums.residual_odd = fma(REAL4(line.w), sine, sums.residual_odd);
}

const row_sums NO_SUMS = row_sums(REAL4(0), REAL4(0), REAL4(0), REAL4(0));

// Where no cell reaches the threshold R need not be known.
bool is_hot(uint state, uint y, uint x, REAL threshold) {
  return may_have_edges(x) || (y < N && peak[peak_at(state, y, x)] >= threshold);
}

void sum_few(uint state, uint y0, uint x, uint lane, uint first_row, REAL threshold) {
  REAL4 cosine[CHUNK], sine[CHUNK];
  [[unroll]] for (uint c = 0; c < CHUNK; c++) {
    cosine[c] = tile_cos[c * LANES + lane];
    sine[c] = tile_sin[c * LANES + lane];
  }
  for (uint quartet = 0; quartet < QUARTETS; quartet++) {
    const bool hot = is_hot(state, y0 + first_row + 4 * quartet, x, threshold);
    uvec2 bits = ALL_BELOW;
    for (uint r = 0; r < min(ROWS, 4); r++) {
      const uint row = first_row + 4 * quartet + r;
      row_sums sums = NO_SUMS;
      if (hot) {
        [[unroll]] for (uint c = 0; c < CHUNK; c++) {
          const REAL4 line = tile_line[c * TILE_ROWS + row];
          add_field(line, cosine[c], sine[c], sums);
          add_residual(line, cosine[c], sine[c], sums);
        }
        finish_bits(state, y0 + row, x, r, threshold, sums, bits);
      } else {
        [[unroll]] for (uint c = 0; c < CHUNK; c++) {
          add_field(tile_line[c * TILE_ROWS + row], cosine[c], sine[c], sums);
        }
      }
      store_field(state, y0 + row, x, sums.even - sums.odd, sums.even + sums.odd);
    }
    put_bits(quartet, bits);
  }
}

void add_chunk(uint lane, uint first_row, bool hot, inout row_sums sums[ROWS]) {
  [[unroll]] for (uint c = 0; c < CHUNK; c++) {
    const REAL4 cosine = tile_cos[c * LANES + lane], sine = tile_sin[c * LANES + lane];
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
      const REAL4 line = tile_line[c * TILE_ROWS + first_row + r];
      add_field(line, cosine, sine, sums[r]);
      if (hot) add_residual(line, cosine, sine, sums[r]);
    }
  }
}

void load_chunk(uint state, uint chunk, uint x0, uint y0, inout uint loaded) {
  barrier(); // others may still read what is about to be replaced
  if (!FEW || loaded != x0) load_basis(chunk * CHUNK, x0);
  loaded = x0;
  load_lines(state, chunk * CHUNK, y0);
  barrier();
}

// ROWS is at most 4.
void sum_many(uint state, uint x0, uint y0, uint x, uint lane, uint first_row, REAL threshold, inout uint loaded) {
  const bool hot = is_hot(state, y0 + first_row, x, threshold);
  row_sums sums[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = NO_SUMS;
  for (uint chunk = 0; chunk < CHUNKS; chunk++) {
    load_chunk(state, chunk, x0, y0, loaded);
    if (hot) {
      add_chunk(lane, first_row, true, sums);
    } else {
      add_chunk(lane, first_row, false, sums);
    }
  }
  uvec2 bits = ALL_BELOW;
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    const uint y = y0 + first_row + r;
    store_field(state, y, x, sums[r].even - sums[r].odd, sums[r].even + sums[r].odd);
    if (hot) finish_bits(state, y, x, r, threshold, sums[r], bits);
  }
  put_bits(0, bits);
}

void do_tile(uint state, uint tile, REAL threshold, inout uint loaded) {
  const uint x0 = tile % TILES_X * TILE_PAIRS, y0 = tile / TILES_X * TILE_ROWS;
  const uint lane = gl_LocalInvocationID.x % LANES, first_row = gl_LocalInvocationID.x / LANES * ROWS;
  const uint x = x0 + 4 * lane;
  if (FEW) {
    load_chunk(state, 0, x0, y0, loaded);
    sum_few(state, y0, x, lane, first_row, threshold);
  } else {
    sum_many(state, x0, y0, x, lane, first_row, threshold, loaded);
  }
  barrier();
  for (uint quartet = 0; quartet < QUARTETS; quartet++) store_words(state, x0, y0, quartet);
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.stride + thread] : REAL(0);
  const REAL threshold = TAU * (fold_workgroup(mine) + REAL(1e-12));
  uint loaded = 0xffffffffu;
  for (uint tile = gl_WorkGroupID.x; tile < TILES; tile += gl_NumWorkGroups.x) do_tile(state, tile, threshold, loaded);
}
