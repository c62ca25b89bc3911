/* SPDX-License-Identifier: MIT */
/* Arrays of a file that a process of its own reads. */
#ifndef VORDEC_FORMATS_READER_SOURCE_H
#define VORDEC_FORMATS_READER_SOURCE_H

#include "reader_process.h"

/* Starts the process and opens the file. Slabs outlive the source, and the process them. Errors as
 * reader_process_start(). */
enum vordec_status reader_source_open(const struct reader_launch *launch, struct array_source **source,
                                      struct vordec_error *error);

#endif
