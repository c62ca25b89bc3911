/* SPDX-License-Identifier: MIT */
/*
 * array_sink.h - named arrays in a file that is written, whatever its format; array_file_create() starts one.
 *
 * The file appears under its name whole or not at all, when it is committed. A sink is used by one thread at a time;
 * different ones by different threads.
 */
#ifndef VORDEC_FORMATS_ARRAY_SINK_H
#define VORDEC_FORMATS_ARRAY_SINK_H

#include "io/npy_header.h"

struct array_sink;
struct array_stream;
struct outfile;

/* Another file of the same format that holds some rows of an array under the same name. */
struct array_piece {
  const char *path; /* counted from the folder of the file that refers to it */
  size_t rows;      /* at least 1 */
};

/* Rows of an array that one of several processes has. */
struct array_block {
  size_t first, count; /* count may be 0 */
};

/* What a format does. */
struct array_sink_methods {
  enum vordec_status (*add)(struct array_sink *sink, const char *name, const struct npy_form *form, const void *data,
                            struct vordec_error *error);
  enum vordec_status (*add_scalar)(struct array_sink *sink, const char *name, enum npy_type type, const void *value,
                                   struct vordec_error *error);
  enum vordec_status (*add_stream)(struct array_sink *sink, const char *name, const struct npy_form *row,
                                   struct array_stream **stream, struct vordec_error *error);
  enum vordec_status (*append)(struct array_stream *stream, const void *row, struct vordec_error *error);
  enum vordec_status (*add_virtual)(struct array_sink *sink, const char *name, const struct npy_form *row,
                                    const struct array_piece *pieces, size_t count, struct vordec_error *error);
  /* Of files that several processes write together; NULL: of this format there are none. */
  enum vordec_status (*add_block)(struct array_sink *sink, const char *name, const struct npy_form *form,
                                  const struct array_block *block, const void *rows, struct vordec_error *error);
  enum vordec_status (*extend)(struct array_stream *stream, struct vordec_error *error);
  enum vordec_status (*put)(struct array_stream *stream, const struct array_block *block, const void *rows,
                            struct vordec_error *error);
  enum vordec_status (*finish)(struct array_sink *sink, struct outfile **file, struct vordec_error *error);
  void (*destroy)(struct array_sink *sink);
};

/* The beginnings of each format's own structs. */
struct array_sink {
  const struct array_sink_methods *methods;
};
struct array_stream {
  struct array_sink *sink;
  size_t rows; /* so far */
};

/* Adds an array; data is borrowed until the sink is committed. E_USAGE: a name that is empty, too long, not plain ASCII
 * or already there, or a shape that does not fit. */
static inline enum vordec_status array_sink_add(struct array_sink *sink, const char *name, const struct npy_form *form,
                                                const void *data, struct vordec_error *error) {
  return sink->methods->add(sink, name, form, data, error);
}

/* Adds an array of shape () with a copy of the value. */
static inline enum vordec_status array_sink_add_f64(struct array_sink *sink, const char *name, double value,
                                                    struct vordec_error *error) {
  return sink->methods->add_scalar(sink, name, NPY_F8, &value, error);
}

static inline enum vordec_status array_sink_add_i64(struct array_sink *sink, const char *name, int64_t value,
                                                    struct vordec_error *error) {
  return sink->methods->add_scalar(sink, name, NPY_I8, &value, error);
}

/* Adds an array of shape (rows, row->shape[0], row->shape[1], ..), whose rows come one at a time and whose number need
 * not be known. Memory stays bounded. The stream belongs to the sink. */
static inline enum vordec_status array_sink_add_stream(struct array_sink *sink, const char *name,
                                                       const struct npy_form *row, struct array_stream **stream,
                                                       struct vordec_error *error) {
  return sink->methods->add_stream(sink, name, row, stream, error);
}

/* data: one row, copied. E_FAILED: the disk is full and the like; the row does not count. */
static inline enum vordec_status array_stream_append(struct array_stream *stream, const void *data,
                                                     struct vordec_error *error) {
  const enum vordec_status status = stream->sink->methods->append(stream, data, error);
  if (!status) stream->rows++;
  return status;
}

/* Adds an array whose rows lie in other files, one piece after the other; these need not be there yet. E_USAGE: files
 * of this format do not refer to others. */
enum vordec_status array_sink_add_virtual(struct array_sink *sink, const char *name, const struct npy_form *row,
                                          const struct array_piece *pieces, size_t count, struct vordec_error *error);

/*
 * Of a sink that several processes share (array_file_share()). Each of them calls all of these, and the others above,
 * with the same arguments in the same order; only block and rows, which that process has, are its own. A call returns
 * when all have come to it, or fails on some of them alone: they have to agree afterwards.
 */

/* Adds an array of which each process has a block of rows. */
static inline enum vordec_status array_sink_add_block(struct array_sink *sink, const char *name,
                                                      const struct npy_form *form, const struct array_block *block,
                                                      const void *rows, struct vordec_error *error) {
  return sink->methods->add_block(sink, name, form, block, rows, error);
}

/* Makes room for one row more, which somebody will put there. */
static inline enum vordec_status array_stream_extend(struct array_stream *stream, struct vordec_error *error) {
  const enum vordec_status status = stream->sink->methods->extend(stream, error);
  if (!status) stream->rows++;
  return status;
}

/* Writes rows that there is room for. */
static inline enum vordec_status array_stream_put(struct array_stream *stream, const struct array_block *block,
                                                  const void *rows, struct vordec_error *error) {
  return stream->sink->methods->put(stream, block, rows, error);
}

static inline size_t array_stream_rows(const struct array_stream *stream) {
  return stream->rows;
}

/* Writes the file, but leaves it to the caller to put it in place, with outfile_commit() or outfile_commit_all(); it
 * stays the sink's. *file is NULL where the sink is shared and another process has it. Once. E_USAGE: no array.
 * E_FAILED: it cannot be written. */
static inline enum vordec_status array_sink_finish(struct array_sink *sink, struct outfile **file,
                                                   struct vordec_error *error) {
  return sink->methods->finish(sink, file, error);
}

/* The same, and puts it in place. E_FAILED: the destination is as it was. */
enum vordec_status array_sink_commit(struct array_sink *sink, struct vordec_error *error);

/* Drops everything that was not committed. Accepts NULL. */
void array_sink_destroy(struct array_sink *sink);

#endif
