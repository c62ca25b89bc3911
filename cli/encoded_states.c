/* SPDX-License-Identifier: MIT */
#include "encoded_states.h"

#include <math.h>
#include <vordec/error.h>

struct state_settings encoded_states_settings(const struct vordec_encoder_info *info, double box) {
  struct state_settings settings;
  for (int i = 0; i < STATE_SETTINGS; i++) settings.there[i] = true;
  settings.value[STATE_TAU] = info->tau;
  settings.value[STATE_SMOOTH_WIDTH] = info->smooth_width;
  settings.value[STATE_KERNEL] = (double)info->smooth_kernel;
  settings.value[STATE_BOUNDARY] = (double)info->boundary;
  settings.value[STATE_MAJORITY_ITERS] = info->majority_iters;
  settings.value[STATE_BOX] = box;
  settings.there[STATE_BOX] = !isnan(box);
  return settings;
}

struct state_output encoded_states_output(const struct vordec_encoder_desc *desc,
                                          const struct vordec_encoder_info *info, double box) {
  return (struct state_output){
      .n = info->n,
      .d = info->d,
      .mask_low = info->mask_low,
      .anchor_idx = info->anchor_idx,
      .anchors = info->anchors,
      .k_cut = desc->k_cut,
      .resid_mid_cut = desc->resid_mid_cut,
      .topk_mid = desc->topk_mid,
      .modes = (enum modes)desc->modes,
      .settings = encoded_states_settings(info, box),
  };
}
