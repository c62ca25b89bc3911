#include "fence.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FENCES_MAX 32
#define PATTERN 0xa5

static struct fence fences[FENCES_MAX]; /* those that stand; a free place has no map */
static struct fence_fault *watcher;

static void remember(const struct fence *fence) {
  for (size_t i = 0; i < FENCES_MAX; i++) {
    if (fences[i].map) continue;
    fences[i] = *fence;
    return;
  }
  abort();
}

void fence_create(struct fence *fence, const char *name, size_t bytes, enum fence_side side) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page;
  *fence = (struct fence){.name = name, .bytes = bytes, .map_bytes = inner + 2 * page};
  fence->map = mmap(NULL, fence->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fence->map == MAP_FAILED || mprotect(fence->map + page, inner, PROT_READ | PROT_WRITE) != 0) abort();
  memset(fence->map + page, PATTERN, inner);
  fence->data = fence->map + page + (side == FENCE_AT_END ? inner - bytes : 0);
  remember(fence);
}

static void forget(const struct fence *fence) {
  for (size_t i = 0; i < FENCES_MAX; i++) {
    if (fences[i].map == fence->map) fences[i] = (struct fence){0};
  }
}

void fence_destroy(struct fence *fence) {
  if (!fence->map) return;
  forget(fence);
  munmap(fence->map, fence->map_bytes);
  *fence = (struct fence){0};
}

void fence_seal(struct fence *fence) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (mprotect(fence->map + page, fence->map_bytes - 2 * page, PROT_READ) != 0) abort();
  fence->sealed = true;
}

static bool has_pattern(const unsigned char *at, const unsigned char *end) {
  while (at < end && *at == PATTERN) at++;
  return at == end;
}

bool fence_surroundings_intact(const struct fence *fence) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const unsigned char *data = fence->data, *first = fence->map + page, *last = fence->map + fence->map_bytes - page;
  return has_pattern(first, data) && has_pattern(data + fence->bytes, last);
}

bool fence_untouched(const struct fence *fence) {
  const unsigned char *data = fence->data;
  return has_pattern(data, data + fence->bytes) && fence_surroundings_intact(fence);
}

/* Only what may be done in a signal handler: looks at memory that stands still. */
static void note_crash(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  const uintptr_t address = (uintptr_t)info->si_addr;
  for (size_t i = 0; i < FENCES_MAX; i++) {
    const uintptr_t begin = (uintptr_t)fences[i].map;
    if (!fences[i].map || address < begin || address >= begin + fences[i].map_bytes) continue;
    watcher->name = fences[i].name;
    watcher->offset = (ptrdiff_t)(address - (uintptr_t)fences[i].data);
    watcher->bytes = fences[i].bytes;
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number); /* ends the process when this handler returns */
}

void fence_watch(struct fence_fault *fault) {
  watcher = fault;
  struct sigaction action = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

void fence_explain(const struct fence_fault *fault, char *text, size_t size) {
  if (fault->offset < 0) {
    snprintf(text, size, "touched memory %td bytes before %s", -fault->offset, fault->name);
  } else if ((size_t)fault->offset < fault->bytes) {
    snprintf(text, size, "wrote to %s, which is an input", fault->name);
  } else {
    snprintf(text, size, "touched memory %td bytes past the end of %s", fault->offset - (ptrdiff_t)fault->bytes,
             fault->name);
  }
}
