/* SPDX-License-Identifier: MIT */
/*
 * stub_cuda.c - a libcuda.so.1 that is none: what vordec calls of the driver, played with the host's memory. Opaque
 * file descriptors are taken for memory files, as llvmpipe exports them. It insists on what CUDA asks for: sizes, the
 * dedicated flag, a current context, mappings that go before their memory; and it counts what is alive.
 *
 * STUB_CUDA_UUIDS: those of its devices, in hex, comma-separated. STUB_CUDA_FAIL: the call that fails.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* the prototypes are CUDA's */
#define INVALID_VALUE 1
#define NOT_INITIALIZED 3
#define NO_DEVICE 100
#define NOT_READY 600
#define INVALID_CONTEXT 201
#define UNKNOWN 999

struct memory_desc {
  int type;
  union {
    int fd;
    void *pair[2];
  } handle;
  unsigned long long size;
  unsigned int flags, reserved[16];
};

struct buffer_desc {
  unsigned long long offset, size;
  unsigned int flags, reserved[16];
};

struct semaphore_desc {
  int type;
  union {
    int fd;
    void *pair[2];
  } handle;
  unsigned int flags, reserved[16];
};

struct semaphore_params {
  unsigned long long value;
  unsigned int others[16], flags, reserved[16];
};

struct memory {
  int fd;
  void *map;
  size_t size, mapped;
};

struct semaphore {
  int fd;
  unsigned long long value;
};

static int ready, depth, busy;
static long live_memory, live_mappings, live_semaphores, live_events, orders;
static struct memory *mapped[64];

static int fails(const char *name) {
  const char *failing = getenv("STUB_CUDA_FAIL");
  return failing && strcmp(failing, name) == 0;
}

/* Every call but the first few needs a context. */
static int begin(const char *name) {
  if (fails(name)) return UNKNOWN;
  if (!ready) return NOT_INITIALIZED;
  return depth > 0 ? 0 : INVALID_CONTEXT;
}

#define BEGIN                                                                                                          \
  do {                                                                                                                 \
    const int begun = begin(__func__);                                                                                 \
    if (begun) return begun;                                                                                           \
  } while (0)

/* Memory, mappings, semaphores and events alive, and signals and waits so far. */
EXPORT void stub_cuda_counts(long counts[5]) {
  const long now[5] = {live_memory, live_mappings, live_semaphores, live_events, orders};
  memcpy(counts, now, sizeof now);
}

/* Whether streams have something to do yet. */
EXPORT void stub_cuda_set_busy(int is) {
  busy = is;
}

/* ---- devices ---- */

static int device_count(void) {
  const char *list = getenv("STUB_CUDA_UUIDS");
  int count = list && *list ? 1 : 0;
  for (; count && *list; list++) count += *list == ',';
  return count;
}

EXPORT int cuInit(unsigned int flags) {
  if (fails(__func__) || flags) return UNKNOWN;
  ready = 1;
  return device_count() ? 0 : NO_DEVICE;
}

EXPORT int cuGetErrorName(int error, const char **name) {
  *name = error == UNKNOWN ? "CUDA_ERROR_UNKNOWN" : error == INVALID_VALUE ? "CUDA_ERROR_INVALID_VALUE" : NULL;
  return 0;
}

EXPORT int cuDeviceGetCount(int *count) {
  *count = device_count();
  return ready ? 0 : NOT_INITIALIZED;
}

EXPORT int cuDeviceGet(int *device, int ordinal) {
  *device = 70 + ordinal; /* no ordinal */
  return ordinal < device_count() ? 0 : INVALID_VALUE;
}

EXPORT int cuDeviceGetUuid(unsigned char uuid[16], int device) {
  const char *list = getenv("STUB_CUDA_UUIDS");
  if (device < 70 || device >= 70 + device_count()) return INVALID_VALUE;
  list += (device - 70) * 33;
  for (int i = 0; i < 16; i++) {
    unsigned int byte = 0;
    if (sscanf(list + 2 * i, "%2x", &byte) != 1) return INVALID_VALUE;
    uuid[i] = (unsigned char)byte;
  }
  return 0;
}

EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = (void *)(intptr_t)(1000 + device);
  return device >= 70 ? 0 : INVALID_VALUE;
}

EXPORT int cuCtxPushCurrent_v2(void *context) {
  if (!context) return INVALID_CONTEXT;
  depth++;
  return 0;
}

EXPORT int cuCtxPopCurrent_v2(void **context) {
  *context = NULL;
  return depth-- > 0 ? 0 : INVALID_CONTEXT;
}

EXPORT int cuCtxSynchronize(void) {
  BEGIN;
  return 0;
}

/* ---- memory ---- */

EXPORT int cuImportExternalMemory(void **memory, const struct memory_desc *desc) {
  struct stat stat;
  BEGIN;
  if (desc->type != 1 || desc->flags != 1 || fstat(desc->handle.fd, &stat) != 0) return INVALID_VALUE;
  if (stat.st_size < (off_t)desc->size) return INVALID_VALUE;
  struct memory *made = calloc(1, sizeof *made);
  if (!made) return UNKNOWN;
  *made = (struct memory){.fd = desc->handle.fd, .size = desc->size};
  *memory = made;
  live_memory++;
  return 0;
}

EXPORT int cuExternalMemoryGetMappedBuffer(unsigned long long *pointer, void *memory, const struct buffer_desc *desc) {
  struct memory *of = memory;
  BEGIN;
  uint64_t head[2]; /* of llvmpipe's files: their size, and where the memory begins in them */
  struct stat stat;
  if (of->map || desc->flags || desc->offset + desc->size > of->size || fstat(of->fd, &stat) != 0) return INVALID_VALUE;
  if (pread(of->fd, head, sizeof head, 0) != sizeof head || head[0] != (uint64_t)stat.st_size) return INVALID_VALUE;
  of->map = mmap(NULL, of->size, PROT_READ | PROT_WRITE, MAP_SHARED, of->fd, (off_t)head[1]);
  if (of->map == MAP_FAILED) return UNKNOWN;
  for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++) {
    if (mapped[i]) continue;
    mapped[i] = of;
    *pointer = (unsigned long long)(uintptr_t)of->map + desc->offset;
    live_mappings++;
    return 0;
  }
  return UNKNOWN;
}

EXPORT int cuMemFree_v2(unsigned long long pointer) {
  BEGIN;
  for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++) {
    if (!mapped[i] || (unsigned long long)(uintptr_t)mapped[i]->map != pointer) continue;
    munmap(mapped[i]->map, mapped[i]->size);
    mapped[i]->map = NULL;
    mapped[i] = NULL;
    live_mappings--;
    return 0;
  }
  return INVALID_VALUE;
}

EXPORT int cuDestroyExternalMemory(void *memory) {
  struct memory *of = memory;
  BEGIN;
  if (of->map) abort(); /* its mapping has to go first */
  close(of->fd);
  free(of);
  live_memory--;
  return 0;
}

/* ---- semaphores ---- */

EXPORT int cuImportExternalSemaphore(void **semaphore, const struct semaphore_desc *desc) {
  BEGIN;
  if (desc->type != 9 || desc->flags || desc->handle.fd < 0) return INVALID_VALUE;
  struct semaphore *made = calloc(1, sizeof *made);
  if (!made) return UNKNOWN;
  made->fd = desc->handle.fd;
  *semaphore = made;
  live_semaphores++;
  return 0;
}

EXPORT int cuDestroyExternalSemaphore(void *semaphore) {
  struct semaphore *of = semaphore;
  BEGIN;
  close(of->fd);
  free(of);
  live_semaphores--;
  return 0;
}

static int all_zero(const struct semaphore_params *params) {
  for (int i = 0; i < 16; i++) {
    if (params->others[i] || params->reserved[i]) return 0;
  }
  return params->flags == 0;
}

EXPORT int cuWaitExternalSemaphoresAsync(void *const *semaphores, const struct semaphore_params *params,
                                         unsigned int count, void *stream) {
  const struct semaphore *of = semaphores[0];
  (void)stream;
  BEGIN;
  if (count != 1 || !all_zero(params) || of->value < params->value) return INVALID_VALUE; /* nobody would ever end it */
  orders++;
  return 0;
}

EXPORT int cuSignalExternalSemaphoresAsync(void *const *semaphores, const struct semaphore_params *params,
                                           unsigned int count, void *stream) {
  struct semaphore *of = semaphores[0];
  (void)stream;
  BEGIN;
  if (count != 1 || !all_zero(params) || params->value <= of->value) return INVALID_VALUE; /* values only grow */
  of->value = params->value;
  orders++;
  return 0;
}

/* ---- streams: all is done at once ---- */

EXPORT int cuStreamCreate(void **stream, unsigned int flags) {
  BEGIN;
  *stream = (void *)(uintptr_t)0x5000;
  return flags == 1 ? 0 : INVALID_VALUE;
}

EXPORT int cuStreamSynchronize(void *stream) {
  BEGIN;
  return stream ? 0 : INVALID_VALUE;
}

EXPORT int cuStreamQuery(void *stream) {
  BEGIN;
  return !stream ? INVALID_VALUE : busy ? NOT_READY : 0;
}

EXPORT int cuStreamDestroy_v2(void *stream) {
  BEGIN;
  return stream ? 0 : INVALID_VALUE;
}

EXPORT int cuEventCreate(void **event, unsigned int flags) {
  BEGIN;
  *event = (void *)(uintptr_t)0x6000;
  live_events++;
  return flags == 2 ? 0 : INVALID_VALUE;
}

EXPORT int cuEventRecord(void *event, void *stream) {
  BEGIN;
  return event && stream ? 0 : INVALID_VALUE;
}

EXPORT int cuStreamWaitEvent(void *stream, void *event, unsigned int flags) {
  BEGIN;
  return stream && event && !flags ? 0 : INVALID_VALUE;
}

EXPORT int cuEventDestroy_v2(void *event) {
  BEGIN;
  live_events--;
  return event ? 0 : INVALID_VALUE;
}

EXPORT int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t size, void *stream) {
  (void)stream;
  BEGIN;
  memcpy(to, (const void *)(uintptr_t)from, size);
  return 0;
}

EXPORT int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t size, void *stream) {
  (void)stream;
  BEGIN;
  memcpy((void *)(uintptr_t)to, (const void *)(uintptr_t)from, size);
  return 0;
}

EXPORT int cuPointerGetAttribute(void *value, int attribute, unsigned long long pointer) {
  BEGIN;
  *(int *)value = 0;
  return attribute == 9 && pointer ? 0 : INVALID_VALUE;
}
