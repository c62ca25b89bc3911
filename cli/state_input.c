/* SPDX-License-Identifier: MIT */
#include "state_input.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/number_text.h"

/* Where a key takes words, a file holds their numbers. */
static const char *word_of(const struct state_setting_names *names, double value) {
  for (size_t i = 0; i < vordec_config_key_count(); i++) {
    const struct vordec_config_key *known = vordec_config_key_at(i);
    if (strcmp(known->section, names->section) != 0 || strcmp(known->key, names->key) != 0) continue;
    for (size_t j = 0; vordec_config_key_choice(i, j); j++) {
      if (value == (double)j) return vordec_config_key_choice(i, j);
    }
  }
  return NULL;
}

static enum vordec_status fail_unknown(const char *where, double value, struct vordec_error *error) {
  const struct vordec_error inner = *error;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %g is a setting that this version does not know (%.300s)", where,
                     value, inner.message);
}

static enum vordec_status take(enum state_setting which, double value, const char *path, struct vordec_config *config,
                               struct vordec_error *error) {
  const struct state_setting_names *names = &state_setting_names[which];
  const bool worded = which == STATE_KERNEL || which == STATE_BOUNDARY;
  const char *word = worded ? word_of(names, value) : NULL;
  char text[NUMBER_TEXT_MAX], where[400];
  /* In the reference, a width of 0 or less means: no smoothing. */
  number_text(which == STATE_SMOOTH_WIDTH && value <= 0.0 ? 1.0 : value, text);
  snprintf(where, sizeof where, "%.340s: %s", path, names->array);
  if (word && strcmp(word, "auto") == 0) word = NULL;
  const enum vordec_status status =
      vordec_config_set(config, names->section, names->key, word ? word : text, VORDEC_FROM_STATE, where, error);
  if (!status || status == VORDEC_E_NO_MEMORY) return status;
  if (worded) return fail_unknown(where, value, error);
  error->status = VORDEC_E_INPUT;
  return VORDEC_E_INPUT;
}

enum vordec_status state_input_apply(const struct state_settings *settings, const char *path,
                                     struct vordec_config *config, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (int i = 0; i < STATE_SETTINGS && !status; i++) {
    if (settings->there[i]) status = take((enum state_setting)i, settings->value[i], path, config, error);
  }
  return status;
}

enum vordec_status state_input_read(const char *path, struct vordec_config *config, struct state_file *state,
                                    struct vordec_error *error) {
  enum vordec_status status = state_file_read(path, state, error);
  if (status) return status;
  status = state_input_apply(&state->settings, path, config, error);
  if (status) state_file_release(state);
  return status;
}
