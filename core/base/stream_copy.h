/* SPDX-License-Identifier: MIT */
/*
 * stream_copy.h - copies that are not read again soon: past the caches, where the processor can write so. Any thread.
 */
#ifndef VORDEC_CORE_BASE_STREAM_COPY_H
#define VORDEC_CORE_BASE_STREAM_COPY_H

#include <stddef.h>

/* As memcpy(). */
void stream_copy(void *to, const void *from, size_t bytes);

#endif
