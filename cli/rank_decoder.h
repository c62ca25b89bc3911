/* SPDX-License-Identifier: MIT */
/* A decoder on each rank that has states: what the first rank chooses, and where that is a GPU, one for each. */
#ifndef VORDEC_CLI_RANK_DECODER_H
#define VORDEC_CLI_RANK_DECODER_H

#include "rank_choice.h"

/* How a command makes its decoder. */
struct rank_decoder_maker {
  void *ctx;
  /* Makes runtime and decoder of the configuration as it is now, and says what came of it. */
  enum vordec_status (*create)(void *ctx, struct vordec_decoder_info *info, struct vordec_error *error);
  void (*drop)(void *ctx); /* both, to make them again */
  /* What goes with a decoder that stays. */
  enum vordec_status (*equip)(void *ctx, struct vordec_error *error);
};

/* All ranks; `works`: this one has states, as the first always does. *choice is the first rank's. E_REFUSED: a rank
 * would work with something else, or two with one GPU. */
enum vordec_status rank_decoder_make(struct ranks *ranks, struct vordec_config *config, bool works,
                                     const struct rank_decoder_maker *maker, struct rank_choice *choice,
                                     struct vordec_error *error);

#endif
