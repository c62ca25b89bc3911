/* SPDX-License-Identifier: MIT */
#version 450
// adjoint_columns.comp - the transpose of the direct sums along y: the lines of two fields times exp(-i ky y), for every
// mode of the table. A workgroup sums one mode. Where the second field is the first one smoothed in a periodic box, there are lines of
// that only, and each mode of the second is that of the first times a number, its gain. The second field's coefficients come as a compact spectrum, too: what
// direct_columns makes a field of, the modes that stand for two doubled.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(ADJOINT_COLUMNS_PUSH)
layout(std430, binding = 0) readonly buffer line_buffer { REAL2 line[]; };     // [state][field][column][y]
layout(std430, binding = 1) readonly buffer entry_buffer { uvec4 entry[]; };   // source, mirror, kx, ky
layout(std430, binding = 2) readonly buffer column_buffer { uvec4 column[]; }; // first entry, entries, kx, 0
layout(std430, binding = 3) readonly buffer twiddle_buffer { REAL2 twiddle[]; };
layout(std430, binding = 4) writeonly buffer sum_buffer { REAL2 sums[]; }; // [state][field][mode]
layout(std430, binding = 5) writeonly buffer spectrum_buffer { REAL2 spectrum[]; };
layout(std430, binding = 6) readonly buffer gain_buffer { REAL2 gain[]; }; // [mode]
#define FOLD(a, b) ((a) + (b))
#define FOLD_TYPE REAL4
#include "fold.glsl"

uint column_of(uint mode) {
  uint low = 0, high = push.columns;
  while (high - low > 1) {
    const uint middle = (low + high) / 2;
    if (column[middle].x <= mode) low = middle;
    else high = middle;
  }
  return low;
}

// v exp(-i ky y), t being exp(i ky y).
REAL2 turned_back(REAL2 v, REAL2 t) { return REAL2(fma(v.x, t.x, v.y * t.y), fma(v.y, t.x, -(v.x * t.y))); }

REAL2 product(REAL2 a, REAL2 b) { return REAL2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x)); }

bool own_partner(uint k) { return k == 0 || 2 * k == push.n; }

void main() {
  const uint state = gl_WorkGroupID.z, mode = gl_WorkGroupID.y * VORDEC_GRID_X + gl_WorkGroupID.x;
  if (mode >= push.entries) return;
  const uint kx = entry[mode].z, ky = entry[mode].w, n = push.n;
  const bool one_field = push.fields == 1;
  const uint lines = push.columns * n, pitch = one_field ? lines + 1 : 2 * lines; // of a state
  const uint at = state * pitch + column_of(mode) * n;
  REAL4 sum = REAL4(0);
  for (uint y = gl_LocalInvocationID.x; y < n; y += VORDEC_WORKGROUP) {
    const REAL2 t = twiddle[(ky * y) % n];
    sum += REAL4(turned_back(line[at + y], t), one_field ? REAL2(0) : turned_back(line[at + lines + y], t));
  }
  sum = fold_workgroup(sum);
  if (gl_LocalInvocationID.x != 0) return;
  if (one_field) {
    if (kx == 0 && ky == 0) sum.x += line[state * pitch + lines].x * REAL(n) * REAL(n);
    sum.zw = product(sum.xy, gain[mode]);
  }
  sums[2 * state * push.entries + mode] = sum.xy;
  sums[(2 * state + 1) * push.entries + mode] = sum.zw;
  const REAL weight = REAL(own_partner(kx) && own_partner(ky) ? 1 : 2) / (REAL(n) * REAL(n));
  spectrum[state * push.entries + mode] = weight * sum.zw;
}
