/* SPDX-License-Identifier: MIT */
// window.glsl - box smoothing where the window is wide: a thread does STRIP neighbouring cells of a line.
//
// Their windows share all but STRIP - 1 samples at either end. What they share is summed once; what a cell's window has
// besides, on the left and on the right, are sums that grow by one sample from cell to cell. So a cell takes
// (WIDTH + STRIP) / STRIP samples instead of WIDTH, and nothing is subtracted that was added: there is no drift. Samples
// are taken less the strip's first cell, so that a constant field is smoothed to itself, to the bit (see smooth.comp).
layout(constant_id = 0) const uint N = 64;
layout(constant_id = 1) const uint WIDTH = 11;
layout(constant_id = 2) const uint STRIP = 8; // at most WIDTH
layout(constant_id = 3) const uint PERIODIC = 1;
layout(constant_id = 4) const uint ROWS = 1; // of a workgroup

const uint STRIPS = (N + STRIP - 1) / STRIP; // of a line

// Where the line has the sample at p; -1: nowhere. For cells that a strip has beyond the line anything will do.
int place_of(int p) {
  if (p >= 0 && p < int(N)) return p;
  return PERIODIC == 0 ? -1 : p < 0 ? p + int(N) : min(p - int(N), int(N) - 1);
}

// The sample at p less `origin`: the including kernel's.
REAL sample_at(int p, REAL origin);

void smooth_strip(uint first, REAL origin, out REAL smoothed[STRIP]) {
  const int begin = int(first) - int(WIDTH / 2), end = begin + int(WIDTH);
  REAL sum = REAL(0);
  smoothed[STRIP - 1] = REAL(0);
  [[unroll]] for (uint j = STRIP - 1; j > 0; j--) {
    sum += sample_at(begin + int(j) - 1, origin);
    smoothed[j - 1] = sum;
  }
  REAL4 sums = REAL4(0);
  int p = begin + int(STRIP) - 1;
  for (; p + 4 <= end; p += 4) {
    sums += REAL4(sample_at(p, origin), sample_at(p + 1, origin), sample_at(p + 2, origin), sample_at(p + 3, origin));
  }
  for (; p < end; p++) sums.x += sample_at(p, origin);
  const REAL common_sum = (sums.x + sums.y) + (sums.z + sums.w);
  sum = REAL(0);
  [[unroll]] for (uint j = 0; j < STRIP; j++) {
    smoothed[j] = origin + ((smoothed[j] + sum) + common_sum) / REAL(WIDTH);
    sum += sample_at(end + int(j), origin);
  }
}
