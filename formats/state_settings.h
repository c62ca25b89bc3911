/* SPDX-License-Identifier: MIT */
/* What a file of states says of the mask that they were made with, and of the box. */
#ifndef VORDEC_FORMATS_STATE_SETTINGS_H
#define VORDEC_FORMATS_STATE_SETTINGS_H

#include <stdbool.h>

enum state_setting {
  STATE_TAU,
  STATE_SMOOTH_WIDTH,
  STATE_KERNEL,
  STATE_BOUNDARY,
  STATE_MAJORITY_ITERS,
  STATE_BOX,
  STATE_SETTINGS
};

/* Which modes a state holds stands beside them. */
#define STATE_MODES "dashi_modes"

struct state_settings {
  bool there[STATE_SETTINGS];
  double value[STATE_SETTINGS]; /* as it stands there; kernel and boundary: the values of their enums */
};

/* Where a setting stands: its name in files, and its section and key in a configuration. */
struct state_setting_names {
  const char *array, *section, *key;
  bool real; /* else a file holds an integer */
};
extern const struct state_setting_names state_setting_names[STATE_SETTINGS];

#endif
