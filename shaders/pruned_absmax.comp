#version 450
// pruned_absmax.comp - stage 3, pruned transform: max |R| of a state, one partial result per workgroup. Nothing is stored
// but the R of the edge columns and each thread's own maximum, which the next pass reads back.
#extension GL_GOOGLE_include_directive : require
#include "pruned.glsl"
VORDEC_PUSH_BLOCK(PRUNED_ROWS_PUSH)
layout(std430, binding = 3) readonly buffer difference_buffer { REAL2 difference_line[]; };
layout(std430, binding = 4) readonly buffer factor_buffer { REAL4 factor[]; }; // from COLUMNS on: basis less smoothed, smoothed
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

REAL absmax_of(uint y, uint x, REAL4 even, REAL4 odd) {
  if (N % TILE_ROWS != 0 && y >= N) return REAL(0);
  if (may_have_edges(x)) return absmax_beside_edges(x, even, odd);
  const REAL4 larger = abs(even) + abs(odd); // of |even - odd| and |even + odd|; past the middle both are 0
  return max(max(larger.x, larger.y), max(larger.z, larger.w));
}

void add_rows(REAL4 rows, REAL4 cosine, REAL4 sine, inout REAL4 even[2], inout REAL4 odd[2]) {
  even[0] = fma(REAL4(rows.x), cosine, even[0]);
  odd[0] = fma(REAL4(rows.y), sine, odd[0]);
  even[1] = fma(REAL4(rows.z), cosine, even[1]);
  odd[1] = fma(REAL4(rows.w), sine, odd[1]);
}

void load_chunk(uint state, uint chunk, uint x0, uint y0, inout uint loaded) {
  barrier(); // others may still read what is about to be replaced
  if (!FEW || loaded != x0) load_basis(chunk * CHUNK, x0);
  loaded = x0;
  load_lines(state, chunk * CHUNK, y0);
  barrier();
}

REAL tile_absmax(uint state, uint tile, inout uint loaded) {
  const uint x0 = tile % TILES_X * TILE_PAIRS, y0 = tile / TILES_X * TILE_ROWS;
  const uint lane = gl_LocalInvocationID.x % LANES, first_row = gl_LocalInvocationID.x / LANES * ROWS;
  const uint x = x0 + 4 * lane;
  REAL4 even[ROWS / 2][2], odd[ROWS / 2][2];
  [[unroll]] for (uint r = 0; r < ROWS / 2; r++) even[r][0] = even[r][1] = odd[r][0] = odd[r][1] = REAL4(0);
  for (uint chunk = 0; chunk < CHUNKS; chunk++) {
    load_chunk(state, chunk, x0, y0, loaded);
    [[unroll]] for (uint c = 0; c < CHUNK; c++) {
      const REAL4 cosine = tile_cos[c * LANES + lane], sine = tile_sin[c * LANES + lane];
      [[unroll]] for (uint r = 0; r < ROWS / 2; r++) {
        add_rows(tile_line[(c * TILE_ROWS + first_row) / 2 + r], cosine, sine, even[r], odd[r]);
      }
    }
  }
  REAL value = REAL(0);
  [[unroll]] for (uint r = 0; r < ROWS; r++) {
    value = max(value, absmax_of(y0 + first_row + r, x, even[r / 2][r % 2], odd[r / 2][r % 2]));
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
    const REAL4 b = factor[COLUMNS + c * EDGES + e];
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
  for (uint tile = group; tile < TILES; tile += gl_NumWorkGroups.x)
    value = max(value, tile_absmax(state, tile, loaded));
  for (uint task = group * TEAMS + thread / 32; task < EDGE_TASKS; task += gl_NumWorkGroups.x * TEAMS) {
    value = max(value, edge_absmax(state, task, thread % 32));
  }
  value = fold_workgroup(value);
  if (thread == 0) partials[push.offset + state * push.stride + group] = value;
}
