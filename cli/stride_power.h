/* SPDX-License-Identifier: MIT */
/* [op] stride_power: a rollout that takes the steps between two decodes by one product. */
#ifndef VORDEC_CLI_STRIDE_POWER_H
#define VORDEC_CLI_STRIDE_POWER_H

#include <vordec/vordec.h>

/* What a run asks of its rollout. */
struct stride_use {
  bool wanted;       /* [op] stride_power */
  size_t steps;      /* of the run; 0: not known yet */
  size_t stride;     /* steps between decodes; 0: nothing is decoded */
  size_t hash_every; /* steps between hashes of states; 0: never */
  size_t states;     /* that advance together */
  uint32_t threads;  /* 0: all */
};

/* Of the configuration: whether it is wanted, and the threads. */
void stride_use_configure(const struct vordec_config *config, struct stride_use *use);

/* Whether decodes, hashes and the end of the run are where strides end: E_USAGE. */
enum vordec_status stride_use_check(const struct stride_use *use, struct vordec_error *error);

/* Steps of the run that a step of the rollout takes: 1 where nothing is wanted. */
size_t stride_use_unit(const struct stride_use *use);

/* A rollout of desc's operator, or of its power. Otherwise as vordec_rollout_create_batch(). */
enum vordec_status stride_use_rollout(const struct stride_use *use, struct vordec_runtime *runtime,
                                      struct vordec_decoder *decoder, const struct vordec_rollout_desc *desc,
                                      struct vordec_rollout **rollout, struct vordec_error *error);

#endif
