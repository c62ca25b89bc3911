/* SPDX-License-Identifier: MIT */
/* The animation, and the pictures of snapshots. */
#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "html.h"
#include "run_bytes.h"
#include "section.h"

#define PICTURES_MAX 6 /* a page with more is slow to open */

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a picture");
}

/* In a region that can be scrolled sideways. */
static void put_wide(FILE *out, const struct html_image *image) {
  html_put(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
  html_text(out, image->alt);
  html_put(out, "\">");
  html_image(out, image);
  html_put(out, "</div>\n");
}

enum vordec_status section_put_png(FILE *out, const struct finished_run *run, const char *name, const char *alt,
                                   struct vordec_error *error) {
  unsigned char *bytes = NULL;
  size_t count = 0;
  char *path = finished_run_path(run->request, name);
  if (!path) return fail_memory(error);
  const enum vordec_status status = run_bytes_read(path, &bytes, &count, error);
  free(path);
  if (status == VORDEC_E_NO_MEMORY) return status;
  if (status) {
    html_put(out, "<p class=\"missing\">");
    html_text(out, name);
    html_put(out, " cannot be read.</p>\n");
    return VORDEC_OK;
  }
  put_wide(out, &(struct html_image){"image/png", alt, "wide", bytes, count});
  free(bytes);
  return VORDEC_OK;
}

/* It plays only where it is opened, and stops where it is closed: nothing moves unasked. */
static void put_animation(FILE *out, const struct section_source *source) {
  const struct animation_bytes *animation = source->animation;
  if (!animation->bytes) {
    html_put(out, "<p class=\"missing\">There is no animation: ");
    html_text(out, source->no_animation);
    html_put(out, ".</p>\n");
    return;
  }
  html_put(out, "<details class=\"animation\"><summary>Play the animation (close it to stop)</summary>\n");
  put_wide(out, &(struct html_image){
                    "image/webp",
                    "Animation of the snapshots: truth, decoded field and their difference, all on one colour scale",
                    "wide", animation->bytes, animation->count});
  html_put(out, "</details>\n");
}

/* The table's row of a step; its number of rows: none. */
static size_t row_of(const struct run_table *table, size_t step) {
  size_t row = 0;
  while (row < table->rows && (size_t)run_table_at(table, row, "step") != step) row++;
  return row;
}

static enum vordec_status put_picture(FILE *out, const struct finished_run *run, size_t step,
                                      struct vordec_error *error) {
  const struct run_table *table = &run->comparison;
  const size_t row = row_of(table, step);
  const double error_l2 = run_table_at(table, row, "relative_l2"), train = run_table_at(table, row, "train");
  const char *kind = isnan(train) ? "" : train > 0.0 ? ", training" : ", a forecast";
  char name[48], alt[200];
  snprintf(name, sizeof name, "t%05zu.png", step);
  if (isnan(error_l2)) {
    snprintf(alt, sizeof alt, "Picture of the decoded snapshot at step %zu", step);
  } else {
    snprintf(alt, sizeof alt, "Truth, decoded field and their difference at step %zu; relative L2 error %.4g", step,
             error_l2);
  }
  fprintf(out, "<figure><figcaption>Step %zu%s</figcaption>\n", step, kind);
  const enum vordec_status status = section_put_png(out, run, name, alt, error);
  html_put(out, "</figure>\n");
  return status;
}

enum vordec_status section_pictures(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct finished_run *run = source->run;
  const size_t count = run->pictured_count, shown = count < PICTURES_MAX ? count : PICTURES_MAX;
  enum vordec_status status = VORDEC_OK;
  if (run->ensemble) {
    html_paragraph(out,
                   "Single members have pictures if the run was made with --member-files. Each of them then has a page "
                   "of its own: vordec report FOLDER --prefix PREFIX_m000, and so on.");
    return VORDEC_OK;
  }
  put_animation(out, source);
  section_say_missing(out, run, RUN_PICTURES);
  if (shown < count) {
    fprintf(out, "<p>%zu of the %zu pictures in the folder, evenly spread:</p>\n", shown, count);
  }
  for (size_t i = 0; i < shown && !status; i++) {
    const size_t index = shown > 1 ? i * (count - 1) / (shown - 1) : 0;
    status = put_picture(out, run, run->pictured[index], error);
  }
  return status;
}
