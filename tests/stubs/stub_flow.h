/* SPDX-License-Identifier: MIT */
/* The simulations of the stub that is the example: the conformance suite's own reference, with at most one fault. */
#ifndef VORDEC_TESTS_STUB_FLOW_H
#define VORDEC_TESTS_STUB_FLOW_H

#include "deviations.h"

/* What the simulations of a session need to know. */
struct stub_flow_place {
  const struct vordec_host *host;
  struct vordec_device device;
  const char *fft;
  enum fault fault;
};

enum vordec_status stub_flow_create(const struct stub_flow_place *place, const struct vordec_simulation_setup *setup,
                                    struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                    struct vordec_error *error);
void stub_flow_destroy(struct vordec_backend_simulation *simulation);
enum vordec_status stub_flow_set(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                                 struct vordec_error *error);
enum vordec_status stub_flow_get(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                                 struct vordec_error *error);
enum vordec_status stub_flow_advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                     struct vordec_simulation_result *result, struct vordec_error *error);

/* A member's field as it is now. */
const double *stub_flow_field(const struct vordec_backend_simulation *simulation, uint32_t member);
uint32_t stub_flow_members(const struct vordec_backend_simulation *simulation);
size_t stub_flow_cells(const struct vordec_backend_simulation *simulation);

#endif
