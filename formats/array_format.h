/*
 * array_format.h - the formats of files that hold named arrays, one row of a table each.
 *
 * Another format is a file of its own, which defines its row, and a line in the table of array_format.c. It owes what
 * docs/files.md promises: files whole or not at all (io/outfile.h), bounded memory for streams, and readers that check
 * before they believe.
 */
#ifndef VORDEC_FORMATS_ARRAY_FORMAT_H
#define VORDEC_FORMATS_ARRAY_FORMAT_H

#include "array_sink.h"
#include "array_source.h"

struct array_format {
  const char *name;
  const char *extension; /* ".npz"; NULL, as create: files of this format are only read */
  /* Whether the file at path, if there is one, is of this format, by its content. NULL: the format of whatever no other
   * one recognises. */
  bool (*recognises)(const char *path);
  enum vordec_status (*open)(const char *path, struct array_source **source, struct vordec_error *error);
  enum vordec_status (*create)(const char *path, struct array_sink **sink, struct vordec_error *error);
};

/* Opens a file, in the format that its content shows. E_IO: it cannot be opened. E_INPUT: not a regular file, or
 * damaged. */
enum vordec_status array_format_open(const char *path, struct array_source **source, struct vordec_error *error);

/* Starts a file, in the format that its extension names, else as .npz. E_IO: the destination cannot be written. */
enum vordec_status array_format_create(const char *path, struct array_sink **sink, struct vordec_error *error);

#endif
