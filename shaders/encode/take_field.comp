/* SPDX-License-Identifier: MIT */
#version 450
// take_field.comp - fields of a simulation, or others, in the precision that is wanted. In single precision a simulation
// keeps what rounding took from its field (push.remainders); both together are the field in double precision. The double variant serves wherever
// either side has double precision.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(TAKE_FIELD_PUSH)
layout(std430, binding = 0) readonly buffer single_buffer { float single[]; };
layout(std430, binding = 2) readonly buffer remainder_buffer { float remainder[]; };
layout(std430, binding = 3) writeonly buffer single_target_buffer { float single_target[]; };
#ifdef VORDEC_FP64
layout(std430, binding = 1) readonly buffer twofold_buffer { double twofold[]; }; // the memory of binding 0
layout(std430, binding = 4) writeonly buffer twofold_target_buffer { double twofold_target[]; }; // of binding 3
#endif

#ifdef VORDEC_FP64
double single_value(uint at) {
  return push.remainders != 0 ? double(single[at]) + double(remainder[at]) : double(single[at]);
}
#endif

void main() {
  const uint cell = thread_of_state(), state = gl_WorkGroupID.z;
  if (cell >= push.cells || state >= push.count) return;
  const uint to = state * push.cells + cell, from = push.first + to;
#ifdef VORDEC_FP64
  const double value = push.from_fp64 != 0 ? twofold[from] : single_value(from);
  if (push.to_fp64 != 0) twofold_target[to] = value;
  else single_target[to] = float(value);
#else
  single_target[to] = single[from];
#endif
}
