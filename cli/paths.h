/* SPDX-License-Identifier: MIT */
/* No two files of a run may be the same: an output would destroy an input, or another output. */
#ifndef VORDEC_CLI_PATHS_H
#define VORDEC_CLI_PATHS_H

#include <stdbool.h>
#include <vordec/types.h>

struct named_path {
  const char *option; /* "--out" */
  const char *path;   /* NULL or empty: not given */
  bool output;
};

/* E_USAGE names two options that mean one file, at least one of them an output. */
enum vordec_status paths_check(const struct named_path *paths, size_t count, struct vordec_error *error);

#endif
