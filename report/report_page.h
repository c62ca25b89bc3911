/* SPDX-License-Identifier: MIT */
/* The report as one page of HTML that needs no other file. */
#ifndef VORDEC_REPORT_REPORT_PAGE_H
#define VORDEC_REPORT_REPORT_PAGE_H

#include <stdio.h>

#include "section.h"

/* Write errors show in the stream. Errors as sections. */
enum vordec_status report_page_put(FILE *out, const struct section_source *source, struct vordec_error *error);

#endif
