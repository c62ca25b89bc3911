/* SPDX-License-Identifier: MIT */
#include "blas.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vordec/error.h>

#define LIBRARY "libopenblas.so.0"
#define LIBRARY_BYTES ((size_t)64 << 20) /* of address space, with the Fortran library below it */
#define BUFFER_BYTES ((size_t)160 << 20) /* .. of each thread: 128 MiB in 0.3.21, and a stack */
#define THREADS_MAX 64                   /* more buffers than so many it may refuse */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct blas blas;
static bool loaded;
static size_t under_way; /* calls of blas_begin() that await their end */
static int outside;      /* threads that it had before the first of these */

/* ---- what there is room for ---- */

static bool room_for(size_t bytes) {
  void *spare = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (spare == MAP_FAILED) return false;
  munmap(spare, bytes);
  return true;
}

static size_t threads_that_fit(size_t wanted) {
  const char *said = getenv("OPENBLAS_NUM_THREADS");
  const unsigned long limit = said ? strtoul(said, NULL, 10) : 0;
  if (limit > 0 && limit < wanted) wanted = limit;
  if (wanted > THREADS_MAX) wanted = THREADS_MAX;
  while (wanted > 1 && !room_for(wanted * BUFFER_BYTES)) wanted /= 2;
  return wanted;
}

/* ---- loading ---- */

/* Opens the library in an environment that tells it to start no thread. Other threads may read the environment
 * meanwhile: both lists stay whole. */
static void *open_with_one_thread(void) {
  static char setting[] = "OPENBLAS_NUM_THREADS=1";
  static char **list;
  char **before = environ;
  size_t count = 0;
  while (before && before[count]) count++;
  free(list);                                /* of a try that failed */
  list = malloc((count + 2) * sizeof *list); /* kept: whoever reads it may be slow */
  if (!list) return NULL;
  list[0] = setting;
  if (count > 0) memcpy(list + 1, before, count * sizeof *list);
  list[count + 1] = NULL;
  environ = list;
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (environ == list) environ = before;
  return library;
}

static bool find(void *library, const char *name, void *function) {
  void *address = dlsym(library, name);
  memcpy(function, &address, sizeof address);
  return address != NULL;
}

static bool find_all(void *library) {
  return find(library, "cblas_dgemv", &blas.dgemv) && find(library, "cblas_sgemv", &blas.sgemv) &&
         find(library, "cblas_dgemm", &blas.dgemm) && find(library, "cblas_dtrsm", &blas.dtrsm) &&
         find(library, "dpotrf_", &blas.dpotrf) && find(library, "dpotrs_", &blas.dpotrs) &&
         find(library, "openblas_get_num_threads", &blas.get_threads) &&
         find(library, "openblas_set_num_threads", &blas.set_threads);
}

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "no memory for OpenBLAS, which needs %zu MiB", (LIBRARY_BYTES + BUFFER_BYTES) >> 20);
}

static enum vordec_status load(struct vordec_error *error) {
  errno = 0;
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (!library) {
    if (!room_for(LIBRARY_BYTES + BUFFER_BYTES)) return fail_memory(error);
    library = open_with_one_thread();
  }
  if (!library || !find_all(library)) {
    /* The message does not always tell that memory ran out, but then errno was set by malloc(). */
    const bool no_memory = errno == ENOMEM;
    const char *why = dlerror();
    if (!why || no_memory || strstr(why, "Cannot allocate memory")) return fail_memory(error);
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_LOAD, "OpenBLAS cannot be loaded: %.300s",
                       why);
  }
  loaded = true;
  return VORDEC_OK;
}

/* ---- forks ---- */

static void before_fork(void) {
  pthread_mutex_lock(&lock);
}

static void in_parent(void) {
  pthread_mutex_unlock(&lock);
}

/* Whoever was in a call is not here. */
static void in_child(void) {
  under_way = 0;
  pthread_mutex_unlock(&lock);
}

static void watch_forks(void) {
  pthread_atfork(before_fork, in_parent, in_child);
}

/* ---- use ---- */

const struct blas *blas_open(size_t *threads, struct vordec_error *error) {
  static pthread_once_t watched = PTHREAD_ONCE_INIT;
  pthread_once(&watched, watch_forks);
  pthread_mutex_lock(&lock);
  const enum vordec_status status = loaded ? VORDEC_OK : load(error);
  pthread_mutex_unlock(&lock);
  if (status) return NULL;
  *threads = threads_that_fit(*threads);
  return &blas;
}

void blas_begin(void) {
  pthread_mutex_lock(&lock);
  if (under_way++ == 0) {
    outside = blas.get_threads();
    if (outside > 1) blas.set_threads(1);
  }
  pthread_mutex_unlock(&lock);
}

void blas_end(void) {
  pthread_mutex_lock(&lock);
  if (--under_way == 0 && outside > 1) blas.set_threads(outside);
  pthread_mutex_unlock(&lock);
}
