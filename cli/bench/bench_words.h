/* SPDX-License-Identifier: MIT */
/* Lists of words, as exec takes them: what the children of --startup are started with. */
#ifndef VORDEC_CLI_BENCH_BENCH_WORDS_H
#define VORDEC_CLI_BENCH_BENCH_WORDS_H

#include "bench_result.h"

struct words {
  char **list; /* NULL-terminated */
  size_t count;
};

/* Accepts a zeroed one. */
void words_release(struct words *words);

/* A command line that decodes the case once, with every key of the configuration and the plugins of `folder`. False:
 * out of memory. */
bool words_for_start(const struct vordec_config *config, const char *folder, const struct bench_case *what,
                     struct words *words);

/* This process's environment, but with all caches on disk in a folder. False: out of memory. */
bool words_for_cache(const char *cache, struct words *words);

#endif
