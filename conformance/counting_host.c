/* SPDX-License-Identifier: MIT */
#include "counting_host.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

#define HEAD 64u /* in front of each block, or its alignment where that is more */
#define MARK UINT64_C(0x766f726465636b69)

/* Stands right in front of the block. */
struct head {
  uint64_t mark;
  size_t size;
  void *memory; /* what to free */
};

static uint64_t host_clock(void *ctx) {
  (void)ctx;
  return clock_ns();
}

static void take_line(void *ctx, enum vordec_log_level level, const char *message) {
  struct counting_host *host = ctx;
  if (!message || !*message || strchr(message, '\n')) atomic_fetch_add(&host->torn_lines, 1);
  if (!message) return;
  pthread_mutex_lock(&host->lock);
  snprintf(host->last_line, sizeof host->last_line, "%s", message);
  pthread_mutex_unlock(&host->lock);
  if ((int)level <= host->tell_up_to) fprintf(stderr, "plugin: %s\n", message);
}

static bool refuses(struct counting_host *host, size_t size) {
  const size_t number = atomic_fetch_add(&host->taken, 1) + 1;
  if (host->refuse_at && (number == host->refuse_at || (host->refuse_on && number > host->refuse_at))) return true;
  return host->limit_bytes && (size > host->limit_bytes || atomic_load(&host->bytes) > host->limit_bytes - size);
}

/* Filled with ones, so that a plugin that takes fresh memory for zeros is found out. */
static void *allocate(void *ctx, size_t alignment, size_t size) {
  struct counting_host *host = ctx;
  const size_t front = alignment > HEAD ? alignment : HEAD;
  if (size % alignment) atomic_fetch_add(&host->uneven, 1);
  void *memory = NULL;
  if (refuses(host, size) || size > SIZE_MAX - front || posix_memalign(&memory, front, front + size) != 0) {
    atomic_fetch_add(&host->refused, 1);
    return NULL;
  }
  unsigned char *block = (unsigned char *)memory + front;
  const struct head head = {MARK, size, memory};
  memcpy(block - sizeof head, &head, sizeof head);
  memset(block, 0xff, size);
  atomic_fetch_add(&host->blocks, 1);
  atomic_fetch_add(&host->bytes, size);
  return block;
}

static void release(void *ctx, void *block) {
  struct counting_host *host = ctx;
  if (!block) return;
  struct head head;
  memcpy(&head, (unsigned char *)block - sizeof head, sizeof head);
  if (head.mark != MARK) {
    atomic_fetch_add(&host->strangers, 1);
    return;
  }
  memset((unsigned char *)block - sizeof head, 0, sizeof head);
  atomic_fetch_sub(&host->blocks, 1);
  atomic_fetch_sub(&host->bytes, head.size);
  free(head.memory);
}

void counting_host_init(struct counting_host *host) {
  memset(host, 0, sizeof *host);
  host->tell_up_to = -1;
  pthread_mutex_init(&host->lock, NULL);
  host->table = (struct vordec_host){.struct_size = sizeof host->table,
                                     .abi_major = VORDEC_ABI_MAJOR,
                                     .abi_minor = VORDEC_ABI_MINOR,
                                     .ctx = host,
                                     .log = take_line,
                                     .allocate = allocate,
                                     .release = release,
                                     .clock_ns = host_clock};
}

void counting_host_refuse(struct counting_host *host, size_t number, bool on) {
  atomic_store(&host->taken, 0);
  atomic_store(&host->refused, 0);
  host->refuse_at = number;
  host->refuse_on = on;
}
