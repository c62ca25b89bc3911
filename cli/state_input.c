#include "state_input.h"

#include <stdio.h>

#include "core/base/number_text.h"

static enum vordec_status take_default(const struct state_file *state, const char *name, const char *key, double value,
                                       struct vordec_config *config, struct vordec_error *error) {
  char text[NUMBER_TEXT_MAX], where[400];
  number_text(value, text);
  snprintf(where, sizeof where, "%.340s: %s", state->path, name);
  const enum vordec_status status = vordec_config_set(config, "mask", key, text, VORDEC_FROM_STATE, where, error);
  if (!status || status == VORDEC_E_NO_MEMORY) return status;
  error->status = VORDEC_E_INPUT;
  return VORDEC_E_INPUT;
}

static enum vordec_status take_defaults(const struct state_file *state, struct vordec_config *config,
                                        struct vordec_error *error) {
  const struct state_settings *settings = &state->settings;
  enum vordec_status status = VORDEC_OK;
  if (settings->has_tau) status = take_default(state, "dashi_tau", "tau", settings->tau, config, error);
  if (status || !settings->has_smooth_width) return status;
  /* In the reference, a width of 0 or less means: no smoothing. */
  const double width = settings->smooth_width <= 0.0 ? 1.0 : settings->smooth_width;
  return take_default(state, "dashi_smooth_k", "smooth_width", width, config, error);
}

enum vordec_status state_input_read(const char *path, struct vordec_config *config, struct state_file *state,
                                    struct vordec_error *error) {
  enum vordec_status status = state_file_read(path, state, error);
  if (status) return status;
  status = take_defaults(state, config, error);
  if (status) state_file_release(state);
  return status;
}
