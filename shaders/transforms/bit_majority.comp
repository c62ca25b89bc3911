/* SPDX-License-Identifier: MIT */
#version 450
// bit_majority.comp - stage 3: up to 16 rounds of the 3 x 3 periodic majority on bit-planes, 32 cells a word.
//
// A workgroup loads a tile with a halo that is as many rows wide as there are rounds, runs all rounds in shared memory
// and writes the tile. The tile wraps around by itself where it is as wide (HALO_X 0) or as high (HALO_Y 0 with rounds to do) as the grid.
// Within a tile a thread does its strip again only if that or one of the eight around it was altered by the round before: what is filled
// from its edges changes in few places at a time, and the longer the fewer.
//
// Behind the planes each tile has a flag: whether the dispatch that wrote them left it other than it was. Where neither a tile nor what its halo
// reaches has such a flag, as many rounds again would leave it as it is, too. Then nothing is done: the planes that would be
// written hold what was there one dispatch before, which is the same.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "bit_planes.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint TILE_X = 4; // words
layout(constant_id = 2) const uint TILE_Y = 128;
layout(constant_id = 3) const uint HALO_X = 0; // words
layout(constant_id = 4) const uint HALO_Y = 0;
layout(constant_id = 5) const uint ROUNDS = 8;
layout(constant_id = 6) const uint STRIP = 2;   // rows of a tile that a thread does in a go: divides the tile's
layout(constant_id = 7) const uint UNPACK = 1;  // write the mask, four cells a word (N % 4 = 0); else planes again
layout(constant_id = 8) const uint WIDTH = 4;   // TILE_X + 2 HALO_X
layout(constant_id = 9) const uint HEIGHT = 128; // TILE_Y + 2 HALO_Y
VORDEC_PUSH_BLOCK(BIT_MAJORITY_PUSH)
layout(std430, binding = 0) readonly buffer input_buffer { uvec2 before[]; }; // [state][y][word]: plus, minus; then the flags
layout(std430, binding = 1) writeonly buffer output_buffer { uvec2 after[]; };
layout(std430, binding = 2) writeonly buffer mask_buffer { uint mask[]; };
layout(std430, binding = 3) writeonly buffer mask4_buffer { uvec4 mask4[]; }; // the same memory

const uint SIZE = WIDTH * HEIGHT;
const uint STRIPS = HEIGHT / STRIP; // of a column of the tile
const uint SHARE = (SIZE + VORDEC_WORKGROUP - 1) / VORDEC_WORKGROUP; // of a tile that a thread loads
const uint WORDS = (N + 31) / 32;
const uint GROUPS_X = (WORDS + TILE_X - 1) / TILE_X, GROUPS_Y = (N + TILE_Y - 1) / TILE_Y;
// Tiles that the halo reaches to either side; one more where the last tile is smaller than others.
const uint REACH_X = HALO_X == 0 ? 0 : 1 + (N % (32 * TILE_X) > 0 ? 1 : 0);
const uint REACH_Y = HALO_Y == 0 ? 0 : (HALO_Y + TILE_Y - 1) / TILE_Y + (N % TILE_Y > 0 ? 1 : 0);
shared uvec2 tile[SIZE]; // u, v
shared uint busy, changes[ROUNDS + 1]; // busy: a cell is not 0
shared uint stirred, altered;          // a tile that the halo reaches was altered; this one is
shared uint moved[VORDEC_WORKGROUP];   // 1: a thread's strip was altered by the round before

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

// s + 1 summed over a cell and its neighbours along x, in three bits; the cells themselves.
uvec3 sum_along_x(uint row, uint x, out uvec2 cells) {
  const uint at = row * WIDTH;
  const uint left = at + (x == 0 ? (HALO_X == 0 ? WIDTH - 1 : 0) : x - 1);
  const uint right = at + (x == WIDTH - 1 ? (HALO_X == 0 ? 0 : x) : x + 1);
  cells = tile[at + x];
  return sum_of_three(tile[left], cells, tile[right]);
}

// Rows outside a tile with a halo are not looked at by any cell that counts.
uint row_at(int row) {
  if (HALO_Y == 0) return uint(row + int(HEIGHT)) % HEIGHT;
  return uint(clamp(row, 0, int(HEIGHT) - 1));
}

// Whether the strip of this thread, or one next to it, was altered. Those outside a tile with a halo stand for none.
bool is_near_moved() {
  const uint thread = gl_LocalInvocationID.x, x = thread % WIDTH, strip = thread / WIDTH;
  const uint west = x > 0 ? x - 1 : HALO_X == 0 ? WIDTH - 1 : 0, east = x < WIDTH - 1 ? x + 1 : HALO_X == 0 ? 0 : x;
  const uint north = WIDTH * (strip > 0 ? strip - 1 : HALO_Y == 0 ? STRIPS - 1 : 0);
  const uint south = WIDTH * (strip < STRIPS - 1 ? strip + 1 : HALO_Y == 0 ? 0 : strip);
  const uint own = WIDTH * strip;
  return (moved[north + west] | moved[north + x] | moved[north + east] | moved[own + west] | moved[own + x] |
          moved[own + east] | moved[south + west] | moved[south + x] | moved[south + east]) != 0; // loads wait once
}

// A round, of the strip that is this thread's, if there is one. Whether anything changed for it.
bool do_round() {
  const uint thread = gl_LocalInvocationID.x, x = thread % WIDTH, first = thread / WIDTH * STRIP;
  const bool works = first < HEIGHT && is_near_moved();
  uvec2 result[STRIP];
  bool changed = false;
  if (works) {
    uvec2 before_it, cells, next_cells;
    uvec3 north = sum_along_x(row_at(int(first) - 1), x, before_it), own = sum_along_x(first, x, cells);
    [[unroll]] for (uint r = 0; r < STRIP; r++) {
      const uvec3 south = sum_along_x(row_at(int(first + r) + 1), x, next_cells);
      result[r] = majority_of(north, own, south);
      changed = changed || result[r] != cells;
      north = own;
      own = south;
      cells = next_cells;
    }
  }
  barrier(); // all have read
  if (!works) {
    moved[thread] = 0;
    return false;
  }
  [[unroll]] for (uint r = 0; r < STRIP; r++) {
    tile[(first + r) * WIDTH + x] = result[r];
  }
  moved[thread] = changed ? 1 : 0;
  return changed;
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
  moved[gl_LocalInvocationID.x] = 1;
  for (uint round = 0; round < ROUNDS && stirred != 0; round++) {
    barrier();
    // What holds for the tile as it stands will not change it later.
    if ((round == 0 ? busy : changes[round - 1]) == 0) break;
    if (do_round()) changes[round] = 1;
  }
  barrier();
  store_tile(state, tile_x, tile_y);
}

void main() {
  const uint state = gl_WorkGroupID.z, thread = gl_LocalInvocationID.x;
  if (thread <= ROUNDS) changes[thread] = 0;
  if (thread == 0) {
    busy = altered = 0;
    stirred = push.fresh;
  }
  barrier();
  if (push.fresh == 0 && sees_altered(state)) stirred = 1;
  barrier();
  if (UNPACK != 0 || stirred != 0) do_tile(state);
  barrier();
  if (UNPACK == 0 && thread == 0) after[flag_at(state, gl_WorkGroupID.x, gl_WorkGroupID.y)] = uvec2(altered, 0);
}
