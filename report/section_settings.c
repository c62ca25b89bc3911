/* SPDX-License-Identifier: MIT */
/* Settings that differ from the defaults. */
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "section.h"

/* Notes of the record that are no settings: the versions stand elsewhere; whether an option was given shows in its
 * value. */
static bool is_setting(const char *name) {
  static const char given[] = " given";
  const size_t length = strlen(name), end = sizeof given - 1;
  if (length > end && strcmp(name + length - end, given) == 0) return false;
  return strcmp(name, "vordec") != 0 && strcmp(name, "commit") != 0 && strcmp(name, "ground truth") != 0;
}

/* NULL: this version has no such setting. */
static const char *default_of(const struct section_source *source, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(source->defaults, name));
}

/* As texts, or as numbers. */
static bool is_same(const char *one, const char *other) {
  char *end_one = NULL, *end_other = NULL;
  if (strcmp(one, other) == 0) return true;
  const double a = strtod(one, &end_one), b = strtod(other, &end_other);
  return end_one != one && end_other != other && !*end_one && !*end_other && !(a < b) && !(a > b);
}

static bool is_at_default(const struct section_source *source, const char *name, const char *value) {
  const char *initial = default_of(source, name);
  if (strcmp(name, "N") == 0 && strcmp(value, "0") == 0) return true; /* it was not given */
  return initial && is_same(value, initial);
}

static size_t count_changed(const struct section_source *source) {
  size_t count = 0;
  for (const cJSON *item = source->run->asked->child; item; item = item->next) {
    const char *value = cJSON_GetStringValue(item);
    if (value && is_setting(item->string) && !is_at_default(source, item->string, value)) count++;
  }
  return count;
}

static void put_table(FILE *out, const struct section_source *source, const char *caption, bool changed) {
  static const char *const columns[] = {"setting", "value", "default"};
  html_table_open(out, caption, columns, sizeof columns / sizeof *columns);
  for (const cJSON *item = source->run->asked->child; item; item = item->next) {
    const char *value = cJSON_GetStringValue(item), *initial = default_of(source, item->string);
    if (!value || !is_setting(item->string) || is_at_default(source, item->string, value) == changed) continue;
    html_row_open(out, item->string);
    html_cell_text(out, *value ? value : "(empty)");
    html_cell_text(out, !initial ? "this version has no such setting" : *initial ? initial : "(empty)");
    html_row_close(out);
  }
  html_table_close(out);
}

enum vordec_status section_settings(FILE *out, const struct section_source *source, struct vordec_error *error) {
  (void)error;
  section_say_missing(out, source->run, RUN_RECORD);
  if (!source->run->asked) return VORDEC_OK;
  if (count_changed(source)) {
    put_table(out, source, "Settings that differ from the defaults of this version", true);
  } else {
    html_paragraph(out, "All settings are the defaults of this version.");
  }
  html_put(out, "<details><summary>Settings that are at their defaults</summary>\n");
  put_table(out, source, "Settings at their defaults", false);
  html_put(out, "</details>\n");
  return VORDEC_OK;
}
