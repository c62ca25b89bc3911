/* SPDX-License-Identifier: MIT */
#version 450
// ternary_planes.comp - stage 3, of encoders: the threshold of ternary_threshold.comp into two bit-planes, plus and minus,
// 32 cells a word, each row beginning a word. Eight threads look at four cells each for one word, TURNS times, and have all of these
// on their way before they fold max |R|.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(TERNARY_PLANES_PUSH)
layout(std430, binding = 0) readonly buffer field_buffer { REAL field[]; };
layout(std430, binding = 1) readonly buffer partial_buffer { REAL partials[]; };
layout(std430, binding = 2) writeonly buffer plane_buffer { uvec2 plane[]; };    // [state][y][word]
layout(std430, binding = 3) readonly buffer field4_buffer { REAL4 field4[]; }; // the memory of binding 0
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#else
#define TAU uintBitsToFloat(push.tau_lo)
#endif
const uint QUARTETS = 8, WORDS = VORDEC_WORKGROUP / QUARTETS; // of a word, of a turn
const uint TURNS = VORDEC_TERNARY_TURNS;                      // four at most: eight bits each
shared uint quartets[VORDEC_WORKGROUP];                       // of each turn: four bits plus, four bits minus

// Cells of the row from x on that a word has, four at most.
uint cells_left(uint x) { return x < push.n ? min(4, push.n - x) : 0; }

REAL4 cells_from(uint at, uint count) {
  if (push.n % 4 == 0) return field4[at / 4];
  REAL4 cells = REAL4(0);
  for (uint i = 0; i < count; i++) cells[i] = field[at + i];
  return cells;
}

uint bits_of(REAL4 cells, uint count, REAL scale) {
  const REAL tau = TAU;
  const REAL4 r = clamp(cells / scale, REAL(-1), REAL(1));
  uint bits = 0;
  [[unroll]] for (uint i = 0; i < 4; i++) {
    if (i < count) bits |= (r[i] >= tau ? 1u << i : 0) | (r[i] <= -tau ? 16u << i : 0);
  }
  return bits;
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x, n = push.n;
  const uint row_words = (n + 31) / 32, words = n * row_words;
  const uint first = (gl_WorkGroupID.y * VORDEC_GRID_X + gl_WorkGroupID.x) * TURNS * WORDS;
  REAL4 cells[TURNS];
  uint counts[TURNS];
  [[unroll]] for (uint turn = 0; turn < TURNS; turn++) {
    const uint word = min(first + turn * WORDS + thread / QUARTETS, words - 1), y = word / row_words;
    const uint x = (word - y * row_words) * 32 + thread % QUARTETS * 4;
    counts[turn] = cells_left(x);
    cells[turn] = counts[turn] > 0 ? cells_from((state * n + y) * n + x, counts[turn]) : REAL4(0);
  }
  const REAL mine = thread < push.groups ? partials[push.offset + state * push.groups + thread] : REAL(0);
  const REAL scale = fold_workgroup(mine) + REAL(1e-12);
  uint bits = 0;
  [[unroll]] for (uint turn = 0; turn < TURNS; turn++) bits |= bits_of(cells[turn], counts[turn], scale) << (8 * turn);
  quartets[thread] = bits;
  barrier();
  for (uint i = thread; i < TURNS * WORDS && first + i < words; i += VORDEC_WORKGROUP) {
    uvec2 result = uvec2(0);
    [[unroll]] for (uint j = 0; j < QUARTETS; j++) {
      const uint part = quartets[i % WORDS * QUARTETS + j] >> (8 * (i / WORDS));
      result |= uvec2(part & 15u, part >> 4 & 15u) << (4 * j);
    }
    plane[state * words + first + i] = result;
  }
}
