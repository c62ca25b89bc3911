/* SPDX-License-Identifier: MIT */
/* The comparers of the stub that is the example: the conformance suite's own reference, with at most one fault. */
#ifndef VORDEC_TESTS_STUB_COMPARE_H
#define VORDEC_TESTS_STUB_COMPARE_H

#include "stub_flow.h"

enum vordec_status stub_compare_create(const struct stub_flow_place *place, const struct vordec_compare_setup *setup,
                                       struct vordec_backend_comparer **comparer, struct vordec_error *error);
void stub_compare_destroy(struct vordec_backend_comparer *comparer);
/* `decoded`: what the job's plan has made of the output that it names; NULL where it names no plan. */
enum vordec_status stub_compare(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                const double *decoded, struct vordec_compare_result *result);

#endif
