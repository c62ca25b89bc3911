/* vordec decode: states in, fields out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "command.h"
#include "formats/array_format.h"
#include "io/outfile.h"
#include "io/plot.h"
#include "outputs.h"
#include "residual_input.h"
#include "state_input.h"
#include "summary.h"

struct decode_request {
  const char *z0, *resid, *phases, *out, *png;
};

static const struct option_spec options[] = {
    {"z0-npz", "STATE.npz",
     "the states: keys z (D,) or (B, D), mask_low, N; anchor_idx where K > 0. dashi_tau and dashi_smooth_k, if there, "
     "are defaults for [mask] tau and smooth_width",
     .required = true, TO_INPUT(struct decode_request, z0)},
    {"resid-npy", "R.npy", "a residual field of your own, (N, N) or (B, N, N): gated by the mask, never rescaled",
     TO_INPUT(struct decode_request, resid)},
    {"phases-npz", "P.npz",
     "phases of the synthesised residual: phases_mid and phases_high, each (N, N) in radians, empty where nothing is "
     "drawn. Switches [residual] synthesis on",
     TO_INPUT(struct decode_request, phases), SETS_TO("residual", "synthesis", "on")},
    {"out", "OUT.npz",
     "where the fields go: omega_lp, mask (int8), omega_hat; float64 from fp64 backends, float32 from fp32 ones; a "
     "leading axis B if the input had one. Required if the observer reads fields",
     TO_OUTPUT(struct decode_request, out)},
    {"png", "OUT.png", "a picture of the first state's fields", TO_OUTPUT(struct decode_request, png)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

/* Everything that one run holds; released in one place. */
struct job {
  const struct invocation *invocation;
  const struct decode_request *asked;
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

static enum vordec_status check_usage(const struct invocation *invocation, const struct decode_request *asked,
                                      struct vordec_error *error) {
  const bool fields = outputs_read_fields(invocation->config);
  if (fields && !asked->out) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "decode: --out OUT.npz is needed; see 'vordec decode --help'");
  }
  if (fields || (!asked->out && !asked->png)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "decode: --out and --png need fields, but [decode] observer = %s reads none; use snapshots",
                     vordec_config_get(invocation->config, "decode", "observer"));
}

static enum vordec_status read_residual(struct job *job, struct vordec_error *error) {
  const struct decode_request *asked = job->asked;
  struct residual_settings settings;
  const enum vordec_status status = residual_settings_read(job->invocation->config, asked->phases, &settings, error);
  return status ? status : residual_input_read(&job->residual, &job->state, &settings, asked->resid, error);
}

/* Finds an unwritable destination before any work is done. */
static enum vordec_status open_outputs(struct job *job, struct vordec_error *error) {
  const struct decode_request *asked = job->asked;
  const char *json = vordec_config_get(job->invocation->config, "metrics", "json");
  enum vordec_status status = VORDEC_OK;
  if (asked->out) status = array_format_create(asked->out, &job->out, error);
  if (!status && *json) status = outfile_create(json, &job->json, error);
  if (!status && asked->png) status = outfile_create(asked->png, &job->png, error);
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
  return ok ? VORDEC_OK : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the fields");
}

static enum vordec_status decode(struct job *job, struct vordec_error *error) {
  const uint32_t outputs = outputs_wanted(job->invocation->config);
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
  struct array_form form = {.ndim = 2, .shape = {n, n}};
  if (job->state.batched) form = (struct array_form){.ndim = 3, .shape = {job->state.count, n, n}};
  struct array_form real = form, mask = form;
  real.type = job->info.precision == VORDEC_FP64 ? NPY_F8 : NPY_F4;
  mask.type = NPY_I1;
  enum vordec_status status = array_sink_add(job->out, "omega_lp", &real, job->io.omega_lp, error);
  if (!status) status = array_sink_add(job->out, "mask", &mask, job->io.mask, error);
  if (!status) status = array_sink_add(job->out, "omega_hat", &real, job->io.omega_hat, error);
  return status ? status : array_sink_finish(job->out, file, error);
}

static enum vordec_status write_png(const struct job *job, struct vordec_error *error) {
  if (!job->png) return VORDEC_OK;
  char title[400];
  summary_title(&job->info, &job->report, &job->state, title, sizeof title);
  const struct plot_decode plot = {
      .title = title,
      .n = job->state.info.n,
      .precision = job->info.precision,
      .omega_lp = job->io.omega_lp,
      .mask = job->io.mask,
      .omega_hat = job->io.omega_hat,
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

static int run(struct invocation *invocation, void *request) {
  const struct decode_request *asked = request;
  struct job job = {.invocation = invocation, .asked = asked};
  struct vordec_error error = {0};
  enum vordec_status status = check_usage(invocation, asked, &error);
  if (!status) status = state_input_read(asked->z0, invocation->config, &job.state, &error);
  if (!status) status = read_residual(&job, &error);
  if (!status) status = open_outputs(&job, &error);
  if (!status)
    status = vordec_runtime_create(invocation->config, command_log, &invocation->verbose, &job.runtime, &error);
  if (!status) status = decode(&job, &error);
  if (!status) status = write_files(&job, &error);
  if (!status) summary_print(&job.info, &job.report, &job.state, &job.io, &job.residual);
  const int code = status ? command_fail(&error) : EXIT_DONE;
  job_release(&job);
  return code;
}

const struct command command_decode = {
    .name = "decode",
    .summary = "turn states into vorticity fields",
    .synopsis = "--z0-npz STATE.npz --out OUT.npz [OPTION]..",
    .details = "Reads one state or a batch, decodes it with the backend that the configuration\n"
               "asks for, and writes the fields: omega_lp (the low-pass field), mask (-1, 0, +1)\n"
               "and omega_hat (with the kept mid-band modes and the residual). A summary goes to\n"
               "stderr: what was asked for, what did the work, how long each stage took, and the\n"
               "fields' energy, enstrophy, support and hashes. The files are written whole or not\n"
               "at all, none before the decode has succeeded, and all or none where the disk fills up.",
    COMMAND_OPTIONS(groups, struct decode_request),
    .takes_config = true,
    .metrics = METRICS_WRITTEN,
    .run = run,
};
