/* SPDX-License-Identifier: MIT */
/* What the launcher says of the process that it started, before anything is loaded. */
#ifndef VORDEC_RANKS_RANK_LAUNCH_H
#define VORDEC_RANKS_RANK_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

struct rank_launch {
  size_t rank, size;    /* 0 of 1: this process was started alone */
  const char *launcher; /* "mpirun", "srun"; NULL: none */
  bool connects;        /* the launcher offers its processes a way to find each other */
};

/* From the environment that mpirun or srun gives its processes. */
struct rank_launch rank_launch_read(void);

#endif
