#include "encoding.h"

#include <stdlib.h>
#include <string.h>

#include "arguments.h"

static unsigned long mask_number(const struct vordec_config *config, const char *key) {
  return strtoul(vordec_config_get(config, "mask", key), NULL, 10);
}

static bool mask_is(const struct vordec_config *config, const char *key, const char *word) {
  return strcmp(vordec_config_get(config, "mask", key), word) == 0;
}

static void take_mask(const struct vordec_config *config, struct encode_desc *desc) {
  desc->smooth_width = (uint32_t)mask_number(config, "smooth_width");
  desc->smooth_kernel = mask_is(config, "smooth_kernel", "triangle") ? VORDEC_SMOOTH_TRIANGLE : VORDEC_SMOOTH_BOX;
  desc->boundary = mask_is(config, "boundary", "periodic") ? VORDEC_BOUNDARY_PERIODIC : VORDEC_BOUNDARY_ZERO;
  desc->tau = strtod(vordec_config_get(config, "mask", "tau"), NULL);
  desc->majority_iters = (uint32_t)mask_number(config, "majority_iters");
  desc->threads = (uint32_t)strtoul(vordec_config_get(config, "cpu", "threads"), NULL, 10);
}

enum vordec_status encoding_read(const struct invocation *invocation, int base, struct encode_desc *desc,
                                 struct vordec_error *error) {
  const char *const *values = invocation->values + base;
  enum vordec_status status = VORDEC_OK;
  *desc = (struct encode_desc){.k_cut = 8.0, .resid_mid_cut = 12.0, .topk_mid = 128};
  if (values[ENCODING_K_CUT]) status = argument_real("k-cut", values[ENCODING_K_CUT], &desc->k_cut, error);
  if (!status && values[ENCODING_RESID_MID_CUT]) {
    status = argument_real("resid-mid-cut", values[ENCODING_RESID_MID_CUT], &desc->resid_mid_cut, error);
  }
  if (!status && values[ENCODING_TOPK_MID]) {
    const size_t most = (size_t)VORDEC_MAX_N * VORDEC_MAX_N;
    status = command_number("topk-mid", values[ENCODING_TOPK_MID], 0, most, &desc->topk_mid, error);
  }
  if (!status) take_mask(invocation->config, desc);
  return status;
}

struct state_output encoding_output(const struct encode_desc *desc, const struct encode_info *info) {
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
