/* SPDX-License-Identifier: MIT */
/* The comparers of the stub that poses as a card: they keep and copy fields, and of sums they find what the row says.
 */
#ifndef VORDEC_TESTS_STUB_CARD_COMPARE_H
#define VORDEC_TESTS_STUB_CARD_COMPARE_H

#include "deviations.h"

const struct vordec_compare_interface *stub_card_compare_interface(void);

#endif
