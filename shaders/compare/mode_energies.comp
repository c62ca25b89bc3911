/* SPDX-License-Identifier: MIT */
#version 450
// mode_energies.comp - what each mode of half a spectrum has of the kinetic energy: TILE columns of what hat_rows left,
// transformed along y. That of column kx and row ky is at kx * N + ky.
#extension GL_GOOGLE_include_directive : require
#define LINES TILE
#include "lines.glsl"
VORDEC_PUSH_BLOCK(HAT_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) writeonly buffer energy_buffer { REAL energy[]; };
#include "plan/hat_lines.glsl"

void main() {
  const uint tile = gl_WorkGroupID.x;
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS, column = tile * TILE + e % LINES;
    v[i] = e < N * LINES && column < HALF ? row_value(0, column, e / LINES) : REAL2(0);
  }
  transform();
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS, column = tile * TILE + e % LINES;
    if (e < N * LINES && column < HALF) energy[column * N + e / LINES] = weight(column, e / LINES) * dot(v[i], v[i]);
  }
}
