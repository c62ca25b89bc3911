/* Which GPU a rank takes, where several ranks of a host choose for themselves. */
#ifndef VORDEC_CLI_RANK_DEVICE_H
#define VORDEC_CLI_RANK_DEVICE_H

#include <vordec/vordec.h>

#include "ranks/ranks.h"

/*
 * Where [decode] device is auto: the GPU of this rank's number on its host, by UUID, among those that are like the
 * first and that CUDA_VISIBLE_DEVICES lets through where it names UUIDs; the configuration then names it. Beyond the
 * last it begins again with the first: whether ranks may share one is rank_choice_alone()'s to say. Without a usable
 * GPU, and in a run of one rank, nothing happens. Errors of vordec_runtime_create().
 */
enum vordec_status rank_device_choose(const struct ranks *ranks, struct vordec_config *config,
                                      struct vordec_error *error);

#endif
