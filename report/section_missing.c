/* SPDX-License-Identifier: MIT */
/* What a section says of a file that is not there. */
#include "html.h"
#include "section.h"

void section_say_missing(FILE *out, const struct finished_run *run, enum run_file file) {
  const bool of_members = run->ensemble && file != RUN_METRICS && file != RUN_RECORD;
  if (run->state[file] == RUN_FILE_READ || of_members) return;
  html_put(out, "<p class=\"missing\">Missing: ");
  html_text(out, run_file_tells(file));
  html_put(out,
           run->state[file] == RUN_FILE_DAMAGED ? "; the file cannot be read: <code>" : "; there is no file <code>");
  html_text(out, run->request->prefix);
  html_put(out, "_");
  html_text(out, run_file_name(file));
  html_put(out, "</code>.</p>\n");
}
