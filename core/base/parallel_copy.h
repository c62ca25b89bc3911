/* SPDX-License-Identifier: MIT */
/*
 * parallel_copy.h - large copies by several threads: one alone fills ordinary memory more slowly than a GPU's link
 * brings it, the more so where the kernel has to find pages first. Any thread.
 */
#ifndef VORDEC_CORE_BASE_PARALLEL_COPY_H
#define VORDEC_CORE_BASE_PARALLEL_COPY_H

#include <stddef.h>

#define PARALLEL_COPY_THREADS_MAX 16
#define PARALLEL_COPY_LEAST_BYTES ((size_t)4 << 20) /* that are worth a thread */

/* As memcpy(), by at most `threads` threads, the caller among them (0 counts as 1); all of them are gone on return. One
 * that cannot be started is done without. */
void parallel_copy(void *to, const void *from, size_t bytes, size_t threads);

/* The same of `count` numbers, each rounded to single precision. */
void parallel_narrow(float *to, const double *from, size_t count, size_t threads);

#endif
