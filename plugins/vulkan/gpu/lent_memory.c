/* SPDX-License-Identifier: MIT */
#include "lent_memory.h"

#include "vulkan_host.h"

struct lent_block {
  struct lent_block *next;
  struct buffer buffer;
};

enum vordec_status lent_memory_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  enum vordec_status status = gpu_check(&session->gpu, error);
  if (status) return status;
  if (bytes > session->gpu.facts.max_buffer_bytes) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                       "%.200s lends at most %llu bytes at once, not %llu", session->gpu.facts.info.name,
                       (unsigned long long)session->gpu.facts.max_buffer_bytes, (unsigned long long)bytes);
  }
  struct lent_block *block = host_alloc(session->gpu.host, 1, sizeof *block);
  if (!block) return host_no_memory(error, "a block of host memory");
  status = buffer_create(&session->gpu, BUFFER_LENT, bytes, "host memory", &block->buffer, error);
  if (status) {
    host_free(session->gpu.host, block);
    return status;
  }
  memset(block->buffer.mapped, 0, bytes);
  block->next = session->lent_blocks;
  session->lent_blocks = block;
  *memory = block->buffer.mapped;
  return VORDEC_OK;
}

void lent_memory_free(struct vordec_session *session, void *memory) {
  struct lent_block **link = &session->lent_blocks;
  while (*link && (*link)->buffer.mapped != memory) link = &(*link)->next;
  struct lent_block *block = *link;
  if (!block) return;
  session_settle(session);
  *link = block->next;
  buffer_destroy(&session->gpu, &block->buffer);
  host_free(session->gpu.host, block);
}

const struct buffer *lent_memory_find(const struct vordec_session *session, const void *at, uint64_t bytes,
                                      uint64_t *offset) {
  for (const struct lent_block *block = session->lent_blocks; block; block = block->next) {
    const uintptr_t start = (uintptr_t)block->buffer.mapped, place = (uintptr_t)at;
    if (place < start || place - start > block->buffer.size || bytes > block->buffer.size - (place - start)) continue;
    *offset = place - start;
    return &block->buffer;
  }
  return NULL;
}
