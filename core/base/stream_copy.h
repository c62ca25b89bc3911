/* SPDX-License-Identifier: MIT */
/*
 * stream_copy.h - copies of what will not be read again soon. They bypass the caches where the processor can do that,
 * and so leave in them what is still needed. Any thread.
 */
#ifndef VORDEC_CORE_BASE_STREAM_COPY_H
#define VORDEC_CORE_BASE_STREAM_COPY_H

#include <stddef.h>

/* Copies as memcpy() does. What the caller writes afterwards is seen by others no earlier than these bytes. */
void stream_copy(void *to, const void *from, size_t bytes);

#endif
