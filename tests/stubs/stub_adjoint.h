/* SPDX-License-Identifier: MIT */
/* The gradients of the stub that is the example: the conformance suite's own reference, with at most one fault. */
#ifndef VORDEC_TESTS_STUB_ADJOINT_H
#define VORDEC_TESTS_STUB_ADJOINT_H

#include "stub_flow.h"

enum vordec_status stub_adjoint_create(const struct stub_flow_place *place, const struct vordec_plan_desc *desc,
                                       struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                       struct vordec_error *error);
void stub_adjoint_destroy(struct vordec_backend_adjoint *adjoint);
enum vordec_status stub_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                    struct vordec_adjoint_result *result, struct vordec_error *error);

#endif
