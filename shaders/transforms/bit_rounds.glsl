/* SPDX-License-Identifier: MIT */
// bit_rounds.glsl - rounds of the majority on a tile of bit-planes in shared memory, with a halo as many rows wide as there are
// rounds. The tile wraps around by itself where it is as wide (HALO_X 0) or as high (HALO_Y 0 with rounds to do) as the grid.
// Within a tile a thread does its strip again only if that or one of the eight around it was altered by the round before: what is filled
// from its edges changes in few places at a time, and the longer the fewer.
//
// Needs common.glsl, and MAJORITY_CONSTANTS: the number of the first of its constants.
#include "bit_planes.glsl"
layout(constant_id = MAJORITY_CONSTANTS) const uint TILE_X = 4; // words
layout(constant_id = MAJORITY_CONSTANTS + 1) const uint TILE_Y = 128;
layout(constant_id = MAJORITY_CONSTANTS + 2) const uint HALO_X = 0; // words
layout(constant_id = MAJORITY_CONSTANTS + 3) const uint HALO_Y = 0;
layout(constant_id = MAJORITY_CONSTANTS + 4) const uint ROUNDS = 8;
layout(constant_id = MAJORITY_CONSTANTS + 5) const uint STRIP = 2;    // rows of a tile that a thread does in a go: divides the tile's
layout(constant_id = MAJORITY_CONSTANTS + 6) const uint WIDTH = 4;    // TILE_X + 2 HALO_X
layout(constant_id = MAJORITY_CONSTANTS + 7) const uint HEIGHT = 128; // TILE_Y + 2 HALO_Y

const uint SIZE = WIDTH * HEIGHT;
const uint STRIPS = HEIGHT / STRIP; // of a column of the tile
shared uvec2 tile[SIZE]; // u, v
shared uint busy, changes[ROUNDS + 1]; // busy: a cell is not 0
shared uint moved[VORDEC_WORKGROUP];   // 1: a thread's strip was altered by the round before

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

// Before the tile is filled; a barrier has to follow.
void begin_rounds() {
  const uint thread = gl_LocalInvocationID.x;
  if (thread <= ROUNDS) changes[thread] = 0;
  if (thread == 0) busy = 0;
}

// All rounds, once each thread has filled its part of the tile, and set `busy` if a cell is not 0. Ends with a barrier.
void do_rounds() {
  moved[gl_LocalInvocationID.x] = 1;
  for (uint round = 0; round < ROUNDS; round++) {
    barrier();
    // What holds for the tile as it stands will not change it later.
    if ((round == 0 ? busy : changes[round - 1]) == 0) break;
    if (do_round()) changes[round] = 1;
  }
  barrier();
}
