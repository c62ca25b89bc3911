#include "planes.h"

#include <float.h>
#include <string.h>

#include "field.h"

/* Words of one plane of a strip, so that its planes and the ones before them stay in the second-level cache. */
#define STRIP_WORDS ((size_t)1 << 13)
#define STRIP_ROWS_MIN 64

/* By bisection: positive doubles are ordered as their bits, and a quotient never falls as its dividend rises. */
double planes_bound(double scale, double tau) {
  const double largest = DBL_MAX;
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

size_t planes_words_of_slot(const struct grid *grid) {
  return 4 * planes_words(grid->n) * strip_stride(grid) + MAJORITY_SUMS;
}

/* Two sets of planes, one behind the other. */
static void lay_out(struct planes planes[2], uint64_t *words, const struct grid *grid, size_t stride) {
  const size_t plane = planes_words(grid->n) * stride;
  for (size_t i = 0; i < 2; i++)
    planes[i] = (struct planes){words + 2 * i * plane, words + (2 * i + 1) * plane, stride};
}

struct settling {
  struct field *field;
  double bound;
  struct planes now, next;
  size_t rounds; /* that are left, at most PLANES_ROUNDS */
  int8_t *out;
  size_t pitch;
};

static void threshold_rows(void *ctx, size_t slot, size_t slots) {
  const struct settling *settling = ctx;
  const struct vordec_plan *plan = settling->field->plan;
  const struct range share = range_of_slot(plan->grid.n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    plan->session->kernels->threshold(settling->now, y, settling->field->work->other + y * plan->grid.pitch,
                                      plan->grid.n, settling->bound);
  }
}

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
  const struct vordec_plan *plan = settling->field->plan;
  const size_t n = plan->grid.n, stride = strip_stride(&plan->grid), around = settling->rounds;
  const size_t rows = count + 2 * around;
  struct planes strip[2];
  lay_out(strip, words, &plan->grid, stride);
  uint64_t *sums = words + 4 * planes_words(n) * stride;
  load_plane(strip[0].plus, stride, settling->now.plus, n, y + PLANES_ROUNDS * n - around, rows);
  load_plane(strip[0].minus, stride, settling->now.minus, n, y + PLANES_ROUNDS * n - around, rows);
  bool changed = true;
  size_t round = 0;
  for (; changed && round < around; round++) {
    changed = plan->session->kernels->majority(strip[(round + 1) % 2], strip[round % 2], n, round + 1, rows - round - 1,
                                               sums);
  }
  const struct planes *result = &strip[round % 2];
  store_plane(settling->next.plus, n, y, result->plus + around, stride, count);
  store_plane(settling->next.minus, n, y, result->minus + around, stride, count);
  return changed;
}

static void settle_share(void *ctx, size_t slot, size_t slots) {
  const struct settling *settling = ctx;
  const struct grid *grid = &settling->field->plan->grid;
  struct scratch *scratch = &settling->field->scratch[slot];
  const struct range share = range_of_slot(grid->n, slot, slots);
  const size_t most = strip_rows(grid);
  bool changed = false;
  for (size_t y = share.begin; y < share.end; y += most) {
    changed |= settle_strip(settling, scratch->strip, y, share.end - y < most ? share.end - y : most);
  }
  scratch->changed = changed;
}

/* True if more rounds could change something. */
static bool settle(struct settling *settling) {
  struct field *field = settling->field;
  team_run(field->team, settle_share, settling);
  const struct planes swap = settling->now;
  settling->now = settling->next;
  settling->next = swap;
  bool changed = false;
  for (size_t slot = 0; slot < field->team.slots; slot++) changed |= field->scratch[slot].changed;
  return changed;
}

static void write_rows(void *ctx, size_t slot, size_t slots) {
  const struct settling *settling = ctx;
  const struct vordec_plan *plan = settling->field->plan;
  const size_t n = plan->grid.n;
  const struct range share = range_of_slot(n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    plan->session->kernels->write(settling->out + y * settling->pitch, settling->now, y, n);
  }
}

void planes_mask(struct field *field, double absmax, int8_t *out, size_t pitch) {
  const struct vordec_plan *plan = field->plan;
  struct planes planes[2];
  lay_out(planes, field->work->bits, &plan->grid, plan->grid.n);
  struct settling settling = {field, planes_bound(absmax + 1e-12, plan->tau), planes[0], planes[1], 0, out, pitch};
  if (isnan(absmax)) settling.bound = NAN; /* every comparison fails */
  if (synthesis_used(&plan->low_synthesis) && !synthesis_keeps_r(&plan->low_synthesis)) {
    synthesis_threshold(field, &plan->low_synthesis, settling.now, settling.bound);
  } else {
    team_run(field->team, threshold_rows, &settling);
  }
  for (size_t left = plan->majority_iters; left > 0; left -= settling.rounds) {
    settling.rounds = left < PLANES_ROUNDS ? left : PLANES_ROUNDS;
    if (!settle(&settling)) break;
  }
  team_run(field->team, write_rows, &settling);
}
