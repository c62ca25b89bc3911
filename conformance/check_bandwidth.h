/* The check of the optional interface vordec.bandwidth/1. */
#ifndef VORDEC_CONFORMANCE_CHECK_BANDWIDTH_H
#define VORDEC_CONFORMANCE_CHECK_BANDWIDTH_H

#include "suite.h"

void check_fill(struct suite *suite);

#endif
