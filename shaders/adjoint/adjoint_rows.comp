/* SPDX-License-Identifier: MIT */
#version 450
// adjoint_rows.comp - the transpose of the direct sums along x: each row of two fields times exp(-i kx x), for every
// non-empty column kx of the half spectrum.
//
// Cells p and n - p share a root: with even and odd their sum and difference (a cell that is its own partner: itself and
// 0), a row's value at kx is sum even cos(kx p) - i sum odd sin(kx p) over 0 <= p <= n / 2.
//
// A workgroup does a tile, as a matrix product does: ROWS rows of each field, LINES lines, times WIDTH columns, PAIRS
// pairs of cells at a time through shared memory. 64 threads have all of the tile's sums, LINE_SHARE lines of
// COLUMN_SHARE columns each; four such slices take every fourth pair. Sums are made of sums of a chunk, so that in single
// precision thousands of cells lose no more than some tens do. How the tile is cut changes no bit.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require // sums stay in registers only if the loops over them are unrolled
#include "common.glsl"
layout(constant_id = 0) const uint LINE_SHARE = 2;
layout(constant_id = 1) const uint COLUMN_SHARE = 2;
layout(constant_id = 2) const uint FIELDS = 2; // 1: cells are taken less the state's first one, so that a constant has no other mode
VORDEC_PUSH_BLOCK(ADJOINT_ROWS_PUSH)
layout(std430, binding = 0) readonly buffer basis_buffer { REAL2 basis[]; }; // [column][p]: cos, sin
layout(std430, binding = 1) readonly buffer first_buffer { REAL first[]; };
layout(std430, binding = 2) readonly buffer second_buffer { REAL second[]; };
layout(std430, binding = 3) writeonly buffer line_buffer { REAL2 line[]; }; // [state][field][column][y]; of one field: then the first cell

#ifdef VORDEC_FP64
const uint PAIRS = 16;
#else
const uint PAIRS = 32;
#endif
const uint SLICE = 64, SLICES = VORDEC_WORKGROUP / SLICE, SIDE = 8;
const uint LINES = SIDE * LINE_SHARE, ROWS = LINES / FIELDS, WIDTH = SIDE * COLUMN_SHARE;
const uint SPAN = PAIRS + 1; // neighbouring lines begin in different banks
shared REAL2 pair[LINES * SPAN], root[WIDTH * SPAN], part[VORDEC_WORKGROUP];

REAL cell(uint state, uint l, uint y, uint x) {
  const uint at = (state * push.n + y) * push.n + x;
  return l < ROWS ? first[push.first_at + at] : second[at];
}

const uint PAIR_SHARE = (LINES * PAIRS + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP; // of a chunk, that a thread loads
const uint ROOT_SHARE = (WIDTH * PAIRS + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP;
REAL2 next_cells[PAIR_SHARE], next_roots[ROOT_SHARE];

// The chunk from pair p0 on, into registers: it is on its way while the one before it is summed.
void fetch(uint state, uint y0, uint c0, uint p0) {
  const uint half_pitch = push.n / 2 + 1;
  [[unroll]] for (uint i = 0; i < PAIR_SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP, l = min(at / PAIRS, LINES - 1);
    const uint y = min(y0 + l % ROWS, push.n - 1), p = min(p0 + at % PAIRS, half_pitch - 1);
    next_cells[i] = REAL2(cell(state, l, y, p), cell(state, l, y, p == 0 ? 0 : push.n - p));
  }
  [[unroll]] for (uint i = 0; i < ROOT_SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP;
    const uint c = min(c0 + at / PAIRS, push.columns - 1), p = min(p0 + at % PAIRS, half_pitch - 1);
    next_roots[i] = basis[c * half_pitch + p];
  }
}

REAL origin;

REAL2 pair_of(REAL2 cells, uint y, uint p) {
  if (y >= push.n || 2 * p > push.n) return REAL2(0);
  if (FIELDS == 1) cells -= origin;
  return p == 0 || 2 * p == push.n ? REAL2(cells.x, 0) : REAL2(cells.x + cells.y, cells.x - cells.y);
}

// It, from there into shared memory.
void put(uint y0, uint p0) {
  [[unroll]] for (uint i = 0; i < PAIR_SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP, l = at / PAIRS, p = at % PAIRS;
    if (l < LINES) pair[l * SPAN + p] = pair_of(next_cells[i], y0 + l % ROWS, p0 + p);
  }
  [[unroll]] for (uint i = 0; i < ROOT_SHARE; i++) {
    const uint at = gl_LocalInvocationID.x + i * VORDEC_WORKGROUP;
    if (at < WIDTH * PAIRS) root[at / PAIRS * SPAN + at % PAIRS] = next_roots[i];
  }
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const uint y0 = gl_WorkGroupID.x * ROWS, c0 = gl_WorkGroupID.y * WIDTH;
  const uint own_line = thread % SIDE, own_column = thread / SIDE % SIDE, slice = thread / SLICE;
  const uint pitch = FIELDS == 1 ? push.columns * push.n + 1 : 2 * push.columns * push.n; // of a state
  if (FIELDS == 1) origin = cell(state, 0, 0, 0);
  REAL2 total[LINE_SHARE * COLUMN_SHARE];
  [[unroll]] for (uint i = 0; i < LINE_SHARE * COLUMN_SHARE; i++) total[i] = REAL2(0);
  fetch(state, y0, c0, 0);
  for (uint p0 = 0; 2 * p0 <= push.n; p0 += PAIRS) {
    barrier(); // others may still read the last chunk
    put(y0, p0);
    barrier();
    if (2 * (p0 + PAIRS) <= push.n) fetch(state, y0, c0, p0 + PAIRS);
    REAL2 sum[LINE_SHARE * COLUMN_SHARE];
    [[unroll]] for (uint i = 0; i < LINE_SHARE * COLUMN_SHARE; i++) sum[i] = REAL2(0);
    for (uint p = slice; p < PAIRS; p += SLICES) {
      REAL2 r[COLUMN_SHARE];
      [[unroll]] for (uint c = 0; c < COLUMN_SHARE; c++) r[c] = root[(own_column + SIDE * c) * SPAN + p];
      [[unroll]] for (uint l = 0; l < LINE_SHARE; l++) {
        const REAL2 both = pair[(own_line + SIDE * l) * SPAN + p];
        [[unroll]] for (uint c = 0; c < COLUMN_SHARE; c++) {
          sum[l * COLUMN_SHARE + c] = fma(both, r[c], sum[l * COLUMN_SHARE + c]);
        }
      }
    }
    [[unroll]] for (uint i = 0; i < LINE_SHARE * COLUMN_SHARE; i++) total[i] += sum[i];
  }
  [[unroll]] for (uint i = 0; i < LINE_SHARE * COLUMN_SHARE; i++) {
    barrier();
    part[thread] = total[i];
    barrier();
    const uint l = own_line + SIDE * (i / COLUMN_SHARE), c = c0 + own_column + SIDE * (i % COLUMN_SHARE);
    const uint y = y0 + l % ROWS, field = l / ROWS;
    if (slice != 0 || y >= push.n || c >= push.columns) continue;
    const REAL2 value = (part[thread] + part[thread + SLICE]) + (part[thread + 2 * SLICE] + part[thread + 3 * SLICE]);
    line[state * pitch + (field * push.columns + c) * push.n + y] = REAL2(value.x, -value.y);
  }
  if (FIELDS == 1 && thread == 0 && y0 == 0 && c0 == 0) line[state * pitch + pitch - 1] = REAL2(origin, 0);
}
