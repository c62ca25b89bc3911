/* SPDX-License-Identifier: MIT */
/* Arrays as members of an .npz archive: see io/npz.h. */
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "array_format.h"
#include "io/npz.h"

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", path);
}

/* ---- reading ---- */

struct npz_source {
  struct array_source source;
  struct npz *npz;
};

static struct npz *npz_of(const struct array_source *source) {
  return ((const struct npz_source *)source)->npz;
}

_Static_assert(ARRAY_NAME_MAX >= NPZ_KEY_MAX, "every key fits");

static bool source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return npz_next_key(npz_of(source), at, name);
}

static bool source_has(const struct array_source *source, const char *name) {
  return npz_has(npz_of(source), name);
}

static enum vordec_status source_describe(struct array_source *source, const char *name, struct npy_form *form,
                                          struct vordec_error *error) {
  struct npy_header header = {0};
  const enum vordec_status status = npz_describe(npz_of(source), name, &header, error);
  const enum npy_type type = header.kind == NPY_DATES ? NPY_F8 : header.type; /* as they are read */
  *form = (struct npy_form){.type = type, .ndim = header.ndim};
  memcpy(form->shape, header.shape, sizeof form->shape);
  return status;
}

static enum vordec_status source_read(struct array_source *source, const char *name, struct npy_array *array,
                                      struct vordec_error *error) {
  return npz_read(npz_of(source), name, array, error);
}

/* What is packed in Fortran order is taken whole: a frame could need all of it, and the next one, too. */
static enum vordec_status source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                            struct vordec_error *error) {
  struct npy_header header = {0};
  struct npy_array array = {0};
  struct npy_stream *stream = NULL;
  enum vordec_status status = npz_describe(npz_of(source), name, &header, error);
  if (!status && header.data_bytes > ARRAY_WHOLE_BYTES && header.kind != NPY_DATES) {
    status = npz_open_stream(npz_of(source), name, &stream, error);
    if (!status && (stream->seeks || !header.fortran)) return array_slabs_of_stream(stream, slabs, error);
    npy_stream_close(stream);
  }
  if (!status) status = npz_read_dates(npz_of(source), name, &array, error);
  return status ? status : array_slabs_of(&array, slabs, error);
}

/* What an array of texts holds; and of dates the unit, as NumPy calls it. */
static bool source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                        char text[ARRAY_NAME_MAX]) {
  struct npy_header header;
  struct vordec_error ignored;
  if (strcmp(attribute, ARRAY_SOURCE_CONTENT) == 0) return npz_text(npz_of(source), name, i, text, ARRAY_NAME_MAX);
  if (strcmp(attribute, "units") != 0 || i > 0 || !npz_has(npz_of(source), name)) return false;
  if (npz_describe(npz_of(source), name, &header, &ignored) || header.kind != NPY_DATES) return false;
  snprintf(text, ARRAY_NAME_MAX, "%s", header.dates.text);
  return true;
}

/* PyTorch's files are archives, too. */
static bool source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                              char kind[ARRAY_NAME_MAX]) {
  if (!npz_next_other(npz_of(source), at, name)) return false;
  const char *end = strrchr(name, '.');
  snprintf(kind, ARRAY_NAME_MAX, "%s",
           end && strcmp(end, ".pkl") == 0 ? "pickle, as PyTorch writes it; save its tensors with numpy.savez"
                                           : "file");
  return true;
}

static void source_close(struct array_source *source) {
  npz_close(npz_of(source));
  free(source);
}

static enum vordec_status npz_format_open(const char *path, struct array_source **source, struct vordec_error *error) {
  static const struct array_source_methods methods = {
      .next = source_next,
      .has = source_has,
      .describe = source_describe,
      .read = source_read,
      .open_slabs = source_open_slabs,
      .text = source_text,
      .next_other = source_next_other,
      .close = source_close,
  };
  struct npz *npz = NULL;
  *source = NULL;
  const enum vordec_status status = npz_open(path, &npz, error);
  if (status) return status;
  struct npz_source *made = malloc(sizeof *made);
  if (!made) {
    npz_close(npz);
    return fail_memory(path, error);
  }
  *made = (struct npz_source){{&methods, npz_path(npz), "npz"}, npz};
  *source = &made->source;
  return VORDEC_OK;
}

/* ---- writing ---- */

struct npz_sink_stream {
  struct array_stream stream;
  struct npz_stream *rows;
  struct npz_sink_stream *next;
};

struct npz_sink {
  struct array_sink sink;
  struct npz_writer *writer;
  struct npz_sink_stream *streams;
};

static struct npz_writer *writer_of(const struct array_sink *sink) {
  return ((const struct npz_sink *)sink)->writer;
}

static enum vordec_status sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                   const void *data, struct vordec_error *error) {
  return npz_writer_add(writer_of(sink), name, form, data, error);
}

static enum vordec_status sink_add_scalar(struct array_sink *sink, const char *name, enum npy_type type,
                                          const void *value, struct vordec_error *error) {
  if (type == NPY_F8) return npz_writer_add_f64(writer_of(sink), name, *(const double *)value, error);
  return npz_writer_add_i64(writer_of(sink), name, *(const int64_t *)value, error);
}

static enum vordec_status sink_add_stream(struct array_sink *sink, const char *name, const struct npy_form *row,
                                          struct array_stream **stream, struct vordec_error *error) {
  struct npz_sink *own = (struct npz_sink *)sink;
  *stream = NULL;
  struct npz_sink_stream *made = malloc(sizeof *made);
  if (!made) return fail_memory(name, error);
  *made = (struct npz_sink_stream){.stream.sink = sink, .next = own->streams};
  const enum vordec_status status = npz_writer_add_stream(own->writer, name, row, &made->rows, error);
  if (status) {
    free(made);
    return status;
  }
  own->streams = made;
  *stream = &made->stream;
  return VORDEC_OK;
}

static enum vordec_status sink_append(struct array_stream *stream, const void *row, struct vordec_error *error) {
  return npz_stream_append(((struct npz_sink_stream *)stream)->rows, row, error);
}

static enum vordec_status sink_finish(struct array_sink *sink, struct outfile **file, struct vordec_error *error) {
  return npz_writer_finish(writer_of(sink), file, error);
}

static void sink_destroy(struct array_sink *sink) {
  struct npz_sink *own = (struct npz_sink *)sink;
  npz_writer_destroy(own->writer);
  while (own->streams) {
    struct npz_sink_stream *next = own->streams->next;
    free(own->streams);
    own->streams = next;
  }
  free(own);
}

static enum vordec_status npz_format_create(const char *path, const struct array_storage *storage,
                                            struct array_sink **sink, struct vordec_error *error) {
  static const struct array_sink_methods methods = {
      .add = sink_add,
      .add_scalar = sink_add_scalar,
      .add_stream = sink_add_stream,
      .append = sink_append,
      .finish = sink_finish,
      .destroy = sink_destroy,
  };
  struct npz_writer *writer = NULL;
  *sink = NULL;
  const enum vordec_status status = npz_writer_create(path, &writer, error);
  if (status) return status;
  npz_writer_compress(writer, storage->compress);
  struct npz_sink *made = malloc(sizeof *made);
  if (!made) {
    npz_writer_destroy(writer);
    return fail_memory(path, error);
  }
  *made = (struct npz_sink){.sink.methods = &methods, .writer = writer};
  *sink = &made->sink;
  return VORDEC_OK;
}

const struct array_format npz_format = {
    .name = "npz", .extension = ".npz", .open = npz_format_open, .create = npz_format_create};
