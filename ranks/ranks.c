/* SPDX-License-Identifier: MIT */
#include "ranks.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vordec/error.h>

#include "core/base/clock.h"
#include "rank_launch.h"
#include "rank_module.h"
#include "rank_watch.h"

#define LOOKS 2000   /* before a rank that waits goes to sleep between two looks */
#define PAUSE_S 2e-4 /* how long it then sleeps */
#define PAUSE_MOST_S 5e-3
#define PAUSE_SHARE 0.02          /* of what it has waited already: looks cost processor time that others may need */
#define LARGE ((size_t)256 << 10) /* bytes that go in many pieces, each of which wants a look of both sides */
#define EXIT_CODE 1               /* of a run that a rank did not come back to */

struct ranks {
  const struct rank_transport *transport; /* NULL: alone */
  double wait_s;
  bool first_writes; /* which takes as long as it takes */
  bool spoilt;
};

/* ---- opening and closing ---- */

static enum vordec_status check_launch(const struct rank_launch *launch, struct vordec_error *error) {
  if (launch->size == 1 || launch->connects) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, 0,
                     "%s started %zu processes that cannot find each other: use 'srun --mpi=pmix' or mpirun, or add "
                     "--ranks none if each process has different work",
                     launch->launcher, launch->size);
}

static enum vordec_status connect(const struct rank_launch *launch, const struct rank_transport **transport,
                                  struct vordec_error *error) {
  enum vordec_status status = check_launch(launch, error);
  if (status) return status;
  status = rank_module_load(transport, error);
  if (status && launch->size > 1) {
    const struct vordec_error inner = *error;
    return vordec_fail(error, status, 0, "%s started %zu processes, which would all do the same work: %.600s",
                       launch->launcher, launch->size, inner.message);
  }
  if (status || (*transport)->size == launch->size) return status;
  return vordec_fail(
      error, VORDEC_E_REFUSED, 0, "%s started %zu process(es), but %s counts %zu: the launcher belongs to another MPI",
      launch->launcher ? launch->launcher : "the shell", launch->size, (*transport)->name, (*transport)->size);
}

enum vordec_status ranks_alone(struct ranks **ranks, struct vordec_error *error) {
  *ranks = calloc(1, sizeof **ranks);
  return *ranks ? VORDEC_OK : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
}

enum vordec_status ranks_open(bool mpi, double wait_s, struct ranks **ranks, struct vordec_error *error) {
  const struct rank_launch launch = rank_launch_read();
  const enum vordec_status status = ranks_alone(ranks, error);
  if (status || !*ranks) return status;
  (*ranks)->wait_s = wait_s;
  if (!mpi && launch.size == 1) return VORDEC_OK;
  rank_watch_begin(RANK_WATCH_START, launch.rank, wait_s); /* all come up, or none */
  const enum vordec_status connected = connect(&launch, &(*ranks)->transport, error);
  rank_watch_end();
  return connected;
}

void ranks_spoil(struct ranks *ranks) {
  ranks->spoilt = true;
}

/* Rank 0 has said what there is to say, and ends all. */
static void end_all(const struct ranks *ranks, int code) {
  const struct timespec pause = {1, 0};
  fflush(NULL);
  if (ranks_rank(ranks) == 0) ranks->transport->abort(code);
  for (size_t seconds = 0; (double)seconds < ranks->wait_s; seconds++) nanosleep(&pause, NULL);
  _exit(code);
}

void ranks_close(struct ranks *ranks, int code) {
  if (!ranks) return;
  if (ranks->transport && ranks->spoilt) end_all(ranks, code);
  if (ranks->transport) ranks->transport->close();
  free(ranks);
}

size_t ranks_rank(const struct ranks *ranks) {
  return ranks->transport ? ranks->transport->rank : 0;
}

size_t ranks_size(const struct ranks *ranks) {
  return ranks->transport ? ranks->transport->size : 1;
}

size_t ranks_local_rank(const struct ranks *ranks) {
  return ranks->transport ? ranks->transport->local_rank : 0;
}

/* ---- transfers, with a limit ---- */

static void give_up(const struct ranks *ranks, size_t peer, const char *why) {
  fprintf(stderr, "vordec: rank %zu %s (reported by rank %zu); the run ends\n", peer, why, ranks_rank(ranks));
  fflush(NULL);
  ranks->transport->abort(EXIT_CODE);
  abort(); /* not reached */
}

static void pause_between_looks(double waited_s) {
  const double share_s = PAUSE_SHARE * waited_s;
  const double pause_s = share_s < PAUSE_S ? PAUSE_S : share_s < PAUSE_MOST_S ? share_s : PAUSE_MOST_S;
  const struct timespec pause = {0, (long)(1e9 * pause_s)};
  nanosleep(&pause, NULL);
}

/* The others wait for rank 0, which waits for one of them and can say for which. */
static double limit_of(const struct ranks *ranks) {
  if (ranks_rank(ranks) == 0) return ranks->wait_s;
  return ranks->first_writes ? INFINITY : 2.0 * ranks->wait_s;
}

/* Until the transfer with a peer has ended; busy: both are at it, so that it will not be long. */
static void await(const struct ranks *ranks, size_t peer, bool busy) {
  const double start = clock_s(), limit = limit_of(ranks);
  for (size_t looks = 0;; looks++) {
    switch (ranks->transport->look()) {
    case RANK_TRANSFER_DONE:
      return;
    case RANK_TRANSFER_FAILED:
      give_up(ranks, peer, "cannot be reached");
      return;
    case RANK_TRANSFER_RUNS:
      break;
    }
    if (looks < LOOKS) continue;
    const double waited_s = clock_s() - start;
    if (busy) {
      sched_yield();
    } else {
      pause_between_looks(waited_s);
    }
    if (waited_s > limit) give_up(ranks, peer, "has kept the others waiting for too long");
  }
}

static size_t part_of(size_t left) {
  return left < RANK_TRANSFER_MAX ? left : RANK_TRANSFER_MAX;
}

static void send_part(const struct ranks *ranks, size_t peer, const void *data, size_t bytes, bool busy) {
  if (!ranks->transport->start_send(peer, data, bytes)) give_up(ranks, peer, "cannot be reached");
  await(ranks, peer, busy);
}

static void receive_part(const struct ranks *ranks, size_t peer, void *data, size_t bytes, bool busy) {
  if (!ranks->transport->start_receive(peer, data, bytes)) give_up(ranks, peer, "cannot be reached");
  await(ranks, peer, busy);
}

/* Before much is sent both say that they have come to it; until then each sleeps. */
static void send_to(const struct ranks *ranks, size_t peer, const void *data, size_t bytes) {
  const bool large = bytes > LARGE;
  char word = 0;
  if (large) send_part(ranks, peer, &word, sizeof word, false);
  if (large) receive_part(ranks, peer, &word, sizeof word, false);
  for (size_t done = 0; done < bytes; done += part_of(bytes - done)) {
    send_part(ranks, peer, (const char *)data + done, part_of(bytes - done), large);
  }
}

static void receive_from(const struct ranks *ranks, size_t peer, void *data, size_t bytes) {
  const bool large = bytes > LARGE;
  char word = 0;
  if (large) receive_part(ranks, peer, &word, sizeof word, false);
  if (large) send_part(ranks, peer, &word, sizeof word, false);
  for (size_t done = 0; done < bytes; done += part_of(bytes - done)) {
    receive_part(ranks, peer, (char *)data + done, part_of(bytes - done), large);
  }
}

void ranks_broadcast(struct ranks *ranks, void *data, size_t bytes) {
  const size_t size = ranks_size(ranks);
  if (ranks_rank(ranks) > 0) {
    receive_from(ranks, 0, data, bytes);
    return;
  }
  for (size_t rank = 1; rank < size; rank++) send_to(ranks, rank, data, bytes);
}

void ranks_collect(struct ranks *ranks, size_t from, void *data, size_t bytes) {
  const size_t rank = ranks_rank(ranks);
  if (from == 0) return;
  if (rank == 0) receive_from(ranks, from, data, bytes);
  if (rank == from) send_to(ranks, 0, data, bytes);
}

void ranks_meet(const struct ranks *ranks) {
  if (ranks_size(ranks) > 1) rank_watch_begin(RANK_WATCH_FILE, ranks_rank(ranks), ranks->wait_s);
}

void ranks_part(const struct ranks *ranks) {
  if (ranks_size(ranks) > 1) rank_watch_end();
}

/* ---- agreeing ---- */

bool ranks_any(struct ranks *ranks, bool said) {
  bool any = said;
  for (size_t rank = 1; rank < ranks_size(ranks); rank++) {
    bool other = said;
    ranks_collect(ranks, rank, &other, sizeof other);
    any = any || other;
  }
  ranks_broadcast(ranks, &any, sizeof any);
  return any;
}

/* What rank 0 hears of all. */
struct verdict {
  struct vordec_error first; /* of the first that failed */
  size_t rank, failed;
  bool differ; /* others say something else */
};

static void hear(struct verdict *verdict, size_t rank, const struct vordec_error *said) {
  if (!said->status) return;
  if (verdict->failed++ == 0) {
    verdict->first = *said;
    verdict->rank = rank;
  } else if (strcmp(said->message, verdict->first.message) != 0) {
    verdict->differ = true;
  }
}

static void name_rank(const struct verdict *verdict, size_t size, struct vordec_error *error) {
  *error = verdict->first;
  if (verdict->failed == size && !verdict->differ) return;
  vordec_fail(error, verdict->first.status, verdict->first.reason, "rank %zu: %.*s", verdict->rank,
              VORDEC_MESSAGE_MAX - 40, verdict->first.message);
}

enum vordec_status ranks_settle(struct ranks *ranks, enum vordec_status status, struct vordec_error *error) {
  const size_t size = ranks_size(ranks);
  if (size == 1) return status;
  struct vordec_error said = {0};
  struct verdict verdict = {.failed = 0};
  if (status) said = *error;
  said.status = status;
  if (ranks_rank(ranks) == 0) hear(&verdict, 0, &said);
  for (size_t rank = 1; rank < size; rank++) {
    ranks_collect(ranks, rank, &said, sizeof said);
    if (ranks_rank(ranks) == 0) hear(&verdict, rank, &said);
  }
  if (ranks_rank(ranks) == 0) name_rank(&verdict, size, &said);
  ranks_broadcast(ranks, &said, sizeof said);
  if (said.status) *error = said;
  return said.status;
}

enum vordec_status ranks_settle_written(struct ranks *ranks, enum vordec_status status, struct vordec_error *error) {
  ranks->first_writes = true;
  const enum vordec_status settled = ranks_settle(ranks, status, error);
  ranks->first_writes = false;
  return settled;
}
