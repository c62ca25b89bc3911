#include "zip_sink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libzip asks a source for everything through one callback. Both sources below keep the last error for it. */
struct sink {
  FILE *stream;
  zip_error_t error;
};

static zip_int64_t refuse(zip_error_t *error, int zip_code) {
  zip_error_set(error, zip_code, errno);
  return -1;
}

static zip_int64_t seek_write(struct sink *sink, void *data, zip_uint64_t length) {
  const zip_source_args_seek_t *to = ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, length, &sink->error);
  if (!to) return -1;
  return fseeko(sink->stream, to->offset, to->whence) == 0 ? 0 : refuse(&sink->error, ZIP_ER_SEEK);
}

static zip_int64_t tell_write(struct sink *sink) {
  const zip_int64_t at = ftello(sink->stream);
  return at >= 0 ? at : refuse(&sink->error, ZIP_ER_TELL);
}

static zip_int64_t write_bytes(struct sink *sink, const void *data, zip_uint64_t length) {
  if (fwrite(data, 1, length, sink->stream) != length) return refuse(&sink->error, ZIP_ER_WRITE);
  return (zip_int64_t)length;
}

/* An archive that does not exist yet: libzip then starts an empty one. */
static zip_int64_t stat_missing(struct sink *sink) {
  errno = ENOENT;
  return refuse(&sink->error, ZIP_ER_READ);
}

static zip_int64_t sink_callback(void *userdata, void *data, zip_uint64_t length, zip_source_cmd_t command) {
  struct sink *sink = userdata;
  switch (command) {
  case ZIP_SOURCE_SUPPORTS:
    return ZIP_SOURCE_SUPPORTS_WRITABLE;
  case ZIP_SOURCE_STAT:
    return stat_missing(sink);
  case ZIP_SOURCE_BEGIN_WRITE:
    rewind(sink->stream);
    return 0;
  case ZIP_SOURCE_WRITE:
    return write_bytes(sink, data, length);
  case ZIP_SOURCE_SEEK_WRITE:
    return seek_write(sink, data, length);
  case ZIP_SOURCE_TELL_WRITE:
    return tell_write(sink);
  case ZIP_SOURCE_COMMIT_WRITE:
    return fflush(sink->stream) == 0 ? 0 : refuse(&sink->error, ZIP_ER_WRITE);
  case ZIP_SOURCE_ROLLBACK_WRITE:
    return 0;
  case ZIP_SOURCE_ERROR:
    return zip_error_to_data(&sink->error, data, length);
  case ZIP_SOURCE_FREE:
    zip_error_fini(&sink->error);
    free(sink);
    return 0;
  default:
    return refuse(&sink->error, ZIP_ER_OPNOTSUPP);
  }
}

zip_source_t *zip_sink_create(FILE *stream, zip_error_t *error) {
  struct sink *sink = calloc(1, sizeof *sink);
  if (!sink) {
    zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
  }
  sink->stream = stream;
  zip_error_init(&sink->error);
  zip_source_t *source = zip_source_function_create(sink_callback, sink, error);
  if (!source) free(sink);
  return source;
}

struct content_reader {
  struct zip_content *content;
  zip_error_t error;
};

static zip_int64_t read_data(struct content_reader *reader, void *to, uint64_t offset, size_t length) {
  const struct zip_content *content = reader->content;
  if (content->data) {
    memcpy(to, (const unsigned char *)content->data + offset, length);
    return (zip_int64_t)length;
  }
  const ssize_t got = pread(content->spool, to, length, (off_t)offset);
  if (got > 0) return got;
  errno = got == 0 ? EIO : errno;
  return refuse(&reader->error, ZIP_ER_READ);
}

static zip_int64_t read_content(struct content_reader *reader, void *to, zip_uint64_t wanted) {
  struct zip_content *content = reader->content;
  const uint64_t total = content->header_bytes + content->data_bytes;
  const bool in_header = content->position < content->header_bytes;
  const uint64_t left = (in_header ? content->header_bytes : total) - content->position;
  const size_t length = (size_t)(wanted < left ? wanted : left);
  zip_int64_t got = (zip_int64_t)length;
  if (length == 0) return 0;
  if (in_header)
    memcpy(to, content->header + content->position, length);
  else
    got = read_data(reader, to, content->position - content->header_bytes, length);
  if (got > 0) content->position += (uint64_t)got;
  return got;
}

static zip_int64_t stat_content(const struct zip_content *content, void *data, zip_uint64_t length) {
  zip_stat_t *stat = data;
  if (length < sizeof *stat) return -1;
  zip_stat_init(stat);
  stat->valid = ZIP_STAT_SIZE;
  stat->size = content->header_bytes + content->data_bytes;
  return (zip_int64_t)sizeof *stat;
}

static zip_int64_t content_callback(void *userdata, void *data, zip_uint64_t length, zip_source_cmd_t command) {
  struct content_reader *reader = userdata;
  switch (command) {
  case ZIP_SOURCE_SUPPORTS:
    return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                          ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
  case ZIP_SOURCE_OPEN:
    reader->content->position = 0;
    return 0;
  case ZIP_SOURCE_READ:
    return read_content(reader, data, length);
  case ZIP_SOURCE_CLOSE:
    return 0;
  case ZIP_SOURCE_STAT:
    return stat_content(reader->content, data, length);
  case ZIP_SOURCE_ERROR:
    return zip_error_to_data(&reader->error, data, length);
  case ZIP_SOURCE_FREE:
    zip_error_fini(&reader->error);
    free(reader);
    return 0;
  default:
    return refuse(&reader->error, ZIP_ER_OPNOTSUPP);
  }
}

zip_source_t *zip_content_create(struct zip_content *content, zip_error_t *error) {
  struct content_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
  }
  reader->content = content;
  zip_error_init(&reader->error);
  zip_source_t *source = zip_source_function_create(content_callback, reader, error);
  if (!source) free(reader);
  return source;
}
