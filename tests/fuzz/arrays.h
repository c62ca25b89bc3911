/* SPDX-License-Identifier: MIT */
/* What holds for every array that was read. */
#ifndef VORDEC_TESTS_FUZZ_ARRAYS_H
#define VORDEC_TESTS_FUZZ_ARRAYS_H

#include "io/npy.h"

/* Shape, size and data agree; every conversion succeeds whole or fails with a message and nothing. */
void arrays_check(const struct npy_array *array);

/* The same type, shape and bytes. */
void arrays_check_same(const struct npy_array *a, const struct npy_array *b);

#endif
