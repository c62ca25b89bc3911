/* SPDX-License-Identifier: MIT */
#version 450
// combine.comp - stage 4: omega_hat = omega_lp + a + g * (residual + gain_mid * mid + gain_high * high), with the gate g
// the support of the mask or the mask itself. Absent terms are not read.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(COMBINE_PUSH)
layout(std430, binding = 0) readonly buffer lp_buffer { REAL omega_lp[]; };
layout(std430, binding = 1) readonly buffer anchor_buffer { REAL anchors[]; };
layout(std430, binding = 2) readonly buffer residual_buffer { REAL residual[]; };
layout(std430, binding = 3) readonly buffer mid_buffer { REAL mid[]; };
layout(std430, binding = 4) readonly buffer high_buffer { REAL high[]; };
layout(std430, binding = 5) readonly buffer mask_buffer { uint mask[]; };
layout(std430, binding = 6) readonly buffer gain_buffer { REAL gain[]; };
layout(std430, binding = 7) writeonly buffer hat_buffer { REAL omega_hat[]; };

void main() {
  const uint cell = thread_of_state();
  if (cell >= push.cells) return;
  const uint state = gl_WorkGroupID.z, at = state * push.cells + cell;
  REAL value = omega_lp[at];
  if ((push.terms & VORDEC_TERM_ANCHORS) != 0) value += anchors[at];
  const int s = mask_cell(mask[state * push.words + cell / 4], cell);
  if (s != 0) {
    REAL sum = REAL(0);
    if ((push.terms & VORDEC_TERM_FIELD) != 0) sum += residual[at];
    if ((push.terms & VORDEC_TERM_MID) != 0) sum += gain[4 * state] * mid[at];
    if ((push.terms & VORDEC_TERM_HIGH) != 0) sum += gain[4 * state + 1] * high[at];
    value += (push.terms & VORDEC_TERM_SIGNED) != 0 && s < 0 ? -sum : sum;
  }
  omega_hat[at] = value;
}
