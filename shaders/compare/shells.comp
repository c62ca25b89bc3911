/* SPDX-License-Identifier: MIT */
#version 450
// shells.comp - the energies of modes summed up by shells: workgroup s those whose |k| rounds to s, that is
// s^2 - s < |k|^2 <= s^2 + s.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(SHELLS_PUSH)
layout(std430, binding = 0) readonly buffer energy_buffer { REAL energy[]; };
layout(std430, binding = 1) writeonly buffer shell_buffer { REAL shell[]; };
#define FOLD(a, b) ((a) + (b))
#include "fold.glsl"

// The largest number whose square is at most x.
uint root_of(uint x) {
  uint r = uint(sqrt(float(x)));
  while (r * r > x) r--;
  while ((r + 1) * (r + 1) <= x) r++;
  return r;
}

void main() {
  const uint s = gl_WorkGroupID.x, n = push.n, below = s * s - s, most = s * s + s;
  REAL sum = REAL(0);
  for (uint kx = gl_LocalInvocationID.x; kx <= min(s, n / 2); kx += VORDEC_WORKGROUP) {
    const uint first = kx * kx > below ? 0 : root_of(below - kx * kx) + 1;
    const uint last = min(root_of(most - kx * kx), n / 2);
    for (uint ky = first; ky <= last; ky++) {
      sum += energy[kx * n + ky];
      if (ky != 0 && 2 * ky != n) sum += energy[kx * n + n - ky];
    }
  }
  sum = fold_workgroup(sum);
  if (gl_LocalInvocationID.x == 0) shell[s] = sum;
}
