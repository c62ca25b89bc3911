#version 450
// pruned_absmax.comp - stage 3, pruned transform: max |R| of a state, one partial result per workgroup. Nothing is stored
// but the R of the edge columns and each thread's own maximum, which the next pass reads back.
#extension GL_GOOGLE_include_directive : require
#include "pruned.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 3) readonly buffer difference_buffer { REAL2 difference_line[]; };
layout(std430, binding = 4) readonly buffer edge_basis_buffer { REAL4 edge_basis[]; }; // basis less smoothed, smoothed
layout(std430, binding = 5) writeonly buffer edge_buffer { REAL edge[]; };             // [state][edge column][y]
layout(std430, binding = 6) writeonly buffer partial_buffer { REAL partials[]; };
#define FOLD(a, b) max(a, b)
#include "fold.glsl"

const uint EDGE_BLOCKS = (N + 31) / 32;
const uint EDGE_TASKS = EDGES * EDGE_BLOCKS;
const uint TEAMS = VORDEC_WORKGROUP / 32;
shared REAL4 tile_line[CHUNK * TILE_ROWS / 2]; // [column][two rows]

void load_lines(uint state, uint first_column, uint y0) {
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * TILE_ROWS / 2; i += VORDEC_WORKGROUP) {
    const uint c = first_column + i / (TILE_ROWS / 2), y = y0 + 2 * (i % (TILE_ROWS / 2));
    tile_line[i] = REAL4(line_at(state, c, y).zw, line_at(state, c, y + 1).zw);
  }
}

REAL larger(REAL value, REAL4 a) { return max(max(value, max(a.x, a.y)), max(a.z, a.w)); }

// Cells of edge columns count in edge_absmax().
REAL absmax_beside_edges(uint x, REAL4 even, REAL4 odd) {
  REAL value = REAL(0);
  for (uint p = 0; p < 4; p++) {
    if (2 * (x + p) >= N) continue;
    if (!is_edge(x + p)) value = max(value, abs(even[p] - odd[p]));
    if (!is_edge(N - 1 - x - p)) value = max(value, abs(even[p] + odd[p]));
  }
  return value;
}

REAL tile_absmax(uint state, uint tile, inout uint loaded) {
  const uint x0 = tile % TILES_X * TILE_PAIRS, y0 = tile / TILES_X * TILE_ROWS;
  const uint lane = gl_LocalInvocationID.x % LANES, first_row = gl_LocalInvocationID.x / LANES * ROWS;
  REAL4 even[ROWS], odd[ROWS];
  [[unroll]] for (uint r = 0; r < ROWS; r++) even[r] = odd[r] = REAL4(0);
  for (uint chunk = 0; chunk < CHUNKS; chunk++) {
    barrier(); // others may still read what is about to be replaced
    if (CHUNKS > 1 || loaded != x0) load_basis(chunk * CHUNK, x0);
    loaded = x0;
    load_lines(state, chunk * CHUNK, y0);
    barrier();
    [[unroll]] for (uint c = 0; c < CHUNK; c++) {
      const REAL4 cosine = tile_cos[c * LANES + lane], sine = tile_sin[c * LANES + lane];
      [[unroll]] for (uint r = 0; r < ROWS; r += 2) {
        const REAL4 rows = tile_line[(c * TILE_ROWS + first_row + r) / 2];
        even[r] = fma(REAL4(rows.x), cosine, even[r]);
        odd[r] = fma(REAL4(rows.y), sine, odd[r]);
        even[r + 1] = fma(REAL4(rows.z), cosine, even[r + 1]);
        odd[r + 1] = fma(REAL4(rows.w), sine, odd[r + 1]);
      }
    }
  }
  const uint x = x0 + 4 * lane;
  REAL value = REAL(0);
  if (may_have_edges(x)) {
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
      if (y0 + first_row + r < N) value = max(value, absmax_beside_edges(x, even[r], odd[r]));
    }
  } else {
    [[unroll]] for (uint r = 0; r < ROWS; r++) { // the larger of |even - odd| and |even + odd|; past the middle both are 0
      if (N % TILE_ROWS == 0 || y0 + first_row + r < N) value = larger(value, abs(even[r]) + abs(odd[r]));
    }
  }
  if (y0 + first_row < N) peak[peak_at(state, y0 + first_row, x)] = value;
  return value;
}

REAL edge_absmax(uint state, uint task, uint lane) {
  const uint e = task / EDGE_BLOCKS, y = task % EDGE_BLOCKS * 32 + lane;
  if (y >= N) return REAL(0);
  REAL sum = REAL(0);
  for (uint c = 0; c < COLUMNS; c++) {
    const uint at = (state * COLUMNS + c) * PITCH + y;
    const REAL2 plain = line[at].xy, difference = difference_line[at];
    const REAL4 b = edge_basis[c * EDGES + e];
    sum = fma(plain.x, b.x, sum);
    sum = fma(-plain.y, b.y, sum);
    sum = fma(difference.x, b.z, sum);
    sum = fma(-difference.y, b.w, sum);
  }
  edge[(state * EDGES + e) * PITCH + y] = sum;
  return abs(sum);
}

void main() {
  const uint state = gl_WorkGroupID.z, group = gl_WorkGroupID.x, thread = gl_LocalInvocationID.x;
  REAL value = REAL(0);
  uint loaded = 0xffffffffu;
  for (uint tile = group; tile < TILES; tile += push.groups) value = max(value, tile_absmax(state, tile, loaded));
  for (uint task = group * TEAMS + thread / 32; task < EDGE_TASKS; task += push.groups * TEAMS) {
    value = max(value, edge_absmax(state, task, thread % 32));
  }
  value = fold_workgroup(value);
  if (thread == 0) partials[push.offset + state * push.groups + group] = value;
}
