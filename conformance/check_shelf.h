/* SPDX-License-Identifier: MIT */
/* vordec.shelf/1: copies of what simulations and rollouts hold. */
#ifndef VORDEC_CONFORMANCE_CHECK_SHELF_H
#define VORDEC_CONFORMANCE_CHECK_SHELF_H

#include "suite.h"

void check_shelf_fields(struct suite *suite);
void check_shelf_states(struct suite *suite);
void check_shelf_handles(struct suite *suite);
void check_shelf_without_memory(struct suite *suite);

#endif
