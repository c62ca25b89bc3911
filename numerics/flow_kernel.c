/* SPDX-License-Identifier: MIT */
/*
 * flow_kernel.c - the loops of flow.h.
 */
#include <math.h>

#include "kernels.h"
#include "lanes.h"

#define INLINE static inline __attribute__((always_inline))

/* Real and imaginary parts change places. */
INLINE lanes swapped(lanes value) {
#if LANES == 8
  return __builtin_shufflevector(value, value, 1, 0, 3, 2, 5, 4, 7, 6);
#elif LANES == 4
  return __builtin_shufflevector(value, value, 1, 0, 3, 2);
#else
  return __builtin_shufflevector(value, value, 1, 0);
#endif
}

/* Four complex values that stand on multiples of 16 bytes make a line. */
INLINE void join(double *line, const double *from, size_t pitch, bool past_caches) {
#if LANES == 8
  const __m512d two = _mm512_insertf64x2(_mm512_castpd128_pd512(_mm_load_pd(from)), _mm_load_pd(from + pitch), 1);
  const __m512d three = _mm512_insertf64x2(two, _mm_load_pd(from + 2 * pitch), 2);
  const __m512d whole = _mm512_insertf64x2(three, _mm_load_pd(from + 3 * pitch), 3);
  if (past_caches) {
    _mm512_stream_pd(line, whole);
  } else {
    _mm512_store_pd(line, whole);
  }
#elif defined(__SSE2__)
  for (size_t column = 0; column < FLOW_COLUMNS; column++, line += 2, from += pitch) {
    if (past_caches) {
      _mm_stream_pd(line, _mm_load_pd(from));
    } else {
      _mm_store_pd(line, _mm_load_pd(from));
    }
  }
#else
  (void)past_caches;
  for (size_t i = 0; i < FLOW_LINE; i++) line[i] = from[i / 2 * pitch + i % 2];
#endif
}

INLINE void join_all(const struct flow_lines *lines, bool past_caches) {
  const size_t pitch = lines->pitch, fields = lines->fields, end = 2 * lines->n;
  double *restrict line = lines->line;
  for (size_t i = 0; i < end; i += 2) {
    const double *restrict from = lines->columns + i;
    for (size_t field = 0; field < fields; field++, line += FLOW_LINE, from += FLOW_COLUMNS * pitch) {
      join(line, from, pitch, past_caches);
    }
  }
}

void KERNEL(flow_join)(const struct flow_lines *lines) {
  if (!lines->past_caches) {
    join_all(lines, false);
    return;
  }
  join_all(lines, true);
#if defined(__SSE2__)
  _mm_sfence(); /* another thread reads it */
#endif
}

void KERNEL(flow_derive)(const struct flow_column *column) {
  const double *restrict ky2 = column->ky2, *restrict iky = column->iky, *restrict in = column->spectrum;
  double *restrict psi = column->part[FLOW_PSI], *restrict psi_y = column->part[FLOW_PSI_Y];
  double *restrict omega_y = column->part[FLOW_OMEGA_Y], *restrict omega_yy = column->part[FLOW_OMEGA_YY];
  for (size_t i = 0; i < 2 * column->n; i += LANES) {
    const lanes squared = lanes_load(ky2 + i), times_i = lanes_load(iky + i);
    const lanes value = lanes_load(in + i) * column->scale, inverse = 1.0 / (column->kx2 + squared);
    const lanes along_y = swapped(value) * times_i;
    lanes_store(psi + i, value * inverse);
    lanes_store(psi_y + i, along_y * inverse);
    lanes_store(omega_y + i, along_y);
    lanes_store(omega_yy + i, -squared * value);
  }
}

INLINE void spectra_of_flow(const struct flow_row *row, const double *waves, const double *parts, size_t i) {
  const struct flow_tables *tables = row->tables;
  const lanes wave = lanes_load(waves);
  const lanes psi = lanes_load(parts + FLOW_PSI * FLOW_LINE), second = lanes_load(parts + FLOW_OMEGA_YY * FLOW_LINE);
  lanes_store(row->field[FLOW_U] + i, lanes_load(parts + FLOW_PSI_Y * FLOW_LINE));
  lanes_store(row->field[FLOW_V] + i, swapped(psi) * lanes_load(tables->minus_ikx_p + i));
  lanes_store(row->field[FLOW_GRADIENT_X] + i, swapped(wave) * lanes_load(tables->ikx_w + i));
  lanes_store(row->field[FLOW_GRADIENT_Y] + i, lanes_load(parts + FLOW_OMEGA_Y * FLOW_LINE));
  lanes_store(row->field[FLOW_LAPLACIAN] + i, second - wave * lanes_load(tables->kx2_w + i));
}

INLINE void spectra_of_strain(const struct flow_row *row, const double *waves, const double *parts, size_t i) {
  const struct flow_tables *tables = row->tables;
  const lanes psi = lanes_load(parts + FLOW_PSI * FLOW_LINE), psi_y = lanes_load(parts + FLOW_PSI_Y * FLOW_LINE);
  const lanes lacking = row->sign * lanes_load(row->nyquist + i);
  lanes_store(row->field[FLOW_STRAIN] + i, swapped(psi_y) * lanes_load(tables->ikx_p + i));
  lanes_store(row->field[FLOW_SHEAR] + i,
              psi * lanes_load(tables->shear + i) - tables->half_w * lanes_load(waves) + lacking);
}

/* The next row's lines, which no processor foresees: each is in a page of its own. */
INLINE void fetch_next_row(const double *waves, const double *parts) {
  __builtin_prefetch(waves + FLOW_LINE, 0, 2);
  for (size_t part = 0; part < FLOW_PARTS; part++) {
    __builtin_prefetch(parts + (FLOW_PARTS + part) * FLOW_LINE, 0, 2);
  }
}

void KERNEL(flow_spectra)(const struct flow_row *row) {
  const double *waves = row->waves, *parts = row->parts;
  for (size_t line = 0; line < row->lines; line++) {
    fetch_next_row(waves, parts);
    for (size_t i = 0; i < FLOW_LINE; i += LANES) {
      spectra_of_flow(row, waves + i, parts + i, line * FLOW_LINE + i);
      if (row->field[FLOW_STRAIN]) spectra_of_strain(row, waves + i, parts + i, line * FLOW_LINE + i);
    }
    waves += row->waves_stride;
    parts += row->parts_stride;
  }
}

void KERNEL(flow_viscosity)(const struct flow_values *row) {
  const double *restrict strain = row->field[FLOW_STRAIN], *restrict shear = row->field[FLOW_SHEAR];
  double *restrict viscosity = row->viscosity;
  const double nu0 = row->nu0, eddy = row->eddy;
  for (size_t x = 0; x < row->n; x++) {
    const double squares = 2 * (strain[x] * strain[x] + shear[x] * shear[x]);
    viscosity[x] = nu0 + eddy * sqrt(2 * squares + 1e-30);
  }
}

/* f(w) of cell x. */
#define FLOW_SLOPE(x) (-(u[x] * wx[x] + v[x] * wy[x]) + viscosity[x] * laplacian[x])
#define FLOW_ARRAYS(row)                                                                                               \
  const double *restrict u = (row)->field[FLOW_U], *restrict v = (row)->field[FLOW_V];                                 \
  const double *restrict wx = (row)->field[FLOW_GRADIENT_X], *restrict wy = (row)->field[FLOW_GRADIENT_Y];             \
  const double *restrict laplacian = (row)->field[FLOW_LAPLACIAN], *restrict viscosity = (row)->viscosity

void KERNEL(flow_predict)(const struct flow_values *row, double *restrict out) {
  FLOW_ARRAYS(row);
  const double *restrict omega = row->omega;
  double *restrict slope = row->slope;
  const double dt = row->dt;
  for (size_t x = 0; x < row->n; x++) {
    slope[x] = FLOW_SLOPE(x);
    out[x] = omega[x] + dt * slope[x];
  }
}

void KERNEL(flow_correct)(const struct flow_values *row, double *restrict out) {
  FLOW_ARRAYS(row);
  const double *restrict omega = row->omega, *restrict slope = row->slope;
  const double half = 0.5 * row->dt;
  for (size_t x = 0; x < row->n; x++) out[x] = omega[x] + half * (slope[x] + FLOW_SLOPE(x));
}

void KERNEL(flow_sum)(const struct flow_values *row, double *restrict out) {
  FLOW_ARRAYS(row);
  const double *restrict slope = row->slope;
  for (size_t x = 0; x < row->n; x++) out[x] = slope[x] + FLOW_SLOPE(x);
}
