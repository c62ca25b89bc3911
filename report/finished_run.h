/* SPDX-License-Identifier: MIT */
/*
 * finished_run.h - what a run of snapshots left in its folder, as far as it is there.
 *
 * A file that is missing or cannot be read is no failure: the report says so.
 */
#ifndef VORDEC_REPORT_FINISHED_RUN_H
#define VORDEC_REPORT_FINISHED_RUN_H

#include <cjson/cJSON.h>

#include "run_table.h"

/* Files that a report is made of; each but the fields and the animation belongs to every run. */
enum run_file {
  RUN_METRICS,
  RUN_RECORD,
  RUN_COMPARISON,
  RUN_SERIES,
  RUN_SPECTRUM,
  RUN_PICTURES,
  RUN_ANIMATION,
  RUN_FILES /* their number */
};

enum run_file_state { RUN_FILE_MISSING = 0, RUN_FILE_DAMAGED, RUN_FILE_READ };

struct finished_run_request {
  const char *folder;
  const char *prefix;
  const char *metrics; /* its path; NULL: beside the others */
  const cJSON *asked;  /* what the run was asked for, as texts by name; NULL: run.json says it */
};

struct finished_run {
  const struct finished_run_request *request;
  enum run_file_state state[RUN_FILES];
  cJSON *metrics, *record;                       /* NULL: not there */
  const cJSON *asked;                            /* NULL: not known */
  struct run_table comparison, series, spectrum; /* of an ensemble the first is of medians, see member_medians.h */
  bool ensemble;    /* several members, which have tables and pictures of their own or none */
  size_t *pictured; /* steps that have a picture, rising */
  size_t pictured_count;
};

/* Reads what there is. E_INPUT: there is nothing of a run under that prefix. E_NO_MEMORY. */
enum vordec_status finished_run_read(const struct finished_run_request *request, struct finished_run *run,
                                     struct vordec_error *error);

/* The one prefix in a folder, to be freed. E_INPUT: the folder holds no run, or several, which the message names. */
enum vordec_status finished_run_find_prefix(const char *folder, char **prefix, struct vordec_error *error);

/* FOLDER/PREFIX_NAME; to be freed. NULL: out of memory. */
char *finished_run_path(const struct finished_run_request *request, const char *name);

/* "comparison.csv", and what it would have told. */
const char *run_file_name(enum run_file file);
const char *run_file_tells(enum run_file file);

/* A number of the metrics; NAN where there is none. */
double finished_run_number(const struct finished_run *run, const char *key);
/* A text of theirs; NULL likewise. */
const char *finished_run_text(const struct finished_run *run, const char *key);

/* Accepts a zeroed one. */
void finished_run_release(struct finished_run *run);

#endif
