/* SPDX-License-Identifier: MIT */
/* Who did the work, and the evidence for it. */
#include <string.h>

#include "html.h"
#include "section.h"

/* One part of a run's work, by the keys of the metrics. */
static const struct work {
  const char *label, *requested, *used, *device, *numbers, *reason;
} works[] = {
    {"simulation", "les_backend_requested", "les_backend_used", "les_device", "les_dtype", "les_backend_reason"},
    {"encoding of fields", "encode_backend_requested", "encode_backend_used", "encode_device", "encode_dtype",
     "encode_backend_reason"},
    {"decoding of states", "decode_backend_requested", "decode_backend_used", "decode_device", NULL,
     "decode_backend_reason"},
    {"Fourier transform of decodes", "fft_backend_requested", "fft_backend_used", NULL, NULL, "fft_backend_reason"},
    {"synthesis of the residual", NULL, "residual_backend_used", NULL, NULL, "residual_backend_reason"},
    {"rollout", "op_backend_requested", "op_backend_used", "op_device", "dtype", "op_backend_reason"},
};

static const char *text_of(const struct finished_run *run, const char *key) {
  return key ? finished_run_text(run, key) : NULL;
}

static void cell(FILE *out, const char *text) {
  html_cell_text(out, text ? text : "\u2013");
}

static void put_works(FILE *out, const struct finished_run *run) {
  static const char *const columns[] = {"part", "asked for", "did the work", "on", "numbers", "why"};
  html_put(out, "<div class=\"work\">\n");
  html_table_open(out, "What was asked for, and what did the work", columns, sizeof columns / sizeof *columns);
  for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
    const struct work *work = &works[i];
    if (!text_of(run, work->used)) continue;
    html_row_open(out, work->label);
    cell(out, text_of(run, work->requested));
    cell(out, text_of(run, work->used));
    cell(out, text_of(run, work->device));
    cell(out, text_of(run, work->numbers));
    cell(out, text_of(run, work->reason));
    html_row_close(out);
  }
  html_table_close(out);
  html_put(out, "</div>\n");
}

static void put_fact(FILE *out, const char *term, const char *text) {
  if (!text || !*text) return;
  html_put(out, "<dt>");
  html_text(out, term);
  html_put(out, "</dt><dd>");
  html_text(out, text);
  html_put(out, "</dd>\n");
}

static const char *clock_words(const cJSON *timings) {
  const char *source = cJSON_GetStringValue(cJSON_GetObjectItem(timings, "source"));
  if (!source) return NULL;
  return strcmp(source, "host_clock") == 0 ? "by the clock of the host" : "by the clock of the device";
}

static void put_device(FILE *out, const struct finished_run *run) {
  const cJSON *device = cJSON_GetObjectItem(run->metrics, "device"),
              *hot = cJSON_GetObjectItem(run->metrics, "hotloop");
  if (!cJSON_IsObject(device)) return;
  html_put(out, "<h3>The device that decoded</h3>\n<dl>\n");
  put_fact(out, "name", cJSON_GetStringValue(cJSON_GetObjectItem(device, "name")));
  put_fact(out, "kind", cJSON_GetStringValue(cJSON_GetObjectItem(device, "type")));
  put_fact(out, "UUID", cJSON_GetStringValue(cJSON_GetObjectItem(device, "uuid")));
  put_fact(out, "driver", cJSON_GetStringValue(cJSON_GetObjectItem(device, "driver")));
  put_fact(out, "interface", cJSON_GetStringValue(cJSON_GetObjectItem(device, "api")));
  put_fact(out, "stages timed", clock_words(cJSON_GetObjectItem(run->metrics, "timings_ms")));
  put_fact(out, "what the evidence says", finished_run_text(run, "decode_device"));
  put_fact(out, "policy", finished_run_text(run, "policy"));
  const cJSON *visits = cJSON_GetObjectItem(hot, "host_visits");
  if (cJSON_IsNumber(visits)) {
    html_put(out, "<dt>states that left the device between steps</dt><dd>");
    html_number(out, visits->valuedouble);
    html_put(out, "</dd>\n");
  }
  html_put(out, "</dl>\n");
}

static void put_flags(FILE *out, const struct finished_run *run) {
  const cJSON *reasons = cJSON_GetObjectItem(run->metrics, "perf_flag_reasons");
  if (!cJSON_IsObject(reasons)) {
    html_paragraph(out, "Nothing was flagged: no downgrade, and no evidence that was missing.");
    return;
  }
  html_put(out, "<h3>Flags</h3>\n<dl>\n");
  for (const cJSON *reason = reasons->child; reason; reason = reason->next) {
    put_fact(out, reason->string, cJSON_GetStringValue(reason));
  }
  html_put(out, "</dl>\n");
}

enum vordec_status section_work(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct finished_run *run = source->run;
  (void)error;
  section_say_missing(out, run, RUN_METRICS);
  if (!run->metrics) return VORDEC_OK;
  put_works(out, run);
  put_device(out, run);
  put_flags(out, run);
  html_paragraph(out,
                 "A device is called gpu only where its identity, its completed dispatches and its own clock agree; a "
                 "software device, such as llvmpipe, counts as cpu.");
  return VORDEC_OK;
}
