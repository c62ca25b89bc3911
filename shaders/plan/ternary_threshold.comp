/* SPDX-License-Identifier: MIT */
#version 450
// ternary_threshold.comp - stage 3: +1 where R / (max|R| + 1e-12), clipped to -1 .. 1, reaches tau, -1 where it
// reaches -tau, else 0. Every workgroup folds the partial maxima by itself; one thread makes one mask word.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(TERNARY_THRESHOLD_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 2) writeonly buffer mask_buffer { uint mask[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#else
#define TAU uintBitsToFloat(push.tau_lo)
#endif

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.groups + thread] : REAL(0);
  const REAL scale = fold_workgroup(mine) + REAL(1e-12), tau = TAU;
  const uint word = thread_of_state();
  if (word >= push.words) return;
  uint bits = 0;
  for (uint cell = 4 * word; cell < min(4 * word + 4, push.cells); cell++) {
    const REAL r = clamp(field[state * push.cells + cell] / scale, REAL(-1), REAL(1));
    bits |= mask_bits(r >= tau ? 1 : r <= -tau ? -1 : 0, cell);
  }
  mask[state * push.words + word] = bits;
}
