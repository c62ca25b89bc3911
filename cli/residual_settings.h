/* SPDX-License-Identifier: MIT */
/* Whether a residual is synthesised, and how: what the configuration says. */
#ifndef VORDEC_CLI_RESIDUAL_SETTINGS_H
#define VORDEC_CLI_RESIDUAL_SETTINGS_H

#include <vordec/vordec.h>

enum residual_band { RESIDUAL_MID = 0, RESIDUAL_HIGH, RESIDUAL_BANDS };

struct residual_settings {
  bool synthesis;
  bool band[RESIDUAL_BANDS]; /* the bands that are wanted */
  bool signed_gate;          /* the mask turns the residual's sign where it is -1 */
  const char *phases_path;   /* NULL: phases are drawn */
};

/* phases_path: a file of phases, or NULL. E_USAGE: there is one, and nothing is synthesised. */
enum vordec_status residual_settings_read(const struct vordec_config *config, const char *phases_path,
                                          struct residual_settings *settings, struct vordec_error *error);

/* What stands above a picture of the mask: what it gates. given: a residual from a file. */
const char *residual_settings_mask_title(const struct residual_settings *settings, bool given);

#endif
