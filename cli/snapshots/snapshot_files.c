#include "snapshot_files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vordec/backend.h>

#include "cli/csv.h"
#include "cli/paths.h"
#include "figures.h"
#include "formats/array_format.h"
#include "io/outfile.h"
#include "io/plot.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the results");
}

/* ---- the folder ---- */

/* Makes a folder in one that is there. False, with errno: there is none now. */
static bool make_one(const char *path, bool *made) {
  struct stat info;
  *made = mkdir(path, 0777) == 0;
  if (*made) return true;
  if (errno != EEXIST || stat(path, &info) != 0) return false;
  errno = ENOTDIR;
  return S_ISDIR(info.st_mode);
}

/* Like mkdir -p. *made: the folder was not there. */
static enum vordec_status make_folder(const char *folder, bool *made, struct vordec_error *error) {
  char *path = strdup(folder);
  if (!path) return fail_memory(error);
  enum vordec_status status = VORDEC_OK;
  for (char *at = path; !status; at++) {
    if (*at && (*at != '/' || at == path)) continue;
    const char end = *at;
    *at = '\0';
    if (!make_one(path, made)) {
      status = vordec_fail(error, VORDEC_E_IO, 0, "--out-dir %s: cannot make the folder: %s", folder, strerror(errno));
    }
    *at = end;
    if (!end) break;
  }
  free(path);
  return status;
}

/* What the run writes into its folder, the pictures of the snapshots apart, where it is asked for. */
static const char *const own_names[] = {"comparison.csv", "series.csv", "series.png", "spectrum.csv",
                                        "spectrum.png",   "run.json",   "parity.csv", "traj.npz",
                                        "decoded.npz",    "z0.npz",     "A.npz",      "journal"};

static bool is_written(const struct snapshot_request *request, const char *name) {
  if (strcmp(name, "journal") == 0) return false; /* it has a way of its own */
  if (strcmp(name, "parity.csv") == 0) return request->check_parity;
  if (strcmp(name, "traj.npz") == 0) return request->save_traj;
  if (strcmp(name, "decoded.npz") == 0) return request->save_decoded;
  if (strcmp(name, "z0.npz") == 0 || strcmp(name, "A.npz") == 0) return !request->z0 && !request->parity_only;
  return strcmp(name, "run.json") == 0 || !request->parity_only;
}

/* None of the run's own files may be where the metrics go, and each can be written. */
static enum vordec_status check_own(const struct snapshot_request *request, const char *json,
                                    struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof own_names / sizeof *own_names && !status; i++) {
    char *path = snapshot_path(request, own_names[i]);
    struct outfile *file = NULL;
    const struct named_path pair[] = {{"[metrics] json", json, true}, {own_names[i], path, true}};
    status = path ? paths_check(pair, 2, error) : fail_memory(error);
    if (!status && is_written(request, own_names[i])) status = outfile_create(path, &file, error);
    outfile_destroy(file);
    free(path);
  }
  return status;
}

enum vordec_status snapshot_files_open(const struct snapshot_request *request, struct snapshot_record *record,
                                       struct snapshot_files *files, struct vordec_error *error) {
  *files = (struct snapshot_files){.request = request, .record = record};
  enum vordec_status status = make_folder(request->out_dir, &files->made, error);
  if (status) return status;
  status = check_own(request, request->metrics_path, error);
  if (status) return status;
  char *path = snapshot_path(request, "metrics.json");
  status = path ? outfile_create(request->metrics_path ? request->metrics_path : path, &files->json, error)
                : fail_memory(error);
  free(path);
  return status;
}

/* ---- the fields ---- */

static enum vordec_status open_decoded(struct snapshot_files *files, enum vordec_precision precision,
                                       struct vordec_error *error) {
  const size_t n = files->states->n;
  const struct array_form real = {precision == VORDEC_FP64 ? NPY_F8 : NPY_F4, 2, {n, n}}, mask = {NPY_I1, 2, {n, n}};
  char *path = snapshot_path(files->request, "decoded.npz");
  enum vordec_status status = path ? array_format_create(path, &files->decoded, error) : fail_memory(error);
  free(path);
  struct array_sink *sink = files->decoded;
  if (!status) status = array_sink_add_stream(sink, "omega_lp", &real, &files->stream_lp, error);
  if (!status) status = array_sink_add_stream(sink, "mask", &mask, &files->stream_mask, error);
  if (!status) status = array_sink_add_stream(sink, "omega_hat", &real, &files->stream_hat, error);
  return status;
}

static enum vordec_status add_decoded(struct snapshot_files *files, const struct vordec_decode_io *io,
                                      struct vordec_error *error) {
  if (!files->decoded) return VORDEC_OK;
  enum vordec_status status = array_stream_append(files->stream_lp, io->omega_lp, error);
  if (!status) status = array_stream_append(files->stream_mask, io->mask, error);
  if (!status) status = array_stream_append(files->stream_hat, io->omega_hat, error);
  return status;
}

static enum vordec_status finish_decoded(struct snapshot_files *files, struct vordec_error *error) {
  if (!files->decoded) return VORDEC_OK;
  const size_t n = files->states->n;
  const struct array_form count = {NPY_I8, 1, {files->count}}, truth = {NPY_F8, 3, {files->count, n, n}};
  int64_t *steps = calloc(files->count + 1, sizeof *steps);
  if (!steps) return fail_memory(error);
  for (size_t i = 0; i < files->count; i++) steps[i] = (int64_t)files->rows[i].step;
  enum vordec_status status = array_sink_add(files->decoded, "step", &count, steps, error);
  if (!status && files->states->truth) {
    status = array_sink_add(files->decoded, "truth", &truth, files->states->truth, error);
  }
  if (!status) status = array_sink_commit(files->decoded, error);
  free(steps);
  return status;
}

/* ---- snapshots ---- */

enum vordec_status snapshot_files_start(struct snapshot_files *files, const struct snapshot_states *states,
                                        const struct snapshot_decodes *decodes, struct vordec_error *error) {
  files->states = states;
  files->room = states->steps / files->request->simulation.stride + 1;
  files->rows = calloc(files->room, sizeof *files->rows);
  files->parity = calloc(files->room, sizeof *files->parity);
  if (!files->rows || !files->parity) return fail_memory(error);
  enum vordec_status status = spectrum_create(states->n, &files->spectrum, error);
  if (status) return status;
  for (int i = 0; i < 2; i++) {
    files->shell[i] = calloc(spectrum_shells(files->spectrum), sizeof **files->shell);
    if (!files->shell[i]) return fail_memory(error);
  }
  return files->request->save_decoded ? open_decoded(files, decodes->info.precision, error) : VORDEC_OK;
}

/* What is known without fields: the backend's own numbers. */
static void take_scalars(const struct vordec_scalars *scalars, struct comparison *row) {
  row->relative_l2 = row->correlation = row->relative_l2_lp = row->support_frac = NAN;
  row->truth = row->decoded = (struct spectrum_totals){NAN, NAN};
  if (!scalars) return;
  row->support_frac = scalars->support_frac;
  row->decoded = (struct spectrum_totals){scalars->energy_hat, scalars->enstrophy_hat};
}

/* What a picture shows; the rest of it follows from the request. */
static void mark_fields(const double *truth, const struct snapshot_decodes *decodes, size_t cells, char mark[33]) {
  char hashes[4][33] = {""};
  vordec_hash(decodes->omega_lp, cells * sizeof *decodes->omega_lp, hashes[0]);
  vordec_hash(decodes->io.mask, cells, hashes[1]);
  vordec_hash(decodes->omega_hat, cells * sizeof *decodes->omega_hat, hashes[2]);
  if (truth) vordec_hash(truth, cells * sizeof *truth, hashes[3]);
  vordec_hash(hashes, sizeof hashes, mark);
}

static enum vordec_status draw_snapshot(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                        const struct comparison *row, struct vordec_error *error) {
  const double *truth = snapshot_states_truth(files->states, row->step);
  char name[48], title[128], mark[33];
  mark_fields(truth, decodes, files->states->n * files->states->n, mark);
  snprintf(name, sizeof name, "t%05zu.png", row->step);
  if (snapshot_record_has_file(files->record, name, mark)) {
    files->reused++;
    return VORDEC_OK;
  }
  char *path = snapshot_path(files->request, name);
  if (!path) return fail_memory(error);
  snprintf(title, sizeof title, "step %zu, support %.4f", row->step, row->support_frac);
  const struct plot_decode plot = {.title = title,
                                   .n = files->states->n,
                                   .precision = VORDEC_FP64,
                                   .omega_lp = decodes->omega_lp,
                                   .mask = decodes->io.mask,
                                   .omega_hat = decodes->omega_hat};
  const enum vordec_status status =
      truth ? figure_triptych(path, files->states->n, truth, decodes->omega_hat, row, files->states->dt, error)
            : plot_decode(path, &plot, error);
  free(path);
  return status ? status : snapshot_record_add_file(files->record, name, mark, error);
}

enum vordec_status snapshot_files_add(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                      const struct parity_row *parity, struct vordec_error *error) {
  const size_t cells = files->states->n * files->states->n;
  struct comparison *row = &files->rows[files->count];
  *row = (struct comparison){.step = decodes->step};
  take_scalars(decodes->io.scalars, row);
  files->parity[files->count] = *parity;
  enum vordec_status status = VORDEC_OK;
  if (decodes->fields) {
    comparison_make(files->spectrum, snapshot_states_truth(files->states, row->step), decodes->omega_lp,
                    decodes->omega_hat, cells, files->shell, row);
    status = add_decoded(files, &decodes->io, error);
    if (!status && !files->request->parity_only) status = draw_snapshot(files, decodes, row, error);
  }
  if (!status) files->count++;
  return status;
}

/* ---- tables and curves ---- */

static enum vordec_status write_spectrum(const struct snapshot_files *files, struct vordec_error *error) {
  enum { COLUMNS = 3 };
  const double *truth = files->states->truth ? files->shell[0] : NULL;
  const size_t shells = spectrum_shells(files->spectrum);
  double *values = calloc(shells, COLUMNS * sizeof *values);
  char *table = snapshot_path(files->request, "spectrum.csv"), *picture = snapshot_path(files->request, "spectrum.png");
  enum vordec_status status = values && table && picture ? VORDEC_OK : fail_memory(error);
  for (size_t k = 0; values && k < shells; k++) {
    const double line[COLUMNS] = {(double)k, truth ? truth[k] : NAN, files->shell[1][k]};
    memcpy(values + k * COLUMNS, line, sizeof line);
  }
  if (!status) status = csv_write(table, "k,energy_truth,energy_decoded", COLUMNS, values, shells, error);
  if (!status) {
    const size_t last = files->rows[files->count - 1].step;
    status = figure_spectrum(picture, files->states->n, truth, files->shell[1], last, error);
  }
  free(values);
  free(table);
  free(picture);
  return status;
}

/* Every frame of the truth, or, without one, every snapshot. */
static enum vordec_status write_series(const struct snapshot_files *files, struct vordec_error *error) {
  enum { COLUMNS = 6 };
  const struct snapshot_states *states = files->states;
  const size_t frames = states->truth ? states->frames : 0, rows = frames ? frames : files->count;
  double *values = calloc(rows, COLUMNS * sizeof *values);
  char *table = snapshot_path(files->request, "series.csv"), *picture = snapshot_path(files->request, "series.png");
  enum vordec_status status = values && table && picture ? VORDEC_OK : fail_memory(error);
  size_t next = 0; /* snapshot */
  for (size_t i = 0; values && i < rows; i++) {
    const size_t step = frames ? i : files->rows[i].step;
    const struct spectrum_totals none = {NAN, NAN}, truth = frames ? states->truth_series[i] : none;
    const bool decoded = next < files->count && files->rows[next].step == step;
    const struct spectrum_totals hat = decoded ? files->rows[next++].decoded : none;
    const double line[COLUMNS] = {(double)step, (double)step * states->dt, truth.energy,
                                  hat.energy,   truth.enstrophy,           hat.enstrophy};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  if (!status) {
    status = csv_write(table, "step,time,energy_truth,energy_decoded,enstrophy_truth,enstrophy_decoded", COLUMNS,
                       values, rows, error);
  }
  if (!status) {
    status = figure_series(picture, states->truth_series, frames, files->rows, files->count, states->dt, error);
  }
  free(values);
  free(table);
  free(picture);
  return status;
}

static enum vordec_status write_comparison(const struct snapshot_files *files, struct vordec_error *error) {
  char *path = snapshot_path(files->request, "comparison.csv");
  const enum vordec_status status =
      path ? comparison_write_csv(path, files->rows, files->count, files->states->dt, error) : fail_memory(error);
  free(path);
  return status;
}

static enum vordec_status write_parity(const struct snapshot_files *files, struct vordec_error *error) {
  enum { COLUMNS = 6 };
  double *values = calloc(files->count, COLUMNS * sizeof *values);
  char *path = snapshot_path(files->request, "parity.csv");
  enum vordec_status status = values && path ? VORDEC_OK : fail_memory(error);
  for (size_t i = 0; values && i < files->count; i++) {
    const struct parity_row *row = &files->parity[i];
    const double line[COLUMNS] = {(double)row->step,         row->mean_abs,          row->max_abs, row->rms,
                                  (double)row->mask_differs, row->within ? 1.0 : 0.0};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  if (!status) {
    status = csv_write(path, "step,mean_abs_error,max_abs_error,rms,mask_hamming,within_tolerance", COLUMNS, values,
                       files->count, error);
  }
  free(values);
  free(path);
  return status;
}

enum vordec_status snapshot_files_finish(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                         struct vordec_error *error) {
  const bool pictures = !files->request->parity_only, fields = pictures && decodes->fields;
  enum vordec_status status = VORDEC_OK;
  if (!files->count) return VORDEC_OK;
  if (files->request->check_parity) status = write_parity(files, error);
  if (!status && pictures && (decodes->fields || decodes->io.scalars)) status = write_comparison(files, error);
  if (!status && fields) status = write_series(files, error);
  if (!status && fields) status = write_spectrum(files, error);
  return status ? status : finish_decoded(files, error);
}

enum vordec_status snapshot_files_book(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                       struct vordec_error *error) {
  const bool pictures = !files->request->parity_only, fields = pictures && decodes->fields;
  const struct {
    const char *name;
    bool written;
  } written[] = {{"parity.csv", files->request->check_parity},
                 {"comparison.csv", pictures && (decodes->fields || decodes->io.scalars)},
                 {"series.csv", fields},
                 {"series.png", fields},
                 {"spectrum.csv", fields},
                 {"spectrum.png", fields},
                 {"decoded.npz", files->decoded != NULL},
                 {"metrics.json", true}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof written / sizeof *written && !status; i++) {
    if (written[i].written) status = snapshot_record_add_file(files->record, written[i].name, "", error);
  }
  return status;
}

enum vordec_status snapshot_files_write_metrics(struct snapshot_files *files, struct snapshot_decodes *decodes,
                                                struct vordec_error *error) {
  char *text = NULL;
  if (!decodes->metrics) return VORDEC_OK; /* interrupted before there was anything to tell */
  vordec_metrics_set_run(decodes->metrics, &decodes->run);
  const enum vordec_status status = vordec_metrics_json(decodes->metrics, &text, error);
  if (status) return status;
  fputs(text, outfile_stream(files->json));
  vordec_free(text);
  return outfile_commit(files->json, error);
}

void snapshot_files_release(struct snapshot_files *files) {
  spectrum_destroy(files->spectrum);
  free(files->shell[0]);
  free(files->shell[1]);
  free(files->rows);
  free(files->parity);
  outfile_destroy(files->json);
  array_sink_destroy(files->decoded);
  if (files->made) rmdir(files->request->out_dir); /* only if nothing was put there */
  *files = (struct snapshot_files){0};
}
