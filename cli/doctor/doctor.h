/* SPDX-License-Identifier: MIT */
/* The whole examination. Nothing that it examines can take it down: see core/base/child.h. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_H
#define VORDEC_CLI_DOCTOR_DOCTOR_H

#include <cjson/cJSON.h>

#include "cli/command.h"

struct doctor_request {
  struct vordec_config *config; /* what runtimes are made with, in child processes */
  bool verbose;
  const char *folder, *folder_because; /* of the plugins, and who says so */
  const char *backend, *policy;        /* as the configuration has them, */
  size_t smooth_width;                 /* and this */
  size_t limit_s;                      /* for one plugin, device or driver */
  const char *json;                    /* a file, or JSON_STDOUT; NULL: no JSON */
};

/* The report: docs/doctor.schema.json. */
cJSON *doctor_examine(const struct doctor_request *request);

/* The exit code of a report: a wrong field anywhere is worse than none. */
int doctor_verdict(const cJSON *report);

#endif
