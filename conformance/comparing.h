/* SPDX-License-Identifier: MIT */
/*
 * comparing.h - comparers of the plugin under test, driven through the table of "vordec.compare/1". What fails is
 * recorded as a shortfall of the running check.
 */
#ifndef VORDEC_CONFORMANCE_COMPARING_H
#define VORDEC_CONFORMANCE_COMPARING_H

#include "suite.h"

/* Whether the plugin has the interface that is to be checked. */
struct vordec_session *session_that_compares(struct suite *suite);

/* NULL: it fell short, or is refused by reason, which skips the check. */
struct vordec_backend_comparer *comparing_start(struct suite *suite, struct vordec_session *session, uint32_t n,
                                                uint32_t fields, uint32_t pairs);

/* A job that keeps nothing and has no source yet. */
struct vordec_compare_job comparing_job(void);

/* Does it, with omega, shell and copy in arrays between guard pages. Memory that the plugin takes meanwhile, and
 * outputs that it leaves, are shortfalls. host_ms: how long the call took; may be NULL, as result may. */
bool comparing_run(struct suite *suite, struct vordec_backend_comparer *comparer, uint32_t n,
                   const struct vordec_compare_job *job, struct vordec_compare_result *result, double *host_ms);

#endif
