/* SPDX-License-Identifier: MIT */
/* Which GPU a rank takes, where several ranks of a host choose for themselves. */
#ifndef VORDEC_CLI_RANK_DEVICE_H
#define VORDEC_CLI_RANK_DEVICE_H

#include <vordec/vordec.h>

#include "ranks/ranks.h"

/* What was chosen while [decode] device was auto, on this rank or on the first. */
struct rank_device_use {
  const char *section; /* whose key `backend` asked for it */
  const char *backend;
  bool gpu;
  const uint8_t *uuid; /* of the device that this rank has; NULL: none yet */
};

/*
 * Where [decode] device is auto, devices one, and a GPU was chosen: the GPU of this rank's number on its host, by UUID,
 * among those of the backend that are like its first and that CUDA_VISIBLE_DEVICES lets through where it names UUIDs.
 * *changed: it is not the one that the rank has; the configuration then names it and the backend. Beyond the last it
 * begins again with the first: whether ranks may share one is rank_choice_alone()'s to say. Where the CPU was chosen,
 * without a usable GPU, and in a run of one rank, nothing happens. Errors of vordec_runtime_create().
 */
enum vordec_status rank_device_choose(const struct ranks *ranks, struct vordec_config *config,
                                      const struct rank_device_use *use, bool *changed, struct vordec_error *error);

#endif
