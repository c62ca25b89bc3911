/* SPDX-License-Identifier: MIT */
#version 450
// band_gain.comp - stage 4: gain that brings the gated band field to its energy. With the target nE (number of modes
// times energy) and v = mean((g r)^2): 0 where nE <= 0, 1 where v <= 1e-30, else sqrt(nE / v). One workgroup a state.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(BAND_GAIN_PUSH)
layout(std430, binding = 0) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 1) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 2) buffer gain_buffer { REAL gain[]; }; // [state][gains of both bands, n E of both]
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.groups + thread] : REAL(0);
  const REAL variance = fold_workgroup(mine) / REAL(push.cells);
  if (thread != 0) return;
  const REAL target = coef[state * push.coef_stride + push.energy_offset];
  REAL value = REAL(1);
  if (!(target > REAL(0))) value = REAL(0);
  else if (variance > REAL(1e-30)) value = sqrt(target) / sqrt(variance); // their quotient may overflow
  gain[4 * state + push.band] = value;
  gain[4 * state + 2 + push.band] = target;
}
