/* SPDX-License-Identifier: MIT */
// window.glsl - box smoothing where the window is wide: a line is cut into strips of STRIP cells, a thread does one.
//
// Samples are counted from the first one of the first cell's window, so that cell c averages those from c to
// c + WIDTH - 1, and the window of the strip's first cell begins where a block of STRIP samples begins. A window consists of
// the rest of that block, of FULL - 1 whole blocks, and of the beginning of one or two more. The rest is summed from the block's end,
// the beginning from its start, and whole blocks once for all: some four samples a cell in place of WIDTH, and nothing is
// subtracted that was added, so that there is no drift. Samples are taken less one of the line's, so that a constant field is
// smoothed to itself, to the bit (see smooth.comp).
layout(constant_id = 0) const uint N = 64;
layout(constant_id = 1) const uint WIDTH = 11;
layout(constant_id = 2) const uint STRIP = 8; // less than WIDTH
layout(constant_id = 3) const uint PERIODIC = 1;

const uint FULL = (WIDTH - 1) / STRIP; // blocks from a strip's own to that in which its first cell's window ends
const uint OVER = (WIDTH - 1) % STRIP; // samples of the latter before that end

// Where the line has a sample, `place` being less by WIDTH / 2 than what it is counted from; N: nowhere. For cells that a strip has beyond the
// line anything will do.
uint place_of(uint place) {
  const int p = int(place) - int(WIDTH / 2);
  if (p >= 0 && p < int(N)) return uint(p);
  return PERIODIC == 0 ? N : p < 0 ? uint(p + int(N)) : min(uint(p) - N, N - 1);
}
