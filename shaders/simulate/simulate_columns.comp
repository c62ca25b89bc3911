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

#define SCALE (REAL(1) / (REAL(N) * REAL(N)))
const bool FINISH = KIND == VORDEC_SIMULATE_FINISH;
const bool FILTERS = FINISH && FILTER;

REAL2 spectrum[VALUES];

#ifdef VORDEC_FP64
const double PER_LN2 = 1.4426950408889634LF, LN2_HI = 6.93147180369123816490e-01LF, LN2_LO = 1.90821492927058770002e-10LF;
#else
const float PER_LN2 = 1.4426950, LN2_HI = 0.693359375, LN2_LO = -2.12194440e-4;
#endif

// exp(x) - 1 for -600 < x <= 0: a Taylor sum over an interval of ln 2, times 2^q, 0 where single precision has none.
REAL exponential_less_1(REAL x) {
  const REAL q = round(x * PER_LN2), r = fma(q, -LN2_LO, fma(q, -LN2_HI, x));
  REAL sum = REAL(1);
  [[unroll]] for (uint i = 14; i > 1; i--) sum = fma(sum, r / REAL(i), REAL(1));
  if (q == REAL(0)) return r * sum;
#ifdef VORDEC_FP64
  const REAL power = packDouble2x32(uvec2(0, uint(int(q) + 1023) << 20));
#else
  const REAL power = q < REAL(-126) ? REAL(0) : uintBitsToFloat(uint(int(q) + 127) << 23);
#endif
  return fma(power, fma(r, sum, REAL(1)), REAL(-1));
}

// The filter's factor, less 1.
REAL filter_loss(int kx, int ky) {
  const REAL ratio = (square(kx) + square(ky)) / (REAL(N) * REAL(N) / REAL(4)), square_ratio = ratio * ratio;
  return exponential_less_1(REAL(-36) * square_ratio * square_ratio);
}

// Value of a derived field's transform; kx, ky: those of the column and of the row's index.
REAL2 derive(uint field, REAL2 value, uint column, uint row) {
  const int kx = wavenumber(column), ky = wavenumber(row);
  if (left_out(kx) || left_out(ky)) return REAL2(0);
  if (FINISH) return SCALE * value;
  const bool mean = kx == 0 && ky == 0;
  const REAL k2 = mean ? REAL(1) : square(kx) + square(ky), slope = REAL(slope_wavenumber(row));
  switch (field) {
  case VELOCITY_X: return times_i(SCALE * slope / k2, value);
  case STREAM: return (mean ? REAL(0) : SCALE / k2) * value;
  case GRADIENT_Y: return times_i(SCALE * slope, value);
  case CURVATURE_Y:
    if (mean) return ((FLAGS & VORDEC_SIMULATE_REFERENCE_MEAN) != 0 ? -SCALE : REAL(0)) * value;
    return -SCALE * square(ky) * value;
  }
  return SCALE * value;
}

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

// With a filter: the field before the step is in v, what the step adds to it in spectrum.
REAL2 filtered(REAL2 earlier, REAL2 added, uint column, uint row) {
  const int kx = wavenumber(column), ky = wavenumber(row);
  const REAL loss = filter_loss(kx, ky);
  const REAL2 kept = left_out(kx) || left_out(ky) ? REAL2(0) : added;
  return SCALE * (loss * (earlier + kept) + kept);
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
