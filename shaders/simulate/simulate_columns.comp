/* SPDX-License-Identifier: MIT */
#version 450
// simulate_columns.comp - the pass along y: TILE columns of a field that was transformed along x are read and transformed
// along y once, multiplied by the factors of each field that is derived from it, and each of these is transformed back
// and written. KIND FINISH: what a step with a filter or dealiasing adds to the field.
#extension GL_GOOGLE_include_directive : require
#define LINES TILE
#include "simulate.glsl"
VORDEC_PUSH_BLOCK(SIMULATE_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) readonly buffer before_buffer { REAL2 before[]; }; // the field before the step: FINISH
layout(std430, binding = 3) writeonly buffer derived_buffer { REAL2 derived[]; };
layout(std430, binding = 4) buffer record_buffer { uint record[]; };

#include "simulate_factors.glsl"

REAL2 spectrum[VALUES];

// In rows of the half-transformed shear w_yy stands for psi_yyyy..: where an axis' Nyquist mode has no first derivative,
// and where the mean has no stream function, half of that mode's vorticity is to be added again.
void put_corrections(uint at) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS, row = e / LINES, column = gl_WorkGroupID.x * TILE + e % LINES;
    if (e >= N * LINES || column >= HALF) continue;
    if (row == 0 && column == 0) derived[at] = REAL(0.5) * SCALE * spectrum[i];
    if (2 * row != N) continue;
    const REAL ky2 = square(wavenumber(row)), share = ky2 / (ky2 + square(wavenumber(column)));
    const bool gone = left_out(wavenumber(row)) || left_out(wavenumber(column));
    derived[at + 1 + column] = gone ? REAL2(0) : REAL(0.5) * SCALE * share * spectrum[i];
  }
}

void load(bool earlier, uint at) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS;
    if (e < N * LINES) v[i] = earlier ? before[at + e] : from[at + e];
  }
}

void prepare(uint field) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint e = thread() + i * THREADS, column = gl_WorkGroupID.x * TILE + e % LINES, row = e / LINES;
    v[i] = (FILTERS ? filtered(v[i], spectrum[i], column, row) : derive(field, spectrum[i], column, row)).yx;
  }
}

// Transforms: of the field, for a filter of the one before it, too, then one back for each derived field.
void main() {
  if (member() >= push.members) return;
  const uint tile = gl_WorkGroupID.x * N * TILE, in_at = member() * SPECTRUM + tile, out_at = member() * DERIVED;
  const uint first = FILTERS ? 2 : 1, jobs = first + (FINISH ? 1 : DERIVED_FIELDS);
  if (KIND == VORDEC_SIMULATE_FIRST && tile == 0 && member() == 0 && thread() == 0) record[0]++;
  [[dont_unroll]] for (uint job = 0; job < jobs; job++) {
    if (job < first) {
      load(job == 1, in_at);
    } else {
      prepare(job - first);
    }
    transform();
    if (job == 0) {
      [[unroll]] for (uint i = 0; i < VALUES; i++) spectrum[i] = v[i];
      if (!FINISH) put_corrections(out_at + DERIVED_FIELDS * SPECTRUM);
    }
    if (job < first) continue;
    [[unroll]] for (uint i = 0; i < VALUES; i++) {
      const uint e = thread() + i * THREADS;
      if (e < N * LINES) derived[out_at + (job - first) * SPECTRUM + tile + e] = v[i].yx;
    }
  }
}
