/* SPDX-License-Identifier: MIT */
/*
 * parallel_copy.h - large copies by several threads. One thread alone fills ordinary memory more slowly than a GPU's
 * link can deliver, especially memory whose pages the kernel has yet to find. Any thread.
 */
#ifndef VORDEC_CORE_BASE_PARALLEL_COPY_H
#define VORDEC_CORE_BASE_PARALLEL_COPY_H

#include <stddef.h>

#define PARALLEL_COPY_THREADS_MAX 16
#define PARALLEL_COPY_LEAST_BYTES ((size_t)4 << 20) /* a thread of its own pays from so many bytes on */

/* Copies as memcpy() does, with up to `threads` threads, of which the caller is one (0 counts as 1). Where fewer can be
 * started, fewer copy. All of them are gone when it returns. */
void parallel_copy(void *to, const void *from, size_t bytes, size_t threads);

/* Copies `count` numbers likewise, and rounds each of them to single precision. */
void parallel_narrow(float *to, const double *from, size_t count, size_t threads);

#endif
