/* SPDX-License-Identifier: MIT */
/* The encoders of the stub that poses as a card: every mode is 0 but the first of the low ones, which is the mean. */
#ifndef VORDEC_TESTS_STUB_CARD_ENCODE_H
#define VORDEC_TESTS_STUB_CARD_ENCODE_H

#include "deviations.h"

const struct vordec_encode_interface *stub_card_encode_interface(void);

#endif
