/* SPDX-License-Identifier: MIT */
// simulate_factors.glsl - what the pass along y multiplies spectra by.

#define SCALE (REAL(1) / (REAL(N) * REAL(N)))
const bool FINISH = KIND == VORDEC_SIMULATE_FINISH;
const bool FILTERS = FINISH && FILTER;

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

// With a filter: the field before the step is in v, what the step adds to it in spectrum.
REAL2 filtered(REAL2 earlier, REAL2 added, uint column, uint row) {
  const int kx = wavenumber(column), ky = wavenumber(row);
  const REAL loss = filter_loss(kx, ky);
  const REAL2 kept = left_out(kx) || left_out(ky) ? REAL2(0) : added;
  return SCALE * (loss * (earlier + kept) + kept);
}
