/* SPDX-License-Identifier: MIT */
#version 450
// scatter_lowk.comp - stage 1: coefficients of a state into a Hermitian half spectrum.
//
// The field wanted is the real part of the full inverse transform, so entry k becomes (c_k + conj(c_-k)) / 2, a
// coefficient outside the table's modes counting as 0. Compact spectra (pitch 0) are for the direct transform, which
// sums the half spectrum only: interior columns are doubled there.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(SCATTER_LOWK_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 1) readonly buffer entry_buffer { uvec4 entry[]; }; // source, mirror's source, kx, ky
layout(std430, binding = 2) writeonly buffer spectrum_buffer { REAL2 spectrum[]; };

REAL2 coefficient(uint state, uint source) {
  if (source == VORDEC_ABSENT) return REAL2(0);
  const uint at = state * push.coef_stride + source;
  return REAL2(coef[at + push.re_offset], coef[at + push.im_offset]);
}

void main() {
  const uint i = thread_of_state();
  if (i >= push.entries) return;
  const uint state = gl_WorkGroupID.z;
  const uvec4 e = entry[i];
  const REAL2 own = coefficient(state, e.x), mirror = coefficient(state, e.y);
  REAL2 value = REAL(0.5) * REAL2(own.x + mirror.x, own.y - mirror.y);
  if (push.pitch == 0 && e.z != 0 && 2 * e.z != push.n) value *= REAL(2);
  const uint at = push.pitch == 0 ? i : e.w * push.pitch + e.z;
  spectrum[state * push.spectrum_stride + at] = value;
}
