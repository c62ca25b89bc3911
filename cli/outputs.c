/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <string.h>

static bool observer_is(const struct vordec_config *config, const char *name) {
  return vordec_config_has(config, "decode", "observer", name) == 1;
}

bool outputs_read_fields(const struct vordec_config *config) {
  return observer_is(config, "snapshots") || observer_is(config, "visualize");
}

bool outputs_hash(const struct vordec_config *config, const char *what) {
  return vordec_config_has(config, "metrics", "hash", what) == 1;
}

bool outputs_hash_asked(const struct vordec_config *config) {
  return strncmp(vordec_config_where(config, "metrics", "hash"), "built-in", strlen("built-in")) != 0;
}

uint32_t outputs_hashed(const struct vordec_config *config) {
  return (outputs_hash(config, "omega_lp") ? VORDEC_OMEGA_LP : 0u) | (outputs_hash(config, "mask") ? VORDEC_MASK : 0u) |
         (outputs_hash(config, "omega_hat") ? VORDEC_OMEGA_HAT : 0u);
}

uint32_t outputs_wanted(const struct vordec_config *config) {
  uint32_t outputs = 0;
  if (outputs_read_fields(config)) outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS;
  if (observer_is(config, "metrics")) outputs = VORDEC_SCALARS;
  return outputs | outputs_hashed(config);
}
