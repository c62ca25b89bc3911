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
  const size_t words = planes_words(n);
  const unsigned last_bit = (unsigned)((n - 1) % 64);
  return (struct neighbours){.left = word == 0 ? words - 1 : word - 1,
                             .right = word == words - 1 ? 0 : word + 1,
                             .left_bit = word == 0 ? last_bit : 63,
                             .right_bit = word == words - 1 ? last_bit : 63};
}

/* low + 2 high = the number of bits set among a cell and its neighbours to the left and right. */
static void count_threes(uint64_t *restrict low, uint64_t *restrict high, const uint64_t *restrict word,
                         const uint64_t *restrict left_word, const uint64_t *restrict right_word, size_t count,
                         unsigned left_bit, unsigned right_bit) {
  for (size_t i = 0; i < count; i++) {
    const uint64_t cell = word[i];
    const uint64_t left = cell << 1 | (left_word[i] >> left_bit & 1);
    const uint64_t right = cell >> 1 | (right_word[i] & 1) << right_bit;
    const uint64_t either = left ^ right;
    low[i] = cell ^ either;
    high[i] = (left & right) | (cell & either);
  }
}

/* Bits of the number of cells set among nine: 0 .. 9. */
struct nine {
  uint64_t bit[4];
};

/* From the counts of three rows. */
static inline struct nine add_threes(const uint64_t *low, const uint64_t *high) {
  const uint64_t low_either = low[0] ^ low[1], high_either = high[0] ^ high[1];
  const uint64_t carry = (low[0] & low[1]) | (low_either & low[2]);
  const uint64_t twos = high_either ^ high[2], fours = (high[0] & high[1]) | (high_either & high[2]);
  const uint64_t more = twos & carry;
  return (struct nine){{low_either ^ low[2], twos ^ carry, fours ^ more, fours & more}};
}

static inline uint64_t greater(const struct nine *a, const struct nine *b) {
  uint64_t result = a->bit[0] & ~b->bit[0];
  for (size_t i = 1; i < 4; i++) result = (a->bit[i] & ~b->bit[i]) | (~(a->bit[i] ^ b->bit[i]) & result);
  return result;
}

/* The counts of plus (low, high) and minus of rows -1 .. count, and what the cells were. */
static uint64_t take_majority(uint64_t *restrict plus, uint64_t *restrict minus, const uint64_t *restrict old_plus,
                              const uint64_t *restrict old_minus, const uint64_t *restrict sums, size_t stride,
                              size_t count, uint64_t valid) {
  const uint64_t *plus_low = sums, *plus_high = sums + stride;
  const uint64_t *minus_low = sums + 2 * stride, *minus_high = sums + 3 * stride;
  uint64_t changed = 0;
  for (size_t i = 0; i < count; i++) {
    const struct nine pluses = add_threes(plus_low + i, plus_high + i);
    const struct nine minuses = add_threes(minus_low + i, minus_high + i);
    const uint64_t up = greater(&pluses, &minuses) & valid, down = greater(&minuses, &pluses) & valid;
    changed |= (up ^ old_plus[i]) | (down ^ old_minus[i]);
    plus[i] = up;
    minus[i] = down;
  }
  return changed;
}

bool KERNEL(majority)(struct planes out, struct planes in, size_t n, size_t begin, size_t end, uint64_t *sums) {
  const size_t words = planes_words(n), count = end - begin, stride = count + 2;
  uint64_t changed = 0;
  for (size_t word = 0; word < words; word++) {
    const struct neighbours next = neighbours_of(word, n);
    const size_t at = word * in.stride + begin;
    const size_t left = next.left * in.stride + begin - 1, right = next.right * in.stride + begin - 1;
    count_threes(sums, sums + stride, in.plus + at - 1, in.plus + left, in.plus + right, stride, next.left_bit,
                 next.right_bit);
    count_threes(sums + 2 * stride, sums + 3 * stride, in.minus + at - 1, in.minus + left, in.minus + right, stride,
                 next.left_bit, next.right_bit);
    const uint64_t valid = word + 1 < words ? UINT64_MAX : UINT64_MAX >> (63 - (n - 1) % 64);
    changed |= take_majority(out.plus + word * out.stride + begin, out.minus + word * out.stride + begin, in.plus + at,
                             in.minus + at, sums, stride, count, valid);
  }
  return changed != 0;
}
