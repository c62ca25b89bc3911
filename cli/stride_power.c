/* SPDX-License-Identifier: MIT */
#include "stride_power.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "science/operator_power.h"

void stride_use_configure(const struct vordec_config *config, struct stride_use *use) {
  use->wanted = vordec_config_get_boolean(config, "op", "stride_power") == 1;
  use->threads = (uint32_t)vordec_config_get_integer(config, "cpu", "threads");
}

enum vordec_status stride_use_check(const struct stride_use *use, struct vordec_error *error) {
  if (!use->wanted) return VORDEC_OK;
  if (use->stride == 0) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "[op] stride_power = true takes the steps between two decodes at once, but nothing is decoded");
  }
  if (use->steps % use->stride) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "[op] stride_power = true: %zu steps are not a multiple of the %zu between two decodes",
                       use->steps, use->stride);
  }
  if (use->hash_every % use->stride) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "[op] stride_power = true: hashes every %zu steps do not all fall on decodes, every %zu",
                       use->hash_every, use->stride);
  }
  return VORDEC_OK;
}

size_t stride_use_unit(const struct stride_use *use) {
  return use->wanted ? use->stride : 1;
}

enum vordec_status stride_use_rollout(const struct stride_use *use, struct vordec_runtime *runtime,
                                      struct vordec_decoder *decoder, const struct vordec_rollout_desc *desc,
                                      struct vordec_rollout **rollout, struct vordec_error *error) {
  if (!use->wanted) return vordec_rollout_create_batch(runtime, decoder, desc, use->states, rollout, error);
  double *power = malloc(desc->d * desc->d * sizeof *power);
  if (!power)
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a power of A");
  const struct operator_power_desc power_desc = {desc->a, desc->d, use->stride, use->threads};
  struct vordec_rollout_desc strides = *desc;
  strides.a = power;
  enum vordec_status status = operator_power(&power_desc, power, error);
  if (!status) status = vordec_rollout_create_batch(runtime, decoder, &strides, use->states, rollout, error);
  free(power);
  return status ? status : vordec_rollout_set_stride(*rollout, use->stride, error);
}
