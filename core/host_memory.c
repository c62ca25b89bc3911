/* SPDX-License-Identifier: MIT */
/* Host memory that a decoder's device writes to directly; ordinary memory if the backend has none of that kind. */
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "errors.h"
#include "intake.h"

#define ALIGNMENT ((size_t)64)

static bool has_memory(const struct vordec_decoder *decoder) {
  return decoder->stream && decoder->stream->host_alloc;
}

static enum vordec_status allocate(size_t bytes, void **memory, struct vordec_error *error) {
  const size_t whole = bytes > SIZE_MAX - ALIGNMENT ? 0 : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  *memory = whole ? aligned_alloc(ALIGNMENT, whole) : NULL;
  if (!*memory) return error_no_memory(error);
  memset(*memory, 0, whole);
  return VORDEC_OK;
}

enum vordec_status vordec_decoder_alloc_host(struct vordec_decoder *decoder, size_t bytes, void **memory,
                                             struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *memory = NULL;
  if (bytes == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "the number of bytes to allocate must be above 0");
  if (!has_memory(decoder)) return allocate(bytes, memory, error);
  enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  intake_ready(error);
  status = intake_status(decoder->stream->host_alloc(decoder->engine->session, bytes, memory, error), error);
  if (status) *memory = NULL;
  return engine_leave(decoder->engine, status);
}

void vordec_decoder_free_host(struct vordec_decoder *decoder, void *memory) {
  if (!memory || (has_memory(decoder) && !engine_is_here(decoder->engine))) return;
  if (has_memory(decoder)) {
    decoder->stream->host_free(decoder->engine->session, memory);
  } else {
    free(memory);
  }
}
