/* SPDX-License-Identifier: MIT */
#version 450
// support.comp - number of cells whose mask is not 0, one partial result per workgroup (an integer, exact in REAL).
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(REDUCE_PUSH)
layout(std430, binding = 0) readonly buffer mask_buffer { uint mask[]; };
layout(std430, binding = 1) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x;
  uint count = 0;
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < push.words;
       i += push.groups * VORDEC_WORKGROUP) {
    const uint word = mask[state * push.words + i];
    for (uint cell = 0; cell < 4; cell++) count += mask_cell(word, cell) != 0 ? 1u : 0u;
  }
  const REAL value = fold_workgroup(REAL(count));
  if (gl_LocalInvocationID.x == 0) partials[push.offset + state * push.groups + group] = value;
}
