/* SPDX-License-Identifier: MIT */
// pruned.glsl - what the passes over the rows of the pruned transform share.
//
// Only the non-empty columns of the half spectrum are carried, as lines: the value of column c at row y of a state is
// line[(state * COLUMNS + c) * PITCH + y]. A row is then the sum over its columns of Re(line * basis), where the basis
// is exp(i kx (x - (N - 1) / 2)): about the middle of the row, so that cells x and N - 1 - x share their products,
//   even = sum Re(line) cos,  odd = sum Im(line) sin,  field(x) = even - odd,  field(N - 1 - x) = even + odd.
// Away from the grid's edges smoothing multiplies a mode by a number, so omega_lp less its smoothed self is such a sum
// too, of lines of their own, which lie behind the others. Where the window leaves the grid (EDGE_LEFT + EDGE_RIGHT
// columns, none if periodic) it is not, and the cells are summed one by one.
//
// A workgroup does a tile, LANES threads wide: each sums 4 pairs of cells in ROWS rows, as a matrix product does, from
// basis and lines that the workgroup keeps in shared memory, CHUNK columns at a time. `fma` is spelled out and the order
// fixed, so that all passes come to the same bits.
#extension GL_EXT_control_flow_attributes : require // sums stay in registers only if the loops over them are unrolled
#include "common.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint COLUMNS = 9;
layout(constant_id = 2) const uint PITCH = 128;     // rows of a line, with padding
layout(constant_id = 3) const uint HALF_PITCH = 64; // entries of a basis, with zeros from the middle on: tiles are whole
layout(constant_id = 4) const uint LANES = 16;      // 8, 16 or 32
layout(constant_id = 5) const uint ROWS = 4;        // even
layout(constant_id = 6) const uint EDGE_LEFT = 0;
layout(constant_id = 7) const uint EDGE_RIGHT = 0;
layout(constant_id = 8) const uint CHUNK = 9;

const uint EDGES = EDGE_LEFT + EDGE_RIGHT;
const uint TILE_PAIRS = 4 * LANES;
const uint TILE_ROWS = VORDEC_WORKGROUP / LANES * ROWS;
const uint TILES_X = HALF_PITCH / TILE_PAIRS;
const uint TILES = TILES_X * ((N + TILE_ROWS - 1) / TILE_ROWS);
const uint CHUNKS = (COLUMNS + CHUNK - 1) / CHUNK;

layout(std430, binding = 0) readonly buffer basis_buffer { REAL2 basis[]; };
layout(std430, binding = 1) readonly buffer line_buffer { REAL2 line[]; };

shared REAL4 tile_cos[CHUNK * LANES], tile_sin[CHUNK * LANES]; // [column][thread]

struct row_sums {
  REAL4 even, odd;
};

uint lane() { return gl_LocalInvocationID.x % LANES; }
uint own_row() { return gl_LocalInvocationID.x / LANES * ROWS; } // the first one of this thread in a tile
uint tile_x(uint tile) { return tile % TILES_X * TILE_PAIRS; }
uint tile_y(uint tile) { return tile / TILES_X * TILE_ROWS; }

void load_basis(uint first_column, uint x0) {
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * LANES; i += VORDEC_WORKGROUP) {
    const uint c = first_column + i / LANES;
    const uint at = min(c, COLUMNS - 1) * HALF_PITCH + x0 + 4 * (i % LANES); // past the last column lines are 0
    const REAL2 b0 = basis[at], b1 = basis[at + 1], b2 = basis[at + 2], b3 = basis[at + 3];
    tile_cos[i] = REAL4(b0.x, b1.x, b2.x, b3.x);
    tile_sin[i] = REAL4(b0.y, b1.y, b2.y, b3.y);
  }
}

// Two rows of a column; `first` is where the lines begin.
REAL4 lines_at(uint first, uint state, uint c, uint y) {
  if (c >= COLUMNS || y >= PITCH) return REAL4(0); // PITCH is even
  const uint at = first + (state * COLUMNS + c) * PITCH + y;
  return REAL4(line[at], line[at + 1]);
}

// One column's part of two rows.
void add_column(REAL4 rows, REAL4 cosine, REAL4 sine, inout row_sums above, inout row_sums below) {
  above.even = fma(REAL4(rows.x), cosine, above.even);
  above.odd = fma(REAL4(rows.y), sine, above.odd);
  below.even = fma(REAL4(rows.z), cosine, below.even);
  below.odd = fma(REAL4(rows.w), sine, below.odd);
}
