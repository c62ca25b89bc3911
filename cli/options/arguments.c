/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/nearest.h"

enum vordec_status argument_count(const char *option, const char *text, size_t min, size_t max, size_t *number,
                                  struct vordec_error *error) {
  struct count_list list = {number, 1, 0};
  return argument_counts(option, text, min, max, &list, error);
}

enum vordec_status argument_counts(const char *option, const char *text, size_t min, size_t max,
                                   struct count_list *list, struct vordec_error *error) {
  const char *at = text;
  list->count = 0;
  for (;;) {
    char *end = NULL;
    errno = 0;
    const unsigned long long value = *at >= '0' && *at <= '9' ? strtoull(at, &end, 10) : 0;
    if (!end || errno || value < min || value > max || (*end && *end != ',') || list->count == list->room) {
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected %s in %zu .. %zu", option, text,
                         list->room == 1 ? "a whole number" : "whole numbers separated by commas", min, max);
    }
    list->numbers[list->count++] = (size_t)value;
    if (!*end) return VORDEC_OK;
    at = end + 1;
  }
}

enum vordec_status argument_real(const char *option, const char *text, double *number, struct vordec_error *error) {
  char *end = NULL;
  const double value = isspace((unsigned char)*text) ? NAN : strtod(text, &end);
  if (!end || end == text || *end || !isfinite(value)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected a number", option, text);
  }
  *number = value;
  return VORDEC_OK;
}

enum vordec_status argument_not_negative(const char *option, const char *text, double *number,
                                         struct vordec_error *error) {
  const enum vordec_status status = argument_real(option, text, number, error);
  if (status || *number >= 0.0) return status;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected a number of 0 or more", option, text);
}

enum vordec_status argument_positive(const char *option, const char *text, double *number, struct vordec_error *error) {
  const enum vordec_status status = argument_real(option, text, number, error);
  if (status || *number > 0.0) return status;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected a number above 0", option, text);
}

/* "half or full", "auto, float64 or float32". */
static void join_words(const char *const *words, char *text, size_t size) {
  size_t at = 0;
  for (size_t i = 0; words[i] && at < size; i++) {
    const char *between = i == 0 ? "" : words[i + 1] ? ", " : " or ";
    at += (size_t)snprintf(text + at, size - at, "%s%s", between, words[i]);
  }
}

enum vordec_status argument_word(const char *option, const char *text, const char *const *words,
                                 struct vordec_error *error) {
  struct nearest nearest = nearest_to(text);
  char expected[256] = "", hint[NEAREST_HINT_MAX];
  for (size_t i = 0; words[i]; i++) {
    if (strcmp(text, words[i]) == 0) return VORDEC_OK;
    nearest_offer(&nearest, words[i]);
  }
  join_words(words, expected, sizeof expected);
  nearest_hint(&nearest, "", hint);
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--%s '%.100s': expected %s%s", option, text, expected, hint);
}
