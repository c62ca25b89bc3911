/* SPDX-License-Identifier: MIT */
/* vordec encode: the states of a trajectory's frames. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
#include "command.h"
#include "encode_files.h"
#include "encode_summary.h"
#include "encoded_states.h"
#include "encoding.h"
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
  const char *dt;
  const char *frame;      /* a number whose range only the trajectory knows */
  const char *collective; /* whether all ranks write one file together: "auto", "on", "off" */
  bool resume;            /* a part that is there already is left alone */
  size_t progress_every;
};

static const struct option_spec options[] = {
    {"out", "Z.npz",
     "where the states go: z of shape (T, D), or (D,) with --frame, with their layout and settings. The extension "
     "picks .npz, .nc or .h5",
     .required = true, TO_OUTPUT(struct encode_request, out)},
    {"frame", "I", "encode only this frame, counted from 0; the kept modes are still those of the first frame",
     TO_WORD(struct encode_request, frame)},
    {"dt", "DT", "time from one of the frames to the next. Default: what the file says",
     TO_WORD(struct encode_request, dt), .rare = true},
    {"resume", NULL, "with --shard: keep a part that the same request has already made",
     TO_FLAG(struct encode_request, resume), .effect = OPTION_HARMLESS, .rare = true},
    STATE_STORE_OPTION(struct encode_request, store),
    COLLECTIVE_OPTION(struct encode_request, collective),
    {"progress-every", "COUNT", "print a line on stderr every COUNT frames. Default: now and then",
     TO_COUNT(struct encode_request, progress_every, 1, SIZE_MAX), .rare = true},
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
  struct encode_files files;
  struct vordec_encoder_desc desc;
  enum state_store store;
  struct frame_source *frames;
  struct vordec_runtime *runtime;
  struct vordec_encoder *encoder;
  struct vordec_encoder_info info;
  struct rim_warning rim;
  size_t progress_every;
  bool ignore_anchors;
  struct state_loss loss;
  size_t first, count; /* frames to encode */
  bool single;
  double *omega, *z; /* z: of this rank, or of all on the first where that writes for all */
  int8_t *mask;      /* of the last frame; NULL: nothing is to be seen in it */
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  vordec_encoder_destroy(job->encoder);
  vordec_runtime_destroy(job->runtime);
  encode_files_release(&job->files);
  state_loss_release(&job->loss);
  free(job->omega);
  free(job->z);
  free(job->mask);
}

static enum vordec_status read_frames(const struct encode_request *asked, struct job *job, struct vordec_error *error) {
  if (!asked->traj.path) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: --traj FILE is needed; see 'vordec encode --help'");
  }
  struct trajectory_request traj = asked->traj;
  enum vordec_status opened = asked->dt ? argument_positive("dt", asked->dt, &traj.dt, error) : VORDEC_OK;
  if (!opened) opened = trajectory_frames_open(&traj, &job->frames, error);
  if (opened) return opened;
  job->desc.n = job->frames->n;
  job->single = asked->frame != NULL;
  const size_t all = job->single ? 1 : job->frames->frames;
  const struct rank_block part = shard_block(&job->files.shard, all);
  job->files.record.states = all;
  job->files.record.batched = !job->single;
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
  const bool first = ranks_rank(job->ranks) == 0; /* which speaks for all */
  const bool all = first && !job->files.together.shared;
  if (first && job->info.boundary == VORDEC_BOUNDARY_ZERO) {
    job->rim = (struct rim_warning){{job->info.smooth_width, job->info.majority_iters}};
    job->mask = malloc(cells);
  }
  job->omega = malloc(cells * sizeof *job->omega);
  job->z = calloc(all ? job->count : job->block.count, job->info.d * sizeof *job->z);
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

/* What the ranks made goes to the first, the states if that writes them. */
static void collect(struct job *job) {
  const size_t size = ranks_size(job->ranks), own = ranks_rank(job->ranks), count = job->count;
  for (size_t rank = 1; rank < size && rank < count; rank++) {
    const struct rank_block block = rank_block_of(count, size, rank);
    struct state_loss loss = job->loss;
    if (own != 0 && own != rank) continue;
    if (!job->files.together.shared) {
      double *z = job->z + (own == 0 ? block.first * job->info.d : 0);
      ranks_collect(job->ranks, rank, z, block.count * job->info.d * sizeof *z);
    }
    ranks_collect(job->ranks, rank, &loss, sizeof loss);
    if (own == 0) state_loss_merge(&job->loss, &loss);
  }
}

/* block: of a file that ranks share, those that this rank has. */
static struct state_output output_of(const struct job *job, const struct array_block *block) {
  struct state_output output = encoded_states_output(&job->desc, &job->info, job->frames->box);
  output.z = job->z;
  output.count = job->count;
  output.batched = !job->single || job->files.shard.count;
  output.block = job->files.together.shared ? block : NULL;
  output.store = job->store;
  output.compress = job->files.storage.compress;
  output.dt = job->frames->dt;
  output.seed = job->frames->seed;
  return output;
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
  if (status || !job->files.metrics) return status;
  fputs(text, outfile_stream(job->files.metrics));
  vordec_free(text);
  return VORDEC_OK;
}

static enum vordec_status write_files(struct job *job, bool metrics, struct vordec_error *error) {
  const struct array_block block = {job->block.first, job->block.count};
  char made_by[RANK_CHOICE_TEXT_MAX] = "-";
  if (job->interrupted && (job->count == 0 || job->files.shard.count)) return VORDEC_OK;
  const struct state_output output = output_of(job, &block);
  if (job->block.count) {
    const struct rank_choice choice = rank_choice_of_encoder(&job->info);
    rank_choice_text(&choice, made_by);
  }
  enum vordec_status status = encode_files_add(&job->files, &output, made_by, error);
  if (!status && metrics && job->count) status = ranks_settle(job->ranks, write_metrics(job, error), error);
  return status ? status : encode_files_commit(&job->files, error);
}

static enum vordec_status open_job(struct job *job, struct encode_request *asked, const struct invocation *invocation,
                                   struct vordec_error *error) {
  const char *metrics = command_metrics_path(invocation->config);
  encoding_configure(invocation->config, &asked->encoding);
  job->desc = asked->encoding.desc;
  job->ignore_anchors = vordec_config_has(invocation->config, "combine", "anchors", "ignore") == 1;
  asked->traj.box = box_configured(invocation->config);
  state_store_find(asked->store, &job->store);
  const enum vordec_status status = read_frames(asked, job, error);
  return status ? status : encode_files_try(&job->files, job->count ? metrics : NULL, error);
}

static void tell(const struct job *job) {
  const struct shard *shard = &job->files.shard;
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
  fprintf(stderr, "%s: %zu state%s, N = %zu, M = %zu low modes, %zu kept, D = %zu%s%s\n",
          encode_files_states_path(&job->files, path), job->count, job->count == 1 ? "" : "s", job->desc.n, job->info.m,
          job->info.anchors, job->info.d, job->desc.modes == VORDEC_MODES_HALF ? " (one of each conjugate pair)" : "",
          job->interrupted ? ", interrupted" : "");
  state_loss_print(stderr, &job->loss);
}

/* What parts of one run have in common, and whether this one is there already. The first rank looks. */
static enum vordec_status look_for_part(struct job *job, const struct encode_request *asked,
                                        const struct vordec_config *config, bool *found, struct vordec_error *error) {
  cJSON *texts = NULL;
  enum vordec_status status = VORDEC_OK;
  *found = false;
  if (asked->resume && !job->files.shard.count) {
    status =
        vordec_fail(error, VORDEC_E_USAGE, 0, "encode: --resume keeps a part that --shard made: it needs --shard I/N");
  }
  if (!status && job->files.shard.count && ranks_rank(job->ranks) == 0) {
    status = request_texts_make(&command_encode, asked, config, &texts, error);
    if (!status) status = shard_record_request(texts, job->files.record.request, error);
    const struct shard_resume wanted = {.shard = &job->files.shard,
                                        .out = asked->out,
                                        .request = job->files.record.request,
                                        .metrics = command_metrics_path(config)};
    if (!status && asked->resume) status = shard_resume_find(&wanted, found, error);
  }
  cJSON_Delete(texts);
  status = ranks_settle(job->ranks, status, error);
  if (!status) ranks_broadcast(job->ranks, found, sizeof *found);
  return status;
}

/* Of a file that ranks share: at least what the states take in it. */
static enum vordec_status reserve(const struct job *job, struct vordec_error *error) {
  const size_t value = job->store == STATE_FLOAT64 ? sizeof(double) : sizeof(float);
  return rank_file_reserve(&job->files.together, (uint64_t)job->count * job->info.d * value, error);
}

static enum vordec_status encode(struct job *job, struct encode_request *asked, const struct invocation *invocation,
                                 struct vordec_error *error) {
  enum vordec_status status = asked->frame ? rank_file_decline(&job->files.together, "--frame", error)
                                           : encode_files_choose(&job->files, error);
  if (!status) status = ranks_settle(job->ranks, open_job(job, asked, invocation, error), error);
  if (status || !job->frames) return status;
  status = encode_files_share(&job->files, !isnan(job->frames->dt), error);
  if (!status) status = prepare_together(job, invocation, error);
  if (!status) status = ranks_settle(job->ranks, reserve(job, error), error);
  if (!status) status = encode_frames(job, error);
  if (!status) collect(job);
  if (!status) status = write_files(job, command_metrics_path(invocation->config) != NULL, error);
  if (!status && ranks_rank(job->ranks) == 0) tell(job);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  struct encode_request *asked = request;
  struct job job = {.ranks = invocation->ranks,
                    .files = {.out = asked->out,
                              .shard = invocation->shard,
                              .together = {.ranks = invocation->ranks, .when = asked->collective}},
                    .progress_every = asked->progress_every};
  struct vordec_error error = {0};
  bool found = false;
  interrupt_watch();
  enum vordec_status status = output_options_configure(&asked->output, &error);
  job.files.storage = asked->output.storage;
  if (!status) status = look_for_part(&job, asked, invocation->config, &found, &error);
  if (!status && found && ranks_rank(job.ranks) == 0) {
    fprintf(stderr, "part           %zu of %zu, counted from 0: it was there already\n", job.files.shard.index,
            job.files.shard.count);
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
    .details = "A state holds the low modes of a frame, the largest modes of the mid band of what\n"
               "remains, the mean energies of the other modes, and the share of cells in the mask.\n"
               "What the states lose is printed at the end, next to what a sharp cut and the largest\n"
               "modes would lose with as many independent numbers; 'vordec loss --help' explains the\n"
               "figures.\n"
               "\n"
               "The first frame decides which mid-band modes are kept; of equal ones, the lower\n"
               "index goes first. The [mask] settings say how the mask is made; the file records\n"
               "them, and a decode takes them from there. Where [mask] says auto, the mask is made\n"
               "with a periodic boundary, a box kernel of width 2 floor(11 N / 256) + 1, but at\n"
               "least 3 (the same share of the box at every N), tau 0.35, and N / 16 rounds, but at\n"
               "least 8.\n"
               "\n"
               "--encode-backend says who computes. auto is the backend that [decode] asks for if\n"
               "that one can encode, and otherwise cpu; gpu is a GPU or a refusal. [encode]\n"
               "precision = auto is fp64 on the CPU and fp32 on a GPU.",
    .examples = "vordec encode --traj traj.npz --out states.npz\n"
                "vordec encode --traj traj.npz --frame 0 --k-cut 6 --topk-mid 64 --out z.npz",
    COMMAND_OPTIONS(groups, struct encode_request),
    .takes_config = true,
    .keys = KEYS_OF_PLACE " encode mask combine.anchors plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .ranks = RANKS_SHARED,
    .shards = true,
    .run = run,
};
