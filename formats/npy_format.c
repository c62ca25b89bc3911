/* SPDX-License-Identifier: MIT */
/* The one array of an .npy file: see io/npy.h. */
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_format.h"

#define NAME "array"

struct npy_source_file {
  struct array_source source;
  char *path;
};

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  (void)source;
  if (*at > 0) return false;
  *at = 1;
  snprintf(name, ARRAY_NAME_MAX, "%s", NAME);
  return true;
}

static bool source_has(const struct array_source *source, const char *name) {
  (void)source;
  return strcmp(name, NAME) == 0;
}

static enum vordec_status check_name(const struct array_source *source, const char *name, struct vordec_error *error) {
  if (source_has(source, name)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                     "%s: an .npy file holds one array without a name; there is no '%s' in it", source->path, name);
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  struct npy_stream *stream = NULL;
  enum vordec_status status = check_name(source, name, error);
  if (!status) status = npy_stream_open(source->path, &stream, error);
  if (status) return status;
  *form = (struct npy_form){.type = stream->header.type, .ndim = stream->header.ndim};
  memcpy(form->shape, stream->header.shape, sizeof form->shape);
  npy_stream_close(stream);
  return VORDEC_OK;
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  const enum vordec_status status = check_name(source, name, error);
  return status ? status : npy_read(source->path, array, error);
}

/* In Fortran order the elements of a frame may lie all over the file, so that an array is better taken whole where it
 * may be. */
static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  struct npy_stream *stream = NULL;
  struct npy_array array = {0};
  enum vordec_status status = check_name(source, name, error);
  if (!status) status = npy_stream_open(source->path, &stream, error);
  if (status) return status;
  if (!stream->header.fortran || stream->header.data_bytes > ARRAY_WHOLE_BYTES) {
    return array_slabs_of_stream(stream, slabs, error);
  }
  npy_stream_close(stream);
  status = npy_read(source->path, &array, error);
  return status ? status : array_slabs_of(&array, slabs, error);
}

static void source_close(struct array_source *source) {
  struct npy_source_file *own = (struct npy_source_file *)source;
  free(own->path);
  free(own);
}

static enum vordec_status npy_format_open(const char *path, struct array_source **source, struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .open_slabs = source_open_slabs,
      .close = source_close,
  };
  struct npy_stream *stream = NULL;
  *source = NULL;
  const enum vordec_status status = npy_stream_open(path, &stream, error); /* shows that it can be read */
  npy_stream_close(stream);
  if (status) return status;
  struct npy_source_file *own = calloc(1, sizeof *own);
  if (own) own->path = strdup(path);
  if (!own || !own->path) {
    free(own);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
  }
  own->source = (struct array_source){&methods, own->path, "npy"};
  *source = &own->source;
  return VORDEC_OK;
}

const struct array_format npy_format = {.name = "npy", .open = npy_format_open};
