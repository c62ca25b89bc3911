/* SPDX-License-Identifier: MIT */
#version 450
// pruned_mask.comp - stage 3, pruned transform, in one pass where R reaches the threshold in few places: R compared with the
// threshold, and all rounds of the majority. What pruned_ternary and bit_majority do, to the same bits, and no planes between them.
//
// A workgroup does a tile of the mask. Mostly no bound reaches the threshold there, nor in the tile's halo: then the mask is 0. Else R
// is summed by those threads whose peaks reach it, four cells wide, and what is not 0 is or-ed into the tile.
#extension GL_GOOGLE_include_directive : require
#include "pruned_residual.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
#define MAJORITY_CONSTANTS 9
#include "bit_rounds.glsl"
#include "pruned_threshold.glsl"
layout(std430, binding = 2) readonly buffer peak_buffer { REAL peak[]; };
layout(std430, binding = 3) readonly buffer edge_buffer { REAL edge[]; };
layout(std430, binding = 4) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 5) readonly buffer bound_buffer { float bound[]; }; // of tiles: from push.tiles_at on
layout(std430, binding = 6) writeonly buffer mask_buffer { uvec4 mask4[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

const uint WORDS = N / 32;
const uint TILES_Y = TILES / TILES_X;
const uint BOUNDS_Y = (HEIGHT - 1) / TILE_ROWS + 3; // tiles of pruned_absmax that the rows may meet
const uint BLOCKS = (HEIGHT - 1) / ROWS + 2;        // blocks of rows with a peak, likewise
const uint QUADS = 8 * WIDTH;
const uint TURNS = (QUADS * BLOCKS + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP; // of a thread at four cells in a block
#ifdef VORDEC_FP64
const uint SUM_ROWS = 2; // that a thread sums at a time
#else
const uint SUM_ROWS = 4;
#endif
const uint AT_ONCE = 5;
shared uint any_hot;

// In the grid: the word of a column of the tile, and its first row. Less the halo, as sums that stay positive.
uint word_of(uint column) { return (gl_WorkGroupID.x * TILE_X + column + HALO_X * (WORDS - 1)) % WORDS; }
uint first_row() { return (gl_WorkGroupID.y * TILE_Y + HALO_Y * (N - 1)) % N; }

// Whether one of those bounds that this thread looks at reaches the threshold.
bool may_reach(uint state, REAL threshold) {
  for (uint i = gl_LocalInvocationID.x; i < WIDTH * BOUNDS_Y; i += VORDEC_WORKGROUP) {
    const uint x = 32 * word_of(i % WIDTH), pair = 2 * x >= N ? N - 32 - x : x;
    const uint y = (first_row() / TILE_ROWS + i / WIDTH) % TILES_Y;
    if (REAL(bound[push.tiles_at + state * TILES + y * TILES_X + pair / TILE_PAIRS]) >= threshold) return true;
  }
  return false;
}

bool meets_edges() {
  const uint first = word_of(0);
  return EDGES != 0 && (32 * first < EDGE_LEFT || 32 * (first + WIDTH) > N - EDGE_RIGHT);
}

void or_cells(uint at, uint plus, uint minus) {
  if (plus != 0) atomicOr(tile[at].x, plus);
  if (minus != 0) atomicAnd(tile[at].y, ~minus);
  if ((plus | minus) != 0) busy = 1;
}

void add_edges(uint state, REAL threshold) {
  for (uint first = gl_LocalInvocationID.x; first < EDGES * HEIGHT; first += AT_ONCE * VORDEC_WORKGROUP) {
    REAL residual[AT_ONCE];
    [[unroll]] for (uint k = 0; k < AT_ONCE; k++) { // loads that wait together wait once
      const uint i = min(first + k * VORDEC_WORKGROUP, EDGES * HEIGHT - 1);
      residual[k] = edge[(state * EDGES + i / HEIGHT) * PITCH + (first_row() + i % HEIGHT) % N];
    }
    [[unroll]] for (uint k = 0; k < AT_ONCE; k++) {
      const uint i = first + k * VORDEC_WORKGROUP, e = i / HEIGHT, x = e < EDGE_LEFT ? e : N - EDGES + e;
      const uint column = (x / 32 + WORDS - word_of(0)) % WORDS, bit = 1u << x % 32;
      if (i >= EDGES * HEIGHT || column >= WIDTH) continue;
      or_cells(i % HEIGHT * WIDTH + column, residual[k] >= threshold ? bit : 0, residual[k] <= -threshold ? bit : 0);
    }
  }
}

// Four cells from x on, or their mirror images, in SUM_ROWS rows from y on. Loops stay loops, since five columns that are unrolled in fp64
// need more registers than an AMD device has.
void sum_cells(uint state, uint pair, uint y, out row_sums sums[SUM_ROWS]) {
  [[unroll]] for (uint r = 0; r < SUM_ROWS; r++) sums[r] = row_sums(REAL4(0), REAL4(0));
  [[dont_unroll]] for (uint c = 0; c < COLUMNS; c++) {
    const uint at = c * HALF_PITCH + pair;
    const REAL2 b0 = basis[at], b1 = basis[at + 1], b2 = basis[at + 2], b3 = basis[at + 3];
    const REAL4 cosine = REAL4(b0.x, b1.x, b2.x, b3.x), sine = REAL4(b0.y, b1.y, b2.y, b3.y);
    [[unroll]] for (uint r = 0; r < SUM_ROWS; r += 2) {
      add_column(lines_at(push.residual_at, state, c, y + r), cosine, sine, sums[r], sums[r + 1]);
    }
  }
}

// Those of four cells from x on that are not in edge columns, which count in add_edges().
uint inner_cells(uint x) {
  uint inside = 15;
  if (EDGES == 0) return inside;
  for (uint p = 0; p < 4; p++) {
    if (is_edge(x + p)) inside &= ~(1u << p);
  }
  return inside;
}

void add_cells(uint state, uint x, uint y, uint column, REAL threshold) {
  const bool mirrored = 2 * x >= N;
  const uint shift = x % 32, inside = inner_cells(x);
  [[dont_unroll]] for (uint first = 0; first < ROWS; first += SUM_ROWS) {
    row_sums sums[SUM_ROWS];
    sum_cells(state, mirrored ? N - 4 - x : x, y + first, sums);
    [[unroll]] for (uint r = 0; r < SUM_ROWS; r++) {
      const uint row = (y + first + r + N - first_row()) % N;
      // Mirrored, the first pair's cell comes last.
      const REAL4 residual = mirrored ? sums[r].even + sums[r].odd : (sums[r].even - sums[r].odd).wzyx;
      const uint bits = nibbles(residual, threshold), far = ~bits & inside;
      if (row < HEIGHT) or_cells(row * WIDTH + column, (far & ~(bits >> 4)) << shift, (far & bits >> 4) << shift);
    }
  }
}

// Four cells in a block of rows, counted through the tile: where they are.
uint quad_x(uint i) { return 32 * word_of(i % QUADS / 8) + 4 * (i % 8); }
uint quad_y(uint i) { return (first_row() / ROWS + i / QUADS) % (N / ROWS) * ROWS; }

void add_residual(uint state, REAL threshold) {
  uint reaching = 0; // a bit for each turn: all peaks are looked at before anything is summed, so that loads wait together
  for (uint turn = 0; turn < TURNS; turn++) {
    const uint i = gl_LocalInvocationID.x + turn * VORDEC_WORKGROUP, x = quad_x(i), y = quad_y(i);
    const bool reaches = peak[peak_at(state, y, 2 * x >= N ? N - 4 - x : x)] >= threshold;
    if (i < QUADS * BLOCKS && reaches) reaching |= 1u << turn;
  }
  for (; reaching != 0; reaching &= reaching - 1) {
    const uint i = gl_LocalInvocationID.x + uint(findLSB(reaching)) * VORDEC_WORKGROUP;
    add_cells(state, quad_x(i), quad_y(i), i % QUADS / 8, threshold);
  }
}

void fill_tile(uint state, bool hot, bool edges, REAL threshold) {
  for (uint i = gl_LocalInvocationID.x; i < SIZE; i += VORDEC_WORKGROUP) tile[i] = uvec2(0, 0xffffffffu);
  barrier();
  if (edges) add_edges(state, threshold);
  if (hot) add_residual(state, threshold);
}

void store_tile(uint state) {
  for (uint i = gl_LocalInvocationID.x; i < 2 * TILE_X * TILE_Y; i += VORDEC_WORKGROUP) {
    const uint row = i / (2 * TILE_X), half_word = i % (2 * TILE_X);
    const uint y = gl_WorkGroupID.y * TILE_Y + row, x = 32 * gl_WorkGroupID.x * TILE_X + 16 * half_word;
    if (y >= N || x >= N) continue;
    uvec4 cells = uvec4(0);
    if (busy != 0) cells = unpacked_half(tile[(row + HALO_Y) * WIDTH + HALO_X + half_word / 2] >> 16 * (half_word % 2));
    mask4[((state * N + y) * N + x) / 16] = cells;
  }
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.stride + thread] : REAL(0);
  begin_rounds();
  if (thread == 0) any_hot = 0;
  const REAL threshold = TAU * (fold_workgroup(mine) + REAL(1e-12));
  if (may_reach(state, threshold)) any_hot = 1;
  barrier();
  const bool hot = any_hot != 0, edges = meets_edges();
  if (hot || edges) {
    fill_tile(state, hot, edges, threshold);
    do_rounds();
  }
  store_tile(state);
}
