/* SPDX-License-Identifier: MIT */
/* The same states decoded by several backends and by the reference, compared: what 'vordec parity' does. */
#ifndef VORDEC_CLI_PARITY_RUN_H
#define VORDEC_CLI_PARITY_RUN_H

#include "command.h"

#define PARITY_NAMES_MAX 256 /* length of the list of backends, with its NUL */

struct parity_request {
  struct vordec_config *config; /* backend and policy are set on the way */
  bool verbose;
  const char *z0;       /* a file of states */
  const char *backends; /* names, separated by commas */
  const char *json;     /* a file, or JSON_STDOUT; NULL: no JSON */
};

/* Prints a table or JSON to stdout; *within tells whether all is within the tolerances. */
enum vordec_status parity_run(const struct parity_request *request, bool *within, struct vordec_error *error);

#endif
