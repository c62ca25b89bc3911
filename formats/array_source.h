/*
 * array_source.h - named arrays in a file that is read, whatever its format; array_format_open() opens one.
 *
 * Messages name the file and the array. A source is used by one thread at a time; different ones by different threads.
 */
#ifndef VORDEC_FORMATS_ARRAY_SOURCE_H
#define VORDEC_FORMATS_ARRAY_SOURCE_H

#include "array_rows.h"

#define ARRAY_NAME_MAX 256 /* with the NUL */

struct array_source;

/* What a format does. */
struct array_source_methods {
  bool (*next)(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]);
  bool (*has)(const struct array_source *source, const char *name);
  enum vordec_status (*describe)(struct array_source *source, const char *name, struct npy_form *form,
                                 struct vordec_error *error);
  enum vordec_status (*read)(struct array_source *source, const char *name, struct npy_array *array,
                             struct vordec_error *error);
  /* NULL: rows are those of the whole array, in memory. */
  enum vordec_status (*read_rows)(struct array_source *source, const char *name, struct array_rows **rows,
                                  struct vordec_error *error);
  void (*close)(struct array_source *source);
};

/* The beginning of each format's own struct. */
struct array_source {
  const struct array_source_methods *methods;
  const char *path; /* as it was given; the format's */
};

/* The names of all arrays: begin with *at = 0. False: there are no more. */
static inline bool array_source_next(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]) {
  return source->methods->next(source, at, name);
}

static inline bool array_source_has(const struct array_source *source, const char *name) {
  return source->methods->has(source, name);
}

/* Type and shape, without the content. E_INPUT: no such array, or one that cannot be read. */
static inline enum vordec_status array_source_describe(struct array_source *source, const char *name,
                                                       struct npy_form *form, struct vordec_error *error) {
  return source->methods->describe(source, name, form, error);
}

/* A whole array; release with npy_array_release(). E_IO: the disk. E_INPUT: no such array, damaged, or of an
 * unsupported kind. Sizes are compared with the file's before memory is taken. */
static inline enum vordec_status array_source_read(struct array_source *source, const char *name,
                                                   struct npy_array *array, struct vordec_error *error) {
  return source->methods->read(source, name, array, error);
}

/* An array for reading row by row, along its first axis. The rows may outlive the source. Errors as above. */
enum vordec_status array_source_read_rows(struct array_source *source, const char *name, struct array_rows **rows,
                                          struct vordec_error *error);

/* The one element of an array of shape () or (1,). E_INPUT: another shape, or a value that the type cannot hold. */
enum vordec_status array_source_read_f64(struct array_source *source, const char *name, double *value,
                                         struct vordec_error *error);
enum vordec_status array_source_read_i64(struct array_source *source, const char *name, int64_t *value,
                                         struct vordec_error *error);

/* Accepts NULL. */
void array_source_close(struct array_source *source);

#endif
