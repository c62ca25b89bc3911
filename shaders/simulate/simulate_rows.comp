/* SPDX-License-Identifier: MIT */
#version 450
// simulate_rows.comp - the pass along x: two rows of cells, which are the two parts of one complex line.
//
//   OPEN     the field is transformed along x
//   FIRST    first stage: nu, k1, and w + dt k1, transformed
//   SECOND   second stage: k2, and the field after the step, transformed; with a filter or dealiasing, what the step adds
//   CLOSE    after FINISH: the field after the step, transformed
//
// A derivative along x of what was transformed along x is a factor, so that the pass along y derives four fields only:
// psi, u, w_y and w_yy. v = -psi_x, w_x comes from w itself, lap(w) = w_xx + w_yy, and
// S = (u_y + v_x) / 2 = (psi_yy - psi_xx) / 2 = -(w + 2 psi_xx) / 2.
#extension GL_GOOGLE_include_directive : require
#define LINES 1
#include "simulate.glsl"
VORDEC_PUSH_BLOCK(SIMULATE_ROWS_PUSH)
layout(std430, binding = 1) buffer field_buffer { REAL field[]; };         // w ..
layout(std430, binding = 2) buffer remainder_buffer { REAL remainder[]; }; // .. and in fp32 what rounding took from it
layout(std430, binding = 3) buffer midway_buffer { REAL midway[]; };       // a member's nu, then its dt k1 / 2
layout(std430, binding = 4) readonly buffer from_buffer { REAL2 from[]; };
layout(std430, binding = 5) writeonly buffer to_buffer { REAL2 to[]; };
layout(std430, binding = 6) readonly buffer derived_buffer { REAL2 derived[]; };
layout(std430, binding = 7) buffer record_buffer { uint record[]; };

#include "simulate_cells.glsl"

REAL2 factor_of[VALUES]; // strain^2, nu, u, v: what the next one is combined with
REAL2 slope[VALUES];

uint row() { return 2 * gl_WorkGroupID.x; }
bool two_rows() { return N % 2 == 0 || row() + 1 < N; }

uint cell(uint x) { return (member() * N + row()) * N + x; }
uint viscosity_at(uint x) { return (2 * member() * N + row()) * N + x; }
uint kept_at(uint x) { return ((2 * member() + 1) * N + row()) * N + x; }

// Cells of both rows.
REAL2 load_pair(uint x) { return REAL2(field[cell(x)], two_rows() ? field[cell(x) + N] : REAL(0)); }

// Both rows' values at index k of a line, from those of the half that is kept.
REAL2 join(uint k, REAL2 above, REAL2 below) {
  if (k == 0 || 2 * k == N) return REAL2(above.x, below.x);
  return 2 * k < N ? REAL2(above.x - below.y, above.y + below.x) : REAL2(above.x + below.y, below.x - above.y);
}

uint kept_index(uint k) { return 2 * k <= N ? k : N - k; }

REAL2 joined_derived(uint which, uint k) {
  const uint at = member() * DERIVED + which * SPECTRUM + place(kept_index(k), row());
  return join(k, derived[at], two_rows() ? derived[at + TILE] : REAL2(0));
}

REAL2 joined_from(uint k) {
  const uint at = member() * SPECTRUM + place(kept_index(k), row());
  return join(k, from[at], two_rows() ? from[at + TILE] : REAL2(0));
}

REAL2 joined_corrections(uint k) {
  const uint at = member() * DERIVED + DERIVED_FIELDS * SPECTRUM, m = kept_index(k);
  const REAL2 mean = m == 0 ? derived[at] : REAL2(0), nyquist = N % 2 == 0 ? derived[at + 1 + m] : REAL2(0);
  return join(k, mean + nyquist, two_rows() ? mean - nyquist : REAL2(0));
}

// Of w as both stages see it. Read whenever it is wanted: registers are dearer than what is in a cache.
REAL2 joined_vorticity(uint k) { return DEALIAS ? joined_derived(VORTICITY, k) : SCALE * joined_from(k); }

// v of a line, ready to be transformed back.
REAL2 spectrum_of(uint job, uint k) {
  const REAL kx = REAL(slope_wavenumber(k)), kx2 = square(wavenumber(k));
  switch (job) {
  case JOB_VELOCITY_X: return joined_derived(VELOCITY_X, k);
  case JOB_GRADIENT_X: return times_i(kx, joined_vorticity(k));
  case JOB_VELOCITY_Y: return times_i(-kx, joined_derived(STREAM, k));
  case JOB_GRADIENT_Y: return joined_derived(GRADIENT_Y, k);
  case JOB_LAPLACIAN: return joined_derived(CURVATURE_Y, k) - kx2 * joined_vorticity(k);
  case JOB_STRAIN: return times_i(kx, joined_derived(VELOCITY_X, k));
  case JOB_BACK: return joined_derived(0, k);
  }
  const REAL share = REAL(0.5) * (kx * kx + kx2);
  return share * joined_derived(STREAM, k) - REAL(0.5) * joined_vorticity(k) + joined_corrections(k);
}

void load_cells() {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x < N) v[i] = load_pair(x);
  }
}

void load_spectrum(uint job) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint k = thread() + i * THREADS;
    if (k < N) v[i] = spectrum_of(job, k).yx;
  }
}

REAL2 take_viscosity(uint x, REAL2 squares) {
  const REAL nu0 = real_of(push.nu0_lo, push.nu0_hi), eddy = real_of(push.eddy_lo, push.eddy_hi);
  const REAL2 nu = nu0 + eddy * sqrt(REAL(4) * squares + REAL2(1e-30));
  if (x < N) {
    midway[viscosity_at(x)] = nu.x;
    if (two_rows()) midway[viscosity_at(x) + N] = nu.y;
  }
  return nu;
}

REAL2 load_viscosity(uint x) {
  if (x >= N) return REAL2(0);
  return REAL2(midway[viscosity_at(x)], two_rows() ? midway[viscosity_at(x) + N] : REAL(0));
}

// What became of a spectrum: cells of two rows.
void use_cells(uint job) {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    const REAL2 cells = v[i].yx;
    switch (job) {
    case JOB_STRAIN: factor_of[i] = cells * cells; break;
    case JOB_SHEAR: factor_of[i] = take_viscosity(x, factor_of[i] + cells * cells); break;
    case JOB_LAPLACIAN:
      slope[i] = (KIND == VORDEC_SIMULATE_FIRST ? factor_of[i] : load_viscosity(x)) * cells;
      break;
    case JOB_VELOCITY_X:
    case JOB_VELOCITY_Y: factor_of[i] = cells; break;
    case JOB_GRADIENT_X:
    case JOB_GRADIENT_Y: slope[i] -= factor_of[i] * cells; break;
    }
  }
}

// Splits the line in v into the halves of both rows.
void store_line() {
  [[unroll]] for (uint part = 0; part < (SPLIT ? 2 : 1); part++) {
    put_line(part);
    barrier();
    for (uint k = thread(); k < HALF; k += THREADS) {
      const uint mirror = k == 0 ? 0 : N - k, at = member() * SPECTRUM + place(k, row());
      const REAL a = REAL(0.5) * line_re[word(k)], b = REAL(0.5) * line_re[word(mirror)];
      if (!SPLIT) {
        const REAL c = REAL(0.5) * line_im[word(k)], d = REAL(0.5) * line_im[word(mirror)];
        to[at] = REAL2(a + b, c - d);
        if (two_rows()) to[at + TILE] = REAL2(c + d, b - a);
      } else if (part == 0) {
        to[at].x = a + b;
        if (two_rows()) to[at + TILE].y = b - a;
      } else {
        to[at].y = a - b;
        if (two_rows()) to[at + TILE].x = a + b;
      }
    }
    if (SPLIT && part == 0) barrier();
  }
}

void check_cells() {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x >= N) continue;
    if (!finite(v[i].x)) note_cell(x, row());
    if (two_rows() && !finite(v[i].y)) note_cell(x, row() + 1);
  }
}

void take_first_stage() {
  const REAL dt = real_of(push.dt_lo, push.dt_hi);
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x >= N) continue;
    const REAL2 kept = REAL(0.5) * dt * slope[i];
    midway[kept_at(x)] = kept.x;
    if (two_rows()) midway[kept_at(x) + N] = kept.y;
    v[i] = load_pair(x) + REAL(2) * kept;
  }
}

// What the step adds to the field.
void take_second_stage() {
  const REAL dt = real_of(push.dt_lo, push.dt_hi);
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x >= N) continue;
    const REAL2 kept = REAL2(midway[kept_at(x)], two_rows() ? midway[kept_at(x) + N] : REAL(0));
    v[i] = kept + REAL(0.5) * dt * slope[i];
  }
}

REAL add_to_cell(uint at, REAL added) {
  REAL value = field[at], rest = REAL(0);
#ifdef VORDEC_FP64
  add(value, rest, added);
#else
  rest = remainder[at];
  add(value, rest, added);
  remainder[at] = rest;
#endif
  field[at] = value;
  return value;
}

void add_to_field() {
  [[unroll]] for (uint i = 0; i < VALUES; i++) {
    const uint x = thread() + i * THREADS;
    if (x >= N) continue;
    v[i] = REAL2(add_to_cell(cell(x), v[i].x), two_rows() ? add_to_cell(cell(x) + N, v[i].y) : REAL(0));
  }
}

void take_back() {
  [[unroll]] for (uint i = 0; i < VALUES; i++) v[i] = v[i].yx;
}

// What is transformed first.
uint first_job() {
  if (KIND == VORDEC_SIMULATE_OPEN) return JOB_TO;
  if (KIND == VORDEC_SIMULATE_CLOSE) return JOB_BACK;
  if (KIND == VORDEC_SIMULATE_SECOND) return JOB_LAPLACIAN;
  return JOB_STRAIN;
}

// Makes v what the job transforms.
void prepare(uint job) {
  if (KIND == VORDEC_SIMULATE_OPEN) {
    load_cells();
  } else if (job != JOB_TO) {
    load_spectrum(job);
  } else if (KIND == VORDEC_SIMULATE_FIRST) {
    take_first_stage();
  } else if (KIND == VORDEC_SIMULATE_SECOND) {
    take_second_stage();
  } else {
    take_back();
  }
  if (job != JOB_TO || KIND == VORDEC_SIMULATE_OPEN || KIND == VORDEC_SIMULATE_FIRST) return;
  if (KIND == VORDEC_SIMULATE_SECOND && FINISHED_APART) return;
  add_to_field();
  check_cells();
}

void main() {
  if (member() >= push.members) return;
  [[dont_unroll]] for (uint job = first_job(); job <= JOB_TO; job++) {
    if (job == JOB_BACK && KIND != VORDEC_SIMULATE_CLOSE) continue;
    prepare(job);
    transform();
    use_cells(job);
  }
  store_line();
}
