/* SPDX-License-Identifier: MIT */
#version 450
// window_columns.comp - stage 3, of encoders: box smoothing along y, and R, the field less its smoothed self; max |R|, one
// partial result per workgroup.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "window.glsl"
VORDEC_PUSH_BLOCK(WINDOW_PUSH)
layout(std430, binding = 0) readonly buffer source_buffer { REAL source[]; }; // smoothed along x
layout(std430, binding = 1) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 2) writeonly buffer residual_buffer { REAL residual[]; };
layout(std430, binding = 3) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

uint own_column;

REAL sample_at(int p, REAL origin) {
  const int place = place_of(p);
  return (place < 0 ? REAL(0) : source[own_column + uint(place) * N]) - origin;
}

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  REAL most = REAL(0);
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < N * STRIPS;
       i += push.groups * VORDEC_WORKGROUP) {
    const uint y0 = i / N * STRIP;
    own_column = state * N * N + i % N;
    REAL smoothed[STRIP];
    smooth_strip(y0, source[own_column + y0 * N], smoothed);
    [[unroll]] for (uint j = 0; j < STRIP; j++) {
      if (y0 + j >= N) break;
      const uint at = own_column + (y0 + j) * N;
      const REAL rest = field[at] - smoothed[j];
      residual[at] = rest;
      most = max(most, abs(rest));
    }
  }
  most = fold_workgroup(most);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = most;
}
