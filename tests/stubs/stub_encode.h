/* SPDX-License-Identifier: MIT */
/* The encoders of the stub that is the example: the conformance suite's own reference, with at most one fault. */
#ifndef VORDEC_TESTS_STUB_ENCODE_H
#define VORDEC_TESTS_STUB_ENCODE_H

#include "stub_flow.h"

enum vordec_status stub_encode_create(const struct stub_flow_place *place, const struct vordec_encode_setup *setup,
                                      struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                      struct vordec_error *error);
void stub_encode_destroy(struct vordec_backend_encoder *encoder);
enum vordec_status stub_encode(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                               struct vordec_encode_result *result, struct vordec_error *error);

#endif
