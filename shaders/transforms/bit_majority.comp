/* SPDX-License-Identifier: MIT */
#version 450
// bit_majority.comp - stage 3: up to 16 rounds of the 3 x 3 periodic majority on bit-planes, 32 cells a word.
//
// A workgroup loads a tile with a halo, runs all rounds in shared memory and writes the tile.
//
// Behind the planes each tile has a flag: whether the dispatch that wrote them left it other than it was. Where neither a tile nor what its halo
// reaches has such a flag, as many rounds again would leave it as it is, too. Then nothing is done: the planes that would be
// written hold what was there one dispatch before, which is the same.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint UNPACK = 1; // write the mask, four cells a word (N % 4 = 0); else planes again
#define MAJORITY_CONSTANTS 2
#include "bit_rounds.glsl"
VORDEC_PUSH_BLOCK(BIT_MAJORITY_PUSH)
layout(std430, binding = 0) readonly buffer input_buffer { uvec2 before[]; }; // [state][y][word]: plus, minus; then the flags
layout(std430, binding = 1) writeonly buffer output_buffer { uvec2 after[]; };
layout(std430, binding = 2) writeonly buffer mask_buffer { uint mask[]; };
layout(std430, binding = 3) writeonly buffer mask4_buffer { uvec4 mask4[]; }; // the same memory

const uint SHARE = (SIZE + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP; // of a tile that a thread loads
const uint WORDS = (N + 31) / 32;
const uint GROUPS_X = (WORDS + TILE_X - 1) / TILE_X, GROUPS_Y = (N + TILE_Y - 1) / TILE_Y;
// Tiles that the halo reaches to either side; one more where the last tile is smaller than others.
const uint REACH_X = HALO_X == 0 ? 0 : 1 + (N % (32 * TILE_X) > 0 ? 1 : 0);
const uint REACH_Y = HALO_Y == 0 ? 0 : (HALO_Y + TILE_Y - 1) / TILE_Y + (N % TILE_Y > 0 ? 1 : 0);
shared uint stirred, altered; // a tile that the halo reaches was altered; this one is

uint flag_at(uint state, uint x, uint y) { return push.flags_at + (state * GROUPS_Y + y) * GROUPS_X + x; }

// Whether one of those tiles that this thread looks at was altered, this tile being among all that are looked at.
bool sees_altered(uint state) {
  const uint across = 2 * REACH_X + 1, count = across * (2 * REACH_Y + 1);
  for (uint i = gl_LocalInvocationID.x; i < count; i += VORDEC_WORKGROUP) {
    // Less what it reaches, as a sum that stays positive.
    const uint x = (gl_WorkGroupID.x + i % across + REACH_X * (GROUPS_X - 1)) % GROUPS_X;
    const uint y = (gl_WorkGroupID.y + i / across + REACH_Y * (GROUPS_Y - 1)) % GROUPS_Y;
    if (before[flag_at(state, x, y)].x != 0) return true;
  }
  return false;
}

// The 32 cells from x on of a row, wrapping around.
uvec2 cells_from(uint row, uint x) {
  if (N % 32 == 0) return before[row + x / 32];
  uvec2 bits = uvec2(0);
  for (uint have = 0; have < 32;) {
    const uint shift = x % 32, count = min(min(32 - shift, N - x), 32 - have);
    const uvec2 part = (before[row + x / 32] >> shift) & (0xffffffffu >> (32 - count));
    bits |= part << have;
    have += count;
    x = x + count == N ? 0 : x + count;
  }
  return bits;
}

// Whether a cell is not 0. Loads that wait together wait once.
bool load_tile(uint state, uint tile_x, uint tile_y) {
  const uint thread = gl_LocalInvocationID.x;
  uvec2 bits[SHARE], any = uvec2(0);
  [[unroll]] for (uint i = 0; i < SHARE; i++) {
    const uint at = min(thread + i * VORDEC_WORKGROUP, SIZE - 1);
    // Less the halo, as a sum that stays positive.
    const uint y = (tile_y + at / WIDTH + HALO_Y * (N - 1)) % N;
    const uint x = (32 * (tile_x + at % WIDTH) + 32 * HALO_X * (N - 1)) % N;
    bits[i] = cells_from((state * N + y) * WORDS, x);
  }
  [[unroll]] for (uint i = 0; i < SHARE; i++) {
    const uint at = min(thread + i * VORDEC_WORKGROUP, SIZE - 1);
    any |= bits[i];
    tile[at] = uvec2(bits[i].x, ~bits[i].y);
  }
  return any != uvec2(0);
}

void store_tile(uint state, uint tile_x, uint tile_y) {
  const uint parts = UNPACK == 0 ? 1 : N % 16 == 0 ? 2 : 8; // of a word
  for (uint i = gl_LocalInvocationID.x; i < TILE_X * TILE_Y * parts; i += VORDEC_WORKGROUP) {
    const uint row = i / (TILE_X * parts), place = i % (TILE_X * parts);
    const uint y = tile_y + row, x = 32 * tile_x + 32 / parts * place;
    if (y >= N || x >= N) continue;
    // Where all is 0 nothing need be looked up.
    const uvec2 s = busy == 0 ? uvec2(0, 0xffffffffu) : tile[(row + HALO_Y) * WIDTH + HALO_X + place / parts];
    const uvec2 part = s >> (32 / parts * (place % parts));
    if (UNPACK == 0) {
      const uint at = (state * N + y) * WORDS + x / 32;
      const uvec2 was = before[at], is = uvec2(s.x, ~s.y);
      after[at] = is;
      if (((was ^ is) & (0xffffffffu >> (32 - min(N - x, 32)))) != uvec2(0)) altered = 1;
    } else if (N % 16 == 0) {
      mask4[(state * push.mask_words + (y * N + x) / 4) / 4] = unpacked_half(part);
    } else {
      mask[state * push.mask_words + (y * N + x) / 4] = unpacked(part);
    }
  }
}

void do_tile(uint state) {
  const uint tile_x = gl_WorkGroupID.x * TILE_X, tile_y = gl_WorkGroupID.y * TILE_Y;
  if (load_tile(state, tile_x, tile_y)) busy = 1;
  if (stirred != 0) {
    do_rounds();
  } else {
    barrier();
  }
  store_tile(state, tile_x, tile_y);
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  begin_rounds();
  if (thread == 0) {
    altered = 0;
    stirred = push.fresh;
  }
  barrier();
  if (push.fresh == 0 && sees_altered(state)) stirred = 1;
  barrier();
  if (UNPACK != 0 || stirred != 0) do_tile(state);
  barrier();
  if (UNPACK == 0 && thread == 0) after[flag_at(state, gl_WorkGroupID.x, gl_WorkGroupID.y)] = uvec2(altered, 0);
}
