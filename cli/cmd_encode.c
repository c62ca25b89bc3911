/* vordec encode: the states of a trajectory's frames. */
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
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
#include "rim_warning.h"
#include "state_loss.h"

struct encode_request {
  struct encoding encoding;
  struct trajectory_request traj;
  struct output_settings output;
  const char *out;
  const char *store;
  const char *frame; /* a number whose range only the trajectory knows */
  size_t progress_every;
};

static const struct option_spec options[] = {
    {"out", "Z.npz",
     "where the states go: z (T, D), or (D,) with --frame, and their layout and settings; .npz, .nc or .h5, by the "
     "extension",
     .required = true, TO_OUTPUT(struct encode_request, out)},
    {"frame", "I", "encode this frame alone, counted from 0; the kept modes are still the first's",
     TO_WORD(struct encode_request, frame)},
    STATE_STORE_OPTION(struct encode_request, store),
    {"progress-every", "COUNT", "print a line on stderr every so many frames",
     TO_COUNT(struct encode_request, progress_every, 1, SIZE_MAX)},
};
static const struct option_group groups[] = {OPTION_GROUP(trajectory_options, offsetof(struct encode_request, traj)),
                                             OPTION_GROUP(options, 0),
                                             OPTION_GROUP(output_options, offsetof(struct encode_request, output)),
                                             OPTION_GROUP(encoding_options, offsetof(struct encode_request, encoding))};

struct job {
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
  int8_t *mask; /* of the last frame; NULL: nothing is to be seen in it */
};

static void job_release(struct job *job) {
  frame_source_close(job->frames);
  vordec_encoder_destroy(job->encoder);
  vordec_runtime_destroy(job->runtime);
  outfile_destroy(job->metrics);
  state_loss_release(&job->loss);
  free(job->omega);
  free(job->z);
  free(job->mask);
}

static enum vordec_status read_frames(const struct encode_request *asked, struct job *job, struct vordec_error *error) {
  if (!asked->traj.path) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: --traj FILE is needed; see 'vordec encode --help'");
  }
  const enum vordec_status status = trajectory_frames_open(&asked->traj, &job->frames, error);
  if (status) return status;
  job->desc.n = job->frames->n;
  job->count = job->frames->frames;
  if (!asked->frame) return VORDEC_OK;
  job->single = true;
  job->count = 1;
  return argument_count("frame", asked->frame, 0, job->frames->frames - 1, &job->first, error);
}

static enum vordec_status allocate(struct job *job, struct vordec_error *error) {
  const size_t cells = job->desc.n * job->desc.n;
  if (job->info.boundary == VORDEC_BOUNDARY_ZERO) {
    job->rim = (struct rim_warning){{job->info.smooth_width, job->info.majority_iters}};
    job->mask = malloc(cells);
  }
  job->omega = malloc(cells * sizeof *job->omega);
  job->z = calloc(job->count, job->info.d * sizeof *job->z);
  if (job->omega && job->z && !job->mask == !job->rim.reach.width) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %zu states", job->count);
}

/* The kept modes are those of frame 0, whatever is encoded. */
static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  enum vordec_status status = vordec_encoder_create(job->runtime, NULL, NULL, &job->desc, &job->encoder, error);
  if (status) return status;
  vordec_encoder_get(job->encoder, &job->info);
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

static enum vordec_status encode_frames(struct job *job, struct vordec_error *error) {
  struct progress progress;
  enum vordec_status status = frame_source_reset(job->frames, job->first, NULL, error);
  size_t done = 0;
  progress_start(&progress, "encode", job->count, job->progress_every);
  while (!status && done < job->count && !interrupt_came()) {
    status = frame_source_next(job->frames, job->omega, error);
    double *z = job->z + done * job->info.d;
    const struct vordec_encode_io io = {.count = 1, .omega = job->omega, .z = z, .mask = job->mask};
    if (!status) status = vordec_encode(job->encoder, &io, NULL, error);
    if (!status) status = round_state(job, z, error);
    if (!status) state_loss_add(&job->loss, job->omega, z);
    if (!status) rim_warning_look(&job->rim, job->mask, job->desc.n, "frame", job->first + done);
    progress_at(&progress, ++done);
  }
  progress_end(&progress);
  job->count = done;
  return status;
}

static enum vordec_status write_states(const struct job *job, const char *path, struct vordec_error *error) {
  struct state_output output = encoded_states_output(&job->desc, &job->info, job->frames->box);
  output.z = job->z;
  output.count = job->count;
  output.batched = !job->single;
  output.store = job->store;
  output.compress = job->output.storage.compress;
  output.dt = job->frames->dt;
  output.seed = job->frames->seed;
  return state_output_write(path, &output, error);
}

/* What was asked for and what did the work, where it is asked for. */
static enum vordec_status write_metrics(const struct job *job, struct vordec_error *error) {
  struct vordec_metrics *metrics = NULL;
  char *text = NULL;
  if (!job->metrics) return VORDEC_OK;
  enum vordec_status status = vordec_metrics_create_encoder(job->runtime, job->encoder, &metrics, error);
  if (!status) status = vordec_metrics_json(metrics, &text, error);
  vordec_metrics_destroy(metrics);
  if (status) return status;
  fputs(text, outfile_stream(job->metrics));
  vordec_free(text);
  return outfile_commit_all(&(struct outfile *){job->metrics}, 1, error);
}

static enum vordec_status open_job(struct job *job, struct encode_request *asked, const struct invocation *invocation,
                                   struct vordec_error *error) {
  const char *metrics = command_metrics_path(invocation->config);
  enum vordec_status status = encoding_configure(invocation->config, &asked->encoding, error);
  job->desc = asked->encoding.desc;
  job->ignore_anchors = vordec_config_has(invocation->config, "combine", "anchors", "ignore") == 1;
  asked->traj.box = box_configured(invocation->config);
  if (!status) status = state_store_configure(asked->store, &job->store, error);
  if (!status) status = output_options_configure(&job->output, error);
  if (!status) status = read_frames(asked, job, error);
  if (!status && metrics) status = outfile_create(metrics, &job->metrics, error);
  if (status) return status;
  return vordec_runtime_create(invocation->config, command_log, (void *)&invocation->verbose, &job->runtime, error);
}

static int run(struct invocation *invocation, void *request) {
  struct encode_request *asked = request;
  struct job job = {.progress_every = asked->progress_every, .output = asked->output};
  struct vordec_error error = {0};
  interrupt_watch();
  enum vordec_status status = open_job(&job, asked, invocation, &error);
  if (!status) status = prepare(&job, &error);
  if (!status) status = encode_frames(&job, &error);
  if (!status && job.count) status = write_states(&job, asked->out, &error);
  if (!status && job.count) status = write_metrics(&job, &error);
  int code = interrupt_came() ? EXIT_INTERRUPTED : EXIT_DONE;
  if (status) {
    code = command_fail(&error);
  } else if (job.count) {
    encode_summary_print(job.encoder);
    fprintf(stderr, "%s: %zu state%s, N = %zu, M = %zu low modes, %zu kept, D = %zu%s%s\n", asked->out, job.count,
            job.count == 1 ? "" : "s", job.info.n, job.info.m, job.info.anchors, job.info.d,
            job.desc.modes == VORDEC_MODES_HALF ? " (one of each conjugate pair)" : "", code ? ", interrupted" : "");
    state_loss_print(stderr, &job.loss);
  }
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
    COMMAND_OPTIONS(groups, struct encode_request),
    .takes_config = true,
    .metrics = METRICS_WRITTEN,
    .run = run,
};
