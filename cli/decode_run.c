#include "decode_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
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
  struct vordec_decode_io io;
  struct vordec_decode_report report;
  struct array_sink *out;
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
  free(job->io.omega_lp);
  free(job->io.mask);
  free(job->io.omega_hat);
  free(job->io.scalars);
}

/* Finds an unwritable destination before any work is done. */
static enum vordec_status open_outputs(struct job *job, struct vordec_error *error) {
  const struct decode_request *request = job->request;
  enum vordec_status status = VORDEC_OK;
  if (request->out) status = array_file_create(request->out, &job->out, error);
  if (!status && request->metrics_path) status = outfile_create(request->metrics_path, &job->json, error);
  if (!status && request->png) status = outfile_create(request->png, &job->png, error);
  return status;
}

static enum vordec_status allocate_fields(struct job *job, uint32_t outputs, struct vordec_error *error) {
  const size_t cells = job->state.info.n * job->state.info.n, count = job->state.count;
  const size_t real = job->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  struct vordec_decode_io *io = &job->io;
  if (outputs & VORDEC_OMEGA_LP) io->omega_lp = calloc(count, cells * real);
  if (outputs & VORDEC_MASK) io->mask = calloc(count, cells);
  if (outputs & VORDEC_OMEGA_HAT) io->omega_hat = calloc(count, cells * real);
  if (outputs & VORDEC_SCALARS) io->scalars = calloc(count, sizeof *io->scalars);
  const bool ok = (!(outputs & VORDEC_OMEGA_LP) || io->omega_lp) && (!(outputs & VORDEC_MASK) || io->mask) &&
                  (!(outputs & VORDEC_OMEGA_HAT) || io->omega_hat) && (!(outputs & VORDEC_SCALARS) || io->scalars);
  return ok ? VORDEC_OK
            : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

static enum vordec_status decode(struct job *job, struct vordec_error *error) {
  const uint32_t outputs = job->request->outputs;
  const struct vordec_decoder_desc desc = {
      .batch = job->state.count, .outputs = outputs, .residuals = residual_input_kinds(&job->residual)};
  enum vordec_status status = vordec_decoder_create(job->runtime, job->state.layout, &desc, &job->decoder, error);
  if (status) return status;
  vordec_decoder_get(job->decoder, &job->info);
  status = allocate_fields(job, outputs, error);
  if (status) return status;
  job->io.count = job->state.count;
  job->io.z = job->state.z;
  residual_input_attach(&job->residual, &job->io);
  status = vordec_decode(job->decoder, &job->io, &job->report, error);
  if (!status)
    status = vordec_metrics_create(job->runtime, job->state.layout, job->decoder, NULL, &job->metrics, error);
  if (!status) status = vordec_metrics_add(job->metrics, 0, &job->io, &job->report, error);
  return status;
}

/* ---- writing ---- */

static enum vordec_status write_fields(struct job *job, struct outfile **file, struct vordec_error *error) {
  if (!job->out) return VORDEC_OK;
  const size_t n = job->state.info.n;
  struct npy_form form = {.ndim = 2, .shape = {n, n}};
  if (job->state.batched) form = (struct npy_form){.ndim = 3, .shape = {job->state.count, n, n}};
  struct npy_form real = form, mask = form;
  real.type = job->info.precision == VORDEC_FP64 ? NPY_F8 : NPY_F4;
  mask.type = NPY_I1;
  enum vordec_status status = array_sink_add(job->out, "omega_lp", &real, job->io.omega_lp, error);
  if (!status) status = array_sink_add(job->out, "mask", &mask, job->io.mask, error);
  if (!status) status = array_sink_add(job->out, "omega_hat", &real, job->io.omega_hat, error);
  const double box = box_configured(job->request->config); /* also what the states say */
  if (!status && box > 0) status = array_sink_add_f64(job->out, "L", box, error);
  return status ? status : array_sink_finish(job->out, file, error);
}

static enum vordec_status write_png(const struct job *job, struct vordec_error *error) {
  if (!job->png) return VORDEC_OK;
  char title[SUMMARY_TITLE_MAX];
  const size_t i = job->request->png_state, cells = job->state.info.n * job->state.info.n;
  const size_t field = cells * (job->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
  summary_title(&job->info, &job->report, &job->state, i, title);
  const struct plot_decode plot = {
      .title = title,
      .n = job->state.info.n,
      .box = box_configured(job->request->config),
      .precision = job->info.precision,
      .omega_lp = (const char *)job->io.omega_lp + i * field,
      .mask = job->io.mask + i * cells,
      .omega_hat = (const char *)job->io.omega_hat + i * field,
      .mask_title = residual_settings_mask_title(&job->request->residual, job->residual.field != NULL),
  };
  return plot_decode_to(job->png, &plot, error);
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
  if (!status) status = write_png(job, error);
  if (!status) status = write_json(job, error);
  if (status) return status;
  if (fields) files[count++] = fields;
  if (job->png) files[count++] = job->png;
  if (job->json) files[count++] = job->json;
  return outfile_commit_all(files, count, error);
}

static void look_at_rims(const struct job *job) {
  const size_t n = job->state.info.n;
  struct rim_warning warning = rim_warning_of(job->request->config);
  for (size_t i = 0; job->io.mask && i < job->state.count; i++) {
    rim_warning_look(&warning, job->io.mask + i * n * n, n, "state", i);
  }
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
  if (!status) status = decode(&job, error);
  if (!status) status = write_files(&job, error);
  if (!status) look_at_rims(&job);
  if (!status) summary_print(job.decoder, &job.report, &job.state, &job.io, &job.residual);
  job_release(&job);
  return status;
}
