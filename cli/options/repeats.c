/* SPDX-License-Identifier: MIT */
#include "repeats.h"

#include <stdio.h>
#include <string.h>

static void warn_of_values(const char *option, const char *before, const char *value) {
  char text[480];
  snprintf(text, sizeof text, "--%s is given more than once: '%.160s' counts, since it comes last, and not '%.160s'",
           option, value, before);
  command_log(NULL, VORDEC_LOG_WARNING, text);
}

void repeats_note_key(const struct invocation *invocation, const char *section, const char *key, const char *value,
                      const char *option) {
  const char *where = vordec_config_where(invocation->config, section, key);
  const char *before = vordec_config_get(invocation->config, section, key);
  char text[320];
  if (!where || strncmp(where, "--", 2) != 0 || strcmp(before, value) == 0) return;
  if (strcmp(where + 2, option) == 0) {
    warn_of_values(option, before, value);
  } else {
    snprintf(text, sizeof text, "%.80s and --%.80s contradict each other: --%.80s counts, since it comes last", where,
             option, option);
    command_log(NULL, VORDEC_LOG_WARNING, text);
  }
}

void repeats_note_value(const char *option, const char *before, const char *value) {
  if (before && value && strcmp(before, value) != 0) warn_of_values(option, before, value);
}
