/* SPDX-License-Identifier: MIT */
#version 450
// majority.comp - stage 3: one round of the 3 x 3 periodic majority, s' = sign(sum of the nine).
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "mask_word.glsl"
VORDEC_PUSH_BLOCK(MAJORITY_PUSH)
layout(std430, binding = 0) readonly buffer input_buffer { uint before[]; };
layout(std430, binding = 1) writeonly buffer output_buffer { uint after[]; };

int cell_at(uint base, uint cell) { return mask_cell(before[base + cell / 4], cell); }

int row_of_three(uint base, uint row, uint west, uint x, uint east) {
  const uint at = row * push.n;
  return cell_at(base, at + west) + cell_at(base, at + x) + cell_at(base, at + east);
}

void main() {
  const uint word = thread_of_state();
  if (word >= push.words) return;
  const uint n = push.n, base = gl_WorkGroupID.z * push.words;
  uint bits = 0;
  for (uint cell = 4 * word; cell < min(4 * word + 4, n * n); cell++) {
    const uint y = cell / n, x = cell % n;
    const uint west = x == 0 ? n - 1 : x - 1, east = x == n - 1 ? 0 : x + 1;
    const uint north = y == 0 ? n - 1 : y - 1, south = y == n - 1 ? 0 : y + 1;
    const int sum = row_of_three(base, north, west, x, east) + row_of_three(base, y, west, x, east) +
                    row_of_three(base, south, west, x, east);
    bits |= mask_bits(sign(sum), cell);
  }
  after[base + word] = bits;
}
