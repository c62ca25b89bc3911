/* SPDX-License-Identifier: MIT */
#include "config_rig.h"

#include <stdlib.h>

int config_setup(void **state) {
  struct config_rig *rig = calloc(1, sizeof *rig);
  *state = rig;
  return rig && vordec_config_create(&rig->config, &rig->error) == VORDEC_OK ? 0 : -1;
}

int config_teardown(void **state) {
  struct config_rig *rig = *state;
  vordec_config_destroy(rig->config);
  free(rig);
  return 0;
}
