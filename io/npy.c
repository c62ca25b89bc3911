/* SPDX-License-Identifier: MIT */
#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/error.h>

#include "outfile.h"

void npy_array_release(struct npy_array *array) {
  if (!array) return;
  free(array->data);
  *array = (struct npy_array){0};
}

const char *npy_shape_text(const size_t *shape, uint32_t ndim, char *text, size_t size) {
  int used = snprintf(text, size, "(");
  for (uint32_t i = 0; i < ndim && (size_t)used < size; ++i) {
    used += snprintf(text + used, size - (size_t)used, "%zu%s", shape[i], ndim == 1 ? "," : i + 1 < ndim ? ", " : "");
  }
  if ((size_t)used < size) snprintf(text + used, size - (size_t)used, ")");
  return text;
}

void npy_set_name(char name[NPY_NAME_MAX], const char *path, const char *key) {
  char suffix[NPY_NAME_MAX / 2] = "";
  if (key) snprintf(suffix, sizeof suffix, ": %s", key);
  const size_t room = NPY_NAME_MAX - 1 - strlen(suffix);
  const size_t length = strlen(path);
  const char *dots = length > room ? "..." : "";
  const char *tail = length > room ? path + length - (room - 3) : path;
  snprintf(name, NPY_NAME_MAX, "%s%s%s", dots, tail, suffix);
}

static enum vordec_status read_header(const struct npy_source *source, const char *name, struct npy_header *header,
                                      struct vordec_error *error) {
  unsigned char preamble[NPY_PREAMBLE_BYTES];
  const size_t available = source->size < sizeof preamble ? (size_t)source->size : sizeof preamble;
  size_t total = 0;
  enum vordec_status status = source->read(source->ctx, preamble, available, error);
  if (status == VORDEC_OK) status = npy_header_length(preamble, available, name, &total, error);
  if (status != VORDEC_OK) return status;
  /* The preamble may be longer than what comes before the dictionary, never than the shortest whole header. */
  if (total < sizeof preamble || total > source->size) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: the .npy header is cut short", name);
  }
  unsigned char *bytes = malloc(total);
  if (!bytes) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", name);
  memcpy(bytes, preamble, sizeof preamble);
  status = source->read(source->ctx, bytes + sizeof preamble, total - sizeof preamble, error);
  if (status == VORDEC_OK) status = npy_header_parse(bytes, total, name, header, error);
  free(bytes);
  return status;
}

static enum vordec_status check_size(const struct npy_source *source, const char *name, const struct npy_header *header,
                                     struct vordec_error *error) {
  const uint64_t held = source->size - header->bytes;
  if (held == header->data_bytes) return VORDEC_OK;
  char shape[NPY_SHAPE_TEXT_MAX];
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                     "%s: shape %s of %s needs %zu bytes of data, but there are %llu", name,
                     npy_shape_text(header->shape, header->ndim, shape, sizeof shape), npy_type_name(header->type),
                     header->data_bytes, (unsigned long long)held);
}

enum vordec_status npy_describe_source(const struct npy_source *source, struct npy_header *header,
                                       struct vordec_error *error) {
  char name[NPY_NAME_MAX];
  npy_set_name(name, source->path, source->key);
  const enum vordec_status status = read_header(source, name, header, error);
  if (status) return status;
  const bool wanted = header->kind == source->kind || (header->kind == NPY_NUMBERS && source->kind == NPY_DATES);
  return wanted ? check_size(source, name, header, error) : npy_header_refuse(header, name, error);
}

void npy_swap_bytes(void *elements, size_t count, size_t size) {
  unsigned char *data = elements;
  for (unsigned char *at = data; at < data + count * size; at += size) {
    for (size_t i = 0; i < size / 2; ++i) {
      const unsigned char kept = at[i];
      at[i] = at[size - 1 - i];
      at[size - 1 - i] = kept;
    }
  }
}

/* Elements in row-major order from those whose first axis varies fastest. */
static void copy_in_order(const struct npy_array *array, const unsigned char *from, unsigned char *to) {
  const size_t size = npy_type_size(array->type);
  size_t index[NPY_MAX_NDIM] = {0}, stride[NPY_MAX_NDIM] = {size}, at = 0;
  for (uint32_t i = 1; i < array->ndim; ++i) stride[i] = stride[i - 1] * array->shape[i - 1];
  for (size_t left = array->count; left > 0; --left, to += size) {
    memcpy(to, from + at, size);
    for (uint32_t axis = array->ndim; axis-- > 0;) {
      at += stride[axis];
      if (++index[axis] < array->shape[axis]) break;
      at -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
}

static enum vordec_status fail_room(const struct npy_array *array, const struct npy_header *header,
                                    struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory for %zu bytes",
                     array->name, header->data_bytes);
}

enum vordec_status npy_from_fortran(struct npy_array *array, struct vordec_error *error) {
  if (array->count == 0 || array->ndim < 2) return VORDEC_OK;
  void *ordered = malloc(array->count * npy_type_size(array->type));
  if (!ordered) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory for %zu elements",
                       array->name, array->count);
  }
  copy_in_order(array, array->data, ordered);
  free(array->data);
  array->data = ordered;
  return VORDEC_OK;
}

/* Makes what was read little endian and row-major. */
static enum vordec_status arrange(struct npy_array *array, const struct npy_header *header,
                                  struct vordec_error *error) {
  if (header->big_endian) npy_swap_bytes(array->data, array->count, npy_type_size(array->type));
  if (header->kind == NPY_DATES) {
    npy_dates_to_seconds(&header->dates, array->data, array->count);
    array->type = NPY_F8;
  }
  return header->fortran ? npy_from_fortran(array, error) : VORDEC_OK;
}

enum vordec_status npy_read_source(const struct npy_source *source, struct npy_array *array,
                                   struct vordec_error *error) {
  struct npy_header header = {0};
  *array = (struct npy_array){0};
  npy_set_name(array->name, source->path, source->key);
  enum vordec_status status = npy_describe_source(source, &header, error);
  if (status != VORDEC_OK) goto fail;

  array->type = header.type;
  array->ndim = header.ndim;
  array->count = header.count;
  memcpy(array->shape, header.shape, sizeof header.shape);
  array->data = malloc(header.data_bytes ? header.data_bytes : 1);
  if (!array->data) {
    status = fail_room(array, &header, error);
    goto fail;
  }
  status = source->read(source->ctx, array->data, header.data_bytes, error);
  if (status == VORDEC_OK) status = arrange(array, &header, error);
  if (status == VORDEC_OK) return VORDEC_OK;
fail:
  npy_array_release(array);
  return status;
}

struct file_source {
  int fd;
  const char *path;
};

static enum vordec_status read_file(void *ctx, void *buffer, size_t bytes, struct vordec_error *error) {
  const struct file_source *file = ctx;
  unsigned char *to = buffer;
  while (bytes > 0) {
    const ssize_t got = read(file->fd, to, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot read: %s", file->path, strerror(errno));
    }
    if (got == 0) {
      return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: it was cut short while being read", file->path);
    }
    to += got;
    bytes -= (size_t)got;
  }
  return VORDEC_OK;
}

/* Opens the file; *size: its bytes. The descriptor is the caller's to close, also after a failure; -1: none. */
static enum vordec_status open_file(const char *path, int *fd, uint64_t *size, struct vordec_error *error) {
  struct stat info;
  *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*fd < 0 || fstat(*fd, &info) != 0) {
    return vordec_fail(error, VORDEC_E_IO, VORDEC_REASON_NONE, "%s: cannot read: %s", path, strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                       "%s: not a regular file; an .npy array is read from a file on disk", path);
  }
  *size = (uint64_t)info.st_size;
  return VORDEC_OK;
}

enum vordec_status npy_open(const char *path, int *fd, char name[NPY_NAME_MAX], struct npy_header *header,
                            struct vordec_error *error) {
  uint64_t size = 0;
  enum vordec_status status = open_file(path, fd, &size, error);
  struct file_source file = {*fd, path};
  const struct npy_source source = {read_file, &file, size, path, NULL, NPY_NUMBERS};
  npy_set_name(name, path, NULL);
  return status ? status : npy_describe_source(&source, header, error);
}

enum vordec_status npy_read(const char *path, struct npy_array *array, struct vordec_error *error) {
  *array = (struct npy_array){0};
  struct file_source file = {-1, path};
  uint64_t size = 0;
  enum vordec_status status = open_file(path, &file.fd, &size, error);
  const struct npy_source source = {read_file, &file, size, path, NULL, NPY_NUMBERS};
  if (!status) status = npy_read_source(&source, array, error);
  if (file.fd >= 0) close(file.fd);
  return status;
}

enum vordec_status npy_write_to(struct outfile *file, enum npy_type type, uint32_t ndim, const size_t *shape,
                                const void *data, struct vordec_error *error) {
  struct npy_header header = {.type = type, .ndim = ndim};
  if (ndim > 0 && ndim <= NPY_MAX_NDIM) memcpy(header.shape, shape, ndim * sizeof *shape);
  if (!npy_header_measure(&header)) {
    return vordec_fail(error, VORDEC_E_USAGE, VORDEC_REASON_NONE, "%s: the array's shape is too large",
                       outfile_path(file));
  }
  unsigned char bytes[NPY_FORMAT_MAX_BYTES];
  npy_header_format(&header, bytes);
  /* A short write sets the stream's error flag, which commit looks at. */
  fwrite(bytes, 1, header.bytes, outfile_stream(file));
  if (header.data_bytes > 0) fwrite(data, 1, header.data_bytes, outfile_stream(file));
  return VORDEC_OK;
}

enum vordec_status npy_write(const char *path, enum npy_type type, uint32_t ndim, const size_t *shape, const void *data,
                             struct vordec_error *error) {
  struct outfile *file = NULL;
  enum vordec_status status = outfile_create(path, &file, error);
  if (status == VORDEC_OK) status = npy_write_to(file, type, ndim, shape, data, error);
  if (status == VORDEC_OK) status = outfile_commit(file, error);
  outfile_destroy(file);
  return status;
}
