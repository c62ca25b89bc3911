/* SPDX-License-Identifier: MIT */
/* What is asked of the suite, and what each check comes to. */
#ifndef VORDEC_CONFORMANCE_FINDING_H
#define VORDEC_CONFORMANCE_FINDING_H

#include <vordec/vordec.h>

struct conformance_options {
  const char *path;   /* the plugin's file */
  const char *device; /* "auto", an index, a UUID or part of a name */
  bool allow_software_device;
  const char *only;       /* groups, comma-separated; NULL: all. What others need to get that far is always checked */
  bool quick;             /* fewer sizes and repetitions */
  uint32_t submission_ms; /* of the sessions that are opened */
  double time_limit_s;    /* that a check may go without another plan, decode or end */
};

enum conformance_outcome { CONFORMANCE_PASSED = 0, CONFORMANCE_SHORT, CONFORMANCE_SKIPPED };

struct conformance_finding {
  const char *group, *name; /* "mask", "smoothing"; static */
  const char *what;         /* what the check asks for, one line; static */
  enum conformance_outcome outcome;
  char detail[VORDEC_MESSAGE_MAX]; /* why it fell short or was skipped, or what is worth knowing; may be empty */
  double seconds;
  bool unreached; /* skipped because an earlier check did not pass that all others need */
};

#endif
