/* SPDX-License-Identifier: MIT */
#include "transforms.h"

#include <string.h>

#include "simulate/simulation_way.h"
#include "transform_direct.h"
#include "transform_pruned.h"
#include "vkfft/transform_vkfft.h"

static const struct transform *const transforms[] = {&transform_pruned, &transform_vkfft, &transform_direct};

/* The names of transforms, for decodes and for simulations. */
const char *const transform_names[] = {TRANSFORM_PRUNED_NAME,
                                       TRANSFORM_VKFFT_NAME,
                                       TRANSFORM_DIRECT_NAME,
                                       SIMULATION_FUSED_4,
                                       SIMULATION_FUSED_8,
                                       SIMULATION_FUSED_16,
                                       NULL};

const struct transform *transform_find(const char *name) {
  for (size_t i = 0; i < sizeof transforms / sizeof *transforms; i++) {
    if (strcmp(transforms[i]->name, name) == 0) return transforms[i];
  }
  return NULL;
}
