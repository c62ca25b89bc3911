/* SPDX-License-Identifier: MIT */
/*
 * flow_space.h - what the steps of a simulation work in: tables, transforms, and the memory between passes.
 *
 * A step goes over the grid by columns and by rows in turn. Between the passes lie the waves (numerics/flow.h) and what
 * columns have derived from them, in lines of FLOW_COLUMNS columns: line b of row y is at b * stride + y * FLOW_LINE,
 * so that a pass along y reads on and on, and a pass along x reads whole cache lines.
 */
#ifndef VORDEC_CPU_FLOW_SPACE_H
#define VORDEC_CPU_FLOW_SPACE_H

#include <fftw3.h>
#include <vordec/backend.h>

#include "plugins/cpu/cpu_session.h"

/* What each thread has for itself. Columns and rows are padded to whole cache lines. */
struct flow_slot {
  double *spectrum; /* FLOW_COLUMNS columns */
  double *derived;  /* FLOW_PARTS columns, before they are transformed */
  double *columns;  /* FLOW_COLUMNS x FLOW_PARTS columns, after it */
  double *half[FLOW_FIELDS], *row[FLOW_FIELDS];
  double *fresh; /* a row of the result of the step */
  size_t bad;    /* the first cell that is not finite; SIZE_MAX: none */
};

struct flow_space {
  struct vordec_session *session;
  struct team team;
  const struct kernels *kernels;

  size_t n, half, lines;           /* half: columns of a half spectrum, in so many lines */
  size_t kept;                     /* the columns that tendencies are made of, and the rows -kept < ky < kept */
  size_t pitch;                    /* doubles from row to row of a field */
  size_t column_pitch, half_pitch; /* doubles of a padded column, and of a padded row of the half spectrum */
  size_t waves_stride, parts_stride;
  double dt, nu0, eddy; /* eddy = (Cs dx)^2 */
  bool reference_mean, filter, dealias;

  struct flow_tables tables;
  double *table; /* the memory of all */
  double *ky2, *iky;

  double *waves, *parts;
  double *nyquist; /* one line for each line of the waves */
  double mean;     /* half of what the mean adds to the first of the waves */
  double *viscosity, *slope;

  fftw_plan forward, backward; /* columns */
  fftw_plan to_half, to_row;   /* rows */
  struct flow_slot *slots;
};

/* E_NO_MEMORY with REASON_MEMORY if the machine is too small, with REASON_HOST_MEMORY if its memory is in use. The
 * estimate includes `members` fields of n * pitch doubles. *memory is charged. */
enum vordec_status flow_space_create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                     struct memory *memory, struct flow_space *space, struct vordec_error *error);
/* Accepts a zeroed or half-made one, and zeroes it. */
void flow_space_destroy(struct flow_space *space);

/* The number of doubles from row to row of a field. */
size_t flow_pitch(size_t n);

/* The wavenumber of index i of an axis. */
static inline double flow_wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (double)i : (double)i - (double)n;
}

#endif
