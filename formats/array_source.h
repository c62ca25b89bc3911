/* SPDX-License-Identifier: MIT */
/*
 * array_source.h - named arrays in a file that is read, whatever its format; array_file_open() opens one.
 *
 * Messages name the file and the array. A source is used by one thread at a time; different ones by different threads.
 */
#ifndef VORDEC_FORMATS_ARRAY_SOURCE_H
#define VORDEC_FORMATS_ARRAY_SOURCE_H

#include "array_slabs.h"

#define ARRAY_NAME_MAX 256      /* with the NUL */
#define ARRAY_SOURCE_ITSELF ""  /* the file, where attributes of its own are asked for */
#define ARRAY_SOURCE_CONTENT "" /* what an array of texts holds, where one of its attributes could be asked for */

struct array_source;

/* What a format does. */
struct array_source_methods {
  bool (*next)(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX]);
  bool (*has)(const struct array_source *source, const char *name);
  enum vordec_status (*describe)(struct array_source *source, const char *name, struct npy_form *form,
                                 struct vordec_error *error);
  enum vordec_status (*read)(struct array_source *source, const char *name, struct npy_array *array,
                             struct vordec_error *error);
  /* NULL: slabs are those of the whole array, in memory. */
  enum vordec_status (*open_slabs)(struct array_source *source, const char *name, struct array_slabs **slabs,
                                   struct vordec_error *error);
  /* Each may be NULL: the format has no such thing. */
  void (*axis_name)(struct array_source *source, const char *name, uint32_t axis, char axis_name[ARRAY_NAME_MAX]);
  size_t (*attribute)(struct array_source *source, const char *name, const char *attribute, double *values,
                      size_t room);
  bool (*text)(struct array_source *source, const char *name, const char *attribute, size_t i,
               char text[ARRAY_NAME_MAX]);
  bool (*next_other)(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                     char kind[ARRAY_NAME_MAX]);
  enum vordec_status (*check)(struct array_source *source, struct vordec_error *error);
  void (*close)(struct array_source *source);
};

/* The beginning of each format's own struct. */
struct array_source {
  const struct array_source_methods *methods;
  const char *path;   /* as it was given; the format's */
  const char *format; /* its name: "npz" */
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

/* An array for reading in pieces. The slabs may outlive the source. Errors as above. */
enum vordec_status array_source_open_slabs(struct array_source *source, const char *name, struct array_slabs **slabs,
                                           struct vordec_error *error);

/* The one element of an array of shape () or (1,). E_INPUT: another shape, or a value that the type cannot hold. */
enum vordec_status array_source_read_f64(struct array_source *source, const char *name, double *value,
                                         struct vordec_error *error);
enum vordec_status array_source_read_i64(struct array_source *source, const char *name, int64_t *value,
                                         struct vordec_error *error);

/* What the file calls an axis of an array; empty: nothing, or there is no such axis. */
void array_source_axis_name(struct array_source *source, const char *name, uint32_t axis,
                            char axis_name[ARRAY_NAME_MAX]);

/* The numbers of an attribute of an array, or of the file, at most `room` of them, into values. Returns how many it
 * has; 0: there is none, or it is of another kind. */
size_t array_source_attribute(struct array_source *source, const char *name, const char *attribute, double *values,
                              size_t room);

/* Text i of an attribute of an array, or of a group with arrays in it; or ARRAY_SOURCE_CONTENT: of an array of texts.
 * False: there is none that fits. */
bool array_source_text(struct array_source *source, const char *name, const char *attribute, size_t i,
                       char text[ARRAY_NAME_MAX]);

/* What is in the file and is no array of numbers, by its name, with words for what it is: begin with *at = 0. False:
 * there is no more, or nobody knows. */
bool array_source_next_other(const struct array_source *source, size_t *at, char name[ARRAY_NAME_MAX],
                             char kind[ARRAY_NAME_MAX]);

/* OK, or why nothing more can be read from the file, whatever is asked: what cannot fail has said nothing since. */
enum vordec_status array_source_check(struct array_source *source, struct vordec_error *error);

/* Accepts NULL. */
void array_source_close(struct array_source *source);

#endif
