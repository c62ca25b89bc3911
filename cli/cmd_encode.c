/* SPDX-License-Identifier: MIT */
/* vordec encode: the states of a trajectory's frames. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
#include "command.h"
#include "encode_summary.h"
#include "encoded_states.h"
#include "encoding.h"
#include "formats/array_file.h"
#include "frames/trajectory_frames.h"
#include "frames/trajectory_options.h"
#include "interrupt.h"
#include "io/outfile.h"
#include "options/arguments.h"
#include "output_options.h"
#include "progress.h"
#include "rank_choice.h"
#include "rank_device.h"
#include "rank_metrics.h"
#include "ranks/rank_block.h"
#include "request_texts.h"
#include "rim_warning.h"
#include "shard_resume.h"
#include "state_loss.h"

struct encode_request {
  struct encoding encoding;
  struct trajectory_request traj;
  struct output_settings output;
  const char *out;
  const char *store;
  const char *frame; /* a number whose range only the trajectory knows */
  bool resume;       /* a part that is there already is left alone */
  size_t progress_every;
};

static const struct option_spec options[] = {
    {"out", "Z.npz",
     "where the states go: z (T, D), or (D,) with --frame, and their layout and settings; .npz, .nc or .h5, by the "
     "extension",
     .required = true, TO_OUTPUT(struct encode_request, out)},
    {"frame", "I", "encode this frame alone, counted from 0; the kept modes are still the first's",
     TO_WORD(struct encode_request, frame)},
    {"resume", NULL, "with --shard: keep a part that the same request has made already",
     TO_FLAG(struct encode_request, resume), .effect = OPTION_HARMLESS},
    STATE_STORE_OPTION(struct encode_request, store),
    {"progress-every", "COUNT", "print a line on stderr every COUNT frames. Default: now and then",
     TO_COUNT(struct encode_request, progress_every, 1, SIZE_MAX)},
};
static const struct option_group groups[] = {OPTION_GROUP(trajectory_options, offsetof(struct encode_request, traj)),
                                             OPTION_GROUP(options, 0),
                                             OPTION_GROUP(output_options, offsetof(struct encode_request, output)),
                                             OPTION_GROUP(encoding_options, offsetof(struct encode_request, encoding))};

#define FRAMES_A_ROUND 16 /* of a rank, before all look whether one has failed */

struct job {
  struct ranks *ranks;     /* which do it together: a block of successive frames each */
  struct rank_block block; /* of the frames that are encoded, those of this rank */
  bool interrupted;
  struct shard shard; /* the part of the frames that is encoded */
  struct shard_record record;
  struct vordec_encoder_desc desc;
  enum state_store store;
  struct output_settings output;
  struct frame_source *frames;
  struct vordec_runtime *runtime;
  struct outfile *metrics; /* NULL: none are asked for */
  struct vordec_encoder *encoder;
  struct vordec_encoder_info info;
  struct rim_warning rim;
  size_t progress_every;
  bool ignore_anchors;
  struct state_loss loss;
  size_t first, count; /* frames to encode */
  bool single;
  double *omega, *z;
  struct array_sink *out; /* of the states, or a part of them */
  struct narrowed_states *narrowed;
  int8_t *mask; /* of the last frame; NULL: nothing is to be seen in it */
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  vordec_encoder_destroy(job->encoder);
  vordec_runtime_destroy(job->runtime);
  outfile_destroy(job->metrics);
  array_sink_destroy(job->out);
  narrowed_states_destroy(job->narrowed);
  state_loss_release(&job->loss);
  free(job->omega);
  free(job->z);
  free(job->mask);
}

static enum vordec_status read_frames(const struct encode_request *asked, struct job *job, struct vordec_error *error) {
  if (!asked->traj.path) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: --traj FILE is needed; see 'vordec encode --help'");
  }
  const enum vordec_status opened = trajectory_frames_open(&asked->traj, &job->frames, error);
  if (opened) return opened;
  job->desc.n = job->frames->n;
  job->single = asked->frame != NULL;
  const size_t all = job->single ? 1 : job->frames->frames;
  const struct rank_block part = shard_block(&job->shard, all);
  job->record.states = all;
  job->count = part.count;
  job->block = rank_block_of(job->count, ranks_size(job->ranks), ranks_rank(job->ranks));
  size_t frame = 0;
  const enum vordec_status status =
      job->single ? argument_count("frame", asked->frame, 0, job->frames->frames - 1, &frame, error) : VORDEC_OK;
  job->first = frame + part.first;
  return status;
}

static enum vordec_status allocate(struct job *job, struct vordec_error *error) {
  const size_t cells = job->desc.n * job->desc.n;
  const bool first = ranks_rank(job->ranks) == 0; /* which takes in the states of all, and speaks for them */
  if (first && job->info.boundary == VORDEC_BOUNDARY_ZERO) {
    job->rim = (struct rim_warning){{job->info.smooth_width, job->info.majority_iters}};
    job->mask = malloc(cells);
  }
  job->omega = malloc(cells * sizeof *job->omega);
  job->z = calloc(first ? job->count : job->block.count, job->info.d * sizeof *job->z);
  if (job->omega && job->z && !job->mask == !job->rim.reach.width) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %zu states", job->count);
}

static enum vordec_status create_encoder(struct job *job, const struct invocation *invocation,
                                         struct vordec_error *error) {
  enum vordec_status status =
      vordec_runtime_create(invocation->config, command_log, (void *)&invocation->verbose, &job->runtime, error);
  if (!status) status = vordec_encoder_create(job->runtime, NULL, NULL, &job->desc, &job->encoder, error);
  if (!status) vordec_encoder_get(job->encoder, &job->info);
  return status;
}

/* On the first rank: what is chosen, then, if that is a GPU, on the one that is the rank's own. On the others (first:
 * what that chose) at once on their own: a GPU that all prefer would be opened by all. */
static enum vordec_status make_encoder(struct job *job, const struct invocation *invocation,
                                       const struct rank_choice *first, struct vordec_error *error) {
  bool changed;
  if (first) {
    const struct rank_device_use theirs = {"encode", first->backend, first->gpu, NULL};
    const enum vordec_status chosen = rank_device_choose(job->ranks, invocation->config, &theirs, &changed, error);
    return chosen ? chosen : create_encoder(job, invocation, error);
  }
  enum vordec_status status = create_encoder(job, invocation, error);
  if (status) return status;
  const struct rank_choice choice = rank_choice_of_encoder(&job->info);
  const struct rank_device_use use = {"encode", choice.backend, choice.gpu, choice.uuid};
  status = rank_device_choose(job->ranks, invocation->config, &use, &changed, error);
  if (status || !changed) return status;
  vordec_encoder_destroy(job->encoder);
  job->encoder = NULL;
  vordec_runtime_destroy(job->runtime);
  job->runtime = NULL;
  return create_encoder(job, invocation, error);
}

/* The kept modes are those of frame 0, whatever is encoded. */
static enum vordec_status prepare(struct job *job, const struct invocation *invocation, const struct rank_choice *first,
                                  struct vordec_error *error) {
  enum vordec_status status = make_encoder(job, invocation, first, error);
  if (status) return status;
  status = allocate(job, error);
  if (!status) status = frame_source_next(job->frames, job->omega, error);
  const struct vordec_encode_io io = {.count = 1, .omega = job->omega};
  if (!status) status = vordec_encoder_choose_anchors(job->encoder, &io, error);
  vordec_encoder_get(job->encoder, &job->info);
  return status ? status : state_loss_create(&job->info, job->ignore_anchors, &job->loss, error);
}

/* What is lost is what the file has lost. */
static enum vordec_status round_state(const struct job *job, double *z, struct vordec_error *error) {
  const struct stored_states one = {.low = job->info.m, .kept = job->info.anchors, .count = 1};
  return state_store_round(job->store, &one, z, error);
}

/* All ranks make the same encoder, and those that have work a GPU of their own. */
static enum vordec_status prepare_together(struct job *job, const struct invocation *invocation,
                                           struct vordec_error *error) {
  struct rank_choice first = {.precision = VORDEC_FP64}, own = {.precision = VORDEC_FP64};
  const bool leads = ranks_rank(job->ranks) == 0, works = job->block.count > 0;
  enum vordec_status status = leads && works ? prepare(job, invocation, NULL, error) : VORDEC_OK;
  status = ranks_settle(job->ranks, status, error);
  if (status || ranks_size(job->ranks) == 1) return status;
  if (leads && works) first = rank_choice_of_encoder(&job->info);
  ranks_broadcast(job->ranks, &first, sizeof first);
  if (!leads && works) status = prepare(job, invocation, &first, error);
  if (!status && works) own = rank_choice_of_encoder(&job->info);
  if (!status && works) status = rank_choice_check(&first, &own, error);
  status = ranks_settle(job->ranks, status, error);
  return status ? status : rank_choice_alone(job->ranks, invocation->config, &own, error);
}

/* The at-th frame of this rank. */
static enum vordec_status encode_frame(struct job *job, size_t at, struct vordec_error *error) {
  double *z = job->z + at * job->info.d;
  enum vordec_status status = frame_source_next(job->frames, job->omega, error);
  const struct vordec_encode_io io = {.count = 1, .omega = job->omega, .z = z, .mask = job->mask};
  if (!status) status = vordec_encode(job->encoder, &io, NULL, error);
  if (!status) status = round_state(job, z, error);
  if (status) return status;
  state_loss_add(&job->loss, job->omega, z);
  rim_warning_look(&job->rim, job->mask, job->desc.n, "frame", job->first + job->block.first + at);
  return VORDEC_OK;
}

/* Encodes the rank's frames from *done on, as many as make a round. */
static enum vordec_status encode_round(struct job *job, size_t frames, size_t *done, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && i < frames && *done < job->block.count; i++) {
    status = encode_frame(job, *done, error);
    if (!status) ++*done;
  }
  return status;
}

static enum vordec_status encode_frames(struct job *job, struct vordec_error *error) {
  struct progress progress;
  const size_t size = ranks_size(job->ranks), frames = size > 1 ? FRAMES_A_ROUND : 1;
  const size_t most = rank_block_of(job->count, size, 0).count;
  size_t done = 0;
  enum vordec_status status = VORDEC_OK;
  if (job->block.count) status = frame_source_reset(job->frames, job->first + job->block.first, NULL, error);
  status = ranks_settle(job->ranks, status, error);
  progress_start(&progress, "encode", job->count, job->progress_every);
  if (ranks_rank(job->ranks) > 0) progress_end(&progress); /* the first rank's is that of all */
  for (size_t round = 0; !status && !job->interrupted && round * frames < most; round++) {
    status = ranks_settle(job->ranks, encode_round(job, frames, &done, error), error);
    const size_t all = size * (round + 1) * frames;
    progress_at(&progress, all < job->count ? all : job->count);
    if (!status) job->interrupted = ranks_any(job->ranks, interrupt_came());
  }
  progress_end(&progress);
  if (job->interrupted) job->count = size > 1 ? 0 : done; /* blocks that are not full are no trajectory */
  return status;
}

/* What the ranks made goes to the first. */
static void collect(struct job *job) {
  const size_t size = ranks_size(job->ranks), own = ranks_rank(job->ranks), count = job->count;
  for (size_t rank = 1; rank < size && rank < count; rank++) {
    const struct rank_block block = rank_block_of(count, size, rank);
    struct state_loss loss = job->loss;
    if (own != 0 && own != rank) continue;
    double *z = job->z + (own == 0 ? block.first * job->info.d : 0);
    ranks_collect(job->ranks, rank, z, block.count * job->info.d * sizeof *z);
    ranks_collect(job->ranks, rank, &loss, sizeof loss);
    if (own == 0) state_loss_merge(&job->loss, &loss);
  }
}

static struct state_output output_of(const struct job *job) {
  struct state_output output = encoded_states_output(&job->desc, &job->info, job->frames->box);
  output.z = job->z;
  output.count = job->count;
  output.batched = !job->single || job->shard.count;
  output.store = job->store;
  output.compress = job->output.storage.compress;
  output.dt = job->frames->dt;
  output.seed = job->frames->seed;
  return output;
}

/* A part holds what the whole will, and says what it is of. */
static enum vordec_status start_part(struct job *job, const char *out, struct vordec_error *error) {
  const struct array_storage plain = {0};
  char path[PATH_MAX];
  job->record.batched = !job->single;
  job->record.storage = job->output.storage;
  snprintf(job->record.made_by, sizeof job->record.made_by, "-");
  if (job->count) {
    const struct rank_choice choice = rank_choice_of_encoder(&job->info);
    rank_choice_text(&choice, job->record.made_by);
  }
  enum vordec_status status = shard_path(&job->shard, out, SHARD_PART, path, error);
  if (!status) status = array_file_create(path, &plain, &job->out, error);
  if (!status) status = shard_record_add(&job->record, job->out, error);
  if (status || job->count == 0) return status;
  const struct state_output output = output_of(job);
  return state_output_add(job->out, &output, &job->narrowed, error);
}

static enum vordec_status start_states(struct job *job, const char *out, struct vordec_error *error) {
  if (job->shard.count) return start_part(job, out, error);
  const struct state_output output = output_of(job);
  return state_output_start(out, &output, &job->out, &job->narrowed, error);
}

/* What was asked for and what did the work, where it is asked for. */
static enum vordec_status write_metrics(const struct job *job, struct vordec_error *error) {
  struct vordec_metrics *metrics = NULL;
  char *text = NULL;
  enum vordec_status status = VORDEC_OK;
  if (job->block.count) status = vordec_metrics_create_encoder(job->runtime, job->encoder, &metrics, error);
  status = ranks_settle(job->ranks, status, error);
  if (!status) status = rank_metrics_collect(job->ranks, metrics, job->block.count, &text, error);
  vordec_metrics_destroy(metrics);
  if (status || !job->metrics) return status;
  fputs(text, outfile_stream(job->metrics));
  vordec_free(text);
  return VORDEC_OK;
}

static enum vordec_status commit(struct job *job, struct vordec_error *error) {
  struct outfile *list[2];
  size_t count = 1;
  const enum vordec_status status = array_sink_finish(job->out, &list[0], error);
  if (status) return status;
  if (job->metrics && job->count) list[count++] = job->metrics;
  return outfile_commit_all(list, count, error);
}

/* States and metrics are written before either appears: a disk that is full leaves none of them. */
static enum vordec_status write_files(struct job *job, const struct encode_request *asked, bool metrics,
                                      struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (job->interrupted && (job->count == 0 || job->shard.count)) return VORDEC_OK;
  if (ranks_rank(job->ranks) == 0) status = start_states(job, asked->out, error);
  status = ranks_settle_written(job->ranks, status, error);
  if (!status && metrics && job->count) status = ranks_settle(job->ranks, write_metrics(job, error), error);
  if (status) return status;
  return ranks_settle_written(job->ranks, ranks_rank(job->ranks) == 0 ? commit(job, error) : VORDEC_OK, error);
}

static enum vordec_status try_file(const char *path, const struct array_storage *storage, struct vordec_error *error) {
  struct array_sink *sink = NULL;
  const enum vordec_status status = array_file_create(path, storage, &sink, error);
  array_sink_destroy(sink);
  return status;
}

/* A destination that cannot be written is found before the work, not after; so is what the parts will become. */
static enum vordec_status try_states(const struct job *job, const char *out, struct vordec_error *error) {
  const struct array_storage plain = {0};
  char path[PATH_MAX];
  if (ranks_rank(job->ranks) > 0) return VORDEC_OK;
  enum vordec_status status = try_file(out, &job->output.storage, error);
  if (status || !job->shard.count) return status;
  status = shard_path(&job->shard, out, SHARD_PART, path, error);
  return status ? status : try_file(path, &plain, error);
}

static enum vordec_status open_metrics(struct job *job, const char *metrics, struct vordec_error *error) {
  char path[PATH_MAX];
  if (!job->shard.count) return outfile_create(metrics, &job->metrics, error);
  const enum vordec_status status = shard_path(&job->shard, metrics, "json", path, error);
  return status ? status : outfile_create(path, &job->metrics, error);
}

static enum vordec_status open_job(struct job *job, struct encode_request *asked, const struct invocation *invocation,
                                   struct vordec_error *error) {
  const char *metrics = command_metrics_path(invocation->config);
  encoding_configure(invocation->config, &asked->encoding);
  job->desc = asked->encoding.desc;
  job->ignore_anchors = vordec_config_has(invocation->config, "combine", "anchors", "ignore") == 1;
  asked->traj.box = box_configured(invocation->config);
  state_store_find(asked->store, &job->store);
  enum vordec_status status = output_options_configure(&job->output, error);
  if (!status) status = read_frames(asked, job, error);
  if (!status) status = try_states(job, asked->out, error);
  if (!status && metrics && job->count && ranks_rank(job->ranks) == 0) status = open_metrics(job, metrics, error);
  return status;
}

static void tell(const struct job *job, const struct encode_request *asked) {
  const struct shard *shard = &job->shard;
  struct vordec_error error; /* of a path that was written already: none */
  char path[PATH_MAX];
  if (job->interrupted && (job->count == 0 || shard->count)) {
    fprintf(stderr, "vordec: interrupted: ranks and shards write all of their states or none\n");
    return;
  }
  if (shard->count) {
    fprintf(stderr, "part           %zu of %zu, counted from 0%s\n", shard->index, shard->count,
            job->count ? "" : ": no state");
  }
  if (job->count == 0) return;
  encode_summary_print(job->encoder);
  const bool part = shard->count && !shard_path(shard, asked->out, SHARD_PART, path, &error);
  fprintf(stderr, "%s: %zu state%s, N = %zu, M = %zu low modes, %zu kept, D = %zu%s%s\n", part ? path : asked->out,
          job->count, job->count == 1 ? "" : "s", job->desc.n, job->info.m, job->info.anchors, job->info.d,
          job->desc.modes == VORDEC_MODES_HALF ? " (one of each conjugate pair)" : "",
          job->interrupted ? ", interrupted" : "");
  state_loss_print(stderr, &job->loss);
}

/* What parts of one run have in common, and whether this one is there already. The first rank looks. */
static enum vordec_status look_for_part(struct job *job, const struct encode_request *asked,
                                        const struct vordec_config *config, bool *found, struct vordec_error *error) {
  cJSON *texts = NULL;
  enum vordec_status status = VORDEC_OK;
  *found = false;
  if (asked->resume && !job->shard.count) {
    status =
        vordec_fail(error, VORDEC_E_USAGE, 0, "encode: --resume keeps a part that --shard made: it needs --shard I/N");
  }
  if (!status && job->shard.count && ranks_rank(job->ranks) == 0) {
    status = request_texts_make(&command_encode, asked, config, &texts, error);
    if (!status) status = shard_record_request(texts, job->record.request, error);
    const struct shard_resume wanted = {.shard = &job->shard,
                                        .out = asked->out,
                                        .request = job->record.request,
                                        .metrics = command_metrics_path(config)};
    if (!status && asked->resume) status = shard_resume_find(&wanted, found, error);
  }
  cJSON_Delete(texts);
  status = ranks_settle(job->ranks, status, error);
  if (!status) ranks_broadcast(job->ranks, found, sizeof *found);
  return status;
}

static enum vordec_status encode(struct job *job, struct encode_request *asked, const struct invocation *invocation,
                                 struct vordec_error *error) {
  enum vordec_status status = ranks_settle(job->ranks, open_job(job, asked, invocation, error), error);
  if (status || !job->frames) return status;
  status = prepare_together(job, invocation, error);
  if (!status) status = encode_frames(job, error);
  if (!status) collect(job);
  if (!status) status = write_files(job, asked, command_metrics_path(invocation->config) != NULL, error);
  if (!status && ranks_rank(job->ranks) == 0) tell(job, asked);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  struct encode_request *asked = request;
  struct job job = {.ranks = invocation->ranks,
                    .shard = invocation->shard,
                    .record.shard = invocation->shard,
                    .progress_every = asked->progress_every,
                    .output = asked->output};
  struct vordec_error error = {0};
  bool found = false;
  interrupt_watch();
  enum vordec_status status = look_for_part(&job, asked, invocation->config, &found, &error);
  if (!status && found && ranks_rank(job.ranks) == 0) {
    fprintf(stderr, "part           %zu of %zu, counted from 0: is there\n", job.shard.index, job.shard.count);
  }
  if (!status && !found) status = encode(&job, asked, invocation, &error);
  int code = job.interrupted ? EXIT_INTERRUPTED : EXIT_DONE;
  if (status) code = command_fail(&error);
  job_release(&job);
  return code;
}

const struct command command_encode = {
    .name = "encode",
    .summary = "turn the frames of a trajectory into states",
    .synopsis = "--traj FILE --out Z.npz [--frame I] [OPTION]..",
    .details = "A state holds the low modes of a frame, the largest modes of its residual's mid band,\n"
               "the mean energies of the other modes, and the share of the mask. Which mid-band modes\n"
               "are kept, the first frame decides; of equal ones the lower index goes first. Width,\n"
               "kernel, boundary, threshold and rounds of the mask are those of [mask]; the file\n"
               "records them, and a decode takes them from there. Where [mask] says auto, the\n"
               "boundary is periodic, the width 2 floor(11 N / 256) + 1 and at least 3 (the same\n"
               "share of the box at every N), the kernel box, tau 0.35, with N / 16 rounds or 8.\n"
               "--encode-backend says who computes: auto is the backend that [decode] asks for if it\n"
               "can encode, else cpu; gpu is a GPU or a refusal. [encode] precision: auto is fp64 on\n"
               "the CPU and fp32 on a GPU.\n"
               "What the states lose is printed at the end, beside what a sharp cut and the largest\n"
               "modes with as many independent numbers would lose; 'vordec loss --help' explains it.",
    .examples = "vordec encode --traj traj.npz --out states.npz\n"
                "vordec encode --traj traj.npz --frame 0 --k-cut 6 --topk-mid 64 --out state.npz",
    COMMAND_OPTIONS(groups, struct encode_request),
    .takes_config = true,
    .keys = KEYS_OF_PLACE " encode mask combine.anchors plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .ranks = RANKS_SHARED,
    .shards = true,
    .run = run,
};
