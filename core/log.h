/* SPDX-License-Identifier: MIT */
/* Where messages go: the host's function, or nowhere. */
#ifndef VORDEC_CORE_LOG_H
#define VORDEC_CORE_LOG_H

#include <vordec/vordec.h>

struct log_sink {
  vordec_log_fn function; /* may be NULL */
  void *ctx;
};

/* Formats one line and hands it over; longer lines are cut. Thread-safe if the sink is. */
__attribute__((format(printf, 3, 4))) void log_line(const struct log_sink *sink, enum vordec_log_level level,
                                                    const char *format, ...);

/* A sink function that writes warnings and errors to stderr. */
void log_to_stderr(void *ctx, enum vordec_log_level level, const char *message);

#endif
