#include "lent_memory.h"

#include "vulkan_host.h"

struct host_block {
  struct host_block *next;
  struct buffer buffer;
};

enum vordec_status host_memory_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  enum vordec_status status = session_check(session, error);
  if (status) return status;
  if (bytes > session->facts.max_buffer_bytes) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                       "%.200s lends at most %llu bytes at once, not %llu", session->facts.info.name,
                       (unsigned long long)session->facts.max_buffer_bytes, (unsigned long long)bytes);
  }
  struct host_block *block = host_alloc(session->host, 1, sizeof *block);
  if (!block) return host_no_memory(error, "a block of host memory");
  status = buffer_create(session, BUFFER_HOST, bytes, "host memory", &block->buffer, error);
  if (status) {
    host_free(session->host, block);
    return status;
  }
  memset(block->buffer.mapped, 0, bytes);
  block->next = session->host_blocks;
  session->host_blocks = block;
  *memory = block->buffer.mapped;
  return VORDEC_OK;
}

void host_memory_free(struct vordec_session *session, void *memory) {
  struct host_block **link = &session->host_blocks;
  while (*link && (*link)->buffer.mapped != memory) link = &(*link)->next;
  struct host_block *block = *link;
  if (!block) return;
  session_settle(session);
  *link = block->next;
  buffer_destroy(session, &block->buffer);
  host_free(session->host, block);
}

const struct buffer *host_memory_find(const struct vordec_session *session, const void *at, uint64_t bytes,
                                      uint64_t *offset) {
  for (const struct host_block *block = session->host_blocks; block; block = block->next) {
    const uintptr_t start = (uintptr_t)block->buffer.mapped, place = (uintptr_t)at;
    if (place < start || place - start > block->buffer.size || bytes > block->buffer.size - (place - start)) continue;
    *offset = place - start;
    return &block->buffer;
  }
  return NULL;
}
