/* SPDX-License-Identifier: MIT */
/*
 * planes_kernel.c - the loops of kernels.h on bit-planes: 64 cells a word, and neighbouring rows in neighbouring words,
 * so that one operation serves several rows whatever the width of the grid.
 */
#include "kernels.h"
#include "lanes.h"

static void threshold_word(uint64_t *plus, uint64_t *minus, const double *r, size_t cells, double bound) {
  uint64_t above = 0, below = 0;
  size_t x = 0;
  for (; x + LANES <= cells; x += LANES) {
    const lanes value = lanes_load(r + x);
    above |= lanes_at_least(value, bound) << x;
    below |= lanes_at_most(value, -bound) << x;
  }
  for (; x < cells; x++) {
    above |= (uint64_t)(r[x] >= bound) << x;
    below |= (uint64_t)(r[x] <= -bound) << x;
  }
  *plus = above;
  *minus = below;
}

void KERNEL(threshold)(struct planes planes, size_t y, const double *r, size_t n, double bound) {
  size_t at = y, x = 0;
  for (; x + 64 <= n; x += 64, at += planes.stride) {
    threshold_word(planes.plus + at, planes.minus + at, r + x, 64, bound);
  }
  if (x < n) threshold_word(planes.plus + at, planes.minus + at, r + x, n - x, bound);
}

/* Where the words to the left and right of a column of words are, and which of their bits is the neighbour. */
struct neighbours {
  size_t left, right;
  unsigned left_bit, right_bit; /* the neighbour's bit of the left word; the place that the right one's bit 0 takes */
};

static struct neighbours neighbours_of(size_t word, size_t n) {
  const size_t last = planes_words(n) - 1;
  const unsigned last_bit = (unsigned)((n - 1) % 64);
  return (struct neighbours){.left = word == 0 ? last : word - 1,
                             .right = word == last ? 0 : word + 1,
                             .left_bit = word == 0 ? last_bit : 63,
                             .right_bit = word == last ? last_bit : 63};
}

/* low + 2 high = the number of bits set among a cell and its neighbours to the left and right. */
static void count_threes(uint64_t *low, uint64_t *high, const uint64_t *cells, const uint64_t *left_cells,
                         const uint64_t *right_cells, size_t count, const struct neighbours *next) {
  for (size_t i = 0; i < count; i += LANES) {
    const words cell = words_load(cells + i);
    const words left = cell << 1 | (words_load(left_cells + i) >> next->left_bit & 1);
    const words right = cell >> 1 | (words_load(right_cells + i) & 1) << next->right_bit;
    words_store(low + i, words_parity(left, cell, right));
    words_store(high + i, words_majority(left, cell, right));
  }
}

/* Bits of the number of cells set among nine: 0 .. 9. */
struct nine {
  words bit[4];
};

/* From the counts of three rows. */
static inline struct nine add_threes(const uint64_t *low, const uint64_t *high) {
  words ones[3], twos[3];
  for (size_t i = 0; i < 3; i++) {
    ones[i] = words_load(low + i);
    twos[i] = words_load(high + i);
  }
  const words carry = words_majority(ones[0], ones[1], ones[2]);
  const words pairs = words_parity(twos[0], twos[1], twos[2]), fours = words_majority(twos[0], twos[1], twos[2]);
  const words more = pairs & carry;
  return (struct nine){{words_parity(ones[0], ones[1], ones[2]), pairs ^ carry, fours ^ more, fours & more}};
}

static inline words greater(const struct nine *a, const struct nine *b) {
  words result = a->bit[0] & ~b->bit[0];
  for (size_t i = 1; i < 4; i++) result = words_greater(a->bit[i], b->bit[i], result);
  return result;
}

/* The threes of rows -1 .. count for plus and for minus. */
struct threes {
  uint64_t *low[2], *high[2];
};

/* A column of words of `count` rows; returns the bits of cells that differ from what they were. */
static uint64_t take_majority(uint64_t *plus, uint64_t *minus, const uint64_t *old_plus, const uint64_t *old_minus,
                              const struct threes *threes, size_t count, uint64_t valid) {
  words changed = {0};
  uint64_t last_changed = 0;
  for (size_t i = 0; i < count; i += LANES) {
    const struct nine pluses = add_threes(threes->low[0] + i, threes->high[0] + i);
    const struct nine minuses = add_threes(threes->low[1] + i, threes->high[1] + i);
    const words up = greater(&pluses, &minuses) & valid, down = greater(&minuses, &pluses) & valid;
    const words difference = (up ^ words_load(old_plus + i)) | (down ^ words_load(old_minus + i));
    if (count - i >= LANES) {
      changed |= difference;
    } else {
      last_changed = words_any(difference, count - i);
    }
    words_store(plus + i, up);
    words_store(minus + i, down);
  }
  return words_any(changed, LANES) | last_changed;
}

static uint64_t majority_block(struct planes out, struct planes in, size_t n, size_t begin, size_t count,
                               uint64_t *sums) {
  const size_t pitch = MAJORITY_SUMS / 4;
  const struct threes threes = {{sums, sums + 2 * pitch}, {sums + pitch, sums + 3 * pitch}};
  const size_t words_in_row = planes_words(n);
  uint64_t changed = 0;
  for (size_t word = 0; word < words_in_row; word++) {
    const struct neighbours next = neighbours_of(word, n);
    const size_t at = word * in.stride + begin, to = word * out.stride + begin;
    const size_t left = next.left * in.stride + begin - 1, right = next.right * in.stride + begin - 1;
    count_threes(threes.low[0], threes.high[0], in.plus + at - 1, in.plus + left, in.plus + right, count + 2, &next);
    count_threes(threes.low[1], threes.high[1], in.minus + at - 1, in.minus + left, in.minus + right, count + 2, &next);
    const uint64_t valid = word + 1 < words_in_row ? UINT64_MAX : UINT64_MAX >> (63 - (n - 1) % 64);
    changed |= take_majority(out.plus + to, out.minus + to, in.plus + at, in.minus + at, &threes, count, valid);
  }
  return changed;
}

bool KERNEL(majority)(struct planes out, struct planes in, size_t n, size_t begin, size_t end, uint64_t *sums) {
  uint64_t changed = 0;
  for (size_t y = begin; y < end; y += MAJORITY_ROWS) {
    changed |= majority_block(out, in, n, y, end - y < MAJORITY_ROWS ? end - y : MAJORITY_ROWS, sums);
  }
  return changed != 0;
}

/* One word's cells as bytes: 1 where plus, -1 where minus. */
#if defined(__AVX512BW__)
static inline void write_word(int8_t *out, uint64_t plus, uint64_t minus) {
  _mm512_storeu_si512(out, _mm512_mask_blend_epi8(plus, _mm512_movm_epi8(minus), _mm512_set1_epi8(1)));
}
#elif defined(__AVX2__)
/* -1 in the bytes whose bit is set. */
static inline __m256i spread(uint32_t bits) {
  const __m256i places = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
  const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), places);
  return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
}

static inline void write_word(int8_t *out, uint64_t plus, uint64_t minus) {
  for (unsigned half = 0; half < 2; half++) {
    const __m256i up = spread((uint32_t)(plus >> 32 * half)), down = spread((uint32_t)(minus >> 32 * half));
    _mm256_storeu_si256((__m256i *)out + half, _mm256_sub_epi8(down, up));
  }
}
#else
/* 8 bits as bytes of 0 or 1, the lowest bit in the lowest byte. */
static inline uint64_t spread(uint64_t bits) {
  const uint64_t apart = (bits & 255) * 0x0101010101010101 & 0x8040201008040201;
  return (apart + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
}

static inline void write_word(int8_t *out, uint64_t plus, uint64_t minus) {
  for (unsigned x = 0; x < 64; x += 8) {
    const uint64_t bytes = spread(plus >> x) | spread(minus >> x) * 255;
    for (unsigned i = 0; i < 8; i++) out[x + i] = (int8_t)(bytes >> 8 * i);
  }
}
#endif

void KERNEL(write)(int8_t *out, struct planes planes, size_t y, size_t n) {
  size_t at = y, x = 0;
  for (; x + 64 <= n; x += 64, at += planes.stride) write_word(out + x, planes.plus[at], planes.minus[at]);
  for (size_t i = 0; x + i < n; i++) {
    out[x + i] = (int8_t)((int)(planes.plus[at] >> i & 1) - (int)(planes.minus[at] >> i & 1));
  }
}
