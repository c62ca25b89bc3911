/* SPDX-License-Identifier: MIT */
/* Losses and forecasts, beside what costs nothing. */
#include <math.h>

#include "html.h"
#include "section.h"

/* Columns of comparison.csv, and what they are called here. */
static const struct {
  const char *name, *title;
} scores[] = {
    {"relative_l2", "error"},
    {"relative_l2_least", "least error"},
    {"relative_l2_most", "largest error"},
    {"relative_l2_persistence", "persistence"},
    {"relative_l2_climatology", "climatology"},
    {"relative_l2_encoding", "encoding alone"},
    {"relative_l2_lp", "low-pass field"},
    {"correlation", "correlation"},
    {"support_frac", "support"},
    {"energy_truth", "energy, truth"},
    {"energy_decoded", "energy, decoded"},
    {"enstrophy_truth", "enstrophy, truth"},
    {"enstrophy_decoded", "enstrophy, decoded"},
};
enum { SCORES = sizeof scores / sizeof *scores, OTHERS = 3 };

static const char *kind_of(const struct run_table *table, size_t row) {
  const double train = run_table_at(table, row, "train");
  if (isnan(train)) return "unknown";
  return train > 0.0 ? "training" : "forecast";
}

enum vordec_status section_scores(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct run_table *table = &source->run->comparison;
  const char *columns[SCORES + OTHERS] = {"step", "time", "what it is"};
  bool shown[SCORES];
  size_t count = OTHERS;
  (void)error;
  section_say_missing(out, source->run, RUN_COMPARISON);
  if (!table->rows) return VORDEC_OK;
  for (size_t i = 0; i < SCORES; i++) {
    shown[i] = run_table_has(table, scores[i].name);
    if (shown[i]) columns[count++] = scores[i].title;
  }
  html_put(out, "<div class=\"scores\">\n");
  html_table_open(
      out,
      source->run->ensemble
          ? "Each snapshot beside the truth, as medians over the members. Errors are relative L2 norms; 0 is "
            "perfect. The least and the largest error are those of single members"
          : "Each snapshot beside the truth. Errors are relative L2 norms; 0 is perfect",
      columns, count);
  for (size_t row = 0; row < table->rows; row++) {
    html_row_open_number(out, run_table_at(table, row, "step"));
    html_cell_number(out, run_table_at(table, row, "time"));
    html_cell_text(out, kind_of(table, row));
    for (size_t i = 0; i < SCORES; i++) {
      if (shown[i]) html_cell_number(out, run_table_at(table, row, scores[i].name));
    }
    html_row_close(out);
  }
  html_table_close(out);
  html_put(out, "</div>\n");
  html_paragraph(
      out, "Persistence is the last known field, unchanged: at training steps the first frame, later the last training "
           "frame. Climatology is the mean of the training frames. Encoding alone is the true field of that step, "
           "encoded and decoded: what the state itself loses. Steps from which the operator was learnt are no "
           "forecast.");
  if (!run_table_has(table, "relative_l2_persistence")) {
    html_put(out, "<p class=\"missing\">This run does not have the baselines: an older version made it.</p>\n");
  }
  return VORDEC_OK;
}
