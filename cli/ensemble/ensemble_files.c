/* SPDX-License-Identifier: MIT */
#include "ensemble_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "cli/encoded_states.h"
#include "cli/paths.h"
#include "cli/snapshots/snapshot_files.h"
#include "cli/snapshots/snapshot_folder.h"
#include "ensemble_member.h"
#include "ensemble_plot.h"
#include "ensemble_sink.h"
#include "formats/array_file.h"
#include "io/outfile.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the ensemble's files");
}

/* ---- destinations ---- */

static char *metrics_path_of(const struct snapshot_request *request) {
  return request->metrics_path ? strdup(request->metrics_path) : snapshot_path(request, ENSEMBLE_METRICS);
}

bool ensemble_files_has_metrics(const struct snapshot_request *request) {
  char *path = metrics_path_of(request);
  const bool there = path && access(path, F_OK) == 0;
  free(path);
  return there;
}

/* One that nothing was written to yet. */
static enum vordec_status try_one(const struct snapshot_request *request, const char *name,
                                  struct vordec_error *error) {
  struct outfile *file = NULL;
  char *path = snapshot_path(request, name);
  if (!path) return fail_memory(error);
  const struct named_path pair[] = {{"[metrics] json", request->metrics_path, true}, {name, path, true}};
  enum vordec_status status = paths_check(pair, 2, error);
  if (!status) status = outfile_create(path, &file, error);
  outfile_destroy(file);
  free(path);
  return status;
}

static enum vordec_status try_all(const struct snapshot_request *request, struct vordec_error *error) {
  const struct snapshot_name names[] = {snapshot_array_name(request, ENSEMBLE_STATISTICS),
                                        snapshot_array_name(request, SNAPSHOT_A),
                                        snapshot_array_name(request, SNAPSHOT_Z0),
                                        {ENSEMBLE_PICTURE},
                                        {"run.json"}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof names / sizeof *names && !status; i++) status = try_one(request, names[i].text, error);
  if (!status && request->report) status = try_one(request, SNAPSHOT_REPORT, error);
  return status;
}

enum vordec_status ensemble_files_open(const struct snapshot_request *request, struct ensemble_files *files,
                                       struct vordec_error *error) {
  *files = (struct ensemble_files){.request = request};
  enum vordec_status status = snapshot_folder_make(request->out_dir, &files->made, error);
  if (!status) status = try_all(request, error);
  if (status) return status;
  char *path = metrics_path_of(request);
  status = path ? outfile_create(path, &files->metrics, error) : fail_memory(error);
  free(path);
  return status;
}

/* ---- arrays ---- */

enum vordec_status ensemble_files_add_starts(struct ensemble_files *files, const struct snapshot_states *states,
                                             const double *z, struct vordec_error *error) {
  const struct snapshot_request *request = files->request;
  struct state_output output = encoded_states_output(&states->encoding, &states->encoded, states->frames->box);
  output.z = z;
  output.count = request->members;
  output.batched = true;
  output.store = request->store;
  output.dt = NAN; /* they are no series */
  output.seed = ensemble_member_seed(request, 0);
  output.compress = request->output.storage.compress;
  char *path = snapshot_array_path(request, SNAPSHOT_Z0);
  enum vordec_status status = path ? VORDEC_OK : fail_memory(error);
  if (!status) status = state_output_start(path, &output, &files->z0, &files->narrowed, error);
  if (!status) status = array_sink_finish(files->z0, &files->z0_file, error);
  free(path);
  return status;
}

enum vordec_status ensemble_files_add_operator(struct ensemble_files *files, const double *a, size_t d,
                                               struct vordec_error *error) {
  const struct npy_form form = {NPY_F8, 2, {d, d}};
  char *path = snapshot_array_path(files->request, SNAPSHOT_A);
  enum vordec_status status = path ? VORDEC_OK : fail_memory(error);
  if (!status) status = array_file_create(path, &(struct array_storage){0}, &files->op, error);
  if (!status) status = array_sink_add(files->op, "A", &form, a, error);
  free(path);
  return status;
}

static enum vordec_status add_statistics(struct ensemble_files *files, const struct ensemble_sink_told *told,
                                         struct vordec_error *error) {
  const struct array_storage storage = {.compress = files->request->output.storage.compress};
  char *path = snapshot_array_path(files->request, ENSEMBLE_STATISTICS);
  enum vordec_status status = path ? VORDEC_OK : fail_memory(error);
  if (!status) status = array_file_create(path, &storage, &files->statistics, error);
  if (!status) status = ensemble_sink_write(files->statistics, told, &files->statistics_file, error);
  free(path);
  return status;
}

/* ---- the end ---- */

/* All are on the disk before the first is in its place. */
static enum vordec_status commit(struct ensemble_files *files, struct vordec_error *error) {
  struct outfile *list[4];
  size_t count = 0;
  enum vordec_status status = VORDEC_OK;
  if (files->z0_file) list[count++] = files->z0_file;
  if (files->op) status = array_sink_finish(files->op, &list[count++], error);
  list[count++] = files->statistics_file;
  list[count++] = files->metrics;
  return status ? status : outfile_commit_all(list, count, error);
}

static enum vordec_status draw(const struct ensemble_files *files, const struct ensemble_plot *plot,
                               struct vordec_error *error) {
  char *path = snapshot_path(files->request, ENSEMBLE_PICTURE);
  const enum vordec_status status = path ? ensemble_plot_draw(path, plot, error) : fail_memory(error);
  free(path);
  return status;
}

static enum vordec_status book(const struct ensemble_files *files, struct snapshot_record *record,
                               struct vordec_error *error) {
  const struct {
    bool there;
    struct snapshot_name name;
  } written[] = {{files->z0 != NULL, snapshot_array_name(files->request, SNAPSHOT_Z0)},
                 {files->op != NULL, snapshot_array_name(files->request, SNAPSHOT_A)},
                 {true, snapshot_array_name(files->request, ENSEMBLE_STATISTICS)},
                 {files->request->fields, {ENSEMBLE_PICTURE}},
                 {files->request->report, {SNAPSHOT_REPORT}}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof written / sizeof *written && !status; i++) {
    if (written[i].there) status = snapshot_record_add_file(record, written[i].name.text, "", error);
  }
  return status;
}

enum vordec_status ensemble_files_write(struct ensemble_files *files, const struct ensemble_told *told,
                                        struct snapshot_record *record, struct vordec_error *error) {
  struct ensemble_summary summary = {0};
  const struct ensemble_sink_told sink = {files->request, told->layout, told->values, &summary};
  const struct ensemble_plot plot = {files->request, told->layout, &summary, told->ran_on};
  enum vordec_status status = ensemble_summary_make(told->values, &summary, error);
  if (!status) status = add_statistics(files, &sink, error);
  if (!status) fputs(told->metrics, outfile_stream(files->metrics));
  if (!status) status = commit(files, error);
  if (!status && files->request->fields) status = draw(files, &plot, error); /* else there is nothing to see */
  ensemble_summary_release(&summary);
  if (!status) status = snapshot_files_write_report(files->request, error);
  return status ? status : book(files, record, error);
}

void ensemble_files_release(struct ensemble_files *files) {
  array_sink_destroy(files->z0);
  array_sink_destroy(files->op);
  array_sink_destroy(files->statistics);
  narrowed_states_destroy(files->narrowed);
  outfile_destroy(files->metrics);
  if (files->made) rmdir(files->request->out_dir); /* only if nothing was put there */
  *files = (struct ensemble_files){0};
}
