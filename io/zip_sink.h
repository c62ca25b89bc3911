/* SPDX-License-Identifier: MIT */
/*
 * zip_sink.h - the two ends of a zip file that is being written: where its bytes go, and where a member's bytes come
 * from.
 */
#ifndef VORDEC_IO_ZIP_SINK_H
#define VORDEC_IO_ZIP_SINK_H

#include <stdint.h>
#include <stdio.h>
#include <zip.h>

/* An archive source that writes to stream, from its start on. Borrows the stream. NULL: out of memory, in *error. */
zip_source_t *zip_sink_create(FILE *stream, zip_error_t *error);

/* A member's content: a header, then either memory or the beginning of a spool file. All borrowed. */
struct zip_content {
  const unsigned char *header;
  size_t header_bytes;
  const void *data; /* NULL: read from spool */
  int spool;        /* descriptor */
  uint64_t data_bytes;
  uint64_t position; /* used while reading */
};

/* A member source over content. NULL: out of memory, in *error. */
zip_source_t *zip_content_create(struct zip_content *content, zip_error_t *error);

#endif
