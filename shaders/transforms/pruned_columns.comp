/* SPDX-License-Identifier: MIT */
#version 450
// pruned_columns.comp - stages 1 and 2, pruned transform, first half: the coefficients of a column, made Hermitian, are
// summed along y, plain and smoothed.
//
// With e a mode along y, d = e less its smoothed self, and l = 1 - (what smoothing along x multiplies the column by):
//   plain = sum c e,  difference = sum c d,  residual = l plain + (1 - l) difference
// so that nothing large cancels. The factor brings in the phase of the middle of a row and the twofold weight of
// columns that stand for two.
//
// Modes ky and -ky go together: c e + c' conj(e) = (c + c') Re e + i (c - c') Im e, and so with d.
//
// A thread sums up to 5 columns at one y; HEIGHT threads stand above each other, and the workgroup's columns are all
// those of its threads. Coefficients go through shared memory, as a dense table over |ky| that has zeros where there is
// no mode. What a row's R can come to at most is noted, so that pruned_absmax can pass over rows that cannot matter.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
layout(constant_id = 0) const uint COLUMNS = 9;
layout(constant_id = 1) const uint PITCH = 128;
layout(constant_id = 2) const uint BASIS_ROWS = 9;  // different |ky|
layout(constant_id = 3) const uint SHARE = 5;       // columns of a thread
layout(constant_id = 4) const uint HEIGHT = 128;
layout(constant_id = 5) const uint CHUNK = 9; // |ky| at a time
VORDEC_PUSH_BLOCK(PRUNED_COLUMNS_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 1) readonly buffer source_buffer { uvec4 source[]; }; // [|ky|][column]: of ky and -ky, places of c_k and c_-k
layout(std430, binding = 2) readonly buffer factor_buffer { REAL4 factor[]; }; // factor, l
layout(std430, binding = 3) readonly buffer basis_buffer { REAL4 basis[]; };   // [|ky|][y]: e, d
layout(std430, binding = 4) writeonly buffer line_buffer { REAL2 line[]; }; // [plain, residual][state][column][y]
layout(std430, binding = 5) writeonly buffer difference_buffer { REAL2 difference_line[]; };
layout(std430, binding = 6) writeonly buffer bound_buffer { float bound[]; }; // [state][share][y], then [state]: 0

const uint WIDTH = VORDEC_WORKGROUP / HEIGHT * SHARE; // columns of a workgroup
const uint SHARES = (COLUMNS + SHARE - 1) / SHARE;
const uint AT_ONCE = 5; // loads that wait together wait once
shared REAL4 value[CHUNK * WIDTH];

// Spelled out, so that every shape of this kernel comes to the same bits.
REAL2 times(REAL2 a, REAL2 b) { return REAL2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x)); }

REAL4 pair_of(REAL2 c, REAL2 opposite) { return REAL4(c + opposite, opposite.y - c.y, c.x - opposite.x); }
REAL2 add_pair(REAL2 sum, REAL4 pair, REAL2 b) { return fma(pair.zw, REAL2(b.y), fma(pair.xy, REAL2(b.x), sum)); }

REAL2 stored(uint state, uint place) {
  if (place == VORDEC_ABSENT) return REAL2(0);
  const uint at = state * push.coef_stride + place;
  return REAL2(coef[at], coef[at + push.im_offset]);
}

REAL2 coefficient(uint state, uvec2 places) {
  const REAL2 own = stored(state, places.x), mirror = stored(state, places.y);
  return REAL(0.5) * REAL2(own.x + mirror.x, own.y - mirror.y);
}

void load_values(uint state, uint first_row, uint first_column) {
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * WIDTH; i += VORDEC_WORKGROUP) {
    const uint row = first_row + i / WIDTH, column = first_column + i % WIDTH;
    value[i] = REAL4(0);
    if (row >= BASIS_ROWS || column >= COLUMNS) continue;
    const uvec4 places = source[row * COLUMNS + column];
    value[i] = pair_of(coefficient(state, places.xy), coefficient(state, places.zw));
  }
}

// At least |z|, without squares that could leave the range: M + m / 2 squared is M^2 + m^2 + m (M - 3 m / 4).
float length_bound(REAL2 z) {
  const REAL2 a = abs(z);
  return float(max(a.x, a.y)) + 0.5 * float(min(a.x, a.y));
}

float store(uint state, uint column, uint y, REAL2 plain, REAL2 difference) {
  if (column >= COLUMNS || y >= PITCH) return 0;
  const uint at = (state * COLUMNS + column) * PITCH + y;
  const REAL4 f = factor[column];
  const REAL2 kept = REAL2(REAL(1) - f.z, -f.w);
  const REAL2 residual = times(times(plain, f.zw) + times(difference, kept), f.xy);
  line[at] = times(plain, f.xy);
  line[push.residual_at + at] = residual;
  if (push.edges != 0) difference_line[at] = times(difference, f.xy);
  return length_bound(residual);
}

void main() {
  const uint state = gl_WorkGroupID.z, first_column = gl_WorkGroupID.y * WIDTH;
  const uint y = gl_WorkGroupID.x * HEIGHT + gl_LocalInvocationID.x % HEIGHT;
  const uint own = gl_LocalInvocationID.x / HEIGHT * SHARE;
  REAL2 plain[SHARE], difference[SHARE];
  [[unroll]] for (uint c = 0; c < SHARE; c++) plain[c] = difference[c] = REAL2(0);
  for (uint first_row = 0; first_row < BASIS_ROWS; first_row += CHUNK) {
    barrier();
    load_values(state, first_row, first_column);
    barrier();
    const uint rows = min(CHUNK, BASIS_ROWS - first_row);
    for (uint row = 0; row < rows; row += AT_ONCE) {
      REAL4 b[AT_ONCE];
      [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
        b[i] = basis[(first_row + min(row + i, rows - 1)) * PITCH + min(y, PITCH - 1)];
      }
      [[unroll]] for (uint i = 0; i < AT_ONCE; i++) {
        if (row + i >= rows) break;
        [[unroll]] for (uint c = 0; c < SHARE; c++) {
          const REAL4 pair = value[(row + i) * WIDTH + own + c];
          plain[c] = add_pair(plain[c], pair, b[i].xy);
          difference[c] = add_pair(difference[c], pair, b[i].zw);
        }
      }
    }
  }
  float most = 0;
  [[unroll]] for (uint c = 0; c < SHARE; c++) {
    most += store(state, first_column + own + c, y, plain[c], difference[c]);
  }
  const uint share = (first_column + own) / SHARE;
  if (share < SHARES && y < PITCH) bound[(state * SHARES + share) * PITCH + y] = most;
  if (gl_WorkGroupID.xy == uvec2(0) && gl_LocalInvocationID.x == 0) bound[push.known_at + state] = 0;
}
