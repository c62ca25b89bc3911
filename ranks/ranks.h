/* SPDX-License-Identifier: MIT */
/*
 * ranks.h - the processes that do one run together: one that was started alone, or several under MPI.
 *
 * Every function that says "all ranks" is called by all of them, in the same order. A rank that keeps the others
 * waiting for longer than the limit, or that cannot be reached, ends the run on all ranks with a line that names it:
 * such a call does not return. Used by one thread. Of a run that was started alone every call is trivial, and nothing
 * is loaded.
 */
#ifndef VORDEC_RANKS_RANKS_H
#define VORDEC_RANKS_RANKS_H

#include <stdbool.h>
#include <vordec/types.h>

struct ranks;

/* Connects the ranks that mpirun or srun started; mpi: also a process that was started alone. wait_s: how long one may
 * keep the others waiting. E_UNSUPPORTED: vordec_mpi.so cannot be loaded. E_REFUSED: the launcher's processes do not
 * find each other. E_NO_MEMORY. */
enum vordec_status ranks_open(bool mpi, double wait_s, struct ranks **ranks, struct vordec_error *error);

/* Of a process that works for itself, whatever started it. E_NO_MEMORY. */
enum vordec_status ranks_alone(struct ranks **ranks, struct vordec_error *error);

/* All ranks; waits for all, so that the launcher ends none of them early. code: what the process ends with. Accepts
 * NULL. */
void ranks_close(struct ranks *ranks, int code);

/* All ranks: what they did together by other means has failed, and left these in a state that may not be closed:
 * ranks_close() does not return then, once rank 0 has come to it. */
void ranks_spoil(struct ranks *ranks);

size_t ranks_rank(const struct ranks *ranks);
size_t ranks_size(const struct ranks *ranks); /* 1: alone */
size_t ranks_local_rank(const struct ranks *ranks);

/*
 * All ranks: where none has failed, VORDEC_OK everywhere; else the status and error of the first rank that has, whose
 * number the message begins with unless all say the same. What each rank hands in is left behind.
 */
enum vordec_status ranks_settle(struct ranks *ranks, enum vordec_status status, struct vordec_error *error);

/* The same after work that rank 0 alone does, such as writing files: the others wait for it without a limit, since
 * packing large fields may take long; that rank 0 has died is the launcher's to notice. */
enum vordec_status ranks_settle_written(struct ranks *ranks, enum vordec_status status, struct vordec_error *error);

/* All ranks: whether one of them says so. */
bool ranks_any(struct ranks *ranks, bool said);

/* All ranks: what rank 0 has in data. */
void ranks_broadcast(struct ranks *ranks, void *data, size_t bytes);

/* All ranks: from rank `from` to rank 0, where data takes it in; nothing happens on the others, or if from is 0. A loop
 * over all ranks collects in their order. */
void ranks_collect(struct ranks *ranks, size_t from, void *data, size_t bytes);

/* All ranks, around calls in which they meet by other means than these, such as writes into one file: one that does not
 * come back within the limit ends the run with a line that says so. */
void ranks_meet(const struct ranks *ranks);
void ranks_part(const struct ranks *ranks);

#endif
