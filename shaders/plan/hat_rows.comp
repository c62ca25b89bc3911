/* SPDX-License-Identifier: MIT */
#version 450
// hat_rows.comp - stage 4, the energy of omega_hat where no table of modes makes it up: two rows of cells, the two parts
// of one complex line, transformed along x. Value kx of pair p is line[kx / TILE][p][kx % TILE].
#extension GL_GOOGLE_include_directive : require
#define LINES 1
#include "lines.glsl"
VORDEC_PUSH_BLOCK(HAT_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer hat_buffer { REAL omega_hat[]; };
layout(std430, binding = 2) writeonly buffer to_buffer { REAL2 to[]; };

const uint PAIRS = (N + 1) / 2, STRIDE = (N + TILE - 1) / TILE * TILE * PAIRS;
#define SCALE (REAL(1) / (REAL(N) * REAL(N)))

void main() {
  const uint state = gl_WorkGroupID.z, pair = gl_WorkGroupID.x, at = (state * N + 2 * pair) * N;
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x < N) v[i] = SCALE * REAL2(omega_hat[at + x], 2 * pair + 1 < N ? omega_hat[at + N + x] : REAL(0));
  }
  transform();
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x < N) to[state * STRIDE + (x / TILE * PAIRS + pair) * TILE + x % TILE] = v[i];
  }
}
