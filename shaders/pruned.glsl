// pruned.glsl - what the kernels of the pruned transform share.
//
// Only the non-empty columns of the half spectrum are carried, as lines: the value of column c at row y of a state is
// line[(state * COLUMNS + c) * PITCH + y]. A row is then the sum over its columns of Re(line * basis), where the basis
// is exp(i kx (x - (N - 1) / 2)): about the middle of the row, so that cells x and N - 1 - x share their products,
//   even = sum Re(line) cos,  odd = sum Im(line) sin,  field(x) = even - odd,  field(N - 1 - x) = even + odd.
// Away from the grid's edges smoothing multiplies a mode by a number, so omega_lp less its smoothed self is such a sum
// too, of residual lines. Where the window leaves the grid (EDGE_LEFT + EDGE_RIGHT columns, none if periodic) it is not,
// and the cells are summed one by one.
//
// Threads work in groups of 32 ("lines of cells"), whatever the subgroup size; `fma` is spelled out, so that the two
// passes over the rows come to the same bits.
#include "common.glsl"
layout(constant_id = 0) const uint N = 128;
layout(constant_id = 1) const uint COLUMNS = 9;
layout(constant_id = 2) const uint PITCH = 128;     // rows of a line, with padding: a multiple of 8
layout(constant_id = 3) const uint HALF_PITCH = 64; // entries of a basis, with padding: a multiple of 32 PAIRS
layout(constant_id = 4) const uint PAIRS = 2;       // pairs of cells that a thread sums of each row
layout(constant_id = 5) const uint ROWS = 8;        // rows that it sums at a time: even
layout(constant_id = 6) const uint EDGE_LEFT = 0;
layout(constant_id = 7) const uint EDGE_RIGHT = 0;

const uint EDGES = EDGE_LEFT + EDGE_RIGHT;
const uint SEGMENTS = HALF_PITCH / (32 * PAIRS); // of a row
const uint ROW_TASKS = SEGMENTS * ((N + ROWS - 1) / ROWS);
const uint TEAMS = VORDEC_WORKGROUP / 32;

bool is_edge(uint x) { return x < EDGE_LEFT || x >= N - EDGE_RIGHT; }
uint edge_of(uint x) { return x < EDGE_LEFT ? x : x - (N - EDGES); }
