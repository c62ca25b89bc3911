/* SPDX-License-Identifier: MIT */
#version 450
// mean_square.comp - sum of x^2 over a state's cells, or over its support only, one partial result per workgroup.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(REDUCE_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) readonly buffer mask_buffer { uint mask[]; };
layout(std430, binding = 2) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  REAL value = REAL(0);
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < push.cells;
       i += push.groups * VORDEC_WORKGROUP) {
    if (push.gated != 0 && mask_cell(mask[state * push.words + i / 4], i) == 0) continue;
    const REAL x = field[state * push.cells + i];
    value += x * x;
  }
  value = fold_workgroup(value);
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = value;
}
