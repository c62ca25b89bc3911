/* SPDX-License-Identifier: MIT */
/*
 * flow.h - the pointwise work of a large-eddy simulation's step (backend.h, "vordec.simulate/1"), a column or row at a
 * time.
 *
 * Waves are a field transformed along x alone: complex values, kx = 0 .. n / 2 in each row y. What the step needs of
 * the flow follows from the waves W and four fields that are transformed along y,
 *
 *   P = psi, U = psi_y, G = w_y, L = w_yy
 *
 * so that no derivative along x is transformed along y:
 *
 *   u = U          v = -i kx P
 *   w_x = i kx W   w_y = G   lap(w) = L - kx^2 W
 *   u_x = i kx U   (u_y + v_x) / 2 = kx^2 P - W / 2
 *
 * the last since -lap(psi) = w, but for the modes that have no derivative along an axis.
 */
#ifndef VORDEC_NUMERICS_FLOW_H
#define VORDEC_NUMERICS_FLOW_H

#include <stdbool.h>
#include <stddef.h>

/* Columns that lie side by side in memory, and the doubles that they take in one row: a cache line. */
#define FLOW_COLUMNS 4
#define FLOW_LINE (2 * FLOW_COLUMNS)

enum flow_part { FLOW_PSI, FLOW_PSI_Y, FLOW_OMEGA_Y, FLOW_OMEGA_YY, FLOW_PARTS };
enum flow_field {
  FLOW_U,
  FLOW_V,
  FLOW_GRADIENT_X,
  FLOW_GRADIENT_Y,
  FLOW_LAPLACIAN,
  FLOW_STRAIN,
  FLOW_SHEAR,
  FLOW_FIELDS
};

/* One column of the spectrum and what becomes of it. Complex values; tables and arrays are read and written up to whole
 * lines of FLOW_LINE doubles. */
struct flow_column {
  size_t n;
  double kx2, scale;
  const double *ky2; /* ky^2, each twice; not 0 behind the last */
  const double *iky; /* -ky, ky: what swapped parts are multiplied by to have i ky times a value */
  const double *spectrum;
  double *part[FLOW_PARTS];
};

/* `fields` times FLOW_COLUMNS columns of n complex values, each `pitch` doubles behind the other, and where they go
 * side by side: a line for each field in row 0, then in row 1 ..; aligned to lines. `past_caches`: what is written
 * there will not be read before it has left the caches, so that it need not be read into them first. */
struct flow_lines {
  size_t n, fields, pitch;
  const double *columns;
  double *line;
  bool past_caches;
};

/* Tables along x, in whole lines, 0 behind the last column. */
struct flow_tables {
  const double *minus_ikx_p; /* kx, -kx: -i kx times a part */
  const double *ikx_p;       /* -kx, kx */
  const double *ikx_w;       /* the same, times the factor of the waves */
  const double *kx2_w;       /* kx^2, twice, times that factor */
  const double *shear;       /* kx^2, twice; half of it at the Nyquist column */
  double half_w;             /* half of that factor */
};

/* One row of the waves and the parts, line by line, and the half spectra of the fields that follow. */
struct flow_row {
  size_t lines;
  const struct flow_tables *tables;
  const double *waves, *parts; /* the row's first line; FLOW_PARTS lines follow each other */
  size_t waves_stride, parts_stride;
  const double *nyquist; /* what the shear gets, alternating from row to row */
  double sign;
  double *field[FLOW_FIELDS]; /* STRAIN and SHEAR may be NULL, both */
};

/* One row of the fields themselves. */
struct flow_values {
  size_t n;
  const double *field[FLOW_FIELDS];
  const double *omega;
  double *viscosity, *slope;
  double nu0, eddy, dt;
};

#endif
