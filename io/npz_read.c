/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>
#include <zip.h>

#include "npy_text.h"
#include "npz.h"
#include "zip_layout.h"

#define MEMBER_SUFFIX ".npy"
#define MEMBER_NAME_MAX NPZ_KEY_MAX
/* Deflate's densest code is 258 bytes in 2 bits; the slack covers its fixed cost in very short members. */
#define DEFLATE_MAX_RATIO 1032u
#define DEFLATE_SLACK 1032u

struct npz {
  zip_t *zip;
  char *path;
  uint64_t file_bytes;
};

static enum vordec_status fail_input(struct vordec_error *error, const char *path, const char *what) {
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s", path, what);
}

static enum vordec_status fail_memory(struct vordec_error *error, const char *path) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

/* A name that two members share, for the message. The archive is opened again without the check that refused it. */
static enum vordec_status fail_duplicate(struct vordec_error *error, const char *path) {
  int code = 0;
  zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
  const zip_int64_t count = zip ? zip_get_num_entries(zip, 0) : 0;
  const char *name = NULL;
  for (zip_int64_t i = 0; i < count && !name; ++i) {
    const char *candidate = zip_get_name(zip, (zip_uint64_t)i, 0);
    if (candidate && zip_name_locate(zip, candidate, 0) != i) name = candidate;
  }
  vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: two members are called '%s'", path, name ? name : "?");
  if (zip) zip_discard(zip);
  return VORDEC_E_INPUT;
}

static enum vordec_status fail_open(struct vordec_error *error, const char *path, int fd, int code) {
  const bool no_memory = errno == ENOMEM; /* libzip may take that for an archive without a directory */
  char magic[2] = {0};
  if (code == ZIP_ER_EXISTS) return fail_duplicate(error, path);
  if (code == ZIP_ER_MEMORY || no_memory) return fail_memory(error, path);
  if (pread(fd, magic, sizeof magic, 0) != (ssize_t)sizeof magic || memcmp(magic, "PK", sizeof magic) != 0) {
    return fail_input(error, path, "not an .npz archive (an .npz is a zip file)");
  }
  if (code == ZIP_ER_NOZIP)
    return fail_input(error, path, "the archive is cut short or damaged: there is no valid directory at its end");
  zip_error_t detail;
  zip_error_init_with_code(&detail, code);
  vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: the archive is damaged: %s", path,
              zip_error_strerror(&detail));
  zip_error_fini(&detail);
  return VORDEC_E_INPUT;
}

/* No two members may share bytes. */
static enum vordec_status check_layout(const struct npz *npz, int fd, struct vordec_error *error) {
  switch (zip_layout_check(fd, npz->file_bytes, npz->zip)) {
  case ZIP_LAYOUT_OK:
    return VORDEC_OK;
  case ZIP_LAYOUT_OVERLAP:
    return fail_input(error, npz->path, "the archive is damaged: members overlap");
  case ZIP_LAYOUT_DAMAGED:
    return fail_input(error, npz->path, "the archive is damaged: its directory and its content disagree");
  case ZIP_LAYOUT_UNREADABLE:
    return vordec_fail(error, errno == ENOMEM ? VORDEC_E_NO_MEMORY : VORDEC_E_IO, VORDEC_REASON_NONE,
                       "%s: cannot read: %s", npz->path, strerror(errno));
  case ZIP_LAYOUT_NO_MEMORY:
    break;
  }
  return fail_memory(error, npz->path);
}

/* zip_fdopen() owns its descriptor if it succeeds. */
static enum vordec_status open_zip(struct npz *npz, struct vordec_error *error) {
  struct stat info;
  int code = 0, own = -1;
  enum vordec_status status = VORDEC_OK;
  const int fd = open(npz->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &info) != 0) {
    status = vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot read: %s", npz->path, strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    status = fail_input(error, npz->path, "not a regular file; an .npz archive is read from a file on disk");
  } else if (info.st_size == 0) {
    status = fail_input(error, npz->path, "the file is empty; an .npz archive is needed");
  } else {
    npz->file_bytes = (uint64_t)info.st_size;
    errno = 0;
    own = dup(fd);
    npz->zip = own >= 0 ? zip_fdopen(own, ZIP_CHECKCONS, &code) : NULL;
    if (npz->zip) {
      status = check_layout(npz, fd, error);
    } else {
      status = own >= 0 ? fail_open(error, npz->path, fd, code)
                        : vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot read: %s", npz->path,
                                      strerror(errno));
      if (own >= 0) close(own);
    }
  }
  if (fd >= 0) close(fd);
  return status;
}

enum vordec_status npz_open(const char *path, struct npz **npz, struct vordec_error *error) {
  *npz = NULL;
  struct npz *made = calloc(1, sizeof *made);
  if (made) made->path = strdup(path);
  if (!made || !made->path) {
    npz_close(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  }
  const enum vordec_status status = open_zip(made, error);
  if (status != VORDEC_OK) {
    npz_close(made);
    return status;
  }
  *npz = made;
  return VORDEC_OK;
}

void npz_close(struct npz *npz) {
  if (!npz) return;
  if (npz->zip) zip_discard(npz->zip);
  free(npz->path);
  free(npz);
}

const char *npz_path(const struct npz *npz) {
  return npz->path;
}

/* Index of member KEY.npy, or -1. */
static zip_int64_t find_member(const struct npz *npz, const char *key) {
  char name[MEMBER_NAME_MAX];
  const int length = snprintf(name, sizeof name, "%s" MEMBER_SUFFIX, key);
  if (length < 0 || (size_t)length >= sizeof name) return -1;
  return zip_name_locate(npz->zip, name, 0);
}

bool npz_has(const struct npz *npz, const char *key) {
  return find_member(npz, key) >= 0;
}

/* The key of a member KEY.npy; false: it is called otherwise, or too long. */
static bool key_of(const char *name, char key[NPZ_KEY_MAX]) {
  const size_t length = name ? strlen(name) : 0, suffix = strlen(MEMBER_SUFFIX);
  if (length < suffix || length >= MEMBER_NAME_MAX || strcmp(name + length - suffix, MEMBER_SUFFIX) != 0) return false;
  snprintf(key, NPZ_KEY_MAX, "%.*s", (int)(length - suffix), name);
  return true;
}

bool npz_next_key(const struct npz *npz, size_t *at, char key[NPZ_KEY_MAX]) {
  const zip_int64_t count = zip_get_num_entries(npz->zip, 0);
  while ((zip_int64_t)*at < count) {
    if (key_of(zip_get_name(npz->zip, (*at)++, 0), key)) return true;
  }
  return false;
}

bool npz_next_other(const struct npz *npz, size_t *at, char name[NPZ_KEY_MAX]) {
  const zip_int64_t count = zip_get_num_entries(npz->zip, 0);
  while ((zip_int64_t)*at < count) {
    const char *found = zip_get_name(npz->zip, (*at)++, 0);
    const size_t length = found ? strlen(found) : 0;
    if (length == 0 || length >= NPZ_KEY_MAX || found[length - 1] == '/' || key_of(found, name)) continue;
    memcpy(name, found, length + 1);
    return true;
  }
  return false;
}

/* Refuses what cannot be decoded or cannot be true, before anything is decoded. */
static enum vordec_status check_member(const struct npz *npz, const char *key, const zip_stat_t *stat,
                                       struct vordec_error *error) {
  const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  const char *problem = NULL;
  if ((stat->valid & needed) != needed) {
    problem = "the archive's directory does not say enough about it";
  } else if (stat->encryption_method != ZIP_EM_NONE) {
    problem = "it is encrypted, which is not supported";
  } else if (stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                       "%s: %s: compression method %u is not supported (stored and deflated members are)", npz->path,
                       key, stat->comp_method);
  } else if (stat->comp_size > npz->file_bytes) {
    problem = "it claims to be larger than the file";
  } else if (stat->comp_method == ZIP_CM_STORE && stat->size != stat->comp_size) {
    problem = "it is stored uncompressed, but its two sizes differ";
  } else if (stat->comp_method == ZIP_CM_DEFLATE && stat->size > DEFLATE_SLACK &&
             (stat->size - DEFLATE_SLACK) / DEFLATE_MAX_RATIO > stat->comp_size) {
    problem = "it claims to unpack to more than its compressed size allows";
  }
  if (!problem) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s: %s", npz->path, key, problem);
}

struct member_source {
  zip_file_t *file;
  const char *path, *key;
};

static enum vordec_status fail_member(const struct member_source *member, struct vordec_error *error) {
  const int code = zip_error_code_zip(zip_file_get_error(member->file));
  if (code == ZIP_ER_MEMORY) return fail_memory(error, member->path);
  const char *cause =
      code == ZIP_ER_CRC ? "its checksum does not match: the file is damaged" : zip_file_strerror(member->file);
  return vordec_fail(error, code == ZIP_ER_READ ? VORDEC_E_IO : VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s: %s",
                     member->path, member->key, cause);
}

static enum vordec_status read_member(void *ctx, void *buffer, size_t bytes, struct vordec_error *error) {
  struct member_source *member = ctx;
  unsigned char *to = buffer;
  while (bytes > 0) {
    const zip_int64_t got = zip_fread(member->file, to, bytes);
    if (got < 0) return fail_member(member, error);
    if (got == 0) {
      return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s: it holds less than the directory says",
                         member->path, member->key);
    }
    to += got;
    bytes -= (size_t)got;
  }
  return VORDEC_OK;
}

/* The checksum is compared when the end is reached, so the end has to be read. */
static enum vordec_status read_end(const struct member_source *member, struct vordec_error *error) {
  char more = 0;
  const zip_int64_t got = zip_fread(member->file, &more, 1);
  if (got < 0) return fail_member(member, error);
  if (got == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s: it holds more than the directory says",
                     member->path, member->key);
}

/* libzip cannot find, or not start to read, a member that is in the directory. */
static enum vordec_status fail_find(const struct npz *npz, const char *key, struct vordec_error *error) {
  if (zip_error_code_zip(zip_get_error(npz->zip)) == ZIP_ER_MEMORY) return fail_memory(error, npz->path);
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: %s: %s", npz->path, key, zip_strerror(npz->zip));
}

/* Opens member KEY.npy, of *size bytes; to be closed with zip_fclose(). */
static enum vordec_status open_member(struct npz *npz, const char *key, struct member_source *member, uint64_t *size,
                                      struct vordec_error *error) {
  const zip_int64_t index = find_member(npz, key);
  zip_stat_t stat;
  if (index < 0) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: there is no array '%s' in it", npz->path, key);
  }
  if (zip_stat_index(npz->zip, (zip_uint64_t)index, 0, &stat) != 0) {
    return fail_find(npz, key, error);
  }
  const enum vordec_status status = check_member(npz, key, &stat, error);
  if (status != VORDEC_OK) return status;
  *member = (struct member_source){zip_fopen_index(npz->zip, (zip_uint64_t)index, 0), npz->path, key};
  *size = stat.size;
  return member->file ? VORDEC_OK : fail_find(npz, key, error);
}

static enum vordec_status read_array(struct npz *npz, const char *key, enum npy_kind kind, struct npy_array *array,
                                     struct vordec_error *error) {
  struct member_source member;
  uint64_t size = 0;
  *array = (struct npy_array){0};
  enum vordec_status status = open_member(npz, key, &member, &size, error);
  if (status != VORDEC_OK) return status;
  const struct npy_source source = {read_member, &member, size, npz->path, key, kind};
  status = npy_read_source(&source, array, error);
  if (status == VORDEC_OK) status = read_end(&member, error);
  if (status != VORDEC_OK) npy_array_release(array);
  zip_fclose(member.file);
  return status;
}

enum vordec_status npz_read(struct npz *npz, const char *key, struct npy_array *array, struct vordec_error *error) {
  return read_array(npz, key, NPY_NUMBERS, array, error);
}

enum vordec_status npz_read_dates(struct npz *npz, const char *key, struct npy_array *array,
                                  struct vordec_error *error) {
  return read_array(npz, key, NPY_DATES, array, error);
}

bool npz_text(struct npz *npz, const char *key, size_t i, char *text, size_t size) {
  struct npy_array array;
  struct vordec_error ignored;
  if (!npz_has(npz, key) || read_array(npz, key, NPY_TEXTS, &array, &ignored)) return false;
  const bool taken = npy_text_take(&array, i, text, size);
  npy_array_release(&array);
  return taken;
}

/* ---- pieces of a member */

struct member_stream {
  struct npy_stream stream;
  struct npz *npz; /* its own */
  char *key;
  struct member_source member;
  uint64_t at;
};

static void close_stream(struct npy_stream *stream) {
  struct member_stream *own = (struct member_stream *)stream;
  if (own->member.file) zip_fclose(own->member.file);
  npz_close(own->npz);
  free(own->key);
  free(own);
}

static enum vordec_status restart(struct member_stream *own, struct vordec_error *error) {
  uint64_t size = 0;
  if (own->member.file) zip_fclose(own->member.file);
  own->member.file = NULL;
  own->at = 0;
  return open_member(own->npz, own->key, &own->member, &size, error);
}

/* Reads up to `end`, and drops it. */
static enum vordec_status pass_over(struct member_stream *own, uint64_t end, struct vordec_error *error) {
  char dropped[1 << 14];
  enum vordec_status status = VORDEC_OK;
  while (!status && own->at < end) {
    const size_t bytes = end - own->at < sizeof dropped ? (size_t)(end - own->at) : sizeof dropped;
    status = read_member(&own->member, dropped, bytes, error);
    own->at += bytes;
  }
  return status;
}

static enum vordec_status go_to(struct member_stream *own, uint64_t at, struct vordec_error *error) {
  if (own->at == at) return VORDEC_OK;
  if (own->stream.seeks) {
    if (zip_fseek(own->member.file, (zip_int64_t)at, SEEK_SET)) return fail_member(&own->member, error);
    own->at = at;
    return VORDEC_OK;
  }
  const enum vordec_status status = own->at > at ? restart(own, error) : VORDEC_OK;
  return status ? status : pass_over(own, at, error);
}

static enum vordec_status read_piece(struct npy_stream *stream, uint64_t offset, void *buffer, size_t bytes,
                                     struct vordec_error *error) {
  struct member_stream *own = (struct member_stream *)stream;
  enum vordec_status status = go_to(own, stream->header.bytes + offset, error);
  if (!status) status = read_member(&own->member, buffer, bytes, error);
  own->at += bytes;
  return status;
}

/* Reads all of the member, to its checksum. */
static enum vordec_status check_whole(struct member_stream *own, struct vordec_error *error) {
  const struct npy_header *header = &own->stream.header;
  enum vordec_status status = restart(own, error);
  if (!status) status = pass_over(own, header->bytes + header->data_bytes, error);
  if (!status) status = read_end(&own->member, error);
  return status ? status : restart(own, error);
}

static bool is_stored(const struct npz *npz, const char *key) {
  zip_stat_t stat;
  return zip_stat_index(npz->zip, (zip_uint64_t)find_member(npz, key), 0, &stat) == 0 &&
         stat.comp_method == ZIP_CM_STORE;
}

enum vordec_status npz_open_stream(const struct npz *npz, const char *key, struct npy_stream **stream,
                                   struct vordec_error *error) {
  static const struct npy_stream_methods methods = {read_piece, close_stream};
  struct member_stream *own = calloc(1, sizeof *own);
  *stream = NULL;
  if (!own) return fail_memory(error, npz->path);
  own->stream.methods = &methods;
  npy_set_name(own->stream.name, npz->path, key);
  own->key = strdup(key);
  enum vordec_status status = own->key ? npz_open(npz->path, &own->npz, error) : fail_memory(error, npz->path);
  if (!status) status = npz_describe(own->npz, key, &own->stream.header, error);
  if (!status) status = check_whole(own, error);
  if (status) {
    close_stream(&own->stream);
    return status;
  }
  own->stream.seeks = is_stored(own->npz, key);
  *stream = &own->stream;
  return VORDEC_OK;
}

enum vordec_status npz_describe(struct npz *npz, const char *key, struct npy_header *header,
                                struct vordec_error *error) {
  struct member_source member;
  uint64_t size = 0;
  enum vordec_status status = open_member(npz, key, &member, &size, error);
  if (status != VORDEC_OK) return status;
  const struct npy_source source = {read_member, &member, size, npz->path, key, NPY_DATES};
  status = npy_describe_source(&source, header, error);
  zip_fclose(member.file);
  return status;
}

enum vordec_status npz_read_scalar_f64(struct npz *npz, const char *key, double *value, struct vordec_error *error) {
  struct npy_array array;
  enum vordec_status status = npz_read(npz, key, &array, error);
  if (status == VORDEC_OK) status = npy_scalar_f64(&array, value, error);
  npy_array_release(&array);
  return status;
}

enum vordec_status npz_read_scalar_i64(struct npz *npz, const char *key, int64_t *value, struct vordec_error *error) {
  struct npy_array array;
  enum vordec_status status = npz_read(npz, key, &array, error);
  if (status == VORDEC_OK) status = npy_scalar_i64(&array, value, error);
  npy_array_release(&array);
  return status;
}
