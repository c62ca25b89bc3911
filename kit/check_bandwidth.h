/* The check of the optional interface vordec.bandwidth/1. */
#ifndef VORDEC_KIT_CHECK_BANDWIDTH_H
#define VORDEC_KIT_CHECK_BANDWIDTH_H

#include "check.h"

void check_fill(struct kit *kit);

#endif
