/* SPDX-License-Identifier: MIT */
#version 450
// pruned_rows.comp - stage 2, pruned transform, second half: rows of omega_lp from the lines.
#extension GL_GOOGLE_include_directive : require
#include "pruned.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 2) writeonly buffer field_buffer { REAL omega_lp[]; };
layout(std430, binding = 3) writeonly buffer field4_buffer { REAL4 omega_lp4[]; }; // the same memory

const bool WHOLE_VECTORS = N % 8 == 0; // four pairs are all in the grid or none is, and their cells are aligned
const uint LINES = CHUNK * TILE_ROWS / 2; // in shared memory, two rows each
const uint SHARE = (LINES + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP; // of them that a thread loads
shared REAL4 tile_line[2 * LINES]; // [now, next][column][two rows]

void fetch(uint state, uint chunk, uint y0, out REAL4 lines[SHARE]) {
  [[unroll]] for (uint i = 0; i < SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP;
    lines[i] = lines_at(0, state, chunk * CHUNK + at / (TILE_ROWS / 2), y0 + 2 * (at % (TILE_ROWS / 2)));
  }
}

void put(uint to, REAL4 lines[SHARE]) {
  [[unroll]] for (uint i = 0; i < SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP;
    if (at < LINES) tile_line[to + at] = lines[i];
  }
}

void add_chunk(uint from, inout row_sums sums[ROWS]) {
  [[unroll]] for (uint c = 0; c < CHUNK; c++) {
    const REAL4 cosine = tile_cos[c * LANES + lane()], sine = tile_sin[c * LANES + lane()];
    [[unroll]] for (uint r = 0; r < ROWS; r += 2) {
      add_column(tile_line[from + (c * TILE_ROWS + own_row() + r) / 2], cosine, sine, sums[r], sums[r + 1]);
    }
  }
}

void store_row(uint state, uint y, uint x, row_sums sums) {
  if (y >= N) return;
  const REAL4 left = sums.even - sums.odd, right = sums.even + sums.odd;
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

// The lines of what is summed next are on their way meanwhile.
void main() {
  const uint state = gl_WorkGroupID.z;
  uint tile = push.tile + gl_WorkGroupID.x, chunk = 0, now = 0, loaded = 0xffffffffu;
  row_sums sums[ROWS];
  REAL4 lines[SHARE];
  [[unroll]] for (uint r = 0; r < ROWS; r++) sums[r] = row_sums(REAL4(0), REAL4(0));
  fetch(state, chunk, tile_y(tile), lines);
  put(now, lines);
  while (tile < push.tiles) {
    const uint x0 = tile_x(tile), y0 = tile_y(tile);
    if (CHUNKS > 1 || loaded != x0) {
      barrier(); // others may still read the basis
      load_basis(chunk * CHUNK, x0);
      loaded = x0;
    }
    barrier();
    const bool last = chunk == CHUNKS - 1;
    const uint next_chunk = last ? 0 : chunk + 1, next = last ? tile + push.stride_tiles : tile;
    if (next < push.tiles) fetch(state, next_chunk, tile_y(next), lines);
    add_chunk(now, sums);
    if (last) {
      [[unroll]] for (uint r = 0; r < ROWS; r++) {
        store_row(state, y0 + own_row() + r, x0 + 4 * lane(), sums[r]);
        sums[r] = row_sums(REAL4(0), REAL4(0));
      }
    }
    now = LINES - now;
    put(now, lines);
    chunk = next_chunk;
    tile = next;
  }
}
