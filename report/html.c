/* SPDX-License-Identifier: MIT */
#include "html.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base64.h"
#include "core/base/number_text.h"
#include "core/base/utf8.h"

void html_put(FILE *out, const char *markup) {
  fputs(markup, out);
}

/* Markup for a character that means something else in markup; NULL: it stands for itself. */
static const char *entity(char c) {
  if (c == '&') return "&amp;";
  if (c == '<') return "&lt;";
  if (c == '>') return "&gt;";
  if (c == '"') return "&quot;";
  if (c == '\'') return "&#39;";
  return NULL;
}

void html_text(FILE *out, const char *text) {
  while (text && *text) {
    const size_t length = utf8_length(text);
    const char *name = entity(*text);
    if (name) {
      fputs(name, out);
    } else if (length && !iscntrl((unsigned char)*text)) {
      fwrite(text, 1, length, out);
    } else {
      fputc('?', out);
    }
    text += length ? length : 1;
  }
}

void html_number(FILE *out, double value) {
  char exact[NUMBER_TEXT_MAX], shown[NUMBER_TEXT_MAX];
  if (!isfinite(value)) {
    html_put(out, "<span class=\"none\" aria-label=\"no value\">\u2013</span>");
    return;
  }
  number_text(value, exact);
  /* Whole numbers are counts and settings: they are shown as they are. */
  const bool whole = fabs(value) < 1e15 && !(value > floor(value));
  snprintf(shown, sizeof shown, "%.*g", whole ? 15 : 4, value);
  /* What is rounded keeps its zeros: so many digits are known of it. */
  if (strcmp(shown, exact) != 0) snprintf(shown, sizeof shown, "%#.4g", value);
  fprintf(out, "<data value=\"%s\">%s</data>", exact, shown);
}

void html_paragraph(FILE *out, const char *text) {
  html_put(out, "<p>");
  html_text(out, text);
  html_put(out, "</p>\n");
}

void html_table_open(FILE *out, const char *caption, const char *const *columns, size_t count) {
  html_put(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
  html_text(out, caption);
  html_put(out, "\"><table><caption>");
  html_text(out, caption);
  html_put(out, "</caption>\n<thead><tr>");
  for (size_t i = 0; i < count; i++) {
    html_put(out, "<th scope=\"col\">");
    html_text(out, columns[i]);
    html_put(out, "</th>");
  }
  html_put(out, "</tr></thead>\n<tbody>\n");
}

void html_table_close(FILE *out) {
  html_put(out, "</tbody></table></div>\n");
}

void html_row_open(FILE *out, const char *header) {
  html_put(out, "<tr><th scope=\"row\">");
  html_text(out, header);
  html_put(out, "</th>");
}

void html_row_open_number(FILE *out, double header) {
  html_put(out, "<tr><th scope=\"row\">");
  html_number(out, header);
  html_put(out, "</th>");
}

void html_cell_text(FILE *out, const char *text) {
  html_put(out, "<td>");
  html_text(out, text);
  html_put(out, "</td>");
}

void html_cell_number(FILE *out, double value) {
  html_put(out, "<td class=\"number\">");
  html_number(out, value);
  html_put(out, "</td>");
}

void html_row_close(FILE *out) {
  html_put(out, "</tr>\n");
}

void html_image(FILE *out, const struct html_image *image) {
  html_put(out, "<img");
  if (image->css) fprintf(out, " class=\"%s\"", image->css);
  html_put(out, " alt=\"");
  html_text(out, image->alt);
  fprintf(out, "\" src=\"data:%s;base64,", image->type);
  base64_put(out, image->bytes, image->count);
  html_put(out, "\">");
}
