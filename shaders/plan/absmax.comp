/* SPDX-License-Identifier: MIT */
#version 450
// absmax.comp - stage 3: max |x| over a state's cells, one partial result per workgroup.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(REDUCE_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  REAL value = REAL(0);
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < push.cells;
       i += push.groups * VORDEC_WORKGROUP) {
    value = max(value, abs(field[state * push.cells + i]));
  }
  value = fold_workgroup(value);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = value;
}
