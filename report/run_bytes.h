/* SPDX-License-Identifier: MIT */
/* Whole files of a run. */
#ifndef VORDEC_REPORT_RUN_BYTES_H
#define VORDEC_REPORT_RUN_BYTES_H

#include <vordec/types.h>

/* The content of a file with a NUL behind it; to be freed. E_INPUT: there is no such regular file; E_IO: it cannot be
 * read; E_NO_MEMORY. */
enum vordec_status run_bytes_read(const char *path, unsigned char **bytes, size_t *count, struct vordec_error *error);

#endif
