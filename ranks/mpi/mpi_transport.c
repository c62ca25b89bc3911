/* SPDX-License-Identifier: MIT */
/* vordec_mpi.so: ranks under MPI. Nothing else of vordec knows of it. */
#include <mpi.h>
#include <string.h>

#include "ranks/rank_transport.h"
#include "vordec_version.h"

#define TAG 1

static MPI_Request request = MPI_REQUEST_NULL;

static bool start_send(size_t to, const void *data, size_t bytes) {
  return MPI_Isend(data, (int)bytes, MPI_BYTE, (int)to, TAG, MPI_COMM_WORLD, &request) == MPI_SUCCESS;
}

static bool start_receive(size_t from, void *data, size_t bytes) {
  return MPI_Irecv(data, (int)bytes, MPI_BYTE, (int)from, TAG, MPI_COMM_WORLD, &request) == MPI_SUCCESS;
}

static enum rank_transfer look(void) {
  int done = 0;
  if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return RANK_TRANSFER_FAILED;
  return done ? RANK_TRANSFER_DONE : RANK_TRANSFER_RUNS;
}

static void end_all(int code) {
  MPI_Abort(MPI_COMM_WORLD, code);
}

static void close_all(void) {
  MPI_Finalize();
}

/* Which of the processes on this host. */
static int local_rank(int rank) {
  MPI_Comm host;
  int local = 0;
  if (MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host) != MPI_SUCCESS) return 0;
  MPI_Comm_rank(host, &local);
  MPI_Comm_free(&host);
  return local;
}

__attribute__((visibility("default"))) const struct rank_transport *vordec_rank_transport(const char *build,
                                                                                          bool *fits);

const struct rank_transport *vordec_rank_transport(const char *build, bool *fits) {
  static struct rank_transport transport = {.name = "Open MPI",
                                            .start_send = start_send,
                                            .start_receive = start_receive,
                                            .look = look,
                                            .abort = end_all,
                                            .close = close_all};
  int threads = 0, rank = 0, size = 1;
  if (strcmp(build, VORDEC_GIT_DESCRIBE) != 0) return NULL;
  *fits = true;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &threads) != MPI_SUCCESS) return NULL;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  transport.rank = (size_t)rank;
  transport.size = (size_t)size;
  transport.local_rank = (size_t)local_rank(rank);
  return &transport;
}
