/* SPDX-License-Identifier: MIT */
#include "guarded.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARDED_MAX 64
#define PATTERN 0xa5

static struct guarded arrays[GUARDED_MAX]; /* those that stand; a free place has no map */
static struct guard_fault *watcher;

static void remember(const struct guarded *array) {
  for (size_t i = 0; i < GUARDED_MAX; i++) {
    if (arrays[i].map) continue;
    arrays[i] = *array;
    return;
  }
  abort();
}

void guarded_create(struct guarded *array, const char *name, size_t bytes, enum guard_side side) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page;
  *array = (struct guarded){.name = name, .bytes = bytes, .map_bytes = inner + 2 * page};
  array->map = mmap(NULL, array->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (array->map == MAP_FAILED || mprotect(array->map + page, inner, PROT_READ | PROT_WRITE) != 0) abort();
  memset(array->map + page, PATTERN, inner);
  array->data = array->map + page + (side == GUARD_AT_END ? inner - bytes : 0);
  remember(array);
}

static void forget(const struct guarded *array) {
  for (size_t i = 0; i < GUARDED_MAX; i++) {
    if (arrays[i].map == array->map) arrays[i] = (struct guarded){0};
  }
}

void guarded_destroy(struct guarded *array) {
  if (!array->map) return;
  forget(array);
  munmap(array->map, array->map_bytes);
  *array = (struct guarded){0};
}

void guarded_seal(struct guarded *array) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (mprotect(array->map + page, array->map_bytes - 2 * page, PROT_READ) != 0) abort();
  array->sealed = true;
}

void guarded_take_away(struct guarded *array) {
  forget(array);
  if (mprotect(array->map, array->map_bytes, PROT_NONE) != 0) abort();
  array->gone = true;
  remember(array);
}

static bool has_pattern(const unsigned char *at, const unsigned char *end) {
  while (at < end && *at == PATTERN) at++;
  return at == end;
}

bool guarded_surroundings_intact(const struct guarded *array) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const unsigned char *data = array->data, *first = array->map + page, *last = array->map + array->map_bytes - page;
  return has_pattern(first, data) && has_pattern(data + array->bytes, last);
}

bool guarded_untouched(const struct guarded *array) {
  const unsigned char *data = array->data;
  return has_pattern(data, data + array->bytes) && guarded_surroundings_intact(array);
}

/* Only what may be done in a signal handler: looks at memory that stands still. */
static void note_crash(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  const uintptr_t address = (uintptr_t)info->si_addr;
  for (size_t i = 0; i < GUARDED_MAX; i++) {
    const uintptr_t begin = (uintptr_t)arrays[i].map;
    if (!arrays[i].map || address < begin || address >= begin + arrays[i].map_bytes) continue;
    watcher->name = arrays[i].name;
    watcher->offset = (ptrdiff_t)(address - (uintptr_t)arrays[i].data);
    watcher->bytes = arrays[i].bytes;
    watcher->gone = arrays[i].gone;
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number); /* ends the process when this handler returns */
}

void guard_watch(struct guard_fault *fault) {
  watcher = fault;
  struct sigaction action = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}

void guard_explain(const struct guard_fault *fault, char *text, size_t size) {
  if (fault->gone) {
    snprintf(text, size, "touched %s, which was gone by then", fault->name);
  } else if (fault->offset < 0) {
    snprintf(text, size, "touched memory %td bytes before %s", -fault->offset, fault->name);
  } else if ((size_t)fault->offset < fault->bytes) {
    snprintf(text, size, "wrote to %s, which is an input", fault->name);
  } else {
    snprintf(text, size, "touched memory %td bytes past the end of %s", fault->offset - (ptrdiff_t)fault->bytes,
             fault->name);
  }
}
