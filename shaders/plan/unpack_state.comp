/* SPDX-License-Identifier: MIT */
#version 450
// unpack_state.comp - stage 1, for states that a rollout holds: their coefficients as scatter_lowk wants them. K is
// rounded half to even and clamped to 0 .. kept; Im kept starts after exactly K reals; entries past K are 0. Entries that
// are not finite, and coefficients beyond 2^max_exponent, used or not, raise the flag (push_constants.h).
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(UNPACK_STATE_PUSH)
layout(std430, binding = 0) readonly buffer state_buffer { REAL z[]; };
layout(std430, binding = 1) writeonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) buffer flag_buffer { uint wrong; };

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

uint kept_count(uint state) {
  const REAL k = z[state * push.pitch + 2 * push.m + 3];
  return wrong_with(k, false) == 0 ? uint(clamp(roundEven(k), REAL(0), REAL(push.kept))) : 0u;
}

void main() {
  const uint i = thread_of_state(), state = gl_WorkGroupID.z;
  if (i >= push.d) return;
  const uint at = state * push.pitch, to = state * push.coef_stride;
  const uint kind = wrong_with(z[at + i], i < 2 * push.m || i >= 2 * push.m + 4);
  if (kind != 0) atomicMax(wrong, VORDEC_WRONG_KINDS * ((push.states - state) * push.d - i) + kind);
  if (i < 2 * push.m) {
    coef[to + i] = z[at + i];
    return;
  }
  const uint place = i - 2 * push.m;
  if (place >= 2 * push.kept) return;
  const uint k = kept_count(state), entry = place % push.kept;
  const uint from = at + 2 * push.m + 4 + (place < push.kept ? 0 : k);
  coef[to + i] = entry < k ? z[from + entry] : REAL(0);
}
