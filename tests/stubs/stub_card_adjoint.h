/* SPDX-License-Identifier: MIT */
/* The gradients of the stub that poses as a card: every derivative is 0 but the first by a state, which is the sum of
 * its cotangents, as if its first mode were the mean. */
#ifndef VORDEC_TESTS_STUB_CARD_ADJOINT_H
#define VORDEC_TESTS_STUB_CARD_ADJOINT_H

#include "deviations.h"

const struct vordec_adjoint_interface *stub_card_adjoint_interface(void);

#endif
