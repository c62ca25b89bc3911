/* SPDX-License-Identifier: MIT */
#version 450
// ternary_planes.comp - stage 3, of encoders: the threshold of ternary_threshold.comp into two bit-planes, plus and minus,
// 32 cells a word, each row beginning a word. Eight threads look at four cells each for one word.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(TERNARY_PLANES_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 2) writeonly buffer plane_buffer { uvec2 plane[]; }; // [state][y][word]
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#else
#define TAU uintBitsToFloat(push.tau_lo)
#endif
const uint QUARTETS = 8, WORDS = VORDEC_WORKGROUP / QUARTETS; // of a word, of a workgroup
shared uvec2 nibbles[VORDEC_WORKGROUP];

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.groups + thread] : REAL(0);
  const REAL scale = fold_workgroup(mine) + REAL(1e-12), tau = TAU;
  const uint n = push.n, row_words = (n + 31) / 32, words = n * row_words;
  const uint first = (gl_WorkGroupID.y * VORDEC_GRID_X + gl_WorkGroupID.x) * WORDS, word = first + thread / QUARTETS;
  uvec2 bits = uvec2(0);
  for (uint i = 0; i < 4; i++) {
    const uint x = word % row_words * 32 + thread % QUARTETS * 4 + i, y = word / row_words;
    if (word >= words || x >= n) break;
    const REAL r = clamp(field[(state * n + y) * n + x] / scale, REAL(-1), REAL(1));
    bits |= uvec2(r >= tau, r <= -tau) << i;
  }
  nibbles[thread] = bits;
  barrier();
  if (thread >= WORDS || first + thread >= words) return;
  bits = uvec2(0);
  for (uint i = 0; i < QUARTETS; i++) bits |= nibbles[thread * QUARTETS + i] << (4 * i);
  plane[state * words + first + thread] = bits;
}
