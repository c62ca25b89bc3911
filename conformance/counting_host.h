/* SPDX-License-Identifier: MIT */
/*
 * counting_host.h - what is lent to a plugin under test: a host that counts what is taken and can refuse it.
 */
#ifndef VORDEC_CONFORMANCE_COUNTING_HOST_H
#define VORDEC_CONFORMANCE_COUNTING_HOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <vordec/backend.h>

struct counting_host {
  struct vordec_host table;     /* hand &table to the plugin */
  atomic_size_t blocks, bytes;  /* that the plugin holds */
  atomic_size_t taken, refused; /* allocations so far, and how many of them were refused */
  size_t refuse_at;             /* refuse the allocation of this number; 0: none */
  bool refuse_on;               /* .. and all after it */
  size_t limit_bytes;           /* refuse what would take more than this; 0: no limit */
  atomic_size_t strangers;      /* releases of memory that is not, or no longer, the host's */
  atomic_size_t uneven;         /* allocations whose size is not a multiple of their alignment, as C11 requires */
  atomic_size_t torn_lines;     /* log messages that are not one line */
  int tell_up_to;               /* messages of this level and graver go to standard error; -1: none */
  pthread_mutex_t lock;         /* of the following */
  char last_line[512];          /* that was logged */
};

void counting_host_init(struct counting_host *host);

/* Refuses allocation `number` from now on counted from 1, and all after it if `on`; 0: refuses none. */
void counting_host_refuse(struct counting_host *host, size_t number, bool on);

#endif
