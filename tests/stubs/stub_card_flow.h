/* SPDX-License-Identifier: MIT */
/* The simulations of the stub that poses as a card: fields that are halved in each step. */
#ifndef VORDEC_TESTS_STUB_CARD_FLOW_H
#define VORDEC_TESTS_STUB_CARD_FLOW_H

#include "deviations.h"

const struct vordec_simulation_interface *stub_card_flow_interface(void);

/* A member's field as it is now. */
const double *stub_card_flow_field(const struct vordec_backend_simulation *simulation, uint32_t member);

#endif
