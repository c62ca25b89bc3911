/* SPDX-License-Identifier: MIT */
/*
 * error.h - failures in one statement, for whoever fills a struct vordec_error. Everything here is compiled into the
 * file that includes it: no library is needed.
 */
#ifndef VORDEC_ERROR_H
#define VORDEC_ERROR_H

#include <stdarg.h>
#include <stdio.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills *error and returns status, so that a failure is one statement. Any thread. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5), unused))
#endif
static enum vordec_status
vordec_fail(struct vordec_error *error, enum vordec_status status, enum vordec_reason reason, const char *format, ...) {
  va_list args;
  va_start(args, format);
  error->status = status;
  error->reason = reason;
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  /* One line, whatever names and values from outside it quotes. */
  for (char *c = error->message; *c; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
  return status;
}

#ifdef __cplusplus
}
#endif

#endif
