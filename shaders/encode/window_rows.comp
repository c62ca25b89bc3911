/* SPDX-License-Identifier: MIT */
#version 450
// window_rows.comp - stage 3, of encoders: box smoothing along x, ROWS rows of a field at a time in shared memory.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "window.glsl"
VORDEC_PUSH_BLOCK(WINDOW_PUSH)
layout(std430, binding = 0) readonly buffer source_buffer { REAL source[]; };
layout(std430, binding = 1) writeonly buffer result_buffer { REAL result[]; };

const uint PITCH = STRIPS * (STRIP + 1); // a value after each strip left out: threads begin in different banks
shared REAL line[ROWS * PITCH];

uint own_line;

uint word(uint x) { return x + x / STRIP; }

REAL sample_at(int p, REAL origin) {
  const int place = place_of(p);
  return (place < 0 ? REAL(0) : line[own_line + word(uint(place))]) - origin;
}

void main() {
  const uint thread = gl_LocalInvocationID.x, y0 = gl_WorkGroupID.x * ROWS, rows = min(ROWS, N - y0);
  const uint first = (gl_WorkGroupID.z * N + y0) * N;
  for (uint i = thread; i < rows * N; i += VORDEC_WORKGROUP) line[i / N * PITCH + word(i % N)] = source[first + i];
  barrier();
  const uint row = thread / STRIPS, x0 = thread % STRIPS * STRIP;
  const bool works = row < rows;
  own_line = works ? row * PITCH : 0;
  REAL smoothed[STRIP];
  smooth_strip(x0, line[own_line + word(x0)], smoothed);
  barrier(); // others still read
  [[unroll]] for (uint j = 0; j < STRIP; j++) {
    if (works && x0 + j < N) line[own_line + word(x0 + j)] = smoothed[j];
  }
  barrier();
  for (uint i = thread; i < rows * N; i += VORDEC_WORKGROUP) result[first + i] = line[i / N * PITCH + word(i % N)];
}
