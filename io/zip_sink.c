/* SPDX-License-Identifier: MIT */
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

static zip_int64_t sink_supports(struct sink *sink, void *data, zip_uint64_t length) {
  (void)sink;
  (void)data;
  (void)length;
  return ZIP_SOURCE_SUPPORTS_WRITABLE;
}

/* An archive that does not exist yet: libzip then starts an empty one. */
static zip_int64_t sink_stat(struct sink *sink, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  errno = ENOENT;
  return refuse(&sink->error, ZIP_ER_READ);
}

static zip_int64_t sink_begin(struct sink *sink, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  rewind(sink->stream);
  return 0;
}

static zip_int64_t sink_write(struct sink *sink, void *data, zip_uint64_t length) {
  if (fwrite(data, 1, length, sink->stream) != length) return refuse(&sink->error, ZIP_ER_WRITE);
  return (zip_int64_t)length;
}

static zip_int64_t sink_seek(struct sink *sink, void *data, zip_uint64_t length) {
  const zip_source_args_seek_t *to = ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, length, &sink->error);
  if (!to) return -1;
  return fseeko(sink->stream, to->offset, to->whence) == 0 ? 0 : refuse(&sink->error, ZIP_ER_SEEK);
}

static zip_int64_t sink_tell(struct sink *sink, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  const zip_int64_t at = ftello(sink->stream);
  return at >= 0 ? at : refuse(&sink->error, ZIP_ER_TELL);
}

static zip_int64_t sink_commit(struct sink *sink, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  return fflush(sink->stream) == 0 ? 0 : refuse(&sink->error, ZIP_ER_WRITE);
}

static zip_int64_t sink_roll_back(struct sink *sink, void *data, zip_uint64_t length) {
  (void)sink;
  (void)data;
  (void)length;
  return 0;
}

static zip_int64_t sink_tell_error(struct sink *sink, void *data, zip_uint64_t length) {
  return zip_error_to_data(&sink->error, data, length);
}

static zip_int64_t sink_free(struct sink *sink, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  zip_error_fini(&sink->error);
  free(sink);
  return 0;
}

/* What is not in the list is not supported: libzip's commands are more, and may become more. */
static zip_int64_t sink_callback(void *userdata, void *data, zip_uint64_t length, zip_source_cmd_t command) {
  static const struct {
    zip_source_cmd_t command;
    zip_int64_t (*serve)(struct sink *, void *, zip_uint64_t);
  } services[] = {{ZIP_SOURCE_SUPPORTS, sink_supports},   {ZIP_SOURCE_STAT, sink_stat},
                  {ZIP_SOURCE_BEGIN_WRITE, sink_begin},   {ZIP_SOURCE_WRITE, sink_write},
                  {ZIP_SOURCE_SEEK_WRITE, sink_seek},     {ZIP_SOURCE_TELL_WRITE, sink_tell},
                  {ZIP_SOURCE_COMMIT_WRITE, sink_commit}, {ZIP_SOURCE_ROLLBACK_WRITE, sink_roll_back},
                  {ZIP_SOURCE_ERROR, sink_tell_error},    {ZIP_SOURCE_FREE, sink_free}};
  struct sink *sink = userdata;
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    if (services[i].command == command) return services[i].serve(sink, data, length);
  }
  return refuse(&sink->error, ZIP_ER_OPNOTSUPP);
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

static zip_int64_t content_supports(struct content_reader *reader, void *data, zip_uint64_t length) {
  (void)reader;
  (void)data;
  (void)length;
  return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                        ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
}

static zip_int64_t content_open(struct content_reader *reader, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  reader->content->position = 0;
  return 0;
}

static zip_int64_t content_read(struct content_reader *reader, void *to, zip_uint64_t wanted) {
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

static zip_int64_t content_close(struct content_reader *reader, void *data, zip_uint64_t length) {
  (void)reader;
  (void)data;
  (void)length;
  return 0;
}

static zip_int64_t content_stat(struct content_reader *reader, void *data, zip_uint64_t length) {
  zip_stat_t *stat = data;
  if (length < sizeof *stat) return -1;
  zip_stat_init(stat);
  stat->valid = ZIP_STAT_SIZE;
  stat->size = reader->content->header_bytes + reader->content->data_bytes;
  return (zip_int64_t)sizeof *stat;
}

static zip_int64_t content_tell_error(struct content_reader *reader, void *data, zip_uint64_t length) {
  return zip_error_to_data(&reader->error, data, length);
}

static zip_int64_t content_free(struct content_reader *reader, void *data, zip_uint64_t length) {
  (void)data;
  (void)length;
  zip_error_fini(&reader->error);
  free(reader);
  return 0;
}

static zip_int64_t content_callback(void *userdata, void *data, zip_uint64_t length, zip_source_cmd_t command) {
  static const struct {
    zip_source_cmd_t command;
    zip_int64_t (*serve)(struct content_reader *, void *, zip_uint64_t);
  } services[] = {{ZIP_SOURCE_SUPPORTS, content_supports}, {ZIP_SOURCE_OPEN, content_open},
                  {ZIP_SOURCE_READ, content_read},         {ZIP_SOURCE_CLOSE, content_close},
                  {ZIP_SOURCE_STAT, content_stat},         {ZIP_SOURCE_ERROR, content_tell_error},
                  {ZIP_SOURCE_FREE, content_free}};
  struct content_reader *reader = userdata;
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    if (services[i].command == command) return services[i].serve(reader, data, length);
  }
  return refuse(&reader->error, ZIP_ER_OPNOTSUPP);
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
