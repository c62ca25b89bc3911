/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include <math.h>
#include <string.h>
#include <vordec/vordec.h>

#include "html.h"

extern const char report_css[];

static const struct {
  const char *id, *title;
  section_write write;
} sections[] = {
    {"scores", "Losses and forecasts", section_scores},
    {"curves", "Curves", section_curves},
    {"pictures", "Pictures", section_pictures},
    {"work", "Who did the work", section_work},
    {"settings", "Settings", section_settings},
    {"costs", "Time and memory", section_costs},
    {"files", "Files, and what is missing", section_files},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

/* Nothing from elsewhere is loaded, whatever the page says. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";

/* The last folder of its path that has a name. */
static void put_name(FILE *out, const struct finished_run *run) {
  const char *folder = run->request->folder;
  size_t end = strlen(folder);
  while (end > 1 && folder[end - 1] == '/') end--;
  size_t begin = end;
  while (begin > 0 && folder[begin - 1] != '/') begin--;
  char name[256];
  snprintf(name, sizeof name, "%.*s", (int)(end - begin), folder + begin);
  html_put(out, "vordec run ");
  html_text(out, name);
  if (strcmp(run->request->prefix, "snapshot") == 0) return;
  html_put(out, ", ");
  html_text(out, run->request->prefix);
}

static void put_count(FILE *out, const struct finished_run *run, const char *key, const char *before,
                      const char *after) {
  const double value = finished_run_number(run, key);
  if (isnan(value)) return;
  html_put(out, before);
  html_number(out, value);
  html_put(out, after);
}

/* What was run, when, and by which version. */
static void put_subject(FILE *out, const struct finished_run *run) {
  const char *version = finished_run_text(run, "vordec_version"), *commit = finished_run_text(run, "git_describe"),
             *when = finished_run_text(run, "run_ts");
  if (!run->metrics) return;
  html_put(out, "<p>");
  put_count(out, run, "N", "Fields of ", " cells a side");
  put_count(out, run, "D", ", states of ", " numbers");
  put_count(out, run, "steps", ", ", " steps");
  put_count(out, run, "dt", " of ", " units of time");
  html_put(out, ". Made by vordec ");
  html_text(out, version ? version : "of an unknown version");
  if (commit) {
    html_put(out, " (");
    html_text(out, commit);
    html_put(out, ")");
  }
  if (when) {
    html_put(out, ", <time datetime=\"");
    html_text(out, when);
    html_put(out, "\">");
    html_text(out, when);
    html_put(out, "</time>");
  }
  html_put(out, ".</p>\n");
}

static void put_against(FILE *out, const char *name, double baseline, double ours) {
  if (isnan(baseline)) return;
  html_put(out, ours < baseline ? ", better than " : ", no better than ");
  html_text(out, name);
  html_put(out, " (");
  html_number(out, baseline);
  html_put(out, ")");
}

/* What it came to, in a sentence: the last snapshot. */
static void put_verdict(FILE *out, const struct finished_run *run) {
  const struct run_table *table = &run->comparison;
  if (!table->rows) return;
  const size_t last = table->rows - 1;
  const double ours = run_table_at(table, last, "relative_l2"), train = run_table_at(table, last, "train");
  html_put(out, "<p class=\"verdict\">At step ");
  html_number(out, run_table_at(table, last, "step"));
  if (isnan(ours)) {
    html_put(out, ", the last snapshot, there is no truth to compare with.</p>\n");
    return;
  }
  html_put(out, isnan(train)  ? ", the last snapshot"
                : train > 0.0 ? ", which is training and no forecast"
                              : ", a forecast");
  if (run->ensemble) {
    html_put(out, ", the median relative L2 error of ");
    html_number(out, finished_run_number(run, "members"));
    html_put(out, " members is ");
  } else {
    html_put(out, ", the relative L2 error is ");
  }
  html_number(out, ours);
  put_against(out, "persistence", run_table_at(table, last, "relative_l2_persistence"), ours);
  put_against(out, "climatology", run_table_at(table, last, "relative_l2_climatology"), ours);
  const double encoding = run_table_at(table, last, "relative_l2_encoding");
  if (isfinite(encoding)) {
    html_put(out, "; encoding alone loses ");
    html_number(out, encoding);
  }
  html_put(out, ".</p>\n");
}

static void put_contents(FILE *out) {
  html_put(out, "<nav aria-label=\"Contents\"><ul>\n");
  for (size_t i = 0; i < SECTIONS; i++) {
    fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
  }
  html_put(out, "</ul></nav>\n");
}

static void put_head(FILE *out, const struct finished_run *run) {
  html_put(out, head);
  put_name(out, run);
  html_put(out, "</title>\n<style>\n");
  html_put(out, report_css);
  html_put(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>");
  put_name(out, run);
  html_put(out, "</h1>\n");
  put_subject(out, run);
  put_contents(out);
  html_put(out, "</header>\n<main id=\"main\">\n");
  put_verdict(out, run);
}

enum vordec_status report_page_put(FILE *out, const struct section_source *source, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  put_head(out, source->run);
  for (size_t i = 0; i < SECTIONS && !status; i++) {
    fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", sections[i].id, sections[i].id,
            sections[i].title);
    status = sections[i].write(out, source, error);
    html_put(out, "</section>\n");
  }
  html_put(out, "</main>\n<footer><p>Written by vordec ");
  html_text(out, vordec_version());
  html_put(out, ". A number's exact value is in its element's value.</p></footer>\n</body>\n</html>\n");
  return status;
}
