/* SPDX-License-Identifier: MIT */
#version 450
// moments.comp - what w and f = factor times another field have in sums, for each of push.groups parts of the cells: sums
// of w and of f; then, about the part's own means, of w^2, f^2 and w f; and of (w - f)^2. The host puts the parts together.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(MOMENTS_PUSH)
layout(std430, binding = 0) readonly buffer own_buffer { REAL own[]; };
layout(std430, binding = 1) readonly buffer other_buffer { REAL other[]; };
layout(std430, binding = 2) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD_TYPE REAL4
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

REAL factor() {
#ifdef VORDEC_FP64
  return packDouble2x32(uvec2(push.factor_lo, push.factor_hi));
#else
  return uintBitsToFloat(push.factor_lo);
#endif
}

void main() {
  const uint group = gl_WorkGroupID.x, thread = gl_LocalInvocationID.x;
  const uint share = (push.cells - 1) / push.groups + 1, begin = min(group * share, push.cells);
  const uint end = min(begin + share, push.cells);
  const REAL times = factor(), count = REAL(max(end - begin, 1u));
  REAL4 sum = REAL4(0);
  for (uint i = begin + thread; i < end; i += VORDEC_WORKGROUP) {
    const REAL w = own[i], f = times * other[i];
    sum += REAL4(w, f, (w - f) * (w - f), REAL(0));
  }
  const REAL4 all = fold_workgroup(sum);
  const REAL2 mean = REAL2(all.x, all.y) / count;
  barrier(); // everyone has the means
  sum = REAL4(0);
  for (uint i = begin + thread; i < end; i += VORDEC_WORKGROUP) {
    const REAL w = own[i] - mean.x, f = times * other[i] - mean.y;
    sum += REAL4(w * w, f * f, w * f, REAL(0));
  }
  const REAL4 about = fold_workgroup(sum);
  if (thread != 0) return;
  const REAL values[VORDEC_MOMENTS] = REAL[](all.x, all.y, about.x, about.y, about.z, all.z);
  for (uint i = 0; i < VORDEC_MOMENTS; i++) partials[push.offset + i * push.groups + group] = values[i];
}
