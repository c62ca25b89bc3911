#include "encoded_states.h"

struct state_output encoded_states_output(const struct encode_desc *desc, const struct encode_info *info) {
  return (struct state_output){
      .n = info->n,
      .d = info->d,
      .mask_low = info->mask_low,
      .anchor_idx = info->anchor_idx,
      .anchors = info->anchors,
      .k_cut = desc->k_cut,
      .resid_mid_cut = desc->resid_mid_cut,
      .topk_mid = desc->topk_mid,
      .tau = desc->tau,
      .smooth_width = desc->smooth_width,
  };
}
