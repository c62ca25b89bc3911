/* SPDX-License-Identifier: MIT */
/* What a decode's precision can hold: numbers beyond it are refused before they turn into infinities on the way. */
#ifndef VORDEC_CORE_DECODE_LIMITS_H
#define VORDEC_CORE_DECODE_LIMITS_H

#include <vordec/backend.h>

#include "state.h"

struct limits {
  enum vordec_precision precision;
  double coefficient; /* vordec_coefficient_max() */
  double residual;    /* cells of the caller's field */
  double band;        /* cells of a band: their squares are added up */
  double energy;      /* n E of a band */
};

/* Those of a plan. */
struct limits limits_of(const struct vordec_plan_desc *desc);

/* Each of these: E_INPUT names the first number that is not finite or beyond its limit. z: `count` states, which
 * messages number from `first` on. */
enum vordec_status limits_check_states(const struct limits *limits, const struct vordec_layout *layout, const double *z,
                                       size_t first, size_t count, struct vordec_error *error);
/* E_INPUT: n E of a state's band is beyond its limit. */
enum vordec_status limits_refuse_energy(const struct limits *limits, const char *band, size_t state, double energy,
                                        struct vordec_error *error);
enum vordec_status limits_check_residuals(const struct limits *limits, const struct vordec_layout *layout,
                                          const struct vordec_decode_io *io, struct vordec_error *error);

#endif
