#include "outputs.h"

#include <stdio.h>
#include <string.h>

static bool observer_is(const struct vordec_config *config, const char *name) {
  return strcmp(vordec_config_get(config, "decode", "observer"), name) == 0;
}

bool outputs_read_fields(const struct vordec_config *config) {
  return observer_is(config, "snapshots") || observer_is(config, "visualize");
}

bool outputs_hash(const struct vordec_config *config, const char *what) {
  char list[128], *save = NULL;
  snprintf(list, sizeof list, "%s", vordec_config_get(config, "metrics", "hash"));
  for (char *word = strtok_r(list, ", \t", &save); word; word = strtok_r(NULL, ", \t", &save)) {
    if (strcmp(word, what) == 0) return true;
  }
  return false;
}

uint32_t outputs_wanted(const struct vordec_config *config) {
  uint32_t outputs = 0;
  if (outputs_read_fields(config)) outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS;
  if (observer_is(config, "metrics")) outputs = VORDEC_SCALARS;
  if (outputs_hash(config, "omega_lp")) outputs |= VORDEC_OMEGA_LP;
  if (outputs_hash(config, "mask")) outputs |= VORDEC_MASK;
  if (outputs_hash(config, "omega_hat")) outputs |= VORDEC_OMEGA_HAT;
  return outputs;
}
