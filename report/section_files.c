/* SPDX-License-Identifier: MIT */
/* The files of the run. */
#include "html.h"
#include "section.h"

static void put_files(FILE *out, const cJSON *files) {
  static const char *const columns[] = {"file", "bytes", "BLAKE2b-128"};
  html_put(out, "<details><summary>Files, and what was in them when the run ended</summary>\n");
  html_table_open(out, "Files of the run, each behind the prefix", columns, sizeof columns / sizeof *columns);
  for (const cJSON *file = files->child; file; file = file->next) {
    const cJSON *bytes = cJSON_GetObjectItem(file, "bytes");
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(file, "name"));
    html_row_open(out, name ? name : "?");
    html_cell_number(out, cJSON_IsNumber(bytes) ? bytes->valuedouble : 0.0);
    html_cell_text(out, cJSON_GetStringValue(cJSON_GetObjectItem(file, "hash")));
    html_row_close(out);
  }
  html_table_close(out);
  html_put(out, "</details>\n");
}

enum vordec_status section_files(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct finished_run_request *request = source->run->request;
  const cJSON *files = cJSON_GetObjectItem(source->run->record, "files");
  (void)error;
  html_put(out, "<p>The folder is <code>");
  html_text(out, request->folder);
  html_put(out, "</code>, and the names in it begin with <code>");
  html_text(out, request->prefix);
  html_put(out, "_</code>.</p>\n");
  for (enum run_file file = RUN_METRICS; file < RUN_ANIMATION; file++) section_say_missing(out, source->run, file);
  if (cJSON_IsArray(files)) put_files(out, files);
  return VORDEC_OK;
}
