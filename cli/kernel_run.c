/* SPDX-License-Identifier: MIT */
#include "kernel_run.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/clock.h"
#include "core/policy/device_kind.h"
#include "formats/operator_file.h"
#include "interrupt.h"
#include "io/npy.h"
#include "io/outfile.h"
#include "kernel_lane.h"
#include "kernel_metrics.h"
#include "rank_decoder.h"
#include "rank_metrics.h"
#include "state_input.h"

struct job {
  const struct kernel_request *request;
  struct state_file state;
  struct operator_file op;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder; /* NULL: nothing is decoded */
  struct rank_block part;         /* of the file's states: this rank's */
  struct kernel_lane *lanes;      /* of these, one for each device that has some */
  size_t lane_count;
  atomic_bool stop;
  double *z; /* of all states, where a decode needs them on the host, and for the last ones */
  struct outfile *json, *z_out;
  double dt;     /* of a step, if the file says so */
  double loop_s; /* of steps and decodes together */
};

static void job_release(struct job *job) {
  for (size_t i = 0; i < job->lane_count; i++) kernel_lane_release(&job->lanes[i]);
  free(job->lanes);
  vordec_decoder_destroy(job->decoder);
  vordec_runtime_destroy(job->runtime);
  outfile_destroy(job->json);
  outfile_destroy(job->z_out);
  operator_file_release(&job->op);
  state_file_release(&job->state);
  free(job->z);
}

/* ---- input ---- */

static enum vordec_status read_input(struct job *job, struct vordec_error *error) {
  const struct kernel_request *request = job->request;
  enum vordec_status status = state_input_read(request->z0, request->config, &job->state, error);
  if (status) return status;
  status = state_file_read_dt(request->z0, &job->dt, error);
  if (!status) status = operator_file_read(request->a, job->state.info.d, request->z0, &job->op, error);
  job->part = rank_block_of(job->state.count, ranks_size(request->ranks), ranks_rank(request->ranks));
  if (ranks_rank(request->ranks) > 0) return status; /* the first writes for all */
  if (!status && request->metrics_path) status = outfile_create(request->metrics_path, &job->json, error);
  if (!status && request->z_out) status = outfile_create(request->z_out, &job->z_out, error);
  return status;
}

/* ---- getting ready ---- */

static enum vordec_status make_runtime(struct job *job, struct vordec_error *error) {
  const struct kernel_request *request = job->request;
  return vordec_runtime_create(request->config, command_log, (void *)&request->verbose, &job->runtime, error);
}

static enum vordec_status create_decoder(void *job_, struct vordec_decoder_info *info, struct vordec_error *error) {
  struct job *job = job_;
  const size_t states = job->part.count ? job->part.count : 1, n = job->state.info.n, most = kernel_batch_max(n);
  const size_t together = states * kernel_lane_rows(job->request, states, n);
  /* Of several batches one is computed while another is copied. */
  const struct vordec_decoder_desc desc = {
      .batch = together < most ? together : most, .outputs = job->request->outputs, .depth = together > most ? 2 : 1};
  enum vordec_status status = make_runtime(job, error);
  if (!status) status = vordec_decoder_create(job->runtime, job->state.layout, &desc, &job->decoder, error);
  if (!status) vordec_decoder_get(job->decoder, info);
  return status;
}

static void drop_decoder(void *job_) {
  struct job *job = job_;
  vordec_decoder_destroy(job->decoder);
  job->decoder = NULL;
  vordec_runtime_destroy(job->runtime);
  job->runtime = NULL;
}

static enum vordec_status equip_nothing(void *job, struct vordec_error *error) {
  (void)job;
  (void)error;
  return VORDEC_OK;
}

/* The at-th of `count` lanes: its states, on the at-th device. */
static enum vordec_status make_lane(struct job *job, size_t at, size_t count, struct vordec_error *error) {
  struct kernel_lane *lane = &job->lanes[at];
  const size_t d = job->state.info.d;
  *lane = (struct kernel_lane){.request = job->request,
                               .block = rank_block_of(job->part.count, count, at),
                               .decoder = job->decoder ? vordec_decoder_at(job->decoder, at) : NULL,
                               .d = d,
                               .total = job->state.count,
                               .stop = &job->stop,
                               .shows = at == 0 && ranks_rank(job->request->ranks) == 0,
                               .run = {.dt = job->dt}};
  lane->block.first += job->part.first;
  lane->z = job->z + lane->block.first * d;
  const struct vordec_rollout_desc desc = {.d = d, .a = job->op.a, .z0 = job->state.z + lane->block.first * d};
  struct stride_use strides = job->request->strides;
  strides.states = lane->block.count;
  enum vordec_status status = stride_use_rollout(&strides, job->runtime, lane->decoder, &desc, &lane->rollout, error);
  if (!status) status = kernel_lane_equip(lane, job->state.info.n, error);
  if (status) return status;
  return vordec_metrics_create(job->runtime, job->state.layout, lane->decoder, lane->rollout, &lane->metrics, error);
}

/* Hashes are of all states together, which nobody has then. */
static enum vordec_status check_hashes(const struct job *job, size_t count, const char *who,
                                       struct vordec_error *error) {
  if (count == 1 || (job->request->hash_every == 0 && !job->request->hash_z)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "perf-kernel: --hash-every and [metrics] hash = z hash all states together, but %zu %s share "
                     "them: use one, or hash the fields",
                     count, who);
}

/* Devices share the states if these stay where they are decoded. Else one rollout has all of them, and decodes of what
 * is read from it are shared by the devices. */
static enum vordec_status make_lanes(struct job *job, struct vordec_error *error) {
  const size_t devices = job->decoder ? vordec_decoder_devices(job->decoder) : 1;
  const size_t count = devices < job->part.count ? devices : job->part.count;
  job->lanes = calloc(count, sizeof *job->lanes);
  if (!job->lanes) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  job->lane_count = 1;
  enum vordec_status status = make_lane(job, 0, count, error);
  if (status || count == 1) return status;
  if (!vordec_rollout_feeds(job->lanes->rollout, job->decoder)) {
    kernel_lane_release(job->lanes);
    return make_lane(job, 0, 1, error);
  }
  status = check_hashes(job, count, "devices", error);
  for (size_t i = 1; i < count && !status; i++) {
    job->lane_count = i + 1;
    status = make_lane(job, i, count, error);
  }
  return status;
}

/* Steps without decodes: ranks need not agree on more than that no two take one GPU. */
static enum vordec_status check_alone(struct job *job, struct vordec_error *error) {
  struct rank_choice own = {.gpu = false};
  if (ranks_size(job->request->ranks) == 1) return VORDEC_OK;
  if (job->lane_count) {
    struct vordec_rollout_info info;
    vordec_rollout_get(job->lanes->rollout, &info);
    own = rank_choice_of_rollout(&info);
  }
  return rank_choice_alone(job->request->ranks, job->request->config, &own, error);
}

static enum vordec_status make_decoders(struct job *job, struct vordec_error *error) {
  const struct kernel_request *request = job->request;
  const struct rank_decoder_maker maker = {job, create_decoder, drop_decoder, equip_nothing};
  struct rank_choice choice = {.precision = VORDEC_FP64};
  if (request->decode_every == 0) return job->part.count ? make_runtime(job, error) : VORDEC_OK;
  return rank_decoder_make(request->ranks, request->config, job->part.count > 0, &maker, &choice, error);
}

static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  const size_t size = ranks_size(ranks);
  enum vordec_status status = check_hashes(job, size < job->state.count ? size : job->state.count, "ranks", error);
  job->z = malloc(job->state.count * job->state.info.d * sizeof *job->z);
  if (!status && !job->z) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  status = ranks_settle(ranks, status, error);
  if (!status) status = ranks_settle(ranks, make_decoders(job, error), error);
  if (status) return status;
  status = ranks_settle(ranks, job->part.count ? make_lanes(job, error) : VORDEC_OK, error);
  return status || job->request->decode_every ? status : check_alone(job, error);
}

/* What selection already rules out need not run first. */
static enum vordec_status check_devices(const struct job *job, struct vordec_error *error) {
  if (!job->request->require_gpu || job->lane_count == 0) return VORDEC_OK;
  struct vordec_rollout_info op;
  vordec_rollout_get(job->lanes->rollout, &op);
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

struct course {
  struct kernel_lane *lane;
  size_t until;
  bool heeds;
  pthread_t thread;
  bool started;
};

static void *follow(void *course_) {
  const struct course *course = course_;
  kernel_lane_go(course->lane, course->until, course->heeds);
  return NULL;
}

/* All lanes, each in a thread, the first in this one. */
static enum vordec_status go(struct job *job, size_t until, bool heeds, struct vordec_error *error) {
  struct course *courses = calloc(job->lane_count, sizeof *courses);
  enum vordec_status status = VORDEC_OK;
  if (!courses && job->lane_count)
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  for (size_t i = 0; i < job->lane_count; i++) {
    courses[i] = (struct course){.lane = &job->lanes[i], .until = until, .heeds = heeds};
    if (i > 0) courses[i].started = pthread_create(&courses[i].thread, NULL, follow, &courses[i]) == 0;
  }
  if (job->lane_count) follow(&courses[0]);
  for (size_t i = 1; i < job->lane_count; i++) {
    if (courses[i].started) {
      pthread_join(courses[i].thread, NULL);
    } else {
      follow(&courses[i]); /* there is no thread to be had */
    }
  }
  for (size_t i = job->lane_count; i-- > 0;) {
    if (!job->lanes[i].status) continue;
    *error = job->lanes[i].error;
    status = job->lanes[i].status;
  }
  free(courses);
  return status;
}

/* How far the first of all lanes has come, on whatever rank. */
static size_t furthest_step(struct job *job) {
  struct ranks *ranks = job->request->ranks;
  size_t furthest = 0;
  for (size_t i = 0; i < job->lane_count; i++) {
    if (job->lanes[i].run.steps > furthest) furthest = job->lanes[i].run.steps;
  }
  for (size_t rank = 1; rank < ranks_size(ranks); rank++) {
    size_t other = furthest;
    ranks_collect(ranks, rank, &other, sizeof other);
    if (other > furthest) furthest = other;
  }
  ranks_broadcast(ranks, &furthest, sizeof furthest);
  return furthest;
}

/* Where an interrupt found the lanes at different steps, those behind go on to where the first is. */
static enum vordec_status roll_out(struct job *job, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  const uint64_t start_ns = clock_ns();
  enum vordec_status status = ranks_settle(ranks, go(job, job->request->steps, true, error), error);
  if (!status) status = ranks_settle(ranks, go(job, furthest_step(job), false, error), error);
  job->loop_s = (double)(clock_ns() - start_ns) * 1e-9;
  return status;
}

static enum vordec_status look_at_last(struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < job->lane_count && !status; i++) status = kernel_lane_end(&job->lanes[i], error);
  return status;
}

/* ---- results ---- */

/* Of all ranks, on the first. */
static enum vordec_status make_metrics(struct job *job, char **text, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  char *own = NULL;
  enum vordec_status status =
      job->lane_count ? kernel_metrics_json(job->lanes, job->lane_count, &own, error) : VORDEC_OK;
  *text = own;
  if (ranks_size(ranks) == 1) return status;
  *text = NULL;
  status = ranks_settle(ranks, status, error);
  if (!status) status = rank_metrics_collect_text(ranks, own, job->part.count, text, error);
  vordec_free(own);
  return status;
}

static enum vordec_status print_metrics(struct job *job, struct vordec_error *error) {
  char *text = NULL;
  const enum vordec_status status = make_metrics(job, &text, error);
  if (!status && text && job->json) fputs(text, outfile_stream(job->json));
  vordec_free(text);
  return status;
}

/* Brings the last states of all to the first rank. */
static void collect_states(struct job *job) {
  struct ranks *ranks = job->request->ranks;
  const size_t d = job->state.info.d;
  for (size_t rank = 1; rank < ranks_size(ranks); rank++) {
    const struct rank_block block = rank_block_of(job->state.count, ranks_size(ranks), rank);
    if (block.count) ranks_collect(ranks, rank, job->z + block.first * d, block.count * d * sizeof *job->z);
  }
}

/* The metrics and, unless the run failed, the state that it ended with: both are on the disk before one appears. */
static enum vordec_status write_files(struct job *job, bool with_state, struct vordec_error *error) {
  struct outfile *files[2];
  size_t count = 0;
  enum vordec_status status = VORDEC_OK;
  if (job->request->metrics_path) status = print_metrics(job, error);
  if (job->json) files[count++] = job->json;
  if (with_state && job->request->z_out) collect_states(job);
  if (!status && with_state && job->z_out) {
    const size_t shape[] = {job->state.count, job->state.info.d};
    const bool several = job->state.count > 1;
    status = npy_write_to(job->z_out, NPY_F8, several ? 2 : 1, several ? shape : shape + 1, job->z, error);
    files[count++] = job->z_out;
  }
  return status ? status : outfile_commit_all(files, count, error);
}

/* ---- what a person reads ---- */

/* Of the steps of the slowest lane. */
static double rollout_seconds(const struct job *job) {
  double most = 0.0;
  for (size_t i = 0; i < job->lane_count; i++) most = fmax(most, job->lanes[i].run.rollout_s);
  return most;
}

/* "gpu" if every lane says so. */
static const char *claim_of(const struct job *job, bool of_steps) {
  const char *claim = NULL;
  for (size_t i = 0; i < job->lane_count; i++) {
    const char *own = of_steps ? job->lanes[i].op_device : job->lanes[i].decode_device;
    if (own && (!claim || strcmp(own, "gpu") != 0)) claim = own;
  }
  return claim;
}

static void print_steps(const struct job *job) {
  const size_t steps = job->lanes->run.steps;
  const double seconds = rollout_seconds(job), per_step = steps ? seconds / (double)steps : NAN;
  fprintf(stderr, "rolled out     %zu steps of D = %zu in %.3f s: %.0f ns per step, %.0f steps per second\n", steps,
          job->state.info.d, seconds, 1e9 * per_step, 1.0 / per_step);
  if (job->request->strides.wanted) {
    fprintf(stderr, "strides        %zu steps by one product with A to the power of %zu, worked out before\n",
            job->request->strides.stride, job->request->strides.stride);
  }
  if (job->state.count > 1) {
    fprintf(stderr, "together       %zu states: %.0f ns per state and step\n", job->state.count,
            1e9 * per_step / (double)job->state.count);
  }
}

/* How fast steps and decodes were together, as far as there were some. */
static void print_decodes(const struct job *job) {
  struct vordec_decoder_info decode;
  const struct kernel_request *request = job->request;
  vordec_decoder_get(job->decoder, &decode);
  const char *reason = vordec_decoder_reason(job->decoder), *claim = claim_of(job, false);
  const double states = (double)job->state.count * (double)(job->lanes->run.steps / request->decode_every);
  if (decode.device.type == VORDEC_DEVICE_SOFTWARE) {
    fprintf(stderr, "the decodes ran on the CPU: %s\n", decode.device.name);
  }
  fprintf(stderr, "decode         requested %s, used %s on %s (%s), every %zu steps, fft %s, %s\n",
          decode.backend_requested, decode.backend_used, decode.device.name, claim ? claim : "nothing was decoded",
          request->decode_every, decode.fft_used,
          vordec_rollout_feeds(job->lanes->rollout, job->decoder) ? "from where the steps left the state"
                                                                  : "from a copy on the host");
  if (*reason) fprintf(stderr, "because        %s\n", reason);
  if (ranks_size(request->ranks) > 1) fprintf(stderr, "ranks          %zu\n", ranks_size(request->ranks));
  fprintf(stderr, "whole loop     %.3f s: %.0f states decoded, %.0f per second\n", job->loop_s, states,
          states / job->loop_s);
  for (size_t i = 0; job->lane_count > 1 && i < job->lane_count; i++) {
    struct vordec_decoder_share share;
    vordec_decoder_get_share(job->decoder, i, &share);
    fprintf(stderr, "  device %-7u %zu state%s, %.3f s of steps\n", share.device.index, job->lanes[i].block.count,
            job->lanes[i].block.count == 1 ? "" : "s", job->lanes[i].run.rollout_s);
  }
}

static void print_summary(const struct job *job) {
  struct vordec_rollout_info op;
  const char *claim = claim_of(job, true);
  vordec_rollout_get(job->lanes->rollout, &op);
  if (op.device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "the steps ran on the CPU: %s\n", op.device.name);
  print_steps(job);
  fprintf(stderr, "op             requested %s, used %s on %s (%s), %s%s\n", op.backend_requested, op.backend_used,
          op.device.name, claim ? claim : "nothing ran", op.precision == VORDEC_FP64 ? "float64" : "float32",
          op.deterministic ? ", in order" : "");
  if (job->decoder) {
    print_decodes(job);
  } else {
    fprintf(stderr, "decode         none\n");
  }
}

static bool ran_elsewhere(const char *device) {
  return device && strcmp(device, "gpu") != 0;
}

static enum vordec_status check_gpu(const struct job *job, struct vordec_error *error) {
  if (!job->request->require_gpu) return VORDEC_OK;
  const char *op = claim_of(job, true), *decode = claim_of(job, false);
  if (!ran_elsewhere(op) && !ran_elsewhere(decode)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                     "--require-gpu: the steps ran on: %s; the decodes on: %s", op ? op : "-", decode ? decode : "-");
}

/* Writes what there is, also after a failed or interrupted run, whose failure is the one that counts. */
static enum vordec_status finish(struct job *job, enum vordec_status run_status, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  struct vordec_error late = {0};
  enum vordec_status status = run_status ? run_status : ranks_settle(ranks, look_at_last(job, error), error);
  if (status && ranks_size(ranks) > 1) return status; /* ranks leave all files or none */
  const enum vordec_status written = ranks_settle_written(ranks, write_files(job, !status, &late), &late);
  if (ranks_rank(ranks) == 0) print_summary(job);
  if (!status) status = ranks_settle(ranks, check_gpu(job, error), error);
  if (status || !written) return status;
  *error = late;
  return written;
}

enum vordec_status kernel_run(const struct kernel_request *request, struct vordec_error *error) {
  struct job job = {.request = request, .dt = NAN};
  atomic_init(&job.stop, false);
  enum vordec_status status = ranks_settle(request->ranks, read_input(&job, error), error);
  if (!status) status = prepare(&job, error);
  if (!status) status = ranks_settle(request->ranks, check_devices(&job, error), error);
  if (!status) {
    interrupt_watch();
    status = roll_out(&job, error);
    status = finish(&job, status, error);
  }
  job_release(&job);
  return status;
}
