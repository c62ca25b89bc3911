/* SPDX-License-Identifier: MIT */
#version 450
// window_rows.comp - stage 3, of encoders: box smoothing along x. A workgroup does STRIPS strips of ROWS rows, which it has, with
// what their windows reach, in shared memory: first the samples, then the sums of each block up to each sample, then what comes
// out.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "window.glsl"
layout(constant_id = 4) const uint ROWS = 1;
layout(constant_id = 5) const uint STRIPS = 8; // of a row; ROWS (STRIPS + FULL + 1) threads at most
VORDEC_PUSH_BLOCK(WINDOW_PUSH)
layout(std430, binding = 0) readonly buffer source_buffer { REAL source[]; };
layout(std430, binding = 1) writeonly buffer result_buffer { REAL result[]; };

const uint BLOCKS = STRIPS + FULL + (OVER > 0 ? 1 : 0); // of a row
const uint PITCH = STRIP + 1; // a value after each block left out: threads begin in different banks
const uint SAMPLES = BLOCKS * STRIP, CELLS = STRIPS * STRIP;
shared REAL line[ROWS * BLOCKS * PITCH], total[ROWS * BLOCKS];

uint word(uint row, uint sample_number) {
  return (row * BLOCKS + sample_number / STRIP) * PITCH + sample_number % STRIP;
}

// Loads that wait together wait once.
void load(uint first, uint rows, uint x0) {
  const uint TOGETHER = 6;
  for (uint from = gl_LocalInvocationID.x; from < rows * SAMPLES; from += TOGETHER * VORDEC_WORKGROUP) {
    REAL value[TOGETHER], origin[TOGETHER];
    [[unroll]] for (uint k = 0; k < TOGETHER; k++) {
      const uint i = min(from + k * VORDEC_WORKGROUP, rows * SAMPLES - 1), place = place_of(x0 + i % SAMPLES);
      const uint row = push.first_at + first + i / SAMPLES * N;
      origin[k] = source[row];
      value[k] = place < N ? source[row + place] : REAL(0);
    }
    [[unroll]] for (uint k = 0; k < TOGETHER; k++) {
      const uint i = min(from + k * VORDEC_WORKGROUP, rows * SAMPLES - 1);
      line[word(i / SAMPLES, i % SAMPLES)] = value[k] - origin[k];
    }
  }
}

void main() {
  const uint thread = gl_LocalInvocationID.x, y0 = gl_WorkGroupID.x * ROWS, rows = min(ROWS, N - y0);
  const uint first = (gl_WorkGroupID.z * N + y0) * N, x0 = gl_WorkGroupID.y * CELLS;
  load(first, rows, x0);
  barrier();
  const uint row = thread / BLOCKS, own = thread * PITCH;
  const bool sums = row < rows, works = sums && thread % BLOCKS < STRIPS;
  REAL rest[STRIP]; // of the block from a sample on; then the strip's cells
  if (sums) {
    REAL sum = REAL(0);
    [[unroll]] for (uint j = 0; j < STRIP; j++) {
      rest[j] = line[own + j];
      sum += rest[j];
      line[own + j] = sum;
    }
    total[thread] = sum;
    sum = REAL(0);
    [[unroll]] for (uint j = STRIP; j > 0; j--) {
      sum += rest[j - 1];
      rest[j - 1] = sum;
    }
  }
  barrier();
  if (works) {
    const REAL origin = source[push.first_at + first + row * N];
    REAL whole = REAL(0);
    for (uint b = 1; b < FULL; b++) whole += total[thread + b];
    const REAL one_more = whole + total[thread + FULL];
    [[unroll]] for (uint j = 0; j < STRIP; j++) {
      const uint end = OVER + j;
      const REAL begun = line[own + (FULL + end / STRIP) * PITCH + end % STRIP];
      rest[j] = origin + ((rest[j] + begun) + (end < STRIP ? whole : one_more)) / REAL(WIDTH);
    }
  }
  barrier(); // others still read
  [[unroll]] for (uint j = 0; j < STRIP; j++) {
    if (works) line[own + j] = rest[j];
  }
  barrier();
  for (uint i = thread; i < rows * CELLS; i += VORDEC_WORKGROUP) {
    const uint x = x0 + i % CELLS;
    if (x < N) result[first + i / CELLS * N + x] = line[word(i / CELLS, i % CELLS)];
  }
}
