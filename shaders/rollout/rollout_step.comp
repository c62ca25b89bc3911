#version 450
// rollout_step.comp - one step of a rollout, y_j = sum_i z_i A[i, j]. A workgroup takes VORDEC_ROLLOUT_COLUMNS adjacent
// columns; its threads share out the rows, four running sums each, and the sums are folded in a fixed order. Rows of A
// and the states are padded with zeros to `pitch`, so that rows start aligned and no column needs a check.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ROLLOUT_STEP_PUSH)
layout(std430, binding = 0) readonly buffer operator_buffer { REAL a[]; };
layout(std430, binding = 1) readonly buffer before_buffer { REAL before[]; };
layout(std430, binding = 2) writeonly buffer after_buffer { REAL after[]; };
shared REAL sums[VORDEC_WORKGROUP];

#define SLICES (VORDEC_WORKGROUP / VORDEC_ROLLOUT_COLUMNS)

void main() {
  const uint thread = gl_LocalInvocationID.x;
  const uint j = gl_WorkGroupID.x * VORDEC_ROLLOUT_COLUMNS + thread % VORDEC_ROLLOUT_COLUMNS;
  REAL s0 = REAL(0), s1 = REAL(0), s2 = REAL(0), s3 = REAL(0);
  uint i = thread / VORDEC_ROLLOUT_COLUMNS;
  for (; i + 3 * SLICES < push.d; i += 4 * SLICES) {
    s0 += before[i] * a[i * push.pitch + j];
    s1 += before[i + SLICES] * a[(i + SLICES) * push.pitch + j];
    s2 += before[i + 2 * SLICES] * a[(i + 2 * SLICES) * push.pitch + j];
    s3 += before[i + 3 * SLICES] * a[(i + 3 * SLICES) * push.pitch + j];
  }
  for (; i < push.d; i += SLICES) s0 += before[i] * a[i * push.pitch + j];
  sums[thread] = (s0 + s1) + (s2 + s3);
  barrier();
  for (uint half_width = VORDEC_WORKGROUP / 2; half_width >= VORDEC_ROLLOUT_COLUMNS; half_width /= 2) {
    if (thread < half_width) sums[thread] += sums[thread + half_width];
    barrier();
  }
  if (thread < VORDEC_ROLLOUT_COLUMNS) after[j] = sums[thread];
}
