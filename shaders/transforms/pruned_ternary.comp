/* SPDX-License-Identifier: MIT */
#version 450
// pruned_ternary.comp - stage 3, pruned transform: R compared with the threshold, into two bit-planes (R >= threshold,
// R <= -threshold). R is summed only where it can reach the threshold.
//
// A thread's cells make two nibbles a row and side, "below the threshold" and "negative"; 8 threads have 32 cells, and
// through shared memory each of them puts together the words of one row and side. Where 32 cells may fall between
// words (N not a multiple of 64) they are or-ed to the two that they meet, which were cleared before.
#extension GL_GOOGLE_include_directive : require
#include "pruned_residual.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 2) readonly buffer peak_buffer { REAL peak[]; };
layout(std430, binding = 3) readonly buffer edge_buffer { REAL edge[]; };
layout(std430, binding = 4) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 5) buffer plane_buffer { uint plane[]; };           // [state][y][word][plus, minus]
layout(std430, binding = 6) writeonly buffer word_buffer { uvec2 planes[]; }; // the same memory
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#include "pruned_threshold.glsl"
const uint WORDS = (N + 31) / 32;
const uint TILE_WORDS = LANES / 8; // of a row, on each side
const bool WHOLE_WORDS = N % 64 == 0;
const uint ALL_BELOW = 0x0f0f0f0f; // four rows of a thread where nothing reaches the threshold
const uint QUARTETS = ROWS / 4;
const uint AT_ONCE = 5;
// [side][four rows][thread]: a byte for each row, four bits below, four negative.
shared uint tile_bits[2 * QUARTETS * VORDEC_WORKGROUP];
shared uint any_hot[3]; // by turns: whether a thread's cells may reach the threshold

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

// Of 32 pairs from x on, the bits of those cells on one side that are in edge columns.
void put_edges(uint state, uint y, uint x, bool mirrored, REAL threshold, inout uvec2 signs) {
  const uint reach = mirrored ? EDGE_RIGHT : EDGE_LEFT;
  if (x >= reach) return;
  const uint count = min(32, reach - x);
  for (uint first = 0; first < count; first += AT_ONCE) { // loads that wait together wait once
    REAL residual[AT_ONCE];
    [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
      const uint p = x + min(first + i, count - 1), e = mirrored ? EDGES - 1 - p : p;
      residual[i] = edge[(state * EDGES + e) * PITCH + y];
    }
    [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
      if (first + i >= count) break;
      const uint bit = mirrored ? 31 - first - i : first + i;
      const uvec2 now = uvec2(residual[i] >= threshold, residual[i] <= -threshold);
      signs = (signs & ~(1u << bit)) | now << bit;
    }
  }
}

// One of 8 threads, by its place among them: a row of each four, on one side.
void store_words(uint state, uint x0, uint y0, uint quartet, REAL threshold) {
  const uint thread = gl_LocalInvocationID.x, place = thread % 8, first = thread - place;
  const uint r = place % 4;
  const bool mirrored = place >= 4;
  const uint y = y0 + own_row() + 4 * quartet + r, x = x0 + 4 * (first % LANES);
  if (y >= N || 2 * x >= N) return;
  uint below = 0, negative = 0;
  [[unroll]] for (uint i = 0; i < 8; i++) {
    const uint byte = tile_bits[((mirrored ? QUARTETS : 0) + quartet) * VORDEC_WORKGROUP + first + i] >> (8 * r);
    const uint shift = 4 * (mirrored ? 7 - i : i);
    below |= (byte & 15u) << shift;
    negative |= (byte >> 4 & 15u) << shift;
  }
  uvec2 signs = uvec2(~below & ~negative, ~below & negative);
  if (may_have_edges(x)) put_edges(state, y, x, mirrored, threshold, signs);
  const uint row = (state * N + y) * WORDS;
  if (WHOLE_WORDS) {
    planes[row + (mirrored ? WORDS - 1 - x / 32 : x / 32)] = signs;
  } else {
    or_words(row, x, mirrored, signs);
  }
}

// A tile in which nothing reaches the threshold.
void store_nothing(uint state, uint x0, uint y0) {
  if (!WHOLE_WORDS) return; // they were cleared
  for (uint i = gl_LocalInvocationID.x; i < 2 * TILE_WORDS * TILE_ROWS; i += VORDEC_WORKGROUP) {
    const uint y = y0 + i / (2 * TILE_WORDS), place = i % (2 * TILE_WORDS), word = x0 / 32 + place % TILE_WORDS;
    if (y >= N || 64 * word >= N) continue;
    planes[(state * N + y) * WORDS + (place < TILE_WORDS ? word : WORDS - 1 - word)] = uvec2(0);
  }
}

uvec2 bits_of(row_sums sums, REAL threshold) {
  // The second is mirrored: the first pair's cell comes last.
  return uvec2(nibbles((sums.even - sums.odd).wzyx, threshold), nibbles(sums.even + sums.odd, threshold));
}

void put_bits(row_sums sums[ROWS], bool hot, REAL threshold) {
  [[unroll]] for (uint quartet = 0; quartet < QUARTETS; quartet++) {
    uvec2 bits = uvec2(ALL_BELOW);
    if (hot) {
      bits = uvec2(0);
      [[unroll]] for (uint r = 0; r < 4; r++) bits |= bits_of(sums[4 * quartet + r], threshold) << (8 * r);
    }
    tile_bits[quartet * VORDEC_WORKGROUP + gl_LocalInvocationID.x] = bits.x;
    tile_bits[(QUARTETS + quartet) * VORDEC_WORKGROUP + gl_LocalInvocationID.x] = bits.y;
  }
}

// Tiles are counted downwards, so that those with edges are spread over the workgroups.
uint tile_of(uint place) {
  const uint tiles_y = TILES / TILES_X;
  return place % tiles_y * TILES_X + place / tiles_y;
}

void do_tile(uint state, uint tile, bool hot, bool any, REAL threshold, inout uint loaded) {
  const uint x0 = tile_x(tile), y0 = tile_y(tile);
  if (!any && !may_have_edges(x0)) {
    store_nothing(state, x0, y0);
    return;
  }
  row_sums sums[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = row_sums(REAL4(0), REAL4(0));
  for (uint chunk = 0; chunk < CHUNKS && any; chunk++) {
    load_chunk(push.residual_at, state, chunk, x0, y0, loaded);
    if (hot) add_chunk(sums);
  }
  put_bits(sums, hot, threshold);
  barrier();
  for (uint quartet = 0; quartet < QUARTETS; quartet++) store_words(state, x0, y0, quartet, threshold);
  barrier(); // before bits are put anew
}

REAL peak_of(uint state, uint place) {
  const uint tile = tile_of(place), y = tile_y(tile) + own_row();
  return place < TILES && y < N ? peak[peak_at(state, y, tile_x(tile) + 4 * lane())] : REAL(-1);
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.stride + thread] : REAL(0);
  REAL next = peak_of(state, gl_WorkGroupID.x);
  if (thread < 3) any_hot[thread] = 0;
  const REAL threshold = TAU * (fold_workgroup(mine) + REAL(1e-12));
  uint loaded = 0xffffffffu, turn = 0;
  for (uint place = gl_WorkGroupID.x; place < TILES; place += push.stride_tiles) {
    const bool hot = next >= threshold;
    next = peak_of(state, place + push.stride_tiles);
    if (thread == 0) any_hot[(turn + 1) % 3] = 0; // nobody sets it before the barrier, nobody looks before the next one
    if (hot) any_hot[turn] = 1;
    barrier();
    const bool any = any_hot[turn] != 0;
    do_tile(state, tile_of(place), hot, any, threshold, loaded);
    turn = (turn + 1) % 3;
  }
}
