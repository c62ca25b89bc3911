/* SPDX-License-Identifier: MIT */
/* Bytes as text of RFC 4648, for pictures that lie within a page. */
#ifndef VORDEC_REPORT_BASE64_H
#define VORDEC_REPORT_BASE64_H

#include <stddef.h>
#include <stdio.h>

/* Without line breaks. Write errors show in the stream. */
void base64_put(FILE *out, const unsigned char *bytes, size_t count);

#endif
