/* SPDX-License-Identifier: MIT */
#include "ordered_sum.h"

#include <stdbool.h>
#include <stdlib.h>

/* Adds the last node to the one before it. */
static void join(struct ordered_sum *sum) {
  struct sum_node *left = &sum->nodes[sum->count - 2], *right = left + 1;
  for (size_t i = 0; i < sum->length; i++) left->values[i] += right->values[i];
  free(right->values);
  left->level++;
  sum->count--;
}

/* Whether the last two nodes are the halves of one. */
static bool are_halves(const struct ordered_sum *sum) {
  if (sum->count < 2) return false;
  const struct sum_node *left = &sum->nodes[sum->count - 2], *right = left + 1;
  const size_t terms = (size_t)1 << left->level;
  return left->level == right->level && left->first % (2 * terms) == 0 && right->first == left->first + terms;
}

void ordered_sum_push(struct ordered_sum *sum, size_t first, size_t level, double *values) {
  sum->nodes[sum->count++] = (struct sum_node){first, level, values};
  while (are_halves(sum)) join(sum);
}

double *ordered_sum_total(struct ordered_sum *sum) {
  while (sum->count > 1) join(sum);
  if (sum->count == 0) return NULL;
  sum->count = 0;
  return sum->nodes[0].values;
}

void ordered_sum_release(struct ordered_sum *sum) {
  while (sum->count > 0) free(sum->nodes[--sum->count].values);
}
