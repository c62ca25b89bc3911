/* SPDX-License-Identifier: MIT */
// pruned_residual.glsl - rows of R, tile by tile, for the passes that look at it. Lines of R begin at push.residual_at.
#include "pruned.glsl"
shared REAL4 tile_line[CHUNK * TILE_ROWS / 2]; // [column][two rows]

bool is_edge(uint x) { return x < EDGE_LEFT || x >= N - EDGE_RIGHT; }
bool may_have_edges(uint x) { return EDGES != 0 && x < max(EDGE_LEFT, EDGE_RIGHT); }

// A value of max |R|, or more, for each thread's cells in a tile; ROWS is the same in all passes.
uint peak_at(uint state, uint y, uint x) { return (state * ((N + ROWS - 1) / ROWS) + y / ROWS) * (HALF_PITCH / 4) + x / 4; }

void load_chunk(uint first, uint state, uint chunk, uint x0, uint y0, inout uint loaded) {
  barrier(); // others may still read what is about to be replaced
  if (CHUNKS > 1 || loaded != x0) load_basis(chunk * CHUNK, x0);
  loaded = x0;
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * TILE_ROWS / 2; i += VORDEC_WORKGROUP) {
    tile_line[i] = lines_at(first, state, chunk * CHUNK + i / (TILE_ROWS / 2), y0 + 2 * (i % (TILE_ROWS / 2)));
  }
  barrier();
}

void add_chunk(inout row_sums sums[ROWS]) {
  [[unroll]] for (uint c = 0; c < CHUNK; c++) {
    const REAL4 cosine = tile_cos[c * LANES + lane()], sine = tile_sin[c * LANES + lane()];
    [[unroll]] for (uint r = 0; r < ROWS; r += 2) {
      add_column(tile_line[(c * TILE_ROWS + own_row() + r) / 2], cosine, sine, sums[r], sums[r + 1]);
    }
  }
}
