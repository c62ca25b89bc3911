/* SPDX-License-Identifier: MIT */
/*
 * html.h - the words of a page: the one place where text becomes markup.
 *
 * Everything goes to a stream, where failed writes show. Text that comes from files, devices and people goes through
 * html_text() and what calls it; html_put() takes markup that stands in the source.
 */
#ifndef VORDEC_REPORT_HTML_H
#define VORDEC_REPORT_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Markup as it stands. */
void html_put(FILE *out, const char *markup);

/* Text, also for a quoted attribute. Bytes that are not UTF-8, and control characters, become '?'. NULL: nothing. */
void html_text(FILE *out, const char *text);

/* A number for people, in four digits, with the exact one in the element's value; a dash where it is not finite. */
void html_number(FILE *out, double value);

/* A paragraph of text. */
void html_paragraph(FILE *out, const char *text);

/* A table that may be scrolled sideways by keyboard, too: caption and names of its columns. */
void html_table_open(FILE *out, const char *caption, const char *const *columns, size_t count);
void html_table_close(FILE *out);

/* Its rows begin with a header of their own. */
void html_row_open(FILE *out, const char *header);
void html_row_open_number(FILE *out, double header);
void html_cell_text(FILE *out, const char *text);
void html_cell_number(FILE *out, double value);
void html_row_close(FILE *out);

/* A picture within the page. type: "image/png". */
struct html_image {
  const char *type, *alt, *css; /* css: the class; may be NULL */
  const unsigned char *bytes;
  size_t count;
};
void html_image(FILE *out, const struct html_image *image);

#endif
