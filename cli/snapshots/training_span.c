/* SPDX-License-Identifier: MIT */
#include "training_span.h"

#include <math.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/options/arguments.h"

#define OPTION "train-steps"

static bool is_word(const char *text) {
  return strcmp(text, "half") == 0 || strcmp(text, "all") == 0;
}

enum vordec_status training_span_check(const char *text, struct vordec_error *error) {
  size_t ignored;
  struct vordec_error inner;
  if (is_word(text) || argument_count(OPTION, text, 1, SIZE_MAX, &ignored, &inner) == VORDEC_OK) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--" OPTION " '%.100s': expected half, all, or a number of steps", text);
}

enum vordec_status training_span_make(const char *text, size_t steps, struct training_span *span,
                                      struct vordec_error *error) {
  *span = (struct training_span){.known = true, .last = steps};
  if (strcmp(text, "all") == 0) return VORDEC_OK;
  if (strcmp(text, "half") == 0) {
    span->last = steps > 1 ? steps / 2 : steps;
    return VORDEC_OK;
  }
  const enum vordec_status status = argument_count(OPTION, text, 1, SIZE_MAX, &span->last, error);
  if (status || span->last <= steps) return status;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--" OPTION " %zu: the run has %zu steps", span->last, steps);
}

double training_span_number(const struct training_span *span, size_t step) {
  if (!span->known) return NAN;
  return step <= span->last ? 1.0 : 0.0;
}

const char *training_span_word(const struct training_span *span, size_t step) {
  if (!span->known) return "training unknown";
  return step <= span->last ? "training, no forecast" : "test, a forecast";
}
