/* SPDX-License-Identifier: MIT */
#version 450
// direct_rows.comp - stage 2, direct transform, second half: a cell is the real part of the sum over the columns.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(DIRECT_ROWS_PUSH)
layout(std430, binding = 0) readonly buffer line_buffer { REAL2 line[]; };
layout(std430, binding = 1) readonly buffer column_buffer { uvec4 column[]; };
layout(std430, binding = 2) readonly buffer twiddle_buffer { REAL2 twiddle[]; };
layout(std430, binding = 3) writeonly buffer field_buffer { REAL field[]; };

void main() {
  const uint i = thread_of_state();
  if (i >= push.n * push.n) return;
  const uint state = gl_WorkGroupID.z;
  const uint y = i / push.n, x = i % push.n;
  REAL sum = REAL(0);
  uint at = state * push.columns * push.n + y;
  for (uint c = 0; c < push.columns; c++, at += push.n) {
    const REAL2 value = line[at], t = twiddle[(column[c].z * x) % push.n];
    sum += value.x * t.x - value.y * t.y;
  }
  field[state * push.n * push.n + i] = sum;
}
