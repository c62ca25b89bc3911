/* SPDX-License-Identifier: MIT */
/* Checks of probing, of opening, and of which device is tested. */
#ifndef VORDEC_CONFORMANCE_CHECK_DEVICES_H
#define VORDEC_CONFORMANCE_CHECK_DEVICES_H

#include "suite.h"

void check_probe(struct suite *suite);
void check_device_choice(struct suite *suite);
void check_open(struct suite *suite);
void check_open_unknown(struct suite *suite);
void check_open_without_memory(struct suite *suite);

#endif
