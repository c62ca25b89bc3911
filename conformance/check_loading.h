/* SPDX-License-Identifier: MIT */
/* Checks of the file and of what loading it gives. */
#ifndef VORDEC_CONFORMANCE_CHECK_LOADING_H
#define VORDEC_CONFORMANCE_CHECK_LOADING_H

#include "suite.h"

void check_file(struct suite *suite);
void check_exports(struct suite *suite);
void check_entry(struct suite *suite);
void check_table(struct suite *suite);
void check_other_abi(struct suite *suite);
void check_interfaces(struct suite *suite);

#endif
