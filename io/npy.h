/* SPDX-License-Identifier: MIT */
/*
 * npy.h - arrays in memory, and .npy files.
 *
 * Functions that can fail report the file (and member) with the cause. Arrays are plain values without hidden state:
 * different arrays may be used by different threads.
 */
#ifndef VORDEC_IO_NPY_H
#define VORDEC_IO_NPY_H

#include "npy_header.h"

struct outfile;

#define NPY_NAME_MAX 200

/* An array in row-major order that owns its data. */
struct npy_array {
  enum npy_type type;
  uint32_t ndim; /* 0: a scalar */
  size_t shape[NPY_MAX_NDIM];
  size_t count;            /* product of shape; 1 for a scalar */
  void *data;              /* count elements, little endian; never NULL in an array that was read */
  char name[NPY_NAME_MAX]; /* for messages: "FILE" or "FILE: KEY", a long path without its beginning */
};

/* Frees the data and empties the array. Accepts NULL and a zeroed array. */
void npy_array_release(struct npy_array *array);

/*
 * Reads a whole .npy file. E_IO: it cannot be read. E_INPUT: not a regular file, malformed, of an unsupported kind, or
 * longer or shorter than its header says. Sizes are checked against the file's before memory is taken.
 */
enum vordec_status npy_read(const char *path, struct npy_array *array, struct vordec_error *error);

/* Opens an .npy file and reads its header; name: as an array of it is called in messages. *fd is the caller's to close,
 * also after a failure; -1: none. Errors as npy_read(). */
enum vordec_status npy_open(const char *path, int *fd, char name[NPY_NAME_MAX], struct npy_header *header,
                            struct vordec_error *error);

/* Writes an array to an .npy file through an outfile. E_USAGE: more than NPY_MAX_NDIM axes, or a size that does not
 * fit. */
enum vordec_status npy_write(const char *path, enum npy_type type, uint32_t ndim, const size_t *shape, const void *data,
                             struct vordec_error *error);

/* The same into an outfile, which the caller commits. */
enum vordec_status npy_write_to(struct outfile *file, enum npy_type type, uint32_t ndim, const size_t *shape,
                                const void *data, struct vordec_error *error);

/*
 * Where an array's bytes come from. read() fills buffer with exactly `bytes` bytes or fails with *error filled. Used by
 * the readers of files and of archive members.
 */
struct npy_source {
  enum vordec_status (*read)(void *ctx, void *buffer, size_t bytes, struct vordec_error *error);
  void *ctx;
  uint64_t size;    /* bytes that the source holds */
  const char *path; /* for messages */
  const char *key;  /* member name without ".npy"; NULL for a plain file */
  /* Numbers are wanted alone, with dates, which are read as seconds (npy_dates_to_seconds()), or texts alone. */
  enum npy_kind kind;
};

/* Reads what the header says of an array, of a source at its start that must hold header and data and nothing more.
 * Errors as npy_read(). */
enum vordec_status npy_describe_source(const struct npy_source *source, struct npy_header *header,
                                       struct vordec_error *error);

/* Reads an array from such a source. Errors as npy_read(). */
enum vordec_status npy_read_source(const struct npy_source *source, struct npy_array *array,
                                   struct vordec_error *error);

/*
 * Conversions into memory that the caller frees with free(); array->count elements (never NULL, also where count = 0).
 * E_INPUT: an element that the wanted type cannot hold exactly, named by its flat index, or a boolean where a number is
 * wanted. E_NO_MEMORY.
 *  - to doubles: from floats and from integers up to 2^53 in magnitude; NaN and infinity pass.
 *  - to integers: from integers, and from floats that hold whole numbers.
 *  - to booleans (0 or 1): from booleans, and from numbers that are 0 or 1.
 */
enum vordec_status npy_to_f64(const struct npy_array *array, double **values, struct vordec_error *error);
enum vordec_status npy_to_i64(const struct npy_array *array, int64_t **values, struct vordec_error *error);
enum vordec_status npy_to_bool(const struct npy_array *array, uint8_t **values, struct vordec_error *error);

/* Halves, IEEE 754 binary16, by their bits: the nearest to a value, of two equally near ones the even one (infinity
 * from 65520 on); and the value of one, which a double holds. Thread-safe. */
uint16_t npy_half(double value);
double npy_half_value(uint16_t bits);

/* The one element of an array of shape () or (1,). E_INPUT: another shape, or as above. */
enum vordec_status npy_scalar_f64(const struct npy_array *array, double *value, struct vordec_error *error);
enum vordec_status npy_scalar_i64(const struct npy_array *array, int64_t *value, struct vordec_error *error);

/* Makes an array row-major whose elements lie in Fortran order. E_NO_MEMORY: it is as it was. */
enum vordec_status npy_from_fortran(struct npy_array *array, struct vordec_error *error);

/* Elements of the other byte order, in place. */
void npy_swap_bytes(void *elements, size_t count, size_t size);

/* How an array is called in messages: "PATH", or "PATH: KEY" where key is not NULL. The end of a long path says more
 * than its beginning. */
void npy_set_name(char name[NPY_NAME_MAX], const char *path, const char *key);

/* Writes the shape as numpy does, "(3, 4)", into text and returns text. At most size bytes with the NUL. */
const char *npy_shape_text(const size_t *shape, uint32_t ndim, char *text, size_t size);
#define NPY_SHAPE_TEXT_MAX (NPY_MAX_NDIM * 22u + 4u)

#endif
