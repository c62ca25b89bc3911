/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/utf8.h"

void log_line(const struct log_sink *sink, enum vordec_log_level level, const char *format, ...) {
  if (!sink->function) return;
  char line[VORDEC_MESSAGE_MAX + 64];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  sink->function(sink->ctx, level, utf8_mend(line));
}

void log_to_stderr(void *ctx, enum vordec_log_level level, const char *message) {
  (void)ctx;
  if (level > VORDEC_LOG_WARNING) return;
  fprintf(stderr, "vordec: %s: %s\n", level == VORDEC_LOG_ERROR ? "error" : "warning", message);
}
