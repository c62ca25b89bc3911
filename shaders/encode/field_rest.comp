/* SPDX-License-Identifier: MIT */
#version 450
// field_rest.comp - sum over the cells of (a field less the sum of the lines)^2, one partial result per workgroup: what
// the field holds besides some modes, of which there may be so little that a difference of squares would not show it.
// Cells p and n - p share their products, see adjoint_rows. A thread does ROWS rows of a pair at a time.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(FIELD_REST_PUSH)
layout(std430, binding = 0) readonly buffer basis_buffer { REAL2 basis[]; }; // [column][p]: cos, sin
layout(std430, binding = 1) readonly buffer line_buffer { REAL2 line[]; };   // [state][column][y]
layout(std430, binding = 2) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 3) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"
const uint ROWS = 8;

REAL square(REAL x) { return x * x; }

REAL rest_of(uint state, uint y0, uint p) {
  const uint n = push.n, half_pitch = n / 2 + 1;
  REAL even[ROWS], odd[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++) even[r] = odd[r] = REAL(0);
  for (uint c = 0; c < push.columns; c++) {
    const REAL2 root = basis[c * half_pitch + p];
    const uint at = (state * push.columns + c) * n;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
      const REAL2 value = line[at + min(y0 + r, n - 1)];
      even[r] = fma(value.x, root.x, even[r]);
      odd[r] = fma(value.y, root.y, odd[r]);
    }
  }
  REAL sum = REAL(0);
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    if (y0 + r >= n) continue;
    const uint row = (state * n + y0 + r) * n;
    sum += square(field[row + p] - (even[r] - odd[r]));
    if (p > 0 && 2 * p != n) sum += square(field[row + n - p] - (even[r] + odd[r]));
  }
  return sum;
}

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x, half_pitch = push.n / 2 + 1;
  const uint items = half_pitch * ((push.n + ROWS - 1) / ROWS);
  REAL value = REAL(0);
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < items; i += push.groups * VORDEC_WORKGROUP) {
    value += rest_of(state, i / half_pitch * ROWS, i % half_pitch);
  }
  value = fold_workgroup(value);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = value;
}
