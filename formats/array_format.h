/* SPDX-License-Identifier: MIT */
/*
 * array_format.h - the formats of files that hold named arrays, one row of a table each.
 *
 * Another format is a file of its own, which defines its row, and a line in a table of array_file.c. It owes what
 * docs/files.md promises: files whole or not at all (io/outfile.h), bounded memory for streams, and readers that check
 * before they believe.
 */
#ifndef VORDEC_FORMATS_ARRAY_FORMAT_H
#define VORDEC_FORMATS_ARRAY_FORMAT_H

#include "array_shared.h"
#include "array_sink.h"
#include "array_source.h"
#include "array_storage.h"

struct array_format {
  const char *name;
  const char *extension; /* ".npz"; NULL, as create: files of this format are only read */
  enum vordec_status (*open)(const char *path, struct array_source **source, struct vordec_error *error);
  enum vordec_status (*create)(const char *path, const struct array_storage *storage, struct array_sink **sink,
                               struct vordec_error *error);
  /* As array_file_share(); NULL: one process writes alone. */
  enum vordec_status (*share)(const struct array_shared *shared, const struct array_storage *storage,
                              struct array_sink **sink, struct vordec_error *error);
};

#endif
