/* SPDX-License-Identifier: MIT */
/*
 * flow_run.h - simulations of the plugin under test, driven through the table of "vordec.simulate/1". What fails is
 * recorded as a shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_FLOW_RUN_H
#define VORDEC_CONFORMANCE_FLOW_RUN_H

#include "suite.h"

/* A simulation of one member with all that can be chosen, fp64 or fp32, "auto", short steps. */
struct vordec_simulation_setup flow_setup(uint32_t n, enum vordec_precision precision);

/* Field number `number` of a series: smooth, of rms about 1, with modes up to |k| = 3 and a mean; n x n, to be freed.
 */
double *flow_field(uint32_t n, uint32_t number);

/* NULL: it fell short, or, where the FFT was named, that serves no such simulation. */
struct vordec_backend_simulation *flow_start(struct suite *suite, struct vordec_session *session,
                                             const struct vordec_simulation_setup *setup);

/* From and to arrays between guard pages; the caller's are n x n. */
bool flow_set(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t member, uint32_t n,
              const double *omega);
bool flow_get(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t member, uint32_t n,
              double *omega);
/* Memory that the plugin takes meanwhile is a shortfall. host_ms: how long the call took. */
bool flow_advance(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t steps,
                  struct vordec_simulation_result *result, double *host_ms);
/* The same; a field that is not finite is a shortfall, too. */
bool flow_steps(struct suite *suite, struct vordec_backend_simulation *simulation, uint32_t steps);

#endif
