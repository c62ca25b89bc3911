/* SPDX-License-Identifier: MIT */
#include "stream_copy.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

#define LINE ((size_t)64)

void stream_copy(void *to, const void *from, size_t bytes) {
  char *target = to;
  const char *source = from;
  const size_t over = (uintptr_t)target % LINE, head = over ? LINE - over : 0;
  if (bytes < 2 * LINE) {
    memcpy(target, source, bytes);
    return;
  }
  memcpy(target, source, head);
  size_t at = head;
  for (; at + LINE <= bytes; at += LINE) {
    const __m128i *line = (const __m128i *)(const void *)(source + at);
    __m128i *place = (__m128i *)(void *)(target + at);
    const __m128i a = _mm_loadu_si128(line), b = _mm_loadu_si128(line + 1), c = _mm_loadu_si128(line + 2),
                  d = _mm_loadu_si128(line + 3);
    _mm_stream_si128(place, a);
    _mm_stream_si128(place + 1, b);
    _mm_stream_si128(place + 2, c);
    _mm_stream_si128(place + 3, d);
  }
  _mm_sfence(); /* these writes have to be done before the caller tells anybody of them */
  memcpy(target + at, source + at, bytes - at);
}
#else
void stream_copy(void *to, const void *from, size_t bytes) {
  memcpy(to, from, bytes);
}
#endif
