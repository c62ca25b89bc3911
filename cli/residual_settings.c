/* SPDX-License-Identifier: MIT */
#include "residual_settings.h"

#include <vordec/error.h>

static bool wanted(const struct vordec_config *config, const char *key) {
  return vordec_config_get_boolean(config, "residual", key) == 1;
}

enum vordec_status residual_settings_read(const struct vordec_config *config, const char *phases_path,
                                          struct residual_settings *settings, struct vordec_error *error) {
  *settings = (struct residual_settings){
      .synthesis = vordec_config_has(config, "residual", "synthesis", "on") == 1,
      .band = {[RESIDUAL_MID] = wanted(config, "mid"), [RESIDUAL_HIGH] = wanted(config, "high")},
      .signed_gate = vordec_config_has(config, "combine", "gate", "signed") == 1,
      .phases_path = phases_path,
  };
  if (settings->synthesis || !phases_path) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--phases-npz gives phases, but [residual] synthesis = off uses none: choose one");
}

const char *residual_settings_mask_title(const struct residual_settings *settings, bool given) {
  if (given)
    return settings->signed_gate ? "mask: gates the given residual, and turns its sign"
                                 : "mask: gates the given residual";
  if (!settings->synthesis) return "mask; residual off: gates nothing";
  return settings->signed_gate ? "mask: gates the synthesised residual, and turns its sign"
                               : "mask: gates the synthesised residual";
}
