/* SPDX-License-Identifier: MIT */
#version 450
// adjoint_gradient.comp - the transposed sums, each to the place in z of the coefficient that it is the derivative by: of
// a low mode the sum over both cotangents, of a kept one that over omega_hat's, if the state's K has it. What no
// coefficient has is 0 already.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ADJOINT_GRADIENT_PUSH)
layout(std430, binding = 0) readonly buffer entry_buffer { uvec4 entry[]; }; // source, mirror, kx, ky
layout(std430, binding = 1) readonly buffer sum_buffer { REAL2 sums[]; };    // [state][field][mode]
layout(std430, binding = 2) readonly buffer k_buffer { REAL k[]; };
layout(std430, binding = 3) writeonly buffer z_buffer { REAL z[]; };

// By its bits, since comparisons with NaN may be optimised away.
bool is_finite(REAL x) {
#ifdef VORDEC_FP64
  return (unpackDouble2x32(x).y >> 20 & 0x7ffu) != 0x7ffu;
#else
  return (floatBitsToUint(x) >> 23 & 0xffu) != 0xffu;
#endif
}

void main() {
  const uint mode = thread_of_state(), state = gl_WorkGroupID.z;
  if (mode >= push.entries) return;
  const bool mirrored = entry[mode].x == VORDEC_ABSENT;
  const uint own = mirrored ? entry[mode].y : entry[mode].x;
  const bool low = own < push.m, of_lp = (push.fields & 1u) != 0, of_hat = (push.fields & 2u) != 0;
  const uint kept = is_finite(k[state]) ? uint(clamp(roundEven(k[state]), REAL(0), REAL(push.kept))) : 0u;
  const uint at = own - push.m;
  if (!low && (at >= kept || !of_hat)) return;
  REAL2 sum = REAL2(0);
  if (low && of_lp) sum += sums[2 * state * push.entries + mode];
  if (of_hat) sum += sums[(2 * state + 1) * push.entries + mode];
  const uint place = state * push.d + (low ? own : 2 * push.m + 4 + at);
  z[place] = sum.x;
  z[place + (low ? push.m : kept)] = mirrored ? -sum.y : sum.y;
}
