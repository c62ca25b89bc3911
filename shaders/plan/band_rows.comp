/* SPDX-License-Identifier: MIT */
#version 450
// band_rows.comp - stage 4, a residual that is synthesised: a row of what band_columns has left, transformed along x, is a
// row of the mid and one of the high band.
#extension GL_GOOGLE_include_directive : require
#define LINES 1
#include "lines.glsl"
VORDEC_PUSH_BLOCK(BAND_ROWS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) writeonly buffer mid_buffer { REAL mid[]; };
layout(std430, binding = 3) writeonly buffer high_buffer { REAL high[]; };

const uint STRIDE = (N + TILE - 1) / TILE * TILE * N;

void main() {
  const uint state = gl_WorkGroupID.z, y = gl_WorkGroupID.x, at = (state * N + y) * N;
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x < N) v[i] = from[state * STRIDE + (x / TILE * N + y) * TILE + x % TILE].yx;
  }
  transform();
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x >= N) continue;
    if ((push.bands & VORDEC_TERM_MID) != 0) mid[at + x] = v[i].y;
    if ((push.bands & VORDEC_TERM_HIGH) != 0) high[at + x] = v[i].x;
  }
}
