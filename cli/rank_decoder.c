/* SPDX-License-Identifier: MIT */
#include "rank_decoder.h"

#include "rank_device.h"

/* On the first rank: what is chosen, then, if that is a GPU, on the one that is its own. */
static enum vordec_status create_first(struct ranks *ranks, struct vordec_config *config,
                                       const struct rank_decoder_maker *maker, struct rank_choice *choice,
                                       struct vordec_error *error) {
  struct vordec_decoder_info info;
  enum vordec_status status = maker->create(maker->ctx, &info, error);
  if (status) return status;
  *choice = rank_choice_of(&info);
  const struct rank_device_use use = {"decode", choice->backend, choice->gpu, choice->uuid};
  bool changed;
  status = rank_device_choose(ranks, config, &use, &changed, error);
  if (!status && changed) {
    maker->drop(maker->ctx);
    status = maker->create(maker->ctx, &info, error);
    if (!status) *choice = rank_choice_of(&info);
  }
  return status ? status : maker->equip(maker->ctx, error);
}

/* On another rank: the same, on its own GPU. */
static enum vordec_status create_like(struct ranks *ranks, struct vordec_config *config,
                                      const struct rank_decoder_maker *maker, const struct rank_choice *first,
                                      struct rank_choice *own, struct vordec_error *error) {
  const struct rank_device_use use = {"decode", first->backend, first->gpu, NULL};
  struct vordec_decoder_info info;
  bool changed;
  enum vordec_status status = rank_choice_follow(first, config, error);
  if (!status) status = rank_device_choose(ranks, config, &use, &changed, error);
  if (!status) status = maker->create(maker->ctx, &info, error);
  if (!status) status = maker->equip(maker->ctx, error);
  if (status) return status;
  *own = rank_choice_of(&info);
  return rank_choice_check(first, own, error);
}

enum vordec_status rank_decoder_make(struct ranks *ranks, struct vordec_config *config, bool works,
                                     const struct rank_decoder_maker *maker, struct rank_choice *choice,
                                     struct vordec_error *error) {
  const bool leads = ranks_rank(ranks) == 0;
  struct rank_choice own = {.gpu = false};
  enum vordec_status status = leads ? create_first(ranks, config, maker, choice, error) : VORDEC_OK;
  status = ranks_settle(ranks, status, error);
  if (status || ranks_size(ranks) == 1) return status;
  ranks_broadcast(ranks, choice, sizeof *choice);
  if (leads) own = *choice;
  if (!leads && works) status = create_like(ranks, config, maker, choice, &own, error);
  status = ranks_settle(ranks, status, error);
  return status ? status : rank_choice_alone(ranks, config, &own, error);
}
