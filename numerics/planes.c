/* SPDX-License-Identifier: MIT */
#include "planes.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Words of one plane of a strip, so that its planes and the ones before them stay in the second-level cache. */
#define STRIP_WORDS ((size_t)1 << 13)
#define STRIP_ROWS_MIN 64

/* By bisection: positive doubles are ordered as their bits, and a quotient never falls as its dividend rises. */
double planes_bound(double scale, double tau) {
  const double largest = DBL_MAX;
  if (isnan(scale)) return NAN;
  uint64_t low = 0, high; /* low is too small, high is not */
  memcpy(&high, &largest, sizeof high);
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    double r;
    memcpy(&r, &middle, sizeof r);
    if (r / scale >= tau) {
      high = middle;
    } else {
      low = middle;
    }
  }
  double bound;
  memcpy(&bound, &high, sizeof bound);
  return bound;
}

/* Rows of the grid that a strip has, without those around it. */
static size_t strip_rows(const struct grid *grid) {
  const size_t room = STRIP_WORDS / planes_words(grid->n);
  const size_t rows = room < STRIP_ROWS_MIN ? STRIP_ROWS_MIN : room;
  return rows < grid->n ? rows : grid->n;
}

static size_t strip_stride(const struct grid *grid) {
  return grid_padded(strip_rows(grid) + 2 * PLANES_ROUNDS + MAJORITY_SLACK, 8);
}

size_t planes_words_of_field(const struct grid *grid) {
  return 4 * planes_words(grid->n) * grid->n;
}

static size_t words_of_slot(const struct grid *grid) {
  return 4 * planes_words(grid->n) * strip_stride(grid) + MAJORITY_SUMS;
}

struct planes_slot *planes_slots_create(const struct grid *grid, struct memory *memory, size_t count) {
  struct planes_slot *slots = memory_take(memory, count, sizeof *slots);
  for (size_t i = 0; slots && i < count; i++) {
    slots[i].strip = memory_take(memory, words_of_slot(grid), sizeof *slots[i].strip);
    if (slots[i].strip) continue;
    planes_slots_destroy(slots, &memory->source, count);
    return NULL;
  }
  return slots;
}

void planes_slots_destroy(struct planes_slot *slots, const struct memory_source *source, size_t count) {
  for (size_t i = 0; slots && i < count; i++) memory_release(source, slots[i].strip);
  memory_release(source, slots);
}

/* Two sets of planes, one behind the other. */
static void lay_out(struct planes planes[2], uint64_t *words, const struct grid *grid, size_t stride) {
  const size_t plane = planes_words(grid->n) * stride;
  for (size_t i = 0; i < 2; i++)
    planes[i] = (struct planes){words + 2 * i * plane, words + (2 * i + 1) * plane, stride};
}

struct planes planes_first(const struct planes_work *work) {
  struct planes planes[2];
  lay_out(planes, work->bits, work->grid, work->grid->n);
  return planes[0];
}

struct thresholding {
  const struct planes_work *work;
  const double *r;
  double bound;
  struct planes planes;
};

static void threshold_rows(void *ctx, size_t slot, size_t slots) {
  const struct thresholding *thresholding = ctx;
  const struct planes_work *work = thresholding->work;
  const struct grid *grid = work->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    work->kernels->threshold(thresholding->planes, y, thresholding->r + y * grid->pitch, grid->n, thresholding->bound);
  }
}

void planes_threshold(const struct planes_work *work, const double *r, double bound) {
  struct thresholding thresholding = {work, r, bound, planes_first(work)};
  team_run(work->team, threshold_rows, &thresholding);
}

struct settling {
  const struct planes_work *work;
  struct planes now, next;
  size_t rounds; /* that are left, at most PLANES_ROUNDS */
  int8_t *out;
  size_t pitch;
};

/* `count` rows of the field from row y on, which may wrap. */
static void load_plane(uint64_t *to, size_t to_stride, const uint64_t *from, size_t n, size_t y, size_t count) {
  for (size_t word = 0; word < planes_words(n); word++) {
    size_t row = y % n;
    for (size_t done = 0; done < count; row = 0) {
      const size_t piece = count - done < n - row ? count - done : n - row;
      memcpy(to + word * to_stride + done, from + word * n + row, piece * sizeof *to);
      done += piece;
    }
  }
}

static void store_plane(uint64_t *to, size_t n, size_t y, const uint64_t *from, size_t from_stride, size_t count) {
  for (size_t word = 0; word < planes_words(n); word++) {
    memcpy(to + word * n + y, from + word * from_stride, count * sizeof *to);
  }
}

/*
 * Takes rows y .. y + count - 1 through the rounds, with as many rows around them, of which each round leaves two
 * fewer. Where a round changes nothing in what is left, no later round can. True if the last one changed something.
 */
static bool settle_strip(const struct settling *settling, uint64_t *words, size_t y, size_t count) {
  const struct planes_work *work = settling->work;
  const size_t n = work->grid->n, stride = strip_stride(work->grid), around = settling->rounds;
  const size_t rows = count + 2 * around;
  struct planes strip[2];
  lay_out(strip, words, work->grid, stride);
  uint64_t *sums = words + 4 * planes_words(n) * stride;
  load_plane(strip[0].plus, stride, settling->now.plus, n, y + PLANES_ROUNDS * n - around, rows);
  load_plane(strip[0].minus, stride, settling->now.minus, n, y + PLANES_ROUNDS * n - around, rows);
  bool changed = true;
  size_t round = 0;
  for (; changed && round < around; round++) {
    changed = work->kernels->majority(strip[(round + 1) % 2], strip[round % 2], n, round + 1, rows - round - 1, sums);
  }
  const struct planes *result = &strip[round % 2];
  store_plane(settling->next.plus, n, y, result->plus + around, stride, count);
  store_plane(settling->next.minus, n, y, result->minus + around, stride, count);
  return changed;
}

static void settle_share(void *ctx, size_t slot, size_t slots) {
  const struct settling *settling = ctx;
  const struct grid *grid = settling->work->grid;
  struct planes_slot *own = &settling->work->slots[slot];
  const struct range share = range_of_slot(grid->n, slot, slots);
  const size_t most = strip_rows(grid);
  bool changed = false;
  for (size_t y = share.begin; y < share.end; y += most) {
    changed |= settle_strip(settling, own->strip, y, share.end - y < most ? share.end - y : most);
  }
  own->changed = changed;
}

/* True if more rounds could change something. */
static bool settle(struct settling *settling) {
  const struct planes_work *work = settling->work;
  team_run(work->team, settle_share, settling);
  const struct planes swap = settling->now;
  settling->now = settling->next;
  settling->next = swap;
  bool changed = false;
  for (size_t slot = 0; slot < work->team.slots; slot++) changed |= work->slots[slot].changed;
  return changed;
}

static void write_rows(void *ctx, size_t slot, size_t slots) {
  const struct settling *settling = ctx;
  const size_t n = settling->work->grid->n;
  const struct range share = range_of_slot(n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    settling->work->kernels->write(settling->out + y * settling->pitch, settling->now, y, n);
  }
}

void planes_settle(const struct planes_work *work, uint32_t rounds, int8_t *out, size_t pitch) {
  struct planes planes[2];
  lay_out(planes, work->bits, work->grid, work->grid->n);
  struct settling settling = {work, planes[0], planes[1], 0, out, pitch};
  for (size_t left = rounds; left > 0; left -= settling.rounds) {
    settling.rounds = left < PLANES_ROUNDS ? left : PLANES_ROUNDS;
    if (!settle(&settling)) break;
  }
  team_run(work->team, write_rows, &settling);
}
