/* SPDX-License-Identifier: MIT */
/* How long a decoder takes to come up: in a child process with an empty kernel cache, and in a second one that finds
 * what the first has left there. */
#ifndef VORDEC_CLI_BENCH_BENCH_STARTUP_H
#define VORDEC_CLI_BENCH_BENCH_STARTUP_H

#include "bench_result.h"

/* Runs the two children with every key of the configuration and the plugins of `folder`. The cache is a temporary
 * folder ($TMPDIR or /tmp), named to the children as XDG_CACHE_HOME, and gone afterwards. E_FAILED: a child failed (its
 * reason is in the message) or took longer than five minutes. */
enum vordec_status startup_measure(const struct vordec_config *config, const char *folder,
                                   const struct bench_case *what, struct startup times[STARTUP_COUNT],
                                   struct vordec_error *error);

/* What a child prints: one line, a JSON object. */
enum vordec_status startup_print(const struct startup *startup, struct vordec_error *error);

#endif
