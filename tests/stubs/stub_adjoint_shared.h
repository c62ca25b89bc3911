/* SPDX-License-Identifier: MIT */
/* The example's gradients in memory that others see: of the host. */
#ifndef VORDEC_TESTS_STUB_ADJOINT_SHARED_H
#define VORDEC_TESTS_STUB_ADJOINT_SHARED_H

#include "stub_adjoint.h"

enum vordec_status stub_adjoint_shared_create(const struct stub_flow_place *place, const struct vordec_plan_desc *desc,
                                              struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                              struct vordec_error *error);
extern const struct vordec_adjoint_shared_interface stub_adjoint_shared_slots; /* but for create */

#endif
