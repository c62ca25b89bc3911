/* SPDX-License-Identifier: MIT */
/*
 * sort.h - numbers in ascending order, in place. Any thread.
 */
#ifndef VORDEC_CORE_BASE_SORT_H
#define VORDEC_CORE_BASE_SORT_H

#include <stddef.h>

/* Of NANs the places are anywhere. */
void sort_numbers(double *values, size_t count);

#endif
