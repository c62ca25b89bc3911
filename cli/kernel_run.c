#include "kernel_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "core/policy/device_kind.h"
#include "formats/operator_file.h"
#include "interrupt.h"
#include "io/npy.h"
#include "io/outfile.h"
#include "progress.h"
#include "state_input.h"

#define STEPS_AT_ONCE 256 /* so that a signal is heard and a bar moves */

struct job {
  const struct kernel_request *request;
  struct state_file state;
  struct operator_file op;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder; /* NULL: nothing is decoded */
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  struct vordec_decode_io io;
  double *z; /* states x D, where a decode needs them on the host, and for the last ones */
  struct outfile *json, *z_out;
  struct vordec_run run;
  const char *decode_device, *op_device;
};

static void job_release(struct job *job) {
  vordec_metrics_destroy(job->metrics);
  vordec_rollout_destroy(job->rollout);
  vordec_decoder_destroy(job->decoder);
  vordec_runtime_destroy(job->runtime);
  outfile_destroy(job->json);
  outfile_destroy(job->z_out);
  operator_file_release(&job->op);
  state_file_release(&job->state);
  free(job->z);
  free(job->io.omega_lp);
  free(job->io.mask);
  free(job->io.omega_hat);
  free(job->io.scalars);
}

/* ---- input ---- */

static enum vordec_status read_input(struct job *job, struct vordec_error *error) {
  const struct kernel_request *request = job->request;
  enum vordec_status status = state_input_read(request->z0, request->config, &job->state, error);
  if (status) return status;
  status = state_file_read_dt(request->z0, &job->run.dt, error);
  if (!status) status = operator_file_read(request->a, job->state.info.d, request->z0, &job->op, error);
  if (!status && request->metrics_path) status = outfile_create(request->metrics_path, &job->json, error);
  if (!status && request->z_out) status = outfile_create(request->z_out, &job->z_out, error);
  return status;
}

/* ---- getting ready ---- */

static bool allocate_outputs(struct job *job, uint32_t outputs, enum vordec_precision precision) {
  const size_t cells = job->state.count * job->state.info.n * job->state.info.n;
  const size_t real = precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  struct vordec_decode_io *io = &job->io;
  if (outputs & VORDEC_OMEGA_LP && !(io->omega_lp = malloc(cells * real))) return false;
  if (outputs & VORDEC_MASK && !(io->mask = malloc(cells))) return false;
  if (outputs & VORDEC_OMEGA_HAT && !(io->omega_hat = malloc(cells * real))) return false;
  if (outputs & VORDEC_SCALARS && !(io->scalars = calloc(job->state.count, sizeof *io->scalars))) return false;
  io->count = job->state.count;
  return true;
}

static enum vordec_status make_decoder(struct job *job, struct vordec_error *error) {
  if (job->request->decode_every == 0) return VORDEC_OK;
  const uint32_t outputs = job->request->outputs;
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = outputs};
  const enum vordec_status status = vordec_decoder_create(job->runtime, job->state.layout, &desc, &job->decoder, error);
  if (status) return status;
  struct vordec_decoder_info info;
  vordec_decoder_get(job->decoder, &info);
  if (allocate_outputs(job, outputs, info.precision)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  const struct vordec_rollout_desc desc = {.d = job->state.info.d, .a = job->op.a, .z0 = job->state.z};
  enum vordec_status status =
      vordec_runtime_create(job->request->config, command_log, (void *)&job->request->verbose, &job->runtime, error);
  if (!status) status = make_decoder(job, error);
  struct stride_use strides = job->request->strides;
  strides.states = job->state.count;
  if (!status) status = stride_use_rollout(&strides, job->runtime, job->decoder, &desc, &job->rollout, error);
  if (!status) {
    status = vordec_metrics_create(job->runtime, job->state.layout, job->decoder, job->rollout, &job->metrics, error);
  }
  job->z = malloc(job->state.count * job->state.info.d * sizeof *job->z);
  if (!status && !job->z) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  return status;
}

/* What selection already rules out need not run first. */
static enum vordec_status check_devices(const struct job *job, struct vordec_error *error) {
  if (!job->request->require_gpu) return VORDEC_OK;
  struct vordec_rollout_info op;
  vordec_rollout_get(job->rollout, &op);
  struct vordec_decoder_info decode = {.device = op.device};
  if (job->decoder) vordec_decoder_get(job->decoder, &decode);
  const struct vordec_device *devices[] = {&op.device, &decode.device};
  for (int i = 0; i < 2; i++) {
    const enum vordec_device_type type = devices[i]->type;
    if (device_is_gpu(type)) continue;
    return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE, "--require-gpu: %s would run on %.100s (%s)",
                       i ? "decodes" : "steps", devices[i]->name, vordec_device_type_name(type));
  }
  return VORDEC_OK;
}

/* ---- the run ---- */

/* Steps from t up to the next thing that happens: a decode, a hash, a line of progress, or the end. */
static size_t next_stretch(const struct job *job, size_t t) {
  const size_t periods[] = {job->request->decode_every, job->request->hash_every, job->request->progress_every,
                            STEPS_AT_ONCE};
  size_t stretch = job->request->steps - t;
  if (job->request->strides.wanted) return job->request->strides.stride;
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    if (periods[i] == 0) continue;
    const size_t left = periods[i] - t % periods[i];
    if (left < stretch) stretch = left;
  }
  return stretch;
}

static enum vordec_status hash_at(struct job *job, size_t t, struct vordec_error *error) {
  char digest[33];
  const enum vordec_status status = vordec_rollout_hash(job->rollout, digest, error);
  return status ? status : vordec_metrics_add_state_hash(job->metrics, t, digest, error);
}

static enum vordec_status decode_at(struct job *job, size_t t, struct vordec_error *error) {
  struct vordec_decode_report report;
  enum vordec_status status = VORDEC_OK;
  if (vordec_rollout_feeds(job->rollout, job->decoder)) {
    job->io.rollout = job->rollout;
  } else {
    status = vordec_rollout_read(job->rollout, job->z, error);
    job->io.z = job->z;
  }
  vordec_decoder_set_step(job->decoder, t);
  if (!status) status = vordec_decode(job->decoder, &job->io, &report, error);
  if (status == VORDEC_E_INPUT) {
    const struct vordec_error inner = *error;
    job->run.nan_inf_hits++;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "step %zu: %.500s", t, inner.message);
  }
  if (status) return status;
  job->decode_device = report.decode_device;
  status = vordec_metrics_add(job->metrics, t, &job->io, &report, error);
  /* A state that stayed on the device is hashed there and then. */
  if (!status && job->io.rollout && job->request->hash_z) status = hash_at(job, t, error);
  return status;
}

static bool due(size_t t, size_t every) {
  return every > 0 && t % every == 0;
}

static enum vordec_status roll_out(struct job *job, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = VORDEC_OK;
  progress_start(&progress, "steps", job->request->steps, job->request->progress_every);
  for (size_t t = 0; t < job->request->steps && !status && !interrupt_came();) {
    const size_t stretch = next_stretch(job, t);
    struct vordec_rollout_report report;
    status = vordec_rollout_advance(job->rollout, stretch / stride_use_unit(&job->request->strides), &report, error);
    if (status) break;
    t += stretch;
    job->run.steps = t;
    job->run.rollout_s += 1e-3 * report.total_ms;
    job->op_device = report.op_device;
    const bool decode = due(t, job->request->decode_every), hashed = decode && job->request->hash_z;
    if (due(t, job->request->hash_every) && !hashed) status = hash_at(job, t, error);
    if (!status && decode) status = decode_at(job, t, error);
    progress_at(&progress, t);
  }
  progress_end(&progress);
  return status;
}

/* The last states are looked at, decoded or not: a run that ended in NaN has failed. */
static enum vordec_status check_last(struct job *job, struct vordec_error *error) {
  const enum vordec_status status = vordec_rollout_read(job->rollout, job->z, error);
  if (status) return status;
  const size_t d = job->state.info.d;
  for (size_t i = 0; i < job->state.count * d; i++) {
    if (isfinite(job->z[i])) continue;
    char state[32] = "";
    if (job->state.count > 1) snprintf(state, sizeof state, "state %zu, ", i / d);
    job->run.nan_inf_hits++;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "step %zu: z: %sentry %zu is %s", job->run.steps, state, i % d,
                       isnan(job->z[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

/* ---- results ---- */

static enum vordec_status print_metrics(struct job *job, struct vordec_error *error) {
  char *text = NULL;
  vordec_metrics_set_run(job->metrics, &job->run);
  const enum vordec_status status = vordec_metrics_json(job->metrics, &text, error);
  if (status) return status;
  fputs(text, outfile_stream(job->json));
  vordec_free(text);
  return VORDEC_OK;
}

/* The metrics and, unless the run failed, the state that it ended with: both are on the disk before one appears. */
static enum vordec_status write_files(struct job *job, bool with_state, struct vordec_error *error) {
  struct outfile *files[2];
  size_t count = 0;
  enum vordec_status status = VORDEC_OK;
  if (job->json) {
    status = print_metrics(job, error);
    files[count++] = job->json;
  }
  if (!status && with_state && job->z_out) {
    const size_t shape[] = {job->state.count, job->state.info.d};
    const bool several = job->state.count > 1;
    status = npy_write_to(job->z_out, NPY_F8, several ? 2 : 1, several ? shape : shape + 1, job->z, error);
    files[count++] = job->z_out;
  }
  return status ? status : outfile_commit_all(files, count, error);
}

static void print_summary(const struct job *job) {
  struct vordec_rollout_info op;
  vordec_rollout_get(job->rollout, &op);
  if (op.device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "the steps ran on the CPU: %s\n", op.device.name);
  const double per_step = job->run.steps ? job->run.rollout_s / (double)job->run.steps : NAN;
  fprintf(stderr, "rolled out     %zu steps of D = %zu in %.3f s: %.0f ns per step, %.0f steps per second\n",
          job->run.steps, job->state.info.d, job->run.rollout_s, 1e9 * per_step, 1.0 / per_step);
  if (job->request->strides.wanted) {
    fprintf(stderr, "strides        %zu steps by one product with A to the power of %zu, worked out before\n",
            job->request->strides.stride, job->request->strides.stride);
  }
  if (job->state.count > 1) {
    fprintf(stderr, "together       %zu states: %.0f ns per state and step\n", job->state.count,
            1e9 * per_step / (double)job->state.count);
  }
  fprintf(stderr, "op             requested %s, used %s on %s (%s), %s%s\n", op.backend_requested, op.backend_used,
          op.device.name, job->op_device ? job->op_device : "nothing ran",
          op.precision == VORDEC_FP64 ? "float64" : "float32", op.deterministic ? ", in order" : "");
  if (!job->decoder) {
    fprintf(stderr, "decode         none\n");
    return;
  }
  struct vordec_decoder_info decode;
  vordec_decoder_get(job->decoder, &decode);
  const char *reason = vordec_decoder_reason(job->decoder);
  if (decode.device.type == VORDEC_DEVICE_SOFTWARE) {
    fprintf(stderr, "the decodes ran on the CPU: %s\n", decode.device.name);
  }
  fprintf(stderr, "decode         requested %s, used %s on %s (%s), every %zu steps, fft %s, %s\n",
          decode.backend_requested, decode.backend_used, decode.device.name,
          job->decode_device ? job->decode_device : "nothing was decoded", job->request->decode_every, decode.fft_used,
          vordec_rollout_feeds(job->rollout, job->decoder) ? "from where the steps left the state"
                                                           : "from a copy on the host");
  if (*reason) fprintf(stderr, "because        %s\n", reason);
}

static bool ran_elsewhere(const char *device) {
  return device && strcmp(device, "gpu") != 0;
}

static enum vordec_status check_gpu(const struct job *job, struct vordec_error *error) {
  if (!job->request->require_gpu) return VORDEC_OK;
  if (!ran_elsewhere(job->op_device) && !ran_elsewhere(job->decode_device)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                     "--require-gpu: the steps ran on: %s; the decodes on: %s", job->op_device ? job->op_device : "-",
                     job->decode_device ? job->decode_device : "-");
}

/* Writes what there is, also after a failed or interrupted run, whose failure is the one that counts. */
static enum vordec_status finish(struct job *job, enum vordec_status run_status, struct vordec_error *error) {
  struct vordec_error late = {0};
  enum vordec_status status = run_status ? run_status : check_last(job, error);
  const enum vordec_status written = write_files(job, !status, &late);
  print_summary(job);
  if (!status) status = check_gpu(job, error);
  if (status || !written) return status;
  *error = late;
  return written;
}

enum vordec_status kernel_run(const struct kernel_request *request, struct vordec_error *error) {
  struct job job = {.request = request, .run = {.dt = NAN}};
  enum vordec_status status = read_input(&job, error);
  if (!status) status = prepare(&job, error);
  if (!status) status = check_devices(&job, error);
  if (!status) {
    interrupt_watch();
    status = roll_out(&job, error);
    status = finish(&job, status, error);
  }
  job_release(&job);
  return status;
}
