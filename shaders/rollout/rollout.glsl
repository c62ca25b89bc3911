/* SPDX-License-Identifier: MIT */
// rollout.glsl - one step of STATES states of a rollout, y_j = sum_i z_i A[i, j]. A workgroup takes
// VORDEC_ROLLOUT_COLUMNS adjacent columns; its threads share out the rows, four running sums each for each state, and
// the sums are folded in a fixed order. So every state is summed in one way, whatever STATES is; fma() keeps compilers
// from rounding the one kernel otherwise than the other. Rows of A and the states are padded with zeros to `pitch`, so
// that rows start aligned and no column needs a check; the last states of a batch are padding, too.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ROLLOUT_STEP_PUSH)
layout(std430, binding = 0) readonly buffer operator_buffer { REAL a[]; };
layout(std430, binding = 1) readonly buffer before_buffer { REAL before[]; };
layout(std430, binding = 2) writeonly buffer after_buffer { REAL after[]; };
shared REAL sums[STATES][VORDEC_WORKGROUP];

#if STATES == 1
#define FIRST 0u /* one state begins the buffer */
#else
#define FIRST (gl_WorkGroupID.y * STATES * push.pitch)
#endif
#define SLICES (VORDEC_WORKGROUP / VORDEC_ROLLOUT_COLUMNS)
#define PARTS 4

void main() {
  const uint thread = gl_LocalInvocationID.x, first = FIRST;
  const uint j = gl_WorkGroupID.x * VORDEC_ROLLOUT_COLUMNS + thread % VORDEC_ROLLOUT_COLUMNS;
  REAL s[STATES][PARTS];
  [[unroll]] for (uint k = 0; k < STATES; k++) {
    [[unroll]] for (uint part = 0; part < PARTS; part++) s[k][part] = REAL(0);
  }
  uint i = thread / VORDEC_ROLLOUT_COLUMNS;
  for (; i + (PARTS - 1) * SLICES < push.d; i += PARTS * SLICES) {
    [[unroll]] for (uint part = 0; part < PARTS; part++) {
      const uint row = i + part * SLICES;
      const REAL entry = a[row * push.pitch + j];
      [[unroll]] for (uint k = 0; k < STATES; k++) {
        s[k][part] = fma(before[first + k * push.pitch + row], entry, s[k][part]);
      }
    }
  }
  for (; i < push.d; i += SLICES) {
    const REAL entry = a[i * push.pitch + j];
    [[unroll]] for (uint k = 0; k < STATES; k++) s[k][0] = fma(before[first + k * push.pitch + i], entry, s[k][0]);
  }
  [[unroll]] for (uint k = 0; k < STATES; k++) sums[k][thread] = (s[k][0] + s[k][1]) + (s[k][2] + s[k][3]);
  barrier();
  for (uint half_width = VORDEC_WORKGROUP / 2; half_width >= VORDEC_ROLLOUT_COLUMNS; half_width /= 2) {
    if (thread < half_width) {
      [[unroll]] for (uint k = 0; k < STATES; k++) sums[k][thread] += sums[k][thread + half_width];
    }
    barrier();
  }
  if (thread < VORDEC_ROLLOUT_COLUMNS) {
    [[unroll]] for (uint k = 0; k < STATES; k++) after[first + k * push.pitch + j] = sums[k][thread];
  }
}
