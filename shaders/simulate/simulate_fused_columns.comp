/* SPDX-License-Identifier: MIT */
#version 450
// simulate_fused_columns.comp - the pass along y of a fused step: some columns are read and transformed along y once,
// multiplied by the factors of each field that is derived from them, and each of these is transformed back and written.
// Where there are few columns, `shares` workgroups take the same ones and derive every shares-th field each. KIND FINISH:
// what a step with a filter or dealiasing adds to the field.
#extension GL_GOOGLE_include_directive : require
#define LINES_LOG COLUMNS_LOG
#include "fused.glsl"
VORDEC_PUSH_BLOCK(SIMULATE_COLUMNS_PUSH)
layout(std430, binding = 1) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 2) readonly buffer before_buffer { REAL2 before[]; }; // the field before the step: FINISH
layout(std430, binding = 3) writeonly buffer derived_buffer { REAL2 derived[]; };
layout(std430, binding = 4) buffer record_buffer { uint record[]; };

#include "simulate_factors.glsl"

const uint FIRST_FIELD = FILTERS ? 2 : 1; // number of the first job that is one

REAL2 spectrum[VALUES];

uint share() { return gl_WorkGroupID.x % push.shares; }
uint column() { return gl_WorkGroupID.x / push.shares * LINES + line(); }

// Where the thread's value i is in a spectrum.
uint place(uint i) {
  return column() / TILE * BLOCK + (slot() / 2 * TILE + column() % TILE) * 2 + (slot() & 1) + i * (SLOTS * TILE);
}

// As in simulate_columns.comp: half of the vorticity of the mean and of the Nyquist row, for shear.
void put_corrections(uint at) {
  if (column() >= HALF || share() > 0) return;
  if (slot() == 0 && column() == 0) derived[at] = REAL(0.5) * SCALE * spectrum[0];
  if (slot() > 0) return;
  const uint row = N / 2;
  const REAL ky2 = square(wavenumber(row)), ratio = ky2 / (ky2 + square(wavenumber(column())));
  const bool gone = left_out(wavenumber(row)) || left_out(wavenumber(column()));
  const REAL2 value = gone ? REAL2(0) : REAL(0.5) * SCALE * ratio * spectrum[VALUES / 2];
  derived[at + VORDEC_SIMULATE_MEAN_ROOM + column()] = value;
}

// A loop over values in each case, not a choice for each value: loads of one loop are under way together.
void load(bool earlier, uint at) {
  if (earlier) {
    [[unroll]] for (uint i = 0; i < VALUES; i++) v[i] = before[at + place(i)];
  } else {
    [[unroll]] for (uint i = 0; i < VALUES; i++) v[i] = from[at + place(i)];
  }
}

#define DERIVE(FIELD)                                                                                                  \
  [[unroll]] for (uint i = 0; i < VALUES; i++) v[i] = derive(FIELD, spectrum[i], column(), position(i)).yx

void prepare(uint number) {
  if (FILTERS) {
    [[unroll]] for (uint i = 0; i < VALUES; i++) v[i] = filtered(v[i], spectrum[i], column(), position(i)).yx;
    return;
  }
  switch (number) {
  case VELOCITY_X: DERIVE(VELOCITY_X); break;
  case STREAM: DERIVE(STREAM); break;
  case GRADIENT_Y: DERIVE(GRADIENT_Y); break;
  case CURVATURE_Y: DERIVE(CURVATURE_Y); break;
  default: DERIVE(VORTICITY); break;
  }
}

void store(uint at) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) derived[at + place(i)] = v[i].yx;
}

// Transforms: of the field, for a filter of the one before it, too, then one back for each derived field.
void main() {
  if (member() >= push.members) return;
  const uint out_at = member() * DERIVED, jobs = FIRST_FIELD + (FINISH ? 1 : DERIVED_FIELDS);
  if (KIND == VORDEC_SIMULATE_FIRST && gl_WorkGroupID.x == 0 && member() == 0 && thread() == 0) record[0]++;
  [[dont_unroll]] for (uint job = 0; job < jobs;) {
    if (job < FIRST_FIELD) {
      load(job == 1, member() * SPECTRUM);
    } else {
      prepare(job - FIRST_FIELD);
    }
    transform();
    if (job == 0) {
      [[unroll]] for (uint i = 0; i < VALUES; i++) spectrum[i] = v[i];
      if (!FINISH) put_corrections(out_at + DERIVED_FIELDS * SPECTRUM);
    } else if (job >= FIRST_FIELD) {
      store(out_at + (job - FIRST_FIELD) * SPECTRUM);
    }
    job += job + 1 < FIRST_FIELD ? 1 : job < FIRST_FIELD ? 1 + share() : push.shares;
  }
}
