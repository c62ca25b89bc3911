/* SPDX-License-Identifier: MIT */
#include "rank_learn.h"

#include <stdlib.h>
#include <vordec/error.h>

static enum vordec_status settle(void *ctx, enum vordec_status status, struct vordec_error *error) {
  return ranks_settle(ctx, status, error);
}

static void share(void *ctx, double *values, size_t count) {
  ranks_broadcast(ctx, values, count * sizeof *values);
}

/* Room for the nodes of another rank. */
static enum vordec_status make_room(const struct ordered_sum *own, struct ordered_sum *other,
                                    struct vordec_error *error) {
  other->length = own->length;
  for (size_t i = 0; i < other->count; i++) {
    other->nodes[i].values = malloc(own->length * sizeof(double));
    if (other->nodes[i].values) continue;
    other->count = i;
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "learning: out of memory for sums");
  }
  return VORDEC_OK;
}

/* What a rank holds goes to the first, node by node. */
static enum vordec_status gather_from(struct ranks *ranks, size_t rank, struct ordered_sum *sum,
                                      struct vordec_error *error) {
  struct ordered_sum other = *sum;
  const bool takes = ranks_rank(ranks) == 0, gives = ranks_rank(ranks) == rank;
  ranks_collect(ranks, rank, &other, sizeof other); /* the pointers mean nothing here */
  const enum vordec_status status = ranks_settle(ranks, takes ? make_room(sum, &other, error) : VORDEC_OK, error);
  for (size_t i = 0; (takes || gives) && !status && i < other.count; i++) {
    ranks_collect(ranks, rank, other.nodes[i].values, other.length * sizeof(double));
    if (takes) ordered_sum_push(sum, other.nodes[i].first, other.nodes[i].level, other.nodes[i].values);
  }
  if (takes && status) ordered_sum_release(&other);
  return status;
}

static enum vordec_status gather(void *ctx, struct ordered_sum *sum, struct vordec_error *error) {
  struct ranks *ranks = ctx;
  enum vordec_status status = VORDEC_OK;
  for (size_t rank = 1; rank < ranks_size(ranks) && !status; rank++) status = gather_from(ranks, rank, sum, error);
  return status;
}

enum vordec_status rank_learn(struct ranks *ranks, const struct learn_desc *desc, double *a,
                              struct vordec_error *error) {
  const struct learn_party party = {ranks, ranks_rank(ranks) == 0, settle, gather, share};
  return learn_operator(desc, ranks_size(ranks) > 1 ? &party : NULL, a, error);
}
