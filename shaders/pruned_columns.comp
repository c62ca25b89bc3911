#version 450
// pruned_columns.comp - stages 1 and 2, pruned transform, first half: the coefficients of a column, made Hermitian, are
// summed along y, plain and smoothed.
//
// With e a mode along y, d = e less its smoothed self, and l = 1 - (what smoothing along x multiplies the column by):
//   plain = sum c e,  difference = sum c d,  residual = l plain + (1 - l) difference
// so that nothing large cancels. The factor brings in the phase of the middle of a row and the twofold weight of
// columns that stand for two.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(PRUNED_COLUMNS_PUSH)
layout(std430, binding = 0) readonly buffer coef_buffer { REAL coef[]; };
layout(std430, binding = 1) readonly buffer entry_buffer { uvec4 entry[]; };   // source, mirror's source, row of basis, 0
layout(std430, binding = 2) readonly buffer column_buffer { uvec4 column[]; }; // first entry, entries, kx, 0
layout(std430, binding = 3) readonly buffer factor_buffer { REAL4 factor[]; }; // factor, l
layout(std430, binding = 4) readonly buffer basis_buffer { REAL4 basis[]; };   // e, d
layout(std430, binding = 5) writeonly buffer lp_buffer { REAL2 lp_line[]; };
layout(std430, binding = 6) writeonly buffer residual_buffer { REAL2 residual_line[]; };
layout(std430, binding = 7) writeonly buffer difference_buffer { REAL2 difference_line[]; };

REAL2 times(REAL2 a, REAL2 b) { return REAL2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }

REAL2 coefficient(uint state, uint source) {
  if (source == VORDEC_ABSENT) return REAL2(0);
  const uint at = state * push.coef_stride + source;
  return REAL2(coef[at], coef[at + push.im_offset]);
}

void main() {
  const uint i = thread_of_state();
  if (i >= push.columns * push.pitch) return;
  const uint state = gl_WorkGroupID.z, c = i / push.pitch, y = i % push.pitch;
  const uvec4 range = column[c];
  REAL2 plain = REAL2(0), difference = REAL2(0);
  for (uint j = range.x; j < range.x + range.y; j++) {
    const uvec4 e = entry[j];
    const REAL2 own = coefficient(state, e.x), mirror = coefficient(state, e.y);
    const REAL2 value = REAL(0.5) * REAL2(own.x + mirror.x, own.y - mirror.y);
    const REAL4 b = basis[e.z * push.pitch + y];
    plain += times(value, b.xy);
    difference += times(value, b.zw);
  }
  const REAL4 f = factor[c];
  const uint at = state * push.columns * push.pitch + i;
  const REAL2 kept = REAL2(REAL(1) - f.z, -f.w);
  lp_line[at] = times(plain, f.xy);
  residual_line[at] = times(times(plain, f.zw) + times(difference, kept), f.xy);
  if (push.edges != 0) difference_line[at] = times(difference, f.xy);
}
