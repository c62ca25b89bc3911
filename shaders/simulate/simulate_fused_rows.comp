/* SPDX-License-Identifier: MIT */
#version 450
// simulate_fused_rows.comp - the pass along x of a fused step: two rows of cells, which are the two parts of one complex
// line. What it does for each KIND, and why, says simulate_rows.comp; here both rows of a spectrum are one value.
#extension GL_GOOGLE_include_directive : require
#define LINES_LOG 0
#include "fused.glsl"
VORDEC_PUSH_BLOCK(SIMULATE_ROWS_PUSH)
layout(std430, binding = 1) buffer field_buffer { REAL field[]; };         // w ..
layout(std430, binding = 2) buffer remainder_buffer { REAL remainder[]; }; // .. and in fp32 what rounding took from it
layout(std430, binding = 3) buffer midway_buffer { REAL midway[]; };       // a member's nu, then its dt k1 / 2
layout(std430, binding = 4) readonly buffer from_buffer { REAL4 from[]; };
layout(std430, binding = 5) writeonly buffer to_buffer { REAL4 to[]; };
layout(std430, binding = 6) readonly buffer derived_buffer { REAL4 derived[]; };
layout(std430, binding = 7) buffer record_buffer { uint record[]; };

#include "simulate_cells.glsl"

#define EACH [[unroll]] for (uint i = 0; i < VALUES; i++)
#define KEPT (VALUES / 2 + 1) /* of a thread's values, those of the half that is kept, at most */

REAL2 factor_of[VALUES]; // strain^2, nu, u, v: what the next one is combined with
REAL2 slope[VALUES];

uint row() { return 2 * gl_WorkGroupID.x; }
uint cell(uint i) { return (member() * N + row()) * N + position(i); }
uint viscosity_at(uint i) { return (2 * member() * N + row()) * N + position(i); }
uint kept_at(uint i) { return ((2 * member() + 1) * N + row()) * N + position(i); }

// Where value k of both rows is, and the one that value i of a line follows from: position(i) or N - position(i), from
// which the others are multiples of SLOTS away.
uint place(uint k) { return k / TILE * (BLOCK / 2) + gl_WorkGroupID.x * TILE + k % TILE; }
uint first_kept(uint i) { return i < VALUES / 2 ? slot() : SLOTS - slot(); }
uint times_slots(uint i) { return i < VALUES / 2 ? i : VALUES - 1 - i; }
uint kept_index(uint i) { return first_kept(i) + times_slots(i) * SLOTS; }
uint kept_place(uint i) { return place(first_kept(i)) + times_slots(i) * (SLOTS / TILE * (BLOCK / 2)); }

// Wavenumber of value i; that of a first derivative, which has no Nyquist part.
REAL wave_of(uint i) { return REAL(slot()) + REAL(int(i * SLOTS) - (i < VALUES / 2 ? 0 : int(N))); }
REAL slope_of(uint i) { return i == VALUES / 2 && slot() == 0 ? REAL(0) : wave_of(i); }

// Both rows' values at value i of a line, from those of the half that is kept.
REAL2 join(uint i, REAL4 rows) {
  const bool alone = slot() == 0; // with i = 0 or VALUES / 2 its own mirror, and real
  const REAL2 a = rows.xy, b = rows.zw;
  if ((i == 0 || i == VALUES / 2) && alone) return REAL2(a.x, b.x);
  return i < VALUES / 2 ? REAL2(a.x - b.y, a.y + b.x) : REAL2(a.x + b.y, b.x - a.y);
}

// Value i of a derived field, both rows.
REAL4 rows_of(uint which, uint i) {
  return derived[(member() * DERIVED + which * SPECTRUM) / 2 + kept_place(i)];
}

REAL2 joined_from(uint i) { return join(i, from[member() * SPECTRUM / 2 + kept_place(i)]); }

REAL2 mean_correction() { return derived[(member() * DERIVED + DERIVED_FIELDS * SPECTRUM) / 2].xy; }

// Of the mean what is to be added to value i, and of the Nyquist row.
REAL2 joined_corrections(uint i, REAL2 mean) {
  const uint at = (member() * DERIVED + DERIVED_FIELDS * SPECTRUM) / 2, m = kept_index(i);
  const REAL4 two = derived[at + VORDEC_SIMULATE_MEAN_ROOM / 2 + m / 2];
  const REAL2 nyquist = m % 2 == 0 ? two.xy : two.zw, shift = i == 0 && slot() == 0 ? mean : REAL2(0);
  return join(i, REAL4(shift + nyquist, shift - nyquist));
}

// Of w as both stages see it.
REAL2 joined_vorticity(uint i) { return DEALIAS ? join(i, rows_of(VORTICITY, i)) : SCALE * joined_from(i); }

// Field that a job derives its spectrum from; JOB_GRADIENT_X has none.
uint source_of(uint job) {
  if (job == JOB_STRAIN || job == JOB_VELOCITY_X) return VELOCITY_X;
  if (job == JOB_SHEAR || job == JOB_VELOCITY_Y) return STREAM;
  return job == JOB_LAPLACIAN ? CURVATURE_Y : job == JOB_GRADIENT_Y ? GRADIENT_Y : 0;
}

// Where registers are plenty a job's field is read while the one before it is transformed, and w once.
const bool EARLY = (FLAGS & VORDEC_SIMULATE_EARLY) != 0;
REAL4 fetched[VALUES];
REAL2 vorticity[VALUES];

void fetch(uint job) {
  const uint source = source_of(job);
  const bool none = job == JOB_GRADIENT_X || job == JOB_TO || (job == JOB_BACK && KIND != VORDEC_SIMULATE_CLOSE);
  if (!none) EACH fetched[i] = rows_of(source, i);
}

void fetch_first(uint job) {
  fetch(job);
  if (job < JOB_BACK) EACH vorticity[i] = joined_vorticity(i);
}

REAL2 derived_of(uint which, uint i) { return join(i, EARLY ? fetched[i] : rows_of(which, i)); }
REAL2 vorticity_of(uint i) { return EARLY ? vorticity[i] : joined_vorticity(i); }

#ifdef VORDEC_FP64
// v of a line, ready to be transformed back: what comes of w, then of a derived field, one after the other, since
// registers are few. Loops over all values with nothing to decide in them, so that loads of one loop are under way
// together: factors are numbers, not branches.
void load_spectrum(uint job) {
  const bool shear = job == JOB_SHEAR, laplacian = job == JOB_LAPLACIAN;
  const bool turns_it = job == JOB_STRAIN || job == JOB_GRADIENT_X || job == JOB_VELOCITY_Y;
  EACH v[i] = REAL2(0);
  if (shear || laplacian || job == JOB_GRADIENT_X) EACH {
      const REAL factor = shear ? REAL(-0.5) : laplacian ? -wave_of(i) * wave_of(i) : REAL(1);
      v[i] = factor * vorticity_of(i);
    }
  if (job != JOB_GRADIENT_X) {
    const uint source = source_of(job);
    EACH {
      const REAL slope_x = slope_of(i);
      const REAL factor = shear ? REAL(0.5) * (slope_x * slope_x + wave_of(i) * wave_of(i)) : REAL(1);
      v[i] += factor * derived_of(source, i);
    }
  }
  if (shear) {
    const REAL2 mean = mean_correction();
    EACH v[i] += joined_corrections(i, mean);
  }
  if (turns_it) EACH v[i] = times_i(job == JOB_VELOCITY_Y ? -slope_of(i) : slope_of(i), v[i]);
  EACH v[i] = v[i].yx;
}
#else
// -(w + 2 psi_xx) / 2, with what makes up for Nyquist modes and the mean (simulate_columns.comp).
REAL2 shear_of(uint i, REAL2 mean) {
  const REAL k2 = wave_of(i) * wave_of(i), slope2 = slope_of(i) * slope_of(i);
  return REAL(0.5) * (slope2 + k2) * derived_of(STREAM, i) - REAL(0.5) * vorticity_of(i) + joined_corrections(i, mean);
}

void load_shear() {
  const REAL2 mean = mean_correction();
  EACH v[i] = shear_of(i, mean).yx;
}

// v of a line, ready to be transformed back. A loop over all values for each case with nothing to decide in it, so that
// its loads are under way together.
void load_spectrum(uint job) {
  switch (job) {
  case JOB_STRAIN: EACH v[i] = times_i(slope_of(i), derived_of(VELOCITY_X, i)).yx; break;
  case JOB_SHEAR: load_shear(); break;
  case JOB_LAPLACIAN:
    EACH v[i] = (derived_of(CURVATURE_Y, i) - wave_of(i) * wave_of(i) * vorticity_of(i)).yx;
    break;
  case JOB_VELOCITY_X: EACH v[i] = derived_of(VELOCITY_X, i).yx; break;
  case JOB_GRADIENT_X: EACH v[i] = times_i(slope_of(i), vorticity_of(i)).yx; break;
  case JOB_VELOCITY_Y: EACH v[i] = times_i(-slope_of(i), derived_of(STREAM, i)).yx; break;
  case JOB_GRADIENT_Y: EACH v[i] = derived_of(GRADIENT_Y, i).yx; break;
  case JOB_BACK: EACH v[i] = derived_of(0, i).yx; break;
  }
  if (EARLY) fetch(job + 1);
}
#endif

void take_viscosity() {
  const REAL nu0 = real_of(push.nu0_lo, push.nu0_hi), eddy = real_of(push.eddy_lo, push.eddy_hi);
  EACH {
    const REAL2 shear = v[i].yx, nu = nu0 + eddy * sqrt(REAL(4) * (factor_of[i] + shear * shear) + REAL2(1e-30));
    midway[viscosity_at(i)] = nu.x;
    midway[viscosity_at(i) + N] = nu.y;
    factor_of[i] = nu;
  }
}

void take_laplacian() {
  if (KIND == VORDEC_SIMULATE_FIRST) {
    EACH slope[i] = factor_of[i] * v[i].yx;
  } else {
    EACH slope[i] = REAL2(midway[viscosity_at(i)], midway[viscosity_at(i) + N]) * v[i].yx;
  }
}

// What became of a spectrum: cells of two rows.
void use_cells(uint job) {
  switch (job) {
  case JOB_STRAIN: EACH factor_of[i] = v[i].yx * v[i].yx; break;
  case JOB_SHEAR: take_viscosity(); break;
  case JOB_LAPLACIAN: take_laplacian(); break;
  case JOB_VELOCITY_X:
  case JOB_VELOCITY_Y: EACH factor_of[i] = v[i].yx; break;
  case JOB_GRADIENT_X:
  case JOB_GRADIENT_Y: EACH slope[i] -= factor_of[i] * v[i].yx; break;
  }
}

// Splits the line in v into the halves of both rows.
void store_line() {
  REAL2 mirrored[KEPT];
  [[unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
    next_area();
    EACH put(area + position(i), v[i], part);
    barrier();
    [[unroll]] for (uint i = 0; i < KEPT; i++) take(area + ((N - position(i)) & (N - 1)), mirrored[i], part);
    if (SPLIT && AREAS == 1 && part == 0) barrier();
  }
  const uint at = member() * SPECTRUM / 2 + place(slot());
  [[unroll]] for (uint i = 0; i < KEPT; i++) {
    const REAL2 a = REAL(0.5) * v[i], b = REAL(0.5) * mirrored[i];
    if (i == VALUES / 2 && slot() > 0) continue;
    to[at + i * (SLOTS / TILE * (BLOCK / 2))] = REAL4(a.x + b.x, a.y - b.y, a.y + b.y, b.x - a.x);
  }
}

// The first of the thread's cells that is not finite is enough.
void check_cells() {
  const uint none = 0xffffffffu;
  uint first = none;
  EACH {
    if (!finite(v[i].x)) first = min(first, row() * N + position(i));
    if (!finite(v[i].y)) first = min(first, (row() + 1) * N + position(i));
  }
  if (first != none) note_cell(first % N, first / N);
}

void load_cells() {
  EACH v[i] = REAL2(field[cell(i)], field[cell(i) + N]);
}

void take_first_stage() {
  const REAL dt = real_of(push.dt_lo, push.dt_hi);
  EACH {
    const REAL2 kept = REAL(0.5) * dt * slope[i];
    midway[kept_at(i)] = kept.x;
    midway[kept_at(i) + N] = kept.y;
    slope[i] = kept;
  }
  load_cells();
  EACH v[i] += REAL(2) * slope[i];
}

// What the step adds to the cells of value i.
REAL2 step_of(uint i) {
  if (KIND != VORDEC_SIMULATE_SECOND) return v[i].yx;
  return REAL2(midway[kept_at(i)], midway[kept_at(i) + N]) + REAL(0.5) * real_of(push.dt_lo, push.dt_hi) * slope[i];
}

// How many values are added together: their loads are under way together, and take registers.
#ifdef VORDEC_FP64
const uint SOME = 2;
#else
const uint SOME = VALUES > 8 ? 1 : VALUES > 4 ? 4 : 2;
#endif

// Adds the step to the cells of some values, from `first` on: all loads before all stores, since drivers keep them in order.
void add_to_cells(uint first) {
  REAL2 value[SOME], rest[SOME], step_[SOME];
  [[unroll]] for (uint i = 0; i < SOME; i++) {
    step_[i] = step_of(first + i);
    value[i] = REAL2(field[cell(first + i)], field[cell(first + i) + N]);
#ifndef VORDEC_FP64
    rest[i] = REAL2(remainder[cell(first + i)], remainder[cell(first + i) + N]);
#endif
  }
  [[unroll]] for (uint i = 0; i < SOME; i++) {
    add(value[i].x, rest[i].x, step_[i].x);
    add(value[i].y, rest[i].y, step_[i].y);
    v[first + i] = value[i];
    field[cell(first + i)] = value[i].x;
    field[cell(first + i) + N] = value[i].y;
#ifndef VORDEC_FP64
    remainder[cell(first + i)] = rest[i].x;
    remainder[cell(first + i) + N] = rest[i].y;
#endif
  }
}

void finish_step() {
  [[unroll]] for (uint first = 0; first < VALUES; first += SOME) add_to_cells(first);
  check_cells();
}

// Makes v what is handed on: cells.
void take_cells() {
  if (KIND == VORDEC_SIMULATE_OPEN) {
    load_cells();
  } else if (KIND == VORDEC_SIMULATE_FIRST) {
    take_first_stage();
  } else if (KIND == VORDEC_SIMULATE_SECOND && FINISHED_APART) {
    EACH v[i] = step_of(i);
  } else {
    finish_step();
  }
}

// What is transformed first.
uint first_job() {
  if (KIND == VORDEC_SIMULATE_OPEN) return JOB_TO;
  if (KIND == VORDEC_SIMULATE_CLOSE) return JOB_BACK;
  return KIND == VORDEC_SIMULATE_SECOND ? JOB_LAPLACIAN : JOB_STRAIN;
}

void main() {
  if (member() >= push.members) return;
  if (EARLY) fetch_first(first_job());
  [[dont_unroll]] for (uint job = first_job(); job <= JOB_TO; job++) {
    if (job == JOB_BACK && KIND != VORDEC_SIMULATE_CLOSE) continue;
    if (job == JOB_TO) {
      take_cells();
    } else {
      load_spectrum(job);
    }
    transform();
    use_cells(job);
  }
  store_line();
}
