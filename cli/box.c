/* SPDX-License-Identifier: MIT */
#include "box.h"

#include <math.h>
#include <string.h>

double box_configured(const struct vordec_config *config) {
  const bool automatic = strcmp(vordec_config_get(config, "metrics", "box"), "auto") == 0;
  return automatic ? 0 : vordec_config_get_real(config, "metrics", "box");
}

double box_standard(void) {
  return 2 * acos(-1.0);
}
