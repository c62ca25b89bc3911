/* SPDX-License-Identifier: MIT */
#version 450
// window_columns.comp - stage 3, of encoders: box smoothing along y, and R, the field less its smoothed self; max |R| and the sum of R^2, one
// partial result each per workgroup. A workgroup does tiles of COLUMNS columns, each of which has a strip for every COLUMNS of its threads.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "window.glsl"
layout(constant_id = 4) const uint COLUMNS = 32;
VORDEC_PUSH_BLOCK(WINDOW_PUSH)
layout(std430, binding = 0) readonly buffer source_buffer { REAL source[]; }; // smoothed along x
layout(std430, binding = 1) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 2) writeonly buffer residual_buffer { REAL residual[]; };
layout(std430, binding = 3) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) REAL2(max((a).x, (b).x), (a).y + (b).y)
#define FOLD_TYPE REAL2
#include "fold.glsl"

const uint STRIPS = VORDEC_WORKGROUP / COLUMNS, TALL = STRIPS * STRIP; // of a tile
const uint TILES_X = (N + COLUMNS - 1) / COLUMNS, TILES = TILES_X * ((N + TALL - 1) / TALL);
const uint TOGETHER = 8; // rows whose samples are waited for together; divides STRIP
shared REAL total[(STRIPS + FULL) * COLUMNS]; // of a block of a column

uint own_column;
REAL origin;

// Number `at` of the column.
REAL sample_at(uint at) {
  const uint place = place_of(at);
  return (place < N ? source[own_column + place * N] : REAL(0)) - origin;
}

REAL sum_of_block(uint at) {
  REAL sum = REAL(0);
  [[unroll]] for (uint j = 0; j < STRIP; j++) sum += sample_at(at + j);
  return sum;
}

// R in the strip's cells from y0 on; the greatest |R| of them, and the sum of R^2.
REAL2 smooth_strip(uint y0, REAL rest[STRIP]) {
  const uint end = y0 + FULL * STRIP;
  REAL whole = REAL(0), begun = REAL(0), most = REAL(0), square = REAL(0);
  for (uint b = 1; b < FULL; b++) whole += total[gl_LocalInvocationID.x + b * COLUMNS];
  for (uint j = 0; j < OVER; j++) begun += sample_at(end + j);
  [[unroll]] for (uint j0 = 0; j0 < STRIP; j0 += TOGETHER) {
    REAL next[TOGETHER], own[TOGETHER];
    [[unroll]] for (uint j = 0; j < TOGETHER; j++) {
      next[j] = sample_at(end + OVER + j0 + j);
      own[j] = field[push.first_at + own_column + min(y0 + j0 + j, N - 1) * N];
    }
    [[unroll]] for (uint j = 0; j < TOGETHER; j++) {
      begun += next[j];
      if (y0 + j0 + j >= N) continue;
      const REAL left = own[j] - (origin + ((rest[j0 + j] + begun) + whole) / REAL(WIDTH));
      residual[own_column + (y0 + j0 + j) * N] = left;
      most = max(most, abs(left));
      square = fma(left, left, square);
    }
  }
  return REAL2(most, square);
}

// A tile of the state; that of this thread's cells.
REAL2 do_tile(uint state, uint tile) {
  const uint thread = gl_LocalInvocationID.x, x = tile % TILES_X * COLUMNS + thread % COLUMNS;
  const uint y0 = tile / TILES_X * TALL + thread / COLUMNS * STRIP;
  own_column = state * N * N + min(x, N - 1);
  origin = source[own_column];
  REAL rest[STRIP], sum = REAL(0); // rest: of the block from a sample on
  [[unroll]] for (uint j = 0; j < STRIP; j++) rest[j] = sample_at(y0 + j);
  [[unroll]] for (uint j = STRIP; j > 0; j--) {
    sum += rest[j - 1];
    rest[j - 1] = sum;
  }
  barrier(); // others may still read those of the last tile
  total[thread] = sum;
  for (uint b = thread; b < FULL * COLUMNS; b += VORDEC_WORKGROUP) {
    total[VORDEC_WORKGROUP + b] = sum_of_block(y0 + TALL + (b - thread) / COLUMNS * STRIP);
  }
  barrier();
  return x < N ? smooth_strip(y0, rest) : REAL2(0);
}

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  REAL2 most = REAL2(0);
  for (uint tile = group; tile < TILES; tile += push.groups) {
    const REAL2 own = do_tile(state, tile);
    most = FOLD(most, own);
  }
  most = fold_workgroup(most);
  if (gl_LocalInvocationID.x != 0) return;
  partials[push.offset + state * push.groups + group] = most.x;
  partials[push.squares_at + state * push.groups + group] = most.y;
}
