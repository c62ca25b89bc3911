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
#define THREADS_MAX 128                  /* OpenBLAS itself has a limit of 64 in Debian */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct blas blas;
static bool loaded;

/* ---- what there is room for ---- */

static bool room_for(size_t bytes) {
  void *spare = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (spare == MAP_FAILED) return false;
  munmap(spare, bytes);
  return true;
}

static void *wait_for_all(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

/* How many of `wanted` threads beside this one can be started. */
static size_t startable(size_t wanted) {
  pthread_t threads[THREADS_MAX];
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  size_t started = 0;
  pthread_mutex_lock(&gate);
  while (started < wanted && pthread_create(&threads[started], NULL, wait_for_all, &gate) == 0) started++;
  pthread_mutex_unlock(&gate);
  for (size_t i = 0; i < started; i++) pthread_join(threads[i], NULL);
  pthread_mutex_destroy(&gate);
  return started;
}

static size_t threads_that_fit(size_t wanted) {
  const char *said = getenv("OPENBLAS_NUM_THREADS");
  const unsigned long limit = said ? strtoul(said, NULL, 10) : 0;
  if (limit > 0 && limit < wanted) wanted = limit;
  if (wanted > THREADS_MAX) wanted = THREADS_MAX;
  while (wanted > 1 && !room_for(wanted * BUFFER_BYTES)) wanted /= 2;
  return wanted > 1 ? 1 + startable(wanted - 1) : 1;
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
         find(library, "cblas_dgemm", &blas.dgemm) && find(library, "cblas_dsyrk", &blas.dsyrk) &&
         find(library, "dposv_", &blas.dposv) && find(library, "dpotrs_", &blas.dpotrs) &&
         find(library, "openblas_get_num_threads", &blas.get_threads) &&
         find(library, "openblas_set_num_threads", &blas.set_threads);
}

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "no memory for OpenBLAS, which needs %zu MiB", (LIBRARY_BYTES + BUFFER_BYTES) >> 20);
}

static enum vordec_status load(size_t threads, struct vordec_error *error) {
  errno = 0;
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  const bool shared = library != NULL;
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
  const size_t most = threads_that_fit(threads);
  if (!shared || (size_t)blas.get_threads() > most) blas.set_threads((int)most);
  loaded = true;
  return VORDEC_OK;
}

const struct blas *blas_open(size_t threads, struct vordec_error *error) {
  pthread_mutex_lock(&lock);
  enum vordec_status status = VORDEC_OK;
  if (!loaded) {
    status = load(threads, error);
  } else if ((size_t)blas.get_threads() > threads) {
    blas.set_threads((int)threads);
  }
  pthread_mutex_unlock(&lock);
  return status ? NULL : &blas;
}
