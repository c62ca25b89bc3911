/* SPDX-License-Identifier: MIT */
#version 450
// unpack_planes.comp - stage 3: bit-planes to the mask, four cells a word, where rows do not begin with a word.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(UNPACK_PLANES_PUSH)
layout(std430, binding = 0) readonly buffer plane_buffer { uvec2 plane[]; }; // [state][y][word]: plus, minus
layout(std430, binding = 1) writeonly buffer mask_buffer { uint mask[]; };

void main() {
  const uint word = thread_of_state();
  if (word >= push.words) return;
  const uint state = gl_WorkGroupID.z, n = push.n, row_words = (n + 31) / 32;
  uint bits = 0;
  for (uint cell = 4 * word; cell < min(4 * word + 4, n * n); cell++) {
    const uint y = cell / n, x = cell % n;
    const uvec2 signs = plane[(state * n + y) * row_words + x / 32] >> (x % 32);
    bits |= mask_bits(int(signs.x & 1u) - int(signs.y & 1u), cell);
  }
  mask[state * push.words + word] = bits;
}
