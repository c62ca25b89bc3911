/* SPDX-License-Identifier: MIT */
#version 450
// direct_columns.comp - stage 2, direct transform, first half: each non-empty column of the half spectrum is summed
// along y. The twiddle table holds exp(2 pi i j / n), so that any n, prime or not, is as accurate as the number type.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(DIRECT_COLUMNS_PUSH)
layout(std430, binding = 0) readonly buffer spectrum_buffer { REAL2 spectrum[]; };
layout(std430, binding = 1) readonly buffer entry_buffer { uvec4 entry[]; };
layout(std430, binding = 2) readonly buffer column_buffer { uvec4 column[]; }; // first entry, entries, kx, 0
layout(std430, binding = 3) readonly buffer twiddle_buffer { REAL2 twiddle[]; };
layout(std430, binding = 4) writeonly buffer line_buffer { REAL2 line[]; }; // [state][column][y]

void main() {
  const uint i = thread_of_state();
  if (i >= push.columns * push.n) return;
  const uint state = gl_WorkGroupID.z;
  const uint y = i % push.n;
  const uvec4 c = column[i / push.n];
  const uint base = state * push.entries;
  REAL2 sum = REAL2(0);
  for (uint j = c.x; j < c.x + c.y; j++) {
    const REAL2 value = spectrum[base + j], t = twiddle[(entry[j].w * y) % push.n];
    sum += REAL2(value.x * t.x - value.y * t.y, value.x * t.y + value.y * t.x);
  }
  line[state * push.columns * push.n + i] = sum;
}
