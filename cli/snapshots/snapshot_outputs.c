/* SPDX-License-Identifier: MIT */
#include "snapshot_outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "cli/paths.h"
#include "io/outfile.h"
#include "snapshot_tables.h"

/* ---- when a file is written ---- */

static bool always(const struct snapshot_request *request) {
  (void)request;
  return true;
}

/* The journal comes and goes with the run: the record looks after it. */
static bool in_the_meantime(const struct snapshot_request *request) {
  (void)request;
  return false;
}

/* Of runs that are done together one file tells of all. */
static bool alone(const struct snapshot_request *request) {
  return request->member.of == 0;
}

static bool saving_operator(const struct snapshot_request *request) {
  return alone(request) && snapshot_request_saves_states(request);
}

static bool saving_truth(const struct snapshot_request *request) {
  return request->save_traj;
}

static bool saving_fields(const struct snapshot_request *request) {
  return request->save_decoded;
}

static bool checking(const struct snapshot_request *request) {
  return request->check_parity;
}

static bool having_scalars(const struct snapshot_request *request) {
  return !request->parity_only && !request->no_decode && request->outputs & VORDEC_SCALARS;
}

static bool animated(const struct snapshot_request *request) {
  return request->animated;
}

static bool reporting(const struct snapshot_request *request) {
  return request->report;
}

static bool having_fields(const struct snapshot_request *request) {
  return !request->parity_only && !request->no_decode && request->fields;
}

/* ---- the files ---- */

enum maker {
  MADE_ON_THE_WAY, /* by states, which book what they have written themselves */
  MADE_OF_FIELDS,  /* frame by frame, and finished at the end */
  MADE_OF_RESULTS, /* at the end */
  MADE_AS_METRICS, /* opened by themselves, since --metrics-json may say where */
  MADE_FOR_REPORT, /* the animation of fields as they come, and the report when the others are there */
  MADE_BY_RECORD,  /* to say that the others are there */
};

struct output {
  const char *name; /* with its extension, unless it holds arrays */
  enum maker maker;
  bool (*wanted)(const struct snapshot_request *request);
  /* Of results; NULL: the line above writes this one, too. */
  enum vordec_status (*write)(const struct snapshot_states *states, const struct snapshot_results *results,
                              struct vordec_error *error);
};

static const struct output outputs[] = {
    {SNAPSHOT_TRAJ, MADE_ON_THE_WAY, saving_truth, NULL},
    {SNAPSHOT_Z0, MADE_ON_THE_WAY, snapshot_request_saves_states, NULL},
    {SNAPSHOT_A, MADE_ON_THE_WAY, saving_operator, NULL},
    {"parity.csv", MADE_OF_RESULTS, checking, snapshot_tables_write_parity},
    {"comparison.csv", MADE_OF_RESULTS, having_scalars, snapshot_tables_write_comparison},
    {"series.csv", MADE_OF_RESULTS, having_fields, snapshot_tables_write_series},
    {"series.png", MADE_OF_RESULTS, having_fields, NULL},
    {"spectrum.csv", MADE_OF_RESULTS, having_fields, snapshot_tables_write_spectrum},
    {"spectrum.png", MADE_OF_RESULTS, having_fields, NULL},
    {SNAPSHOT_DECODED, MADE_OF_FIELDS, saving_fields, NULL},
    {"metrics.json", MADE_AS_METRICS, alone, NULL},
    {SNAPSHOT_ANIMATION, MADE_FOR_REPORT, animated, NULL},
    {SNAPSHOT_REPORT, MADE_FOR_REPORT, reporting, NULL},
    {"run.json", MADE_BY_RECORD, always, NULL},
    {"journal", MADE_BY_RECORD, in_the_meantime, NULL},
};
enum { OUTPUTS = sizeof outputs / sizeof *outputs };

static bool is_wanted(const struct snapshot_request *request, const struct output *output) {
  return !request->member.bare && output->wanted(request);
}

static bool holds_arrays(const struct output *output) {
  return output->maker == MADE_ON_THE_WAY || output->maker == MADE_OF_FIELDS;
}

static struct snapshot_name name_of(const struct snapshot_request *request, const struct output *output) {
  struct snapshot_name name;
  if (holds_arrays(output)) return snapshot_array_name(request, output->name);
  snprintf(name.text, sizeof name.text, "%s", output->name);
  return name;
}

static enum vordec_status check(const struct snapshot_request *request, const struct output *output,
                                struct vordec_error *error) {
  struct outfile *file = NULL;
  const struct snapshot_name name = name_of(request, output);
  char *path = snapshot_path(request, name.text);
  if (!path) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the folder");
  const struct named_path pair[] = {{"[metrics] json", request->metrics_path, true}, {name.text, path, true}};
  enum vordec_status status = paths_check(pair, 2, error);
  if (!status && is_wanted(request, output)) status = outfile_create(path, &file, error);
  outfile_destroy(file);
  free(path);
  return status;
}

enum vordec_status snapshot_outputs_check(const struct snapshot_request *request, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < OUTPUTS && !status; i++) {
    if (outputs[i].maker != MADE_AS_METRICS) status = check(request, &outputs[i], error);
  }
  return status;
}

enum vordec_status snapshot_outputs_write(const struct snapshot_states *states, const struct snapshot_results *results,
                                          struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < OUTPUTS && !status; i++) {
    if (outputs[i].write && is_wanted(states->request, &outputs[i])) status = outputs[i].write(states, results, error);
  }
  return status;
}

static bool is_booked_at_end(enum maker maker) {
  return maker == MADE_OF_RESULTS || maker == MADE_OF_FIELDS || maker == MADE_AS_METRICS || maker == MADE_FOR_REPORT;
}

enum vordec_status snapshot_outputs_book(const struct snapshot_request *request, struct snapshot_record *record,
                                         struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < OUTPUTS && !status; i++) {
    if (!is_booked_at_end(outputs[i].maker) || !is_wanted(request, &outputs[i])) continue;
    status = snapshot_record_add_file(record, name_of(request, &outputs[i]).text, "", error);
  }
  return status;
}
