/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>
#include <zip.h>

#include "npz.h"
#include "outfile.h"
#include "zip_sink.h"

#define MEMBER_SUFFIX ".npy"
#define KEY_MAX 200
/* 1980-01-01 00:00, the first instant of zip files: equal content gives equal bytes. */
#define DOS_TIME 0x0000u
#define DOS_DATE 0x0021u

struct npz_stream {
  const char *path, *key; /* borrowed from writer and member, for messages */
  int spool;
  size_t frame_bytes, frames;
};

struct npz_member {
  char key[KEY_MAX + 1];
  struct npy_header header;
  unsigned char header_bytes[NPY_FORMAT_MAX_BYTES];
  struct zip_content content;
  union {
    double f64;
    int64_t i64;
  } scalar;
  struct npz_stream stream; /* spool < 0: not a stream */
};

struct npz_writer {
  struct outfile *file;
  struct npz_member **members;
  size_t count, capacity;
  unsigned compress; /* 0: not */
  bool committed;
};

enum vordec_status npz_writer_create(const char *path, struct npz_writer **writer, struct vordec_error *error) {
  *writer = NULL;
  struct npz_writer *made = calloc(1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  const enum vordec_status status = outfile_create(path, &made->file, error);
  if (status != VORDEC_OK) {
    npz_writer_destroy(made);
    return status;
  }
  *writer = made;
  return VORDEC_OK;
}

void npz_writer_compress(struct npz_writer *writer, unsigned level) {
  writer->compress = level;
}

void npz_writer_destroy(struct npz_writer *writer) {
  if (!writer) return;
  for (size_t i = 0; i < writer->count; ++i) {
    if (writer->members[i]->stream.spool >= 0) close(writer->members[i]->stream.spool);
    free(writer->members[i]);
  }
  free(writer->members);
  outfile_destroy(writer->file);
  free(writer);
}

static enum vordec_status check_key(const struct npz_writer *writer, const char *key, struct vordec_error *error) {
  const char *problem = NULL;
  const size_t length = strlen(key);
  if (length == 0 || length > KEY_MAX) problem = "is empty or too long";
  for (size_t i = 0; i < length && !problem; ++i) {
    if (key[i] <= ' ' || key[i] > '~' || key[i] == '/' || key[i] == '\\') problem = "is not plain ASCII";
  }
  for (size_t i = 0; i < writer->count && !problem; ++i) {
    if (strcmp(writer->members[i]->key, key) == 0) problem = "is there already";
  }
  if (!problem) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: array name '%s' %s", outfile_path(writer->file),
                     key, problem);
}

static enum vordec_status grow(struct npz_writer *writer, struct vordec_error *error) {
  if (writer->count < writer->capacity) return VORDEC_OK;
  const size_t capacity = writer->capacity ? 2 * writer->capacity : 8;
  struct npz_member **members = realloc(writer->members, capacity * sizeof *members);
  if (!members) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory",
                       outfile_path(writer->file));
  }
  writer->members = members;
  writer->capacity = capacity;
  return VORDEC_OK;
}

/* Appends a member with this name, type and shape, and no content yet. NULL: *error says why. */
static struct npz_member *add_member(struct npz_writer *writer, const char *key, const struct npy_header *header,
                                     struct vordec_error *error) {
  struct npy_header measured = *header;
  if (check_key(writer, key, error) != VORDEC_OK || grow(writer, error) != VORDEC_OK) return NULL;
  if (!npy_header_measure(&measured)) {
    vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: %s: the array's shape is too large",
                outfile_path(writer->file), key);
    return NULL;
  }
  struct npz_member *member = calloc(1, sizeof *member);
  if (!member) {
    vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", outfile_path(writer->file));
    return NULL;
  }
  snprintf(member->key, sizeof member->key, "%s", key);
  member->header = measured;
  member->stream = (struct npz_stream){.path = outfile_path(writer->file), .key = member->key, .spool = -1};
  writer->members[writer->count++] = member;
  return member;
}

enum vordec_status npz_writer_add(struct npz_writer *writer, const char *key, const struct npy_form *form,
                                  const void *data, struct vordec_error *error) {
  struct npy_header header = {.type = form->type, .ndim = form->ndim};
  if (form->ndim <= NPY_MAX_NDIM) memcpy(header.shape, form->shape, form->ndim * sizeof *form->shape);
  struct npz_member *member = add_member(writer, key, &header, error);
  if (!member) return error->status;
  member->content.data = data;
  return VORDEC_OK;
}

enum vordec_status npz_writer_add_f64(struct npz_writer *writer, const char *key, double value,
                                      struct vordec_error *error) {
  struct npz_member *member = add_member(writer, key, &(struct npy_header){.type = NPY_F8}, error);
  if (!member) return error->status;
  member->scalar.f64 = value;
  member->content.data = &member->scalar;
  return VORDEC_OK;
}

enum vordec_status npz_writer_add_i64(struct npz_writer *writer, const char *key, int64_t value,
                                      struct vordec_error *error) {
  struct npz_member *member = add_member(writer, key, &(struct npy_header){.type = NPY_I8}, error);
  if (!member) return error->status;
  member->scalar.i64 = value;
  member->content.data = &member->scalar;
  return VORDEC_OK;
}

enum vordec_status npz_writer_add_stream(struct npz_writer *writer, const char *key, const struct npy_form *frame,
                                         struct npz_stream **stream, struct vordec_error *error) {
  *stream = NULL;
  /* One frame until commit knows their number, so that data_bytes is a frame's size. */
  const bool fits = frame->ndim < NPY_MAX_NDIM;
  struct npy_header header = {.type = frame->type, .ndim = fits ? frame->ndim + 1 : NPY_MAX_NDIM + 1, .shape = {1}};
  if (fits) memcpy(header.shape + 1, frame->shape, frame->ndim * sizeof *frame->shape);
  const int spool = outfile_open_spool(outfile_path(writer->file), error);
  if (spool < 0) return error->status;
  struct npz_member *member = add_member(writer, key, &header, error);
  if (!member) {
    close(spool);
    return error->status;
  }
  member->stream.spool = spool;
  member->stream.frame_bytes = member->header.data_bytes;
  *stream = &member->stream;
  return VORDEC_OK;
}

enum vordec_status npz_stream_append(struct npz_stream *stream, const void *data, struct vordec_error *error) {
  const unsigned char *from = data;
  const size_t start = stream->frames * stream->frame_bytes;
  size_t done = 0;
  while (done < stream->frame_bytes) {
    const ssize_t wrote = pwrite(stream->spool, from + done, stream->frame_bytes - done, (off_t)(start + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s: %s: cannot write frame %zu: %s", stream->path,
                         stream->key, stream->frames, strerror(wrote < 0 ? errno : ENOSPC));
    }
    done += (size_t)wrote;
  }
  ++stream->frames;
  return VORDEC_OK;
}

/* Fixes what the archive will hold for a member. */
static enum vordec_status seal(struct npz_member *member, struct vordec_error *error) {
  if (member->stream.spool >= 0) {
    member->header.shape[0] = member->stream.frames;
    if (!npy_header_measure(&member->header)) {
      return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: %s: the array's shape is too large",
                         member->stream.path, member->key);
    }
  }
  npy_header_format(&member->header, member->header_bytes);
  member->content.header = member->header_bytes;
  member->content.header_bytes = member->header.bytes;
  member->content.data_bytes = member->header.data_bytes;
  member->content.spool = member->stream.spool;
  return VORDEC_OK;
}

/* Registers a member with the archive; its bytes are fetched when the archive is closed. */
static bool register_member(zip_t *zip, struct npz_member *member, unsigned compress) {
  char name[KEY_MAX + sizeof MEMBER_SUFFIX];
  snprintf(name, sizeof name, "%s" MEMBER_SUFFIX, member->key);
  zip_source_t *source = zip_content_create(&member->content, zip_get_error(zip));
  if (!source) return false;
  const zip_int64_t index = zip_file_add(zip, name, source, 0);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  return zip_set_file_compression(zip, (zip_uint64_t)index, compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE, compress) == 0 &&
         zip_file_set_dostime(zip, (zip_uint64_t)index, DOS_TIME, DOS_DATE, 0) == 0;
}

static enum vordec_status fail_zip(struct vordec_error *error, const char *path, zip_error_t *cause) {
  const int code = zip_error_code_zip(cause);
  /* A failure without a cause is a lack of memory that libzip 1.7 does not report. */
  if (code == ZIP_ER_MEMORY || code == ZIP_ER_OK) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  }
  return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "%s: cannot write: %s", path,
                     zip_error_strerror(cause));
}

static enum vordec_status write_zip(struct npz_writer *writer, struct vordec_error *error) {
  const char *path = outfile_path(writer->file);
  enum vordec_status status = VORDEC_OK;
  zip_error_t cause;
  zip_error_init(&cause);
  zip_source_t *sink = zip_sink_create(outfile_stream(writer->file), &cause);
  zip_t *zip = sink ? zip_open_from_source(sink, ZIP_CREATE | ZIP_TRUNCATE, &cause) : NULL;
  if (!zip) {
    status = fail_zip(error, path, &cause);
    zip_source_free(sink); /* accepts NULL */
    zip_error_fini(&cause);
    return status;
  }
  for (size_t i = 0; i < writer->count && status == VORDEC_OK; ++i) {
    if (!register_member(zip, writer->members[i], writer->compress)) status = fail_zip(error, path, zip_get_error(zip));
  }
  if (status == VORDEC_OK && zip_close(zip) == 0) {
    zip = NULL;
  } else if (status == VORDEC_OK) {
    status = fail_zip(error, path, zip_get_error(zip));
  }
  if (zip) zip_discard(zip);
  zip_error_fini(&cause);
  return status;
}

enum vordec_status npz_writer_finish(struct npz_writer *writer, struct outfile **file, struct vordec_error *error) {
  const char *path = outfile_path(writer->file);
  if (writer->committed || writer->count == 0) {
    return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: %s", path,
                       writer->committed ? "committed twice" : "an archive needs at least one array");
  }
  writer->committed = true;
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < writer->count && status == VORDEC_OK; ++i) status = seal(writer->members[i], error);
  if (status == VORDEC_OK) status = write_zip(writer, error);
  *file = writer->file;
  return status;
}

enum vordec_status npz_writer_commit(struct npz_writer *writer, struct vordec_error *error) {
  struct outfile *file = NULL;
  const enum vordec_status status = npz_writer_finish(writer, &file, error);
  return status ? status : outfile_commit(file, error);
}
