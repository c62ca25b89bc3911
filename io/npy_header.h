/* SPDX-License-Identifier: MIT */
/*
 * npy_header.h - the header of an .npy file: element type, shape and where the data starts.
 *
 * Read: format versions 1.0, 2.0 and 3.0, either byte order, C and Fortran order. Written: 1.0, little endian, C order,
 * padded so that the data starts at a multiple of 64 bytes. The format: numpy.lib.format. Elements of other kinds are
 * refused by name.
 */
#ifndef VORDEC_IO_NPY_HEADER_H
#define VORDEC_IO_NPY_HEADER_H

#include <vordec/types.h>

#include "npy_dates.h"

#define NPY_MAX_NDIM 8u
#define NPY_PREAMBLE_BYTES 12u      /* magic, version and the longer of the two length fields */
#define NPY_HEADER_MAX_BYTES 65536u /* longest dictionary that is accepted */
#define NPY_DESCR_MAX 24            /* longest type code that is looked at, with the NUL */
#define NPY_FORMAT_MAX_BYTES 320u   /* longest header that npy_header_format() writes, rounded up */

enum npy_type {
  NPY_F2 = 0, /* half precision, as IEEE 754 has it */
  NPY_F4,
  NPY_F8,
  NPY_I1,
  NPY_I2,
  NPY_I4,
  NPY_I8,
  NPY_U1,
  NPY_U2,
  NPY_U4,
  NPY_U8,
  NPY_B1,
  NPY_TYPE_COUNT
};

/* What an array looks like. */
struct npy_form {
  enum npy_type type;
  uint32_t ndim; /* 0: a scalar */
  size_t shape[NPY_MAX_NDIM];
};

/* What the elements of a file mean. */
enum npy_kind {
  NPY_NUMBERS = 0, /* booleans are some, too */
  NPY_DATES,
  NPY_TEXTS /* the last axis, which the file does not count, is that of characters: of 1 or, in Unicode, of 4 bytes */
};

struct npy_header {
  enum npy_type type;
  uint32_t ndim; /* 0: a scalar */
  size_t shape[NPY_MAX_NDIM];
  size_t count;      /* product of shape; 1 for a scalar */
  size_t data_bytes; /* count * item size */
  size_t bytes;      /* of the header itself: the data starts here */
  bool big_endian;   /* the file's elements, and .. */
  bool fortran;      /* .. their order: the first axis varies fastest. What is read from it is neither */
  enum npy_kind kind;
  struct npy_dates dates;    /* of NPY_DATES, which are integers of 8 bytes */
  char descr[NPY_DESCR_MAX]; /* the element type as the file spells it */
};

/* Bytes of one element. */
size_t npy_type_size(enum npy_type type);

/* As numpy spells it ("<f8"). */
const char *npy_type_name(enum npy_type type);

/* Fills count and data_bytes from type, ndim and shape. False: ndim is too large or a size does not fit. */
bool npy_header_measure(struct npy_header *header);

/*
 * Reads the magic and the length fields. available: how many bytes there are (a file may be shorter than
 * NPY_PREAMBLE_BYTES). *total: bytes of the whole header. name (a file, or "FILE: KEY") starts every message. E_INPUT:
 * not .npy, an unknown version, longer than NPY_HEADER_MAX_BYTES.
 */
enum vordec_status npy_header_length(const unsigned char *bytes, size_t available, const char *name, size_t *total,
                                     struct vordec_error *error);

/* Parses a whole header, `total` bytes as npy_header_length() said. E_INPUT: malformed, or a type that is not
 * supported, with what was found. */
enum vordec_status npy_header_parse(const unsigned char *bytes, size_t total, const char *name,
                                    struct npy_header *header, struct vordec_error *error);

/* Says that elements of that kind are not supported: E_INPUT. */
enum vordec_status npy_header_refuse(const struct npy_header *header, const char *name, struct vordec_error *error);

/* Formats a version 1.0 header for type, ndim and shape into bytes; fills header->bytes. The header is one that
 * npy_header_measure() accepted. */
void npy_header_format(struct npy_header *header, unsigned char bytes[NPY_FORMAT_MAX_BYTES]);

#endif
