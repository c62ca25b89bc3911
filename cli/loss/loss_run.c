/* SPDX-License-Identifier: MIT */
#include "loss_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/encode_summary.h"
#include "cli/frames/trajectory_frames.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/progress.h"
#include "cli/ran_on.h"
#include "io/outfile.h"
#include "loss_axes_choice.h"
#include "loss_plot.h"
#include "loss_report.h"

struct job {
  struct loss_request request;
  struct frame_source *frames;
  struct vordec_runtime *runtime;
  struct vordec_encoder *encoder;
  struct vordec_encoder_info encoded;
  struct state_loss states;
  struct loss_axes_choice choice;
  struct loss_table *table;
  double *omega, *z;
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  vordec_encoder_destroy(job->encoder);
  vordec_runtime_destroy(job->runtime);
  state_loss_release(&job->states);
  loss_table_destroy(job->table);
  free(job->omega);
  free(job->z);
}

/* A destination that cannot be written is found before the work. */
static enum vordec_status try_outputs(const struct loss_request *request, struct vordec_error *error) {
  const char *const paths[] = {request->csv, request->png};
  enum vordec_status status = json_output_try(request->json, error);
  for (size_t i = 0; i < sizeof paths / sizeof *paths && !status; i++) {
    struct outfile *file = NULL;
    if (paths[i]) status = outfile_create(paths[i], &file, error);
    outfile_destroy(file);
  }
  return status;
}

/* The first frame chooses the kept modes, and is encoded once more with the others. */
static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  struct loss_request *request = &job->request;
  struct trajectory_request traj = request->traj;
  traj.dt = NAN; /* times say nothing of what a state loses */
  enum vordec_status status = trajectory_frames_open(&traj, &job->frames, error);
  if (status) return status;
  const size_t n = job->frames->n; /* NOLINT(clang-analyzer-core.NullDereference): opened */
  request->encoding.desc.n = n;
  status = vordec_runtime_create(request->config, request->log, request->log_ctx, &job->runtime, error);
  if (!status) {
    status = vordec_encoder_create(job->runtime, NULL, NULL, &request->encoding.desc, &job->encoder, error);
  }
  if (status) return status;
  vordec_encoder_get(job->encoder, &job->encoded);
  status = loss_axes_choose(request, &job->encoded, &job->choice, error);
  if (!status) status = loss_table_create(&job->choice.axes, &job->table, error);
  if (status) return status;
  job->omega = malloc(n * n * sizeof *job->omega);
  job->z = malloc(job->encoded.d * sizeof *job->z);
  if (!job->omega || !job->z) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a frame");
  }
  status = frame_source_next(job->frames, job->omega, error);
  const struct vordec_encode_io io = {.count = 1, .omega = job->omega};
  if (!status) status = vordec_encoder_choose_anchors(job->encoder, &io, error);
  vordec_encoder_get(job->encoder, &job->encoded);
  if (!status) status = state_loss_create(&job->encoded, request->ignore_anchors, &job->states, error);
  return status ? status : frame_source_reset(job->frames, 0, NULL, error);
}

static enum vordec_status measure(struct job *job, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = VORDEC_OK;
  progress_start(&progress, "measure", job->frames->frames, job->request.progress_every);
  for (size_t i = 0; i < job->frames->frames && !status && !interrupt_came(); i += job->request.every) {
    status = frame_source_reset(job->frames, i, NULL, error);
    if (!status) status = frame_source_next(job->frames, job->omega, error);
    const struct vordec_encode_io io = {.count = 1, .omega = job->omega, .z = job->z};
    if (!status) status = vordec_encode(job->encoder, &io, NULL, error);
    if (status) break;
    state_loss_add(&job->states, job->omega, job->z);
    loss_table_add(job->table, job->omega);
    progress_at(&progress, i + 1);
  }
  progress_end(&progress);
  return status;
}

static void say_made_by(const struct vordec_encoder_info *encoder, char text[LOSS_MADE_BY_MAX]) {
  char ran_on[RAN_ON_MAX];
  if (strcmp(encoder->backend_used, "cpu") == 0) {
    snprintf(text, LOSS_MADE_BY_MAX, "cpu, fp64 (encoder and spectra; nothing is decoded)");
    return;
  }
  ran_on_device(&encoder->device, encoder->encode_device, ran_on);
  snprintf(text, LOSS_MADE_BY_MAX, "%s (encoder: %s, %s); spectra: cpu, fp64; nothing is decoded", ran_on,
           encoder->backend_used, encoder->precision == VORDEC_FP64 ? "fp64" : "fp32");
}

static enum vordec_status tell(struct job *job, bool *reached, struct vordec_error *error) {
  const struct loss_request *request = &job->request;
  vordec_encoder_get(job->encoder, &job->encoded);
  struct loss_results results = {.request = request,
                                 .encoder = &job->encoded,
                                 .n = job->frames->n,
                                 .frames = job->states.frames,
                                 .of_frames = job->frames->frames,
                                 .states = &job->states};
  say_made_by(&job->encoded, results.made_by);
  results.rows = loss_table_rows(job->table, &results.row_count);
  results.largest = loss_table_largest(job->table, &results.largest_count);
  results.picked = request->target > 0 ? loss_table_pick(job->table, request->target) : NULL;
  *reached = !(request->target > 0) || results.picked;
  encode_summary_print(job->encoder);
  enum vordec_status status = VORDEC_OK;
  if (!json_output_replaces_text(request->json)) status = loss_report_print(&results, error);
  if (!status && request->csv) status = loss_report_write_csv(request->csv, &results, error);
  if (!status && request->json) status = loss_report_write_json(request->json, &results, error);
  if (!status && request->png) status = loss_plot(request->png, &results, error);
  return status;
}

enum vordec_status loss_run(const struct loss_request *request, bool *reached, struct vordec_error *error) {
  struct job job = {.request = *request};
  *reached = false;
  enum vordec_status status = try_outputs(request, error);
  if (!status) status = prepare(&job, error);
  if (!status) status = measure(&job, error);
  if (!status && job.states.frames && !interrupt_came()) status = tell(&job, reached, error);
  job_release(&job);
  return status;
}
