/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* A page that the kernel hands to a forked child wiped. NULL: this kernel cannot do that. */
static atomic_uint_least64_t *page;
/* The last number that this process or one before it was given: a child inherits it as it is. */
static atomic_uint_least64_t last;

static void map_page(void) {
  const size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return;
  if (madvise(mapped, size, MADV_WIPEONFORK) == 0) {
    page = mapped;
  } else {
    munmap(mapped, size);
  }
}

uint64_t process_token(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, map_page);
  if (!page) return (uint64_t)getpid();
  uint64_t token = atomic_load(page);
  if (token != 0) return token;
  const uint64_t fresh = atomic_fetch_add(&last, 1) + 1;
  return atomic_compare_exchange_strong(page, &token, fresh) ? fresh : token;
}
