#version 450
// pruned_columns.comp - stages 1 and 2, pruned transform, first half: the coefficients of a column, made Hermitian, are
// summed along y, plain and smoothed.
//
// With e a mode along y, d = e less its smoothed self, and l = 1 - (what smoothing along x multiplies the column by):
//   plain = sum c e,  difference = sum c d,  residual = l plain + (1 - l) difference
// so that nothing large cancels. The factor brings in the phase of the middle of a row and the twofold weight of
// columns that stand for two.
//
// A thread sums up to 5 columns at one y; HEIGHT threads stand above each other, and the workgroup's columns are all
// those of its threads. Coefficients go through shared memory, as a dense table over ky that has zeros where there is
// no mode.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
layout(constant_id = 0) const uint COLUMNS = 9;
layout(constant_id = 1) const uint PITCH = 128;
layout(constant_id = 2) const uint BASIS_ROWS = 17; // different ky
layout(constant_id = 3) const uint SHARE = 5;       // columns of a thread
layout(constant_id = 4) const uint HEIGHT = 128;
layout(constant_id = 5) const uint CHUNK = 17; // ky at a time
VORDEC_PUSH_BLOCK(PRUNED_COLUMNS_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 1) readonly buffer source_buffer { uvec2 source[]; }; // [ky][column]: places of c_k and c_-k
layout(std430, binding = 2) readonly buffer factor_buffer { REAL4 factor[]; }; // factor, l
layout(std430, binding = 3) readonly buffer basis_buffer { REAL4 basis[]; };   // [ky][y]: e, d
layout(std430, binding = 4) writeonly buffer line_buffer { REAL4 line[]; }; // [state][column][y]: plain, residual
layout(std430, binding = 5) writeonly buffer difference_buffer { REAL2 difference_line[]; };

const uint WIDTH = VORDEC_WORKGROUP / HEIGHT * SHARE; // columns of a workgroup
shared REAL2 value[CHUNK * WIDTH];

// Spelled out, so that every shape of this kernel comes to the same bits.
REAL2 times(REAL2 a, REAL2 b) { return REAL2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x)); }

REAL2 coefficient(uint state, uint place) {
  if (place == VORDEC_ABSENT) return REAL2(0);
  const uint at = state * push.coef_stride + place;
  return REAL2(coef[at], coef[at + push.im_offset]);
}

void load_values(uint state, uint first_row, uint first_column) {
  for (uint i = gl_LocalInvocationID.x; i < CHUNK * WIDTH; i += VORDEC_WORKGROUP) {
    const uint row = first_row + i / WIDTH, column = first_column + i % WIDTH;
    value[i] = REAL2(0);
    if (row >= BASIS_ROWS || column >= COLUMNS) continue;
    const uvec2 s = source[row * COLUMNS + column];
    const REAL2 own = coefficient(state, s.x), mirror = coefficient(state, s.y);
    value[i] = REAL(0.5) * REAL2(own.x + mirror.x, own.y - mirror.y);
  }
}

void store(uint state, uint column, uint y, REAL2 plain, REAL2 difference) {
  if (column >= COLUMNS || y >= PITCH) return;
  const uint at = (state * COLUMNS + column) * PITCH + y;
  const REAL4 f = factor[column];
  const REAL2 kept = REAL2(REAL(1) - f.z, -f.w);
  line[at] = REAL4(times(plain, f.xy), times(times(plain, f.zw) + times(difference, kept), f.xy));
  if (push.edges != 0) difference_line[at] = times(difference, f.xy);
}

void main() {
  const uint state = gl_WorkGroupID.z, first_column = gl_WorkGroupID.y * WIDTH;
  const uint y = gl_WorkGroupID.x * HEIGHT + gl_LocalInvocationID.x % HEIGHT;
  const uint own = gl_LocalInvocationID.x / HEIGHT * SHARE;
  precise REAL2 plain[SHARE], difference[SHARE];
  [[unroll]] for (uint c = 0; c < SHARE; c++) plain[c] = difference[c] = REAL2(0);
  for (uint first_row = 0; first_row < BASIS_ROWS; first_row += CHUNK) {
    barrier();
    load_values(state, first_row, first_column);
    barrier();
    for (uint row = 0; row < min(CHUNK, BASIS_ROWS - first_row); row++) {
      const REAL4 b = basis[(first_row + row) * PITCH + min(y, PITCH - 1)];
      [[unroll]] for (uint c = 0; c < SHARE; c++) {
        const REAL2 v = value[row * WIDTH + own + c];
        plain[c] += times(v, b.xy);
        difference[c] += times(v, b.zw);
      }
    }
  }
  [[unroll]] for (uint c = 0; c < SHARE; c++) store(state, first_column + own + c, y, plain[c], difference[c]);
}
