/* SPDX-License-Identifier: MIT */
#version 450
// unpack_bands.comp - stage 1, for states that a rollout holds: what band_columns and band_gain want of it. Energies with
// which squares overflow raise the flag, as in unpack_state.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(UNPACK_BANDS_PUSH)
layout(std430, binding = 0) readonly buffer state_buffer { REAL z[]; };
layout(std430, binding = 1) writeonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) readonly buffer mid_buffer { uint mid_modes[]; }; // for each K
layout(std430, binding = 3) buffer flag_buffer { uint wrong; };

#ifdef VORDEC_FP64
#define MOST packDouble2x32(uvec2(push.most_lo, push.most_hi))
#define LEAST REAL(0)
bool finite(REAL x) { return (unpackDouble2x32(x).y & 0x7ff00000u) != 0x7ff00000u; }
#else
#define MOST uintBitsToFloat(push.most_lo)
#define LEAST 1.17549435e-38 // a device may take less for 0
bool finite(REAL x) { return (floatBitsToUint(x) & 0x7f800000u) != 0x7f800000u; }
#endif

void main() {
  if (thread_of_state() != 0) return;
  const uint state = gl_WorkGroupID.z, at = state * push.pitch, to = state * push.coef_stride + push.bands_at;
  const REAL k = z[at + 2 * push.m + 3];
  const uint kept = finite(k) ? uint(clamp(roundEven(k), REAL(0), REAL(push.max_kept))) : 0u;
  coef[to + 2] = REAL(kept & 0xffffu);
  coef[to + 3] = REAL(kept >> 16);
  for (uint band = 0; band < 2; band++) {
    const uint entry = 2 * push.m + 1 + band, modes = band == 0 ? mid_modes[kept] : push.high_modes;
    const REAL given = z[at + entry], energy = finite(given) && given > REAL(0) ? given : REAL(0);
    const bool wanted = modes > 0 && (push.bands & VORDEC_TERM_MID << band) != 0;
    const bool large = wanted && energy > MOST / REAL(modes);
    if (large) atomicMax(wrong, VORDEC_WRONG_KINDS * ((push.states - state) * push.d - entry) + VORDEC_WRONG_LARGE);
    const bool made = wanted && !large;
    coef[to + band] = made ? sqrt(energy) : REAL(0);
    coef[to + VORDEC_BAND_VALUES + band] = made && energy > REAL(0) ? max(REAL(modes) * energy, LEAST) : REAL(0);
  }
}
