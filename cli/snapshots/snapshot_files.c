/* SPDX-License-Identifier: MIT */
#include "snapshot_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "io/outfile.h"
#include "report/report.h"
#include "snapshot_folder.h"
#include "snapshot_outputs.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the results");
}

enum vordec_status snapshot_files_open(const struct snapshot_request *request, struct snapshot_record *record,
                                       struct snapshot_files *files, struct vordec_error *error) {
  *files = (struct snapshot_files){.request = request, .record = record};
  enum vordec_status status = VORDEC_OK;
  if (request->member.of == 0) status = snapshot_folder_make(request->out_dir, &files->made, error);
  if (!status) status = snapshot_outputs_check(request, error);
  if (status || request->member.of > 0) return status;
  char *path = snapshot_path(request, "metrics.json");
  const char *metrics = request->metrics_path ? request->metrics_path : path;
  status = path ? outfile_create(metrics, &files->json, error) : fail_memory(error);
  free(path);
  return status;
}

enum vordec_status snapshot_files_start(struct snapshot_files *files, struct snapshot_states *states,
                                        const struct snapshot_decodes *decodes, struct vordec_error *error) {
  files->states = states;
  const bool compares_here = decodes->fields && !decodes->in_place;
  enum vordec_status status = compares_here ? snapshot_states_fetch(states, error) : VORDEC_OK;
  if (!status) status = snapshot_results_create(states, &files->results, error);
  if (!status) status = snapshot_animation_start(states, &files->animation, error);
  if (!status) {
    status = snapshot_pictures_start(files->request, files->record, states->n, states->box, &files->pictures, error);
  }
  if (status || !files->request->save_decoded) return status;
  return snapshot_fields_open(files->request, states->n, decodes->info.precision, &files->fields, error);
}

/* ---- snapshots ---- */

static enum vordec_status draw_snapshot(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                        const struct comparison *row, struct vordec_error *error) {
  const struct snapshot_states *states = files->states;
  const struct picture_fields fields = {snapshot_truth_at(&states->truth, row->step), decodes->omega_lp,
                                        decodes->omega_hat, decodes->io.mask};
  const struct figure_subject subject = {
      .n = states->n, .dt = states->dt, .training = states->training, .ran_on = files->results.ran_on};
  struct figure_titles titles = {.title = ""};
  figure_titles_make(&subject, row, &titles);
  return snapshot_pictures_add(&files->pictures, row->step, &titles, &fields, error);
}

static enum vordec_status tell_metrics(const struct snapshot_decodes *decodes, const struct comparison *row,
                                       struct vordec_error *error) {
  const struct vordec_comparison values = {row->relative_l2, row->correlation, row->persistence, row->climatology,
                                           row->encoding};
  return vordec_metrics_add_comparison(decodes->metrics, row->step, &values, error);
}

enum vordec_status snapshot_files_add(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                      const struct parity_row *parity, struct vordec_error *error) {
  struct snapshot_results *results = &files->results;
  struct comparison *row = snapshot_results_begin(results, decodes->step, decodes->io.scalars, parity);
  ran_on_title(&decodes->info, decodes->decode_device, results->ran_on);
  enum vordec_status status = VORDEC_OK;
  if (decodes->fields) {
    status = snapshot_results_compare(results, files->states, decodes, error);
    if (!status && files->states->truth.fields) status = tell_metrics(decodes, row, error);
    if (!status) status = snapshot_fields_add(&files->fields, &decodes->io, error);
    if (!status) {
      status = snapshot_animation_add(&files->animation, files->states, row->step, decodes->omega_hat, error);
    }
    if (!status && snapshot_request_draws(files->request)) status = draw_snapshot(files, decodes, row, error);
  }
  if (!status) snapshot_results_end(results);
  return status;
}

/* ---- the end ---- */

static enum vordec_status finish_results(struct snapshot_files *files, struct vordec_error *error) {
  const struct snapshot_results *results = &files->results;
  if (!results->count) return VORDEC_OK;
  enum vordec_status status = snapshot_outputs_write(files->states, results, error);
  if (!status) status = snapshot_animation_finish(&files->animation, results->count, error);
  return status ? status : snapshot_fields_finish(&files->fields, results, files->states, error);
}

enum vordec_status snapshot_files_finish(struct snapshot_files *files, struct vordec_error *error) {
  struct vordec_error late = {0};
  const enum vordec_status status = finish_results(files, error);
  const enum vordec_status drawn = snapshot_pictures_finish(&files->pictures, &late);
  if (status || !drawn) return status;
  *error = late;
  return drawn;
}

enum vordec_status snapshot_files_write_metrics(struct snapshot_files *files, struct snapshot_decodes *decodes,
                                                struct vordec_error *error) {
  char *text = NULL;
  if (!decodes->metrics) return VORDEC_OK; /* interrupted before there was anything to tell */
  const struct training_span *training = &decodes->states->training;
  vordec_metrics_set_run(decodes->metrics, &decodes->rollout.run);
  if (training->known) vordec_metrics_set_training(decodes->metrics, training->last);
  snapshot_decodes_tell_uses(decodes);
  const enum vordec_status status = vordec_metrics_json(decodes->metrics, &text, error);
  if (status) return status;
  fputs(text, outfile_stream(files->json));
  vordec_free(text);
  return outfile_commit(files->json, error);
}

enum vordec_status snapshot_files_write_report(const struct snapshot_request *request, struct vordec_error *error) {
  if (!request->report) return VORDEC_OK;
  char *path = snapshot_path(request, SNAPSHOT_REPORT);
  if (!path) return fail_memory(error);
  const struct report_request report = {.run = {.folder = request->out_dir,
                                                .prefix = request->prefix,
                                                .metrics = request->metrics_path,
                                                .asked = request->asked},
                                        .path = path,
                                        .defaults = request->defaults};
  const enum vordec_status status = report_write(&report, error);
  free(path);
  return status;
}

void snapshot_files_release(struct snapshot_files *files) {
  snapshot_pictures_release(&files->pictures);
  snapshot_results_release(&files->results);
  snapshot_fields_release(&files->fields);
  snapshot_animation_release(&files->animation);
  outfile_destroy(files->json);
  if (files->made) rmdir(files->request->out_dir); /* only if nothing was put there */
  *files = (struct snapshot_files){0};
}
