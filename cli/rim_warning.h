/* SPDX-License-Identifier: MIT */
/* A warning where most of a mask's support is owed to a boundary of zeros: once a run. */
#ifndef VORDEC_CLI_RIM_WARNING_H
#define VORDEC_CLI_RIM_WARNING_H

#include <vordec/vordec.h>

#include "core/base/mask_rim.h"

struct rim_warning {
  struct rim_reach reach; /* 0, 0: no boundary of zeros, or it was warned of */
};

/* By the settings in force, those of a state included. */
struct rim_warning rim_warning_of(const struct vordec_config *config);

/* Of n x n cells; what they belong to ("frame", "state") and which. mask may be NULL. */
void rim_warning_look(struct rim_warning *warning, const int8_t *mask, size_t n, const char *what, size_t which);

/* In two steps, where another process looks than warns: whether this mask calls for it, and the warning. */
bool rim_warning_finds(const struct rim_warning *warning, const int8_t *mask, size_t n, struct mask_rim *rim);
void rim_warning_tell(struct rim_warning *warning, const struct mask_rim *rim, const char *what, size_t which);

#endif
