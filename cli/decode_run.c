#include "decode_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
#include "decode_fields.h"
#include "formats/array_file.h"
#include "io/outfile.h"
#include "plot/plot.h"
#include "residual_input.h"
#include "rim_warning.h"
#include "state_input.h"
#include "summary.h"

/* Everything that one run holds; released in one place. */
struct job {
  const struct decode_request *request;
  struct state_file state;
  struct residual_input residual;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
  struct vordec_decoder_info info;
  struct vordec_metrics *metrics;
  struct decode_fields fields;
  struct vordec_decode_report report; /* of the last piece */
  struct rim_warning rims;
  struct summary summary;
  struct array_sink *out;
  double dt; /* from state to state; NAN: unknown */
  struct outfile *png, *json;
};

static void job_release(struct job *job) {
  vordec_metrics_destroy(job->metrics);
  vordec_decoder_destroy(job->decoder);
  vordec_runtime_destroy(job->runtime);
  array_sink_destroy(job->out);
  outfile_destroy(job->png);
  outfile_destroy(job->json);
  residual_input_release(&job->residual);
  state_file_release(&job->state);
  decode_fields_release(&job->fields);
}

/* Nothing needs the times: a file that says something else than a time step says nothing. */
static double find_dt(const struct job *job) {
  struct vordec_error ignored;
  double dt = NAN;
  const bool known = job->state.batched && state_file_read_dt(job->request->z0, &dt, &ignored) == VORDEC_OK;
  return known ? dt : NAN;
}

static enum vordec_status open_fields(struct job *job, struct vordec_error *error) {
  struct array_storage storage = job->request->output.storage;
  job->dt = find_dt(job);
  storage.series = !isnan(job->dt);
  return array_file_create(job->request->out, &storage, &job->out, error);
}

/* Finds an unwritable destination before any work is done. */
static enum vordec_status open_outputs(struct job *job, struct vordec_error *error) {
  const struct decode_request *request = job->request;
  enum vordec_status status = VORDEC_OK;
  if (request->out) status = open_fields(job, error);
  if (!status && request->metrics_path) status = outfile_create(request->metrics_path, &job->json, error);
  if (!status && request->png) status = outfile_create(request->png, &job->png, error);
  return status;
}

static enum vordec_status make_decoder(struct job *job, struct vordec_error *error) {
  const uint32_t outputs = job->request->outputs;
  const struct vordec_decoder_desc desc = {.batch = decode_fields_piece(job->state.info.n, job->state.count),
                                           .outputs = outputs,
                                           .residuals = residual_input_kinds(&job->residual)};
  enum vordec_status status = vordec_decoder_create(job->runtime, job->state.layout, &desc, &job->decoder, error);
  if (status) return status;
  vordec_decoder_get(job->decoder, &job->info);
  const struct decode_target target = {job->out, job->request->output.field_type};
  status = decode_fields_create(&job->state, outputs, job->info.precision, &target, &job->fields, error);
  return status ? status
                : vordec_metrics_create(job->runtime, job->state.layout, job->decoder, NULL, &job->metrics, error);
}

/* The picture, if it is of one of these states. */
static enum vordec_status draw(const struct job *job, size_t first, const struct vordec_decode_io *io,
                               struct vordec_error *error) {
  const size_t wanted = job->request->png_state, cells = job->state.info.n * job->state.info.n;
  if (!job->png || wanted < first || wanted - first >= io->count) return VORDEC_OK;
  char title[SUMMARY_TITLE_MAX];
  const size_t at = (wanted - first) * cells;
  summary_title(&job->info, &job->report, &job->state, wanted, title);
  const struct plot_decode plot = {
      .title = title,
      .n = job->state.info.n,
      .box = box_configured(job->request->config),
      .precision = job->info.precision,
      .omega_lp = (const char *)io->omega_lp + at * job->fields.real,
      .mask = io->mask + at,
      .omega_hat = (const char *)io->omega_hat + at * job->fields.real,
      .mask_title = residual_settings_mask_title(&job->request->residual, job->residual.field != NULL),
  };
  return plot_decode_to(job->png, &plot, error);
}

/* Decodes the states from `first` on, as many as there is room for, and hands their fields on. */
static enum vordec_status decode_piece(struct job *job, size_t first, struct vordec_error *error) {
  const size_t n = job->state.info.n;
  struct vordec_decode_io io = {.z = job->state.z + first * job->state.info.d};
  decode_fields_attach(&job->fields, first, &io);
  residual_input_attach(&job->residual, n, first, &io);
  enum vordec_status status = vordec_decode(job->decoder, &io, &job->report, error);
  if (!status) status = vordec_metrics_add(job->metrics, first, &io, &job->report, error);
  if (!status) status = decode_fields_add(&job->fields, &io, error);
  if (!status) status = draw(job, first, &io, error);
  if (status) return status;
  summary_take(&job->summary, &job->info, n, &io);
  for (size_t i = 0; io.mask && i < io.count; i++) {
    rim_warning_look(&job->rims, io.mask + i * n * n, n, "state", first + i);
  }
  return VORDEC_OK;
}

static enum vordec_status decode(struct job *job, struct vordec_error *error) {
  enum vordec_status status = make_decoder(job, error);
  for (size_t first = 0; !status && first < job->state.count; first += job->fields.piece) {
    status = decode_piece(job, first, error);
  }
  return status;
}

/* ---- writing ---- */

static enum vordec_status write_fields(struct job *job, struct outfile **file, struct vordec_error *error) {
  if (!job->out) return VORDEC_OK;
  const double box = box_configured(job->request->config); /* also what the states say */
  enum vordec_status status = box > 0 ? array_sink_add_f64(job->out, "L", box, error) : VORDEC_OK;
  if (!status && !isnan(job->dt)) status = array_sink_add_f64(job->out, "dt", job->dt, error);
  return status ? status : array_sink_finish(job->out, file, error);
}

static enum vordec_status write_json(struct job *job, struct vordec_error *error) {
  if (!job->json) return VORDEC_OK;
  char *text = NULL;
  const enum vordec_status status = vordec_metrics_json(job->metrics, &text, error);
  if (status) return status;
  fputs(text, outfile_stream(job->json));
  vordec_free(text);
  return VORDEC_OK;
}

/* All are written before the first appears: a disk that is full leaves none of them. */
static enum vordec_status write_files(struct job *job, struct vordec_error *error) {
  struct outfile *fields = NULL, *files[3];
  size_t count = 0;
  enum vordec_status status = write_fields(job, &fields, error);
  if (!status) status = write_json(job, error);
  if (status) return status;
  if (fields) files[count++] = fields;
  if (job->png) files[count++] = job->png;
  if (job->json) files[count++] = job->json;
  return outfile_commit_all(files, count, error);
}

enum vordec_status decode_run(const struct decode_request *request, struct vordec_error *error) {
  struct job job = {.request = request};
  enum vordec_status status = state_input_read(request->z0, request->config, &job.state, error);
  if (!status && request->png_state >= job.state.count) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--state %zu: %s has %zu state%s, counted from 0",
                         request->png_state, request->z0, job.state.count, job.state.count == 1 ? "" : "s");
  }
  if (!status) status = residual_input_read(&job.residual, &job.state, &request->residual, request->resid, error);
  if (!status) status = open_outputs(&job, error);
  if (!status) {
    status = vordec_runtime_create(request->config, command_log, (void *)&request->verbose, &job.runtime, error);
  }
  if (!status) job.rims = rim_warning_of(request->config);
  if (!status) status = decode(&job, error);
  if (!status) status = write_files(&job, error);
  if (!status) {
    summary_print(job.decoder, &job.report, &job.state, &job.summary);
    residual_input_describe(&job.residual, job.fields.scalars, job.state.count);
  }
  job_release(&job);
  return status;
}
