/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void say(struct suite *suite, enum conformance_outcome outcome,
                                                      const char *format, va_list args) {
  struct conformance_finding *finding = &suite->shared->findings[suite->shared->current];
  finding->outcome = outcome;
  vsnprintf(finding->detail, sizeof finding->detail, format, args);
  for (char *c = finding->detail; *c; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
}

bool suite_fell_short(const struct suite *suite) {
  return suite->shared->findings[suite->shared->current].outcome == CONFORMANCE_SHORT;
}

void suite_short(struct suite *suite, const char *format, ...) {
  if (suite_fell_short(suite)) return;
  va_list args;
  va_start(args, format);
  say(suite, CONFORMANCE_SHORT, format, args);
  va_end(args);
}

void suite_skip(struct suite *suite, const char *format, ...) {
  if (suite_fell_short(suite)) return;
  va_list args;
  va_start(args, format);
  say(suite, CONFORMANCE_SKIPPED, format, args);
  va_end(args);
}

void suite_note(struct suite *suite, const char *format, ...) {
  if (suite->shared->findings[suite->shared->current].outcome != CONFORMANCE_PASSED) return;
  va_list args;
  va_start(args, format);
  say(suite, CONFORMANCE_PASSED, format, args);
  va_end(args);
}

void suite_step(struct suite *suite) {
  __atomic_add_fetch(&suite->shared->steps, 1, __ATOMIC_SEQ_CST);
}
