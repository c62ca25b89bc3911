#version 450
// unpack_state.comp - stage 1, for a state that a rollout holds: its coefficients as scatter_lowk wants them. K is
// rounded half to even and clamped to 0 .. kept; Im kept starts after exactly K reals; entries past K are 0. An entry i
// that is not finite raises the flag to d - i, so that the first one stands there in the end.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(UNPACK_STATE_PUSH)
layout(std430, binding = 0) readonly buffer state_buffer { REAL z[]; };
layout(std430, binding = 1) writeonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) buffer flag_buffer { uint not_finite; };

// By its bits: comparisons with NaN may be optimised away.
bool is_finite(REAL x) {
#ifdef VORDEC_FP64
  return (unpackDouble2x32(x).y & 0x7ff00000u) != 0x7ff00000u;
#else
  return (floatBitsToUint(x) & 0x7f800000u) != 0x7f800000u;
#endif
}

uint kept_count() {
  const REAL k = z[2 * push.m + 3];
  return is_finite(k) ? uint(clamp(roundEven(k), REAL(0), REAL(push.kept))) : 0u;
}

void main() {
  const uint i = thread_of_state();
  if (gl_WorkGroupID.z != 0 || i >= push.d) return; // a rollout holds one state
  if (!is_finite(z[i])) atomicMax(not_finite, push.d - i);
  if (i < 2 * push.m) {
    coef[i] = z[i];
    return;
  }
  const uint place = i - 2 * push.m;
  if (place >= 2 * push.kept) return;
  const uint k = kept_count(), entry = place % push.kept, from = 2 * push.m + 4 + (place < push.kept ? 0 : k);
  coef[i] = entry < k ? z[from + entry] : REAL(0);
}
