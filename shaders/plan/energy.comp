/* SPDX-License-Identifier: MIT */
#version 450
// energy.comp - kinetic energy of each state from its coefficients: sum of weight |omega_k|^2 over the half spectrum, once
// for the low modes alone and once with the kept ones; one partial result of each per workgroup.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ENERGY_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 1) readonly buffer mode_buffer { uvec4 mode[]; }; // low source, low mirror, kept source, kept mirror
layout(std430, binding = 2) readonly buffer weight_buffer { REAL weight[]; };
layout(std430, binding = 3) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

// (c_k + conj(c_-k)) / 2, an absent coefficient counting as 0.
REAL2 half_sum(uint source, uint mirror, uint re_offset, uint im_offset) {
  REAL2 sum = REAL2(0);
  if (source != VORDEC_ABSENT) sum += REAL2(coef[re_offset + source], coef[im_offset + source]);
  if (mirror != VORDEC_ABSENT) sum += REAL2(coef[re_offset + mirror], -coef[im_offset + mirror]);
  return REAL(0.5) * sum;
}

void main() {
  const uint group = gl_WorkGroupID.x, state = gl_WorkGroupID.z, at = state * push.coef_stride;
  REAL lp = REAL(0), hat = REAL(0);
  for (uint i = group * VORDEC_WORKGROUP + gl_LocalInvocationID.x; i < push.entries;
       i += push.groups * VORDEC_WORKGROUP) {
    const REAL2 low = half_sum(mode[i].x, mode[i].y, at, at + push.m);
    const REAL2 all = low + half_sum(mode[i].z, mode[i].w, at + 2 * push.m, at + 2 * push.m + push.kept);
    lp += weight[i] * dot(low, low);
    hat += weight[i] * dot(all, all);
  }
  lp = fold_workgroup(lp);
  hat = fold_workgroup(hat);
  if (gl_LocalInvocationID.x != 0) return;
  partials[push.lp_offset + state * push.groups + group] = lp;
  partials[push.hat_offset + state * push.groups + group] = hat;
}
