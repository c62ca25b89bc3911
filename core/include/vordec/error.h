/* SPDX-License-Identifier: MIT */
/*
 * error.h - reports a failure in one statement, for whoever fills a struct vordec_error: backends do, and hosts may.
 * Everything here is compiled into the file that includes it, so no library is needed.
 */
#ifndef VORDEC_ERROR_H
#define VORDEC_ERROR_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills *error, which must not be NULL, and returns status, so that a failure is one statement: return vordec_fail(..).
 * format and what follows it are those of printf(). The message becomes one line; a longer one than fits loses its
 * middle, since the reason often stands behind a long path. Any thread. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5), unused))
#endif
static enum vordec_status
vordec_fail(struct vordec_error *error, enum vordec_status status, enum vordec_reason reason, const char *format, ...) {
  char whole[8192] = "";
  va_list args;
  va_start(args, format);
  error->status = status;
  error->reason = reason;
  vsnprintf(whole, sizeof whole, format, args);
  va_end(args);
  const size_t length = strlen(whole), most = sizeof error->message - 1, half = most / 2 - 2;
  size_t head = length <= most ? length : half, tail = length <= most ? length : length - half;
  /* Both cuts are between characters of UTF-8. */
  while (head > 0 && ((unsigned char)whole[head] & 0xc0) == 0x80) head--;
  while (tail < length && ((unsigned char)whole[tail] & 0xc0) == 0x80) tail++;
  memcpy(error->message, whole, head);
  if (head < length) memcpy(error->message + head, " .. ", 4);
  if (head < length) head += 4;
  memcpy(error->message + head, whole + tail, length - tail + 1);
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
