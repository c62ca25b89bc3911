/* SPDX-License-Identifier: MIT */
#version 450
// pruned_absmax.comp - stage 3, pruned transform: max |R| of a state, one partial result per workgroup. Of R itself only
// that of the edge columns is stored, and each thread's own maximum, or what it cannot exceed, for the next pass.
//
// Edge columns come first: with a zero boundary the largest |R| mostly is among them. Tiles whose rows cannot reach
// what is known by then are passed over. So which tiles are summed may differ from run to run, the maximum does not.
#extension GL_GOOGLE_include_directive : require
#include "pruned_residual.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 2) writeonly buffer peak_buffer { REAL peak[]; };
layout(std430, binding = 3) readonly buffer difference_buffer { REAL2 difference_line[]; };
layout(std430, binding = 4) readonly buffer factor_buffer { REAL4 factor[]; }; // from COLUMNS on: basis less smoothed, smoothed
layout(std430, binding = 5) writeonly buffer edge_buffer { REAL edge[]; };     // [state][edge column][y]
layout(std430, binding = 6) writeonly buffer partial_buffer { REAL partials[]; };
// [state][share][y]: the parts of a row's bound; then [state]: the largest |R| known; then [state][tile]: bounds. As the bits of floats that are not
// negative, whose order is that of the floats.
layout(std430, binding = 7) buffer bound_buffer { uint bound[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

const uint EDGE_BLOCKS = (N + 31) / 32;
const uint EDGE_TASKS = EDGES * EDGE_BLOCKS;
const uint TEAMS = VORDEC_WORKGROUP / 32;
const uint AT_ONCE = 5;
const uint BATCH = VORDEC_WORKGROUP / TILE_ROWS; // tiles whose bounds are looked at together
shared uint tile_bound[BATCH], known, highest;

// Finite floats at most, and floats at least as large as a number; the latter allows for the rounding of as many sums as
// there can be.
float below(REAL x) { return isnan(x) ? 0.0 : float(min(x, REAL(3.4e38))) * 0.99999; }
float above(float x) { return x * 1.001 + 1.2e-38; }

// Cells of edge columns count in edge_absmax().
REAL absmax_beside_edges(uint x, row_sums sums) {
  REAL value = REAL(0);
  for (uint p = 0; p < 4; p++) {
    if (2 * (x + p) >= N) continue;
    if (!is_edge(x + p)) value = max(value, abs(sums.even[p] - sums.odd[p]));
    if (!is_edge(N - 1 - x - p)) value = max(value, abs(sums.even[p] + sums.odd[p]));
  }
  return value;
}

REAL absmax_of(uint y, uint x, row_sums sums) {
  if (N % TILE_ROWS != 0 && y >= N) return REAL(0);
  if (may_have_edges(x)) return absmax_beside_edges(x, sums);
  const REAL4 larger = abs(sums.even) + abs(sums.odd); // of |even - odd| and |even + odd|; past the middle both are 0
  return max(max(larger.x, larger.y), max(larger.z, larger.w));
}

void put_peak(uint state, uint tile, REAL value) {
  const uint y = tile_y(tile) + own_row();
  if (y < N) peak[peak_at(state, y, tile_x(tile) + 4 * lane())] = value;
}

REAL tile_absmax(uint state, uint tile, inout uint loaded) {
  const uint x0 = tile_x(tile), y0 = tile_y(tile);
  row_sums sums[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = row_sums(REAL4(0), REAL4(0));
  for (uint chunk = 0; chunk < CHUNKS; chunk++) {
    load_chunk(push.residual_at, state, chunk, x0, y0, loaded);
    add_chunk(sums);
  }
  REAL value = REAL(0);
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    value = max(value, absmax_of(y0 + own_row() + r, x0 + 4 * lane(), sums[r]));
  }
  put_peak(state, tile, value);
  return value;
}

REAL add_edge(REAL sum, REAL2 plain, REAL2 difference, REAL4 b) {
  return fma(-difference.y, b.w, fma(difference.x, b.z, fma(-plain.y, b.y, fma(plain.x, b.x, sum))));
}

REAL edge_absmax(uint state, uint task, uint place) {
  const uint e = task / EDGE_BLOCKS, y = task % EDGE_BLOCKS * 32 + place;
  if (y >= N) return REAL(0);
  REAL sum = REAL(0);
  for (uint first = 0; first < COLUMNS; first += AT_ONCE) { // loads that wait together wait once
    REAL2 plain[AT_ONCE], difference[AT_ONCE];
    REAL4 b[AT_ONCE];
    [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
      const uint c = min(first + i, COLUMNS - 1), at = (state * COLUMNS + c) * PITCH + y;
      plain[i] = line[at];
      difference[i] = difference_line[at];
      b[i] = factor[COLUMNS + c * EDGES + e];
    }
    [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
      if (first + i < COLUMNS) sum = add_edge(sum, plain[i], difference[i], b[i]);
    }
  }
  edge[(state * EDGES + e) * PITCH + y] = sum;
  return abs(sum);
}

// Every workgroup has some, spread over the rows, so that it knows something even before the others have told.
REAL own_edges_absmax(uint state) {
  REAL value = REAL(0);
  const uint team = gl_LocalInvocationID.x / 32, place = gl_LocalInvocationID.x % 32;
  for (uint task = team * push.stride_tiles + gl_WorkGroupID.x; task < EDGE_TASKS; task += TEAMS * push.stride_tiles) {
    value = max(value, edge_absmax(state, task, place));
  }
  return value;
}

uint row_bound(uint state, uint y) {
  float sum = 0;
  for (uint s = 0; s < push.shares; s++) sum += uintBitsToFloat(bound[(state * push.shares + s) * PITCH + y]);
  return floatBitsToUint(above(sum));
}

// Tells what this workgroup has found, hears of the others, and finds the bounds of the next tiles.
void look_ahead(uint state, uint first, REAL value) {
  const uint thread = gl_LocalInvocationID.x, ahead = thread / TILE_ROWS;
  const uint tile = first + ahead * push.stride_tiles, y = tile_y(tile) + thread % TILE_ROWS;
  barrier(); // others may still read what is about to be replaced
  if (thread < BATCH) tile_bound[thread] = 0;
  barrier();
  atomicMax(highest, floatBitsToUint(below(value)));
  if (tile < TILES && y < N) atomicMax(tile_bound[ahead], row_bound(state, y));
  barrier();
  if (thread == 0) known = max(highest, atomicMax(bound[push.known_at + state], highest));
  barrier();
}

void main() {
  const uint state = gl_WorkGroupID.z, stride = push.stride_tiles;
  REAL value = own_edges_absmax(state);
  uint loaded = 0xffffffffu;
  if (gl_LocalInvocationID.x == 0) highest = 0;
  for (uint first = gl_WorkGroupID.x; first < TILES; first += BATCH * stride) {
    look_ahead(state, first, value);
    for (uint i = 0; i < BATCH && first + i * stride < TILES; i++) {
      const uint tile = first + i * stride;
      if (gl_LocalInvocationID.x == 0) bound[push.tiles_at + state * TILES + tile] = tile_bound[i];
      if (tile_bound[i] <= known) {
        put_peak(state, tile, REAL(uintBitsToFloat(tile_bound[i])));
      } else {
        value = max(value, tile_absmax(state, tile, loaded));
      }
    }
  }
  value = fold_workgroup(value);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.stride + gl_WorkGroupID.x] = value;
}
