/* SPDX-License-Identifier: MIT */
#include "stub_link.h"

#include <string.h>

/* What was lent last; never reset. */
static unsigned char *lent_begin, *lent_end;

void stub_link_fill(enum fault fault, uint64_t bytes, struct vordec_bandwidth_result *result) {
  *result = (struct vordec_bandwidth_result){.struct_size = sizeof *result, .bytes = bytes, .seconds = 1e-9};
  if (fault == FILLS_NO_BYTE) result->bytes = 0;
  if (fault == FILLS_FOR_LONG) result->seconds = 1000.0;
}

void stub_link_copy(enum fault fault, uint64_t bytes, struct vordec_bandwidth_result *result) {
  stub_link_fill(fault, bytes, result);
  if (fault == LINK_FOR_LONG) result->seconds = 1000.0;
}

enum vordec_status stub_link_alloc(const struct vordec_host *host, enum fault fault, uint64_t bytes, void **memory,
                                   struct vordec_error *error) {
  unsigned char *block = bytes < SIZE_MAX - 64 ? host->allocate(host->ctx, 64, bytes + 64) : NULL;
  if (!block && fault == LENDS_NOTHING) return VORDEC_OK;
  if (!block) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory to lend");
  memset(block, 0, bytes + 64);
  lent_begin = block;
  lent_end = block + bytes;
  if (fault == LENDS_DIRTY) block[bytes - 1] = 1;
  *memory = fault == LENDS_ASKEW ? block + 8 : block;
  return VORDEC_OK;
}

void stub_link_free(const struct vordec_host *host, enum fault fault, void *memory) {
  if (fault == FREES_NULL) *(volatile unsigned char *)memory = 0;
  if (fault == LENDS_AND_LEAKS) return;
  unsigned char *block = memory;
  if (fault == LENDS_ASKEW && block) block -= 8;
  host->release(host->ctx, block);
}

bool stub_link_lent(const void *memory) {
  const unsigned char *byte = memory;
  return byte >= lent_begin && byte < lent_end;
}
