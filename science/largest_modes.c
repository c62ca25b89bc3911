/* SPDX-License-Identifier: MIT */
#include "largest_modes.h"

#include <stdlib.h>

bool largest_modes_create(struct largest_modes *largest, size_t target) {
  *largest = (struct largest_modes){.room = target + 2, .target = target};
  largest->modes = calloc(largest->room, sizeof *largest->modes);
  return largest->modes != NULL;
}

void largest_modes_release(struct largest_modes *largest) {
  free(largest->modes);
  *largest = (struct largest_modes){0};
}

void largest_modes_clear(struct largest_modes *largest) {
  largest->count = largest->numbers = 0;
}

/* a goes before b. */
static bool is_smaller(const struct largest_mode *a, const struct largest_mode *b) {
  return a->power != b->power ? a->power < b->power : a->at > b->at;
}

static void swap(struct largest_modes *largest, size_t i, size_t j) {
  const struct largest_mode mode = largest->modes[i];
  largest->modes[i] = largest->modes[j];
  largest->modes[j] = mode;
}

static void push(struct largest_modes *largest, const struct largest_mode *mode) {
  size_t i = largest->count++;
  largest->modes[i] = *mode;
  largest->numbers += mode->weight;
  for (; i > 0 && is_smaller(&largest->modes[i], &largest->modes[(i - 1) / 2]); i = (i - 1) / 2) {
    swap(largest, i, (i - 1) / 2);
  }
}

static void pop(struct largest_modes *largest) {
  largest->numbers -= largest->modes[0].weight;
  largest->modes[0] = largest->modes[--largest->count];
  for (size_t i = 0, child = 1; child < largest->count; i = child, child = 2 * i + 1) {
    if (child + 1 < largest->count && is_smaller(&largest->modes[child + 1], &largest->modes[child])) child++;
    if (!is_smaller(&largest->modes[child], &largest->modes[i])) break;
    swap(largest, i, child);
  }
}

void largest_modes_offer(struct largest_modes *largest, const struct largest_mode *mode) {
  const bool full = largest->numbers >= largest->target;
  if (full && (largest->count == 0 || !is_smaller(&largest->modes[0], mode))) return;
  push(largest, mode);
  while (largest->count > 0 && largest->numbers - largest->modes[0].weight >= largest->target) pop(largest);
}
