/* SPDX-License-Identifier: MIT */
/* Checks of omega_hat: what the mask lets through of the residual inputs, anchors and bands. */
#ifndef VORDEC_CONFORMANCE_CHECK_COMBINE_H
#define VORDEC_CONFORMANCE_CHECK_COMBINE_H

#include "suite.h"

void check_combine(struct suite *suite);
void check_kept_modes(struct suite *suite);
void check_bands(struct suite *suite);

#endif
