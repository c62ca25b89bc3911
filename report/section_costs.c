/* SPDX-License-Identifier: MIT */
/* What the run took: time and memory. */
#include <math.h>

#include "html.h"
#include "section.h"

static const struct {
  const char *key, *label;
} stages[] = {
    {"scatter_lowk_ms", "scatter_lowk"}, {"ifft_lp_ms", "ifft_lp"},   {"mask_ms", "mask"},
    {"combine_ms", "combine"},           {"readback_ms", "readback"}, {"total_ms", "whole decode"},
};

static double number_of(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(object, key);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void put_stages(FILE *out, const cJSON *timings) {
  static const char *const columns[] = {"stage", "median", "shortest", "longest"};
  const cJSON *least = cJSON_GetObjectItem(timings, "min"), *most = cJSON_GetObjectItem(timings, "max");
  html_table_open(out, "Stages of a decode, in milliseconds", columns, sizeof columns / sizeof *columns);
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    html_row_open(out, stages[i].label);
    html_cell_number(out, number_of(timings, stages[i].key));
    html_cell_number(out, number_of(least, stages[i].key));
    html_cell_number(out, number_of(most, stages[i].key));
    html_row_close(out);
  }
  html_table_close(out);
}

static void put_fact(FILE *out, const struct finished_run *run, const char *term, const char *key) {
  if (!isfinite(finished_run_number(run, key))) return;
  html_put(out, "<dt>");
  html_text(out, term);
  html_put(out, "</dt><dd>");
  html_number(out, finished_run_number(run, key));
  html_put(out, "</dd>\n");
}

enum vordec_status section_costs(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct finished_run *run = source->run;
  const cJSON *timings = cJSON_GetObjectItem(run->metrics, "timings_ms");
  (void)error;
  section_say_missing(out, run, RUN_METRICS);
  if (!run->metrics) return VORDEC_OK;
  if (cJSON_IsObject(timings)) put_stages(out, timings);
  html_put(out, "<dl>\n");
  put_fact(out, run, "steps of the rollout, in seconds", "rollout_s");
  put_fact(out, run, "nanoseconds per step", "ns_per_step");
  put_fact(out, run, "steps per second", "steps_per_sec");
  put_fact(out, run, "most memory of the process, in MiB", "rss_max_mb");
  put_fact(out, run, "memory on the device, in MiB", "device_memory_mb");
  put_fact(out, run, "values that were not finite", "nan_inf_hits");
  html_put(out, "</dl>\n");
  return VORDEC_OK;
}
