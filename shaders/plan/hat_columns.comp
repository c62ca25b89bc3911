#version 450
// hat_columns.comp - stage 4, the energy of omega_hat, second half: TILE columns of half the spectrum, transformed along y
// and summed up with what each mode has of the energy; one partial result per workgroup, of every push.groups-th tile.
#extension GL_GOOGLE_include_directive : require
#define LINES TILE
#include "lines.glsl"
VORDEC_PUSH_BLOCK(HAT_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) writeonly buffer partial_buffer { REAL partials[]; };

const uint PAIRS = (N + 1) / 2, STRIDE = (N + TILE - 1) / TILE * TILE * PAIRS;

REAL2 pair_value(uint state, uint column, uint pair) {
  return from[state * STRIDE + (column / TILE * PAIRS + pair) * TILE + column % TILE];
}

// Of two real rows a and b the line a + i b was transformed.
REAL2 row_value(uint state, uint column, uint row) {
  const REAL2 own = pair_value(state, column, row / 2);
  const REAL2 other = pair_value(state, column == 0 ? 0 : N - column, row / 2);
  return REAL(0.5) * (row % 2 == 0 ? REAL2(own.x + other.x, own.y - other.y) : REAL2(own.y + other.y, other.x - own.x));
}

// 0.5 (kx'^2 + ky'^2) / |k|^4, twice where a column stands for its conjugate.
REAL weight(uint column, uint row) {
  const int kx = int(column), ky = wavenumber(row);
  if (kx == 0 && ky == 0) return REAL(0);
  const REAL k2 = square(kx) + square(ky), copies = REAL(column == 0 || 2 * column == N ? 0.5 : 1.0);
  return copies * (square(slope_wavenumber(column)) + square(slope_wavenumber(row))) / (k2 * k2);
}

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
