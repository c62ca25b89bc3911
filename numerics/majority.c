/* SPDX-License-Identifier: MIT */
#include "majority.h"

struct majority_slot *majority_slots_create(const struct grid *grid, struct memory *memory, size_t count) {
  struct majority_slot *slots = memory_take(memory, count, sizeof *slots);
  for (size_t i = 0; slots && i < count; i++) {
    slots[i].triple = memory_take(memory, grid->n + 2, 1);
    if (slots[i].triple) continue;
    majority_slots_destroy(slots, &memory->source, count);
    return NULL;
  }
  return slots;
}

void majority_slots_destroy(struct majority_slot *slots, const struct memory_source *source, size_t count) {
  for (size_t i = 0; slots && i < count; i++) memory_release(source, slots[i].triple);
  memory_release(source, slots);
}

struct majority_run {
  const struct grid *grid;
  struct majority_masks *masks;
  struct majority_slot *slots;
};

/* triple[x + 1] = the sum of three cells above each other; its ends wrap. */
static void add_rows(int8_t *restrict triple, const int8_t *restrict above, const int8_t *restrict row,
                     const int8_t *restrict below, size_t n) {
  for (size_t x = 0; x < n; x++) triple[x + 1] = (int8_t)(above[x] + row[x] + below[x]);
  triple[0] = triple[n];
  triple[n + 1] = triple[1];
}

/* Returns the bits in which a cell of the row changed. */
static int8_t take_signs(int8_t *restrict out, const int8_t *restrict triple, const int8_t *restrict row, size_t n) {
  int8_t difference = 0;
  for (size_t x = 0; x < n; x++) {
    const int8_t sum = (int8_t)(triple[x] + triple[x + 1] + triple[x + 2]);
    const int8_t sign = (int8_t)((sum > 0) - (sum < 0));
    out[x] = sign;
    difference = (int8_t)(difference | (sign ^ row[x]));
  }
  return difference;
}

static void majority_rows(void *ctx, size_t slot, size_t slots) {
  const struct majority_run *run = ctx;
  const struct majority_masks *masks = run->masks;
  const size_t n = run->grid->n, pitch = run->grid->mask_pitch;
  const struct range share = range_of_slot(n, slot, slots);
  int8_t *triple = run->slots[slot].triple, difference = 0;
  for (size_t y = share.begin; y < share.end; y++) {
    const int8_t *row = masks->spare + y * pitch;
    const int8_t *above = masks->spare + (y + n - 1) % n * pitch;
    const int8_t *below = masks->spare + (y + 1) % n * pitch;
    add_rows(triple, above, row, below, n);
    difference = (int8_t)(difference | take_signs(masks->mask + y * pitch, triple, row, n));
  }
  run->slots[slot].changed = difference != 0;
}

/* One round; true if a cell changed. */
static bool majority_round(struct majority_run *run, struct team team) {
  int8_t *swap = run->masks->mask;
  run->masks->mask = run->masks->spare;
  run->masks->spare = swap;
  team_run(team, majority_rows, run);
  bool changed = false;
  for (size_t slot = 0; slot < team.slots; slot++) changed |= run->slots[slot].changed;
  return changed;
}

void majority_run(const struct grid *grid, struct majority_masks *masks, uint32_t rounds, struct team team,
                  struct majority_slot *slots) {
  struct majority_run run = {grid, masks, slots};
  for (uint32_t i = 0; i < rounds; i++) {
    if (!majority_round(&run, team)) return;
  }
}
