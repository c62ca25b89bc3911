/* SPDX-License-Identifier: MIT */
/*
 * npy_stream.h - an array in a file whose elements are read in pieces, so that memory stays bounded.
 *
 * A stream is used by one thread at a time.
 */
#ifndef VORDEC_IO_NPY_STREAM_H
#define VORDEC_IO_NPY_STREAM_H

#include "npy.h"

struct npy_stream;

/* What a kind of file does. Offsets are bytes of the array's data. */
struct npy_stream_methods {
  enum vordec_status (*read)(struct npy_stream *stream, uint64_t offset, void *buffer, size_t bytes,
                             struct vordec_error *error);
  void (*close)(struct npy_stream *stream);
};

/* The beginning of each kind's own struct. */
struct npy_stream {
  const struct npy_stream_methods *methods;
  struct npy_header header;
  bool seeks;              /* any order of reading is as quick */
  char name[NPY_NAME_MAX]; /* for messages */
};

/* Opens an .npy file. Errors as npy_read(). */
enum vordec_status npy_stream_open(const char *path, struct npy_stream **stream, struct vordec_error *error);

/* Elements first .. first + count - 1 in the order of the file, which header.fortran names; little endian in memory.
 * E_IO: the disk, or the file became shorter. */
enum vordec_status npy_stream_read(struct npy_stream *stream, size_t first, size_t count, void *elements,
                                   struct vordec_error *error);

void npy_stream_close(struct npy_stream *stream); /* accepts NULL */

#endif
