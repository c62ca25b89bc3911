/* SPDX-License-Identifier: MIT */
/*
 * sort.h - numbers in ascending order, in place. Any thread.
 */
#ifndef VORDEC_CORE_BASE_SORT_H
#define VORDEC_CORE_BASE_SORT_H

#include <stddef.h>

/* Sorts `count` values. NANs may end up anywhere among them. */
void sort_numbers(double *values, size_t count);

#endif
