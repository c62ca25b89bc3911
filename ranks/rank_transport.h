/* SPDX-License-Identifier: MIT */
/*
 * rank_transport.h - what carries bytes between ranks: vordec_mpi.so, which is loaded when it is needed and belongs to
 * the build that made it. Used by one thread.
 */
#ifndef VORDEC_RANKS_RANK_TRANSPORT_H
#define VORDEC_RANKS_RANK_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#define RANK_TRANSPORT_ENTRY "vordec_rank_transport"
#define RANK_TRANSFER_MAX ((size_t)1 << 30) /* bytes of one transfer */

enum rank_transfer { RANK_TRANSFER_RUNS, RANK_TRANSFER_DONE, RANK_TRANSFER_FAILED };

/* One transfer is under way at a time. Those between two ranks arrive in the order in which they were started. */
struct rank_transport {
  size_t rank, size;
  size_t local_rank; /* among the ranks of this host */
  const char *name;
  bool (*start_send)(size_t to, const void *data, size_t bytes);
  bool (*start_receive)(size_t from, void *data, size_t bytes);
  enum rank_transfer (*look)(void); /* at the one under way; does not wait */
  void (*abort)(int code);          /* ends all ranks; does not return */
  void (*close)(void);              /* waits for all ranks to do so */
};

/* Connects the ranks. *fits: `build` (vordec_git_describe()) is the build that this belongs to; it is left alone where
 * it is not. NULL: it does not fit, or the ranks cannot be connected. Once. */
typedef const struct rank_transport *(*rank_transport_entry)(const char *build, bool *fits);

#endif
