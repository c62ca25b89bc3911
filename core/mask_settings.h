/* SPDX-License-Identifier: MIT */
/* The settings that a mask is made with, as [mask] of a configuration gives them. */
#ifndef VORDEC_CORE_MASK_SETTINGS_H
#define VORDEC_CORE_MASK_SETTINGS_H

#include "config.h"

struct mask_settings {
  uint32_t smooth_width, majority_iters;
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau;
};

/* For decodes, and for encodes of an n x n grid. For the latter, auto means what suits a periodic box: the width 2
 * floor(11 n / 256) + 1, at least 3 and at most n, which is the same share of the box for every n; and n / 16 rounds,
 * at least 8, because one round moves the mask by one cell. */
void mask_settings_for_decodes(const struct vordec_config *config, struct mask_settings *settings);
void mask_settings_for_encodes(const struct vordec_config *config, size_t n, struct mask_settings *settings);

/* E_CONFIG: a key whose limits depend on the grid; everything else was checked when it was set. */
enum vordec_status mask_settings_check(const struct vordec_config *config, const struct mask_settings *settings,
                                       size_t n, struct vordec_error *error);

#endif
