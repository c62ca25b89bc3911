/* SPDX-License-Identifier: MIT */
#version 450
// take_z.comp - stage 1, for states that others wrote: their coefficients as scatter_lowk wants them, a workgroup to a
// state. What unpack_state says of K and of the flag holds here, too; a state that has anything wrong gets a coefficient
// that is NaN, and so does every cell of its fields. The last value of a state's coefficients says whether its place is
// in use.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(TAKE_Z_PUSH)
layout(std430, binding = 0) readonly buffer state_buffer { REAL z[]; };
layout(std430, binding = 1) buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) buffer flag_buffer { uint wrong; };

#ifdef VORDEC_FP64
#define NOT_A_NUMBER packDouble2x32(uvec2(0u, 0x7ff80000u))
#else
#define NOT_A_NUMBER uintBitsToFloat(0x7fc00000u)
#endif

shared uint spoilt;

// By its bits: comparisons with NaN may be optimised away.
uint wrong_with(REAL x, bool coefficient) {
#ifdef VORDEC_FP64
  const uvec2 words = unpackDouble2x32(x);
  const uint exponent = words.y >> 20 & 0x7ffu, infinite = 0x7ffu, bias = 1023u, fraction = words.x | (words.y & 0xfffffu);
#else
  const uint bits = floatBitsToUint(x);
  const uint exponent = bits >> 23 & 0xffu, infinite = 0xffu, bias = 127u, fraction = bits & 0x7fffffu;
#endif
  if (exponent == infinite) return fraction != 0 ? VORDEC_WRONG_NAN : VORDEC_WRONG_INFINITE;
  const uint most = push.max_exponent + bias;
  return coefficient && (exponent > most || (exponent == most && fraction != 0)) ? VORDEC_WRONG_LARGE : 0;
}

void main() {
  const uint state = gl_WorkGroupID.z, from = (push.first + state) * push.d, to = state * push.coef_stride;
  const bool used = coef[to + push.coef_stride - 1] != REAL(0);
  if (gl_LocalInvocationID.x == 0) spoilt = 0;
  barrier();
  if (used) {
    const REAL k = z[from + 2 * push.m + 3];
    const uint kept = wrong_with(k, false) == 0 ? uint(clamp(roundEven(k), REAL(0), REAL(push.kept))) : 0u;
    for (uint i = gl_LocalInvocationID.x; i < push.d; i += VORDEC_WORKGROUP) {
      const uint kind = wrong_with(z[from + i], i < 2 * push.m || i >= 2 * push.m + 4);
      if (kind == 0) continue;
      atomicOr(spoilt, 1);
      atomicMax(wrong, VORDEC_WRONG_KINDS * (push.states * push.d - from - i) + kind);
    }
    for (uint i = gl_LocalInvocationID.x; i < 2 * push.m; i += VORDEC_WORKGROUP) coef[to + i] = z[from + i];
    for (uint i = gl_LocalInvocationID.x; i < 2 * push.kept; i += VORDEC_WORKGROUP) {
      const uint entry = i % push.kept, at = 2 * push.m + 4 + (i < push.kept ? 0 : kept) + entry;
      coef[to + 2 * push.m + i] = entry < kept ? z[from + at] : REAL(0);
    }
  }
  barrier();
  if (gl_LocalInvocationID.x == 0 && spoilt != 0) coef[to] = NOT_A_NUMBER;
}
