/* SPDX-License-Identifier: MIT */
/* What a file of arrays in any format owes its readers. */
#ifndef VORDEC_TESTS_FUZZ_SOURCES_H
#define VORDEC_TESTS_FUZZ_SOURCES_H

#include "formats/array_format.h"

/* Opens the bytes as a file of that format, and reads what there is. Messages are one line; what is described is what
 * is read, whole and in slabs. */
void sources_check(const struct array_format *format, const void *data, size_t size);
void sources_check_file(const struct array_format *format, const char *path);

#endif
