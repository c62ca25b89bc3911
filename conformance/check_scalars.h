/* SPDX-License-Identifier: MIT */
/* Checks of the numbers that come with each state's fields. */
#ifndef VORDEC_CONFORMANCE_CHECK_SCALARS_H
#define VORDEC_CONFORMANCE_CHECK_SCALARS_H

#include "suite.h"

void check_scalars(struct suite *suite);
void check_overflow(struct suite *suite);

#endif
