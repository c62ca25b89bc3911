/* SPDX-License-Identifier: MIT */
/*
 * lanes.h - vectors of doubles as wide as the instruction set that a file is compiled for.
 *
 * Plain operators work on them lane by lane; what operators cannot say is a function here.
 */
#ifndef VORDEC_NUMERICS_LANES_H
#define VORDEC_NUMERICS_LANES_H

#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX__)
#define LANES 4
#else
#define LANES 2
#endif

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef double lanes_anywhere __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));

typedef uint64_t words __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint64_t words_anywhere
    __attribute__((vector_size(LANES * sizeof(uint64_t)), aligned(sizeof(uint64_t)), may_alias));

static inline lanes lanes_load(const double *from) {
  return *(const lanes_anywhere *)from;
}

static inline void lanes_store(double *to, lanes value) {
  *(lanes_anywhere *)to = value;
}

static inline lanes lanes_reversed(lanes value) {
#if LANES == 8
  return __builtin_shufflevector(value, value, 7, 6, 5, 4, 3, 2, 1, 0);
#elif LANES == 4
  return __builtin_shufflevector(value, value, 3, 2, 1, 0);
#else
  return __builtin_shufflevector(value, value, 1, 0);
#endif
}

/* The larger of |value| and `largest`, lane by lane; a NAN in `value` counts for nothing. */
static inline lanes lanes_magnitude_max(lanes value, lanes largest) {
#if defined(__AVX512F__)
  return _mm512_max_pd(_mm512_abs_pd(value), largest);
#elif defined(__AVX__)
  return _mm256_max_pd(_mm256_andnot_pd(_mm256_set1_pd(-0.0), value), largest);
#elif defined(__SSE2__)
  return _mm_max_pd(_mm_andnot_pd(_mm_set1_pd(-0.0), value), largest);
#else
  for (int i = 0; i < LANES; i++) {
    const double magnitude = __builtin_fabs(value[i]);
    largest[i] = magnitude > largest[i] ? magnitude : largest[i];
  }
  return largest;
#endif
}

/* Bit i is set where lane i is >= bound (<= bound). */
static inline uint64_t lanes_at_least(lanes value, double bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(value, _mm512_set1_pd(bound), _CMP_GE_OQ);
#elif defined(__AVX__)
  return (uint64_t)_mm256_movemask_pd(_mm256_cmp_pd(value, _mm256_set1_pd(bound), _CMP_GE_OQ));
#elif defined(__SSE2__)
  return (uint64_t)_mm_movemask_pd(_mm_cmpge_pd(value, _mm_set1_pd(bound)));
#else
  uint64_t bits = 0;
  for (int i = 0; i < LANES; i++) bits |= (uint64_t)(value[i] >= bound) << i;
  return bits;
#endif
}

static inline uint64_t lanes_at_most(lanes value, double bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(value, _mm512_set1_pd(bound), _CMP_LE_OQ);
#elif defined(__AVX__)
  return (uint64_t)_mm256_movemask_pd(_mm256_cmp_pd(value, _mm256_set1_pd(bound), _CMP_LE_OQ));
#elif defined(__SSE2__)
  return (uint64_t)_mm_movemask_pd(_mm_cmple_pd(value, _mm_set1_pd(bound)));
#else
  uint64_t bits = 0;
  for (int i = 0; i < LANES; i++) bits |= (uint64_t)(value[i] <= bound) << i;
  return bits;
#endif
}

static inline words words_load(const uint64_t *from) {
  return *(const words_anywhere *)from;
}

static inline void words_store(uint64_t *to, words value) {
  *(words_anywhere *)to = value;
}

/* The bits that are set in any of the first `count` words. */
static inline uint64_t words_any(words value, size_t count) {
  uint64_t any = 0;
  for (size_t i = 0; i < LANES && i < count; i++) any |= value[i];
  return any;
}

/* Functions of three bits, for every bit: their sum modulo 2; the value of at least two of them; a > b, or `otherwise`
 * where a = b. */
static inline words words_parity(words a, words b, words c) {
#if defined(__AVX512F__)
  return (words)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
#else
  return a ^ b ^ c;
#endif
}

static inline words words_majority(words a, words b, words c) {
#if defined(__AVX512F__)
  return (words)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0xe8);
#else
  return (a & b) | ((a ^ b) & c);
#endif
}

static inline words words_greater(words a, words b, words otherwise) {
#if defined(__AVX512F__)
  return (words)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)otherwise, 0xb2);
#else
  return (a & ~b) | (~(a ^ b) & otherwise);
#endif
}

#endif
