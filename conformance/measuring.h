/* SPDX-License-Identifier: MIT */
/*
 * measuring.h - encoders of the plugin under test, driven through the table of "vordec.encode/1". What fails is
 * recorded as a shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_MEASURING_H
#define VORDEC_CONFORMANCE_MEASURING_H

#include "suite.h"

/* What is measured of fields, and a setup that asks for it. */
struct measuring {
  struct vordec_encode_setup setup;
  uint32_t *low_index, *mid_index;
};

/* Low modes up to |k| = k_cut, mid ones up to mid_cut; a periodic boundary, width 3, tau 0.35, no majority, "auto". */
struct measuring measuring_make(uint32_t n, double k_cut, double mid_cut, enum vordec_precision precision);
void measuring_release(struct measuring *measuring);

/* What came out of a job of `count` fields. */
struct measured {
  uint32_t count;
  double *low, *mid, *high, *support;
  int8_t *mask; /* NULL: not asked for */
};

struct measured measured_make(const struct measuring *measuring, uint32_t count, bool mask);
void measured_release(struct measured *measured);

/* NULL: it fell short, or, where the FFT was named, that serves no such encoder. */
struct vordec_backend_encoder *measuring_start(struct suite *suite, struct vordec_session *session,
                                               const struct measuring *measuring);

/* Where fields come from: the host, or members of a simulation. */
struct measuring_source {
  const double *omega;
  struct vordec_backend_simulation *simulation;
  uint32_t first_member;
};

/* Encodes measured->count fields, from and to arrays between guard pages. Memory that the plugin takes meanwhile, and
 * outputs that it leaves, are shortfalls. host_ms: how long the call took; may be NULL, as result may. */
bool measuring_encode(struct suite *suite, const struct measuring *measuring, struct vordec_backend_encoder *encoder,
                      const struct measuring_source *source, struct measured *measured,
                      struct vordec_encode_result *result, double *host_ms);

#endif
