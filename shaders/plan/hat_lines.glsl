/* SPDX-License-Identifier: MIT */
// hat_lines.glsl - what hat_rows left of pairs of rows, as rows of half a spectrum, and what a mode's square is of the
// kinetic energy. Needs lines.glsl and the buffer from[].
const uint PAIRS = (N + 1) / 2, STRIDE = (N + TILE - 1) / TILE * TILE * PAIRS;

REAL2 pair_value(uint state, uint column, uint pair) {
  return from[state * STRIDE + (column / TILE * PAIRS + pair) * TILE + column % TILE];
}

// Of two real rows a and b the line a + i b was transformed.
REAL2 row_value(uint state, uint column, uint row) {
  const REAL2 own = pair_value(state, column, row / 2);
  const REAL2 other = pair_value(state, column == 0 ? 0 : N - column, row / 2);
  return REAL(0.5) * (row % 2 == 0 ? REAL2(own.x + other.x, own.y - other.y) : REAL2(own.y + other.y, other.x - own.x));
}

// 0.5 (kx'^2 + ky'^2) / |k|^4, twice where a column stands for its conjugate.
REAL weight(uint column, uint row) {
  const int kx = int(column), ky = wavenumber(row);
  if (kx == 0 && ky == 0) return REAL(0);
  const REAL k2 = square(kx) + square(ky), copies = REAL(column == 0 || 2 * column == N ? 0.5 : 1.0);
  return copies * (square(slope_wavenumber(column)) + square(slope_wavenumber(row))) / (k2 * k2);
}
