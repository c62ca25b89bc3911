/* SPDX-License-Identifier: MIT */
#include "npy_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

struct file_stream {
  struct npy_stream stream;
  int fd;
};

static enum vordec_status file_read(struct npy_stream *stream, uint64_t offset, void *buffer, size_t bytes,
                                    struct vordec_error *error) {
  const struct file_stream *file = (const struct file_stream *)stream;
  unsigned char *to = buffer;
  uint64_t at = stream->header.bytes + offset;
  while (bytes > 0) {
    const ssize_t got = pread(file->fd, to, bytes, (off_t)at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot read: %s", stream->name, strerror(errno));
    }
    if (got == 0) {
      return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: it was cut short while being read", stream->name);
    }
    to += got;
    at += (uint64_t)got;
    bytes -= (size_t)got;
  }
  return VORDEC_OK;
}

static void file_close(struct npy_stream *stream) {
  struct file_stream *file = (struct file_stream *)stream;
  if (file->fd >= 0) close(file->fd);
  free(file);
}

enum vordec_status npy_stream_open(const char *path, struct npy_stream **stream, struct vordec_error *error) {
  static const struct npy_stream_methods methods = {file_read, file_close};
  struct file_stream *file = malloc(sizeof *file);
  *stream = NULL;
  if (!file) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  *file = (struct file_stream){.stream = {.methods = &methods, .seeks = true}, .fd = -1};
  const enum vordec_status status = npy_open(path, &file->fd, file->stream.name, &file->stream.header, error);
  if (status) {
    file_close(&file->stream);
    return status;
  }
  *stream = &file->stream;
  return VORDEC_OK;
}

enum vordec_status npy_stream_read(struct npy_stream *stream, size_t first, size_t count, void *elements,
                                   struct vordec_error *error) {
  const size_t size = npy_type_size(stream->header.type);
  const enum vordec_status status =
      stream->methods->read(stream, (uint64_t)first * size, elements, count * size, error);
  if (!status && stream->header.big_endian) npy_swap_bytes(elements, count, size);
  return status;
}

void npy_stream_close(struct npy_stream *stream) {
  if (stream) stream->methods->close(stream);
}
