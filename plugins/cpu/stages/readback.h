/* SPDX-License-Identifier: MIT */
/*
 * readback.h - stage 5: from work memory to the caller's arrays.
 */
#ifndef VORDEC_CPU_READBACK_H
#define VORDEC_CPU_READBACK_H

#include "field.h"

/* Copies the fields that were asked for and are not yet in place, and nothing else. */
void readback(struct field *field);

#endif
