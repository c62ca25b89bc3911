/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>

static bool silent;

void command_keep_silent(bool wanted) {
  silent = wanted;
}

int command_fail(const struct vordec_error *error) {
  if (!silent) fprintf(stderr, "vordec: %s\n", error->message);
  return vordec_status_exit_code(error->status);
}

void command_log(void *ctx, enum vordec_log_level level, const char *message) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  const bool *verbose = ctx;
  if ((silent || level > VORDEC_LOG_WARNING) && !(verbose && *verbose)) return;
  fprintf(stderr, "vordec: %s: %s\n", names[level], message);
}

const char *command_metrics_path(const struct vordec_config *config) {
  const char *path = vordec_config_get(config, "metrics", "json");
  return *path ? path : NULL;
}
