/* SPDX-License-Identifier: MIT */
#version 450
// hat_columns.comp - stage 4, the energy of omega_hat, second half: TILE columns of half the spectrum, transformed along y
// and summed up with what each mode has of the energy; one partial result per workgroup, of every push.groups-th tile.
#extension GL_GOOGLE_include_directive : require
#define LINES TILE
#include "lines.glsl"
VORDEC_PUSH_BLOCK(HAT_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) writeonly buffer partial_buffer { REAL partials[]; };

#include "plan/hat_lines.glsl"

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x, tiles = (HALF + TILE - 1) / TILE;
  const uint used = min(THREADS, N * LINES);
  REAL sum = REAL(0);
  [[dont_unroll]] for (uint tile = group; tile < tiles; tile += push.groups) {
    [[unroll]] for (uint i = 0; i < VALUES; i++) {
      const uint e = thread() + i * THREADS, column = tile * TILE + e % LINES;
      v[i] = e < N * LINES && column < HALF ? row_value(state, column, e / LINES) : REAL2(0);
    }
    transform();
    [[unroll]] for (uint i = 0; i < VALUES; i++) {
      const uint e = thread() + i * THREADS, column = tile * TILE + e % LINES;
      if (e < N * LINES && column < HALF) sum += weight(column, e / LINES) * dot(v[i], v[i]);
    }
  }
  barrier();
  if (thread() < used) line_re[thread()] = sum;
  barrier();
  [[dont_unroll]] for (uint width = VORDEC_LINE_THREADS_MAX / 2; width > 0; width /= 2) {
    if (thread() < width && thread() + width < used) line_re[thread()] += line_re[thread() + width];
    barrier();
  }
  if (thread() == 0) partials[push.offset + state * push.groups + group] = line_re[0];
}
