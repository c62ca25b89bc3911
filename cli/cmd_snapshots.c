/* SPDX-License-Identifier: MIT */
/* vordec snapshots: simulate, encode, learn, roll out, decode, and compare with the truth. */
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "box.h"
#include "cli/ensemble/ensemble_run.h"
#include "cli/ensemble/ensemble_words.h"
#include "cli/frames/trajectory_options.h"
#include "cli/snapshots/snapshot_summary.h"
#include "command.h"
#include "device_note.h"
#include "encoded_states.h"
#include "encoding.h"
#include "interrupt.h"
#include "options/option_record.h"
#include "outputs.h"
#include "report/report.h"
#include "request_texts.h"
#include "setting_defaults.h"
#include "simulation_options.h"

static const struct option_spec pace_options[] = {
    {"stride", "COUNT", "decode every COUNT steps, beginning with the start", .initial = "20",
     TO_COUNT(struct snapshot_request, simulation.stride, 1, STEPS_MAX)},
    {"dt", "DT", "time step", .initial = "0.01", .remark = "; with --traj or --kernel-only, what the file says",
     TO_REAL(struct snapshot_request, simulation.les.dt), GIVEN(struct snapshot_request, dt_given)},
};
static const struct option_spec options[] = {
    {"members", "M",
     "do M runs that learn one operator from the training frames of all, and write statistics over them to "
     "PREFIX_statistics. Run I has the seed --seed plus I; or the starts come from --init-npy or --noise-npy of shape "
     "(M, N, N), or, with --kernel-only, from a --z0-npz with M states",
     TO_COUNT(struct snapshot_request, members, 1, 1000000), .rare = true},
    {"member-files", NULL, "with --members: also write the files of each run, PREFIX_m000_..",
     TO_FLAG(struct snapshot_request, member_files), .rare = true},
    {"ridge", "LAMBDA", "weight of the penalty on the learnt operator's entries", .initial = "1e-3",
     TO_NOT_NEGATIVE(struct snapshot_request, ridge), .rare = true},
    {"train-steps", "COUNT",
     "learn the operator from frames 0 to COUNT (half: up to the middle of the run; all: from all frames, which leaves "
     "no forecast to judge)",
     .initial = "half", TO_WORD(struct snapshot_request, train_steps), GIVEN(struct snapshot_request, train_given)},
    {"save-traj", NULL, "write the simulated fields to PREFIX_traj", TO_FLAG(struct snapshot_request, save_traj),
     .rare = true},
    {"kernel-only", NULL, "roll out the state --z0-npz with the operator --A-npz, and neither simulate nor learn",
     TO_FLAG(struct snapshot_request, kernel_only), .effect = OPTION_TOLD /* by those files */, .rare = true},
    {"z0-npz", "STATE.npz", "with --kernel-only: the file with the state to start from",
     TO_INPUT(struct snapshot_request, z0), .rare = true},
    {"A-npz", "A.npz", "with --kernel-only: the file with the operator, key A of shape (D, D)",
     TO_INPUT(struct snapshot_request, a), .rare = true},
    {"no-ground-truth", NULL, "learn from the truth, but do not compare with it",
     TO_FLAG(struct snapshot_request, no_truth), .effect = OPTION_TOLD /* by ground_truth */, .rare = true},
    {"no-decode", NULL, "take steps only: decode, compare and draw nothing ([op] backend = auto is then cpu)",
     TO_FLAG(struct snapshot_request, no_decode), .rare = true},
    {"hash-every", "COUNT",
     "record the BLAKE2b-128 hash of the state, as float64, in the metrics after every COUNT steps",
     TO_COUNT(struct snapshot_request, hash_every, 1, STEPS_MAX), .rare = true},
    {"out-dir", "FOLDER", "where the files go; the folder is made if it is missing", .initial = "snapshots",
     TO_FOLDER(struct snapshot_request, out_dir), .effect = OPTION_HARMLESS},
    {"prefix", "WORD", "the beginning of the files' names", .initial = "snapshot",
     TO_WORD(struct snapshot_request, prefix), .effect = OPTION_HARMLESS, .rare = true},
    {"format", "FORMAT", "format of PREFIX_z0, _A, _traj and _decoded: npz, nc (netCDF-4) or h5", .initial = "npz",
     TO_WORD(struct snapshot_request, format), ONE_OF("npz", "nc", "h5"), .rare = true},
    STATE_STORE_OPTION(struct snapshot_request, store_name),
    {"resume", NULL,
     "continue a run that was interrupted or killed; the files become what they would have been. --steps may be larger "
     "than before",
     TO_FLAG(struct snapshot_request, resume), .effect = OPTION_HARMLESS},
    {"restart", NULL,
     "start anew although an interrupted run has left its journal here, and lose what that run had done",
     TO_FLAG(struct snapshot_request, restart), .effect = OPTION_HARMLESS, .rare = true},
    {"save-decoded", NULL, "write step, omega_lp, mask, omega_hat and truth of all snapshots to PREFIX_decoded",
     TO_FLAG(struct snapshot_request, save_decoded)},
    {"report", NULL,
     "write PREFIX_report.html, a page that needs no other file, and, of a single run, PREFIX_animation.webp: truth, "
     "forecast and error over time",
     TO_FLAG(struct snapshot_request, report), .effect = OPTION_HARMLESS},
    {"phases-npz", "P.npz",
     "the phases of a synthesised residual: phases_mid and phases_high, each (N, N) in radians, or empty where nothing "
     "is to be drawn; the same in every snapshot. Switches [residual] synthesis on",
     TO_INPUT(struct snapshot_request, phases), SETS_TO("residual", "synthesis", "on"), .rare = true},
    {"check-decode-parity", NULL,
     "also decode each snapshot with the fp64 reference; exit code 4 if one is beyond the tolerances of 'vordec "
     "parity'",
     TO_FLAG(struct snapshot_request, check_parity), .rare = true},
    {"parity-only", NULL, "do only that, without pictures and comparisons",
     TO_FLAG(struct snapshot_request, parity_only), .rare = true},
    {"timing", NULL, "print on stderr how long each part took", TO_FLAG(struct snapshot_request, timing),
     .effect = OPTION_HARMLESS, .rare = true},
    {"log-snapshots", NULL, "print a line on stderr for each snapshot", TO_FLAG(struct snapshot_request, log_snapshots),
     .effect = OPTION_HARMLESS, .rare = true},
    {"progress-every", "COUNT", "print a line on stderr every COUNT steps. Default: now and then",
     TO_COUNT(struct snapshot_request, progress_every, 1, SIZE_MAX), .effect = OPTION_HARMLESS, .rare = true},
    {"observer", "WHAT", SETS("decode", "observer"), .rare = true},
    {"require-gpu", NULL, "end with exit code 3 unless the decodes run on a GPU and prove it",
     TO_FLAG(struct snapshot_request, require_gpu), .rare = true},
};
static const struct option_group groups[] = {
    OPTION_GROUP(simulation_grid_options, offsetof(struct snapshot_request, simulation)),
    OPTION_GROUP(pace_options, 0),
    RARE_OPTION_GROUP(simulation_flow_options, offsetof(struct snapshot_request, simulation)),
    OPTION_GROUP(encoding_options, offsetof(struct snapshot_request, encoding)),
    OPTION_GROUP(trajectory_options, offsetof(struct snapshot_request, traj)),
    OPTION_GROUP(options, 0),
    OPTION_GROUP(output_field_options, offsetof(struct snapshot_request, output)),
    OPTION_GROUP(output_options, offsetof(struct snapshot_request, output)),
};

/* ---- what is asked for ---- */

/* A report needs no animation; without libwebp it says so. Of members there is none. */
static enum vordec_status complete_report(struct snapshot_request *request, cJSON **defaults,
                                          struct vordec_error *error) {
  struct vordec_error missing = {0};
  if (!request->report) return VORDEC_OK;
  const bool shown = request->fields && !request->no_decode && !request->parity_only && !request->members;
  request->animated = shown && report_can_animate(&missing);
  if (shown && !request->animated) {
    fprintf(stderr, "vordec: warning: the report will have no animation: %s\n", missing.message);
  }
  const enum vordec_status status = setting_defaults_make(defaults, error);
  request->defaults = *defaults;
  return status;
}

/* What the options leave to say: what the configuration does, and what follows from both. *asked, to be deleted: all of
 * it as texts. */
static enum vordec_status complete_request(const struct invocation *invocation, struct snapshot_request *request,
                                           cJSON **asked, struct vordec_error *error) {
  struct vordec_config *config = invocation->config;
  const bool whole_file = request->traj.path && !request->simulation.steps;
  request->config = config;
  request->log = command_log;
  request->log_ctx = (void *)&invocation->verbose;
  request->outputs = outputs_wanted(config);
  request->fields = outputs_read_fields(config);
  request->hashed = outputs_hash_asked(config) ? outputs_hashed(config) : 0;
  request->observer = vordec_config_get(config, "decode", "observer");
  request->op_named = strcmp(vordec_config_get(config, "op", "backend"), "auto") != 0;
  request->metrics_path = command_metrics_path(config);
  request->hash_z = outputs_hash(config, "z");
  request->check_parity = request->check_parity || request->parity_only;
  request->ignore_anchors = vordec_config_has(config, "combine", "anchors", "ignore") == 1;
  request->ground_truth =
      !request->kernel_only && !request->no_truth && !request->parity_only && !request->no_decode && request->fields;
  request->traj.box = request->simulation.box = box_configured(config);
  encoding_configure(config, &request->encoding);
  enum vordec_status status = simulation_configure(&request->simulation, error);
  if (whole_file) request->simulation.steps = 0;
  state_store_find(request->store_name, &request->store);
  if (!status) status = output_options_configure(&request->output, error);
  request->strides = (struct stride_use){.steps = request->simulation.steps,
                                         .stride = request->no_decode ? 0 : request->simulation.stride,
                                         .hash_every = request->hash_every,
                                         .states = 1};
  stride_use_configure(config, &request->strides);
  if (!status) status = snapshot_request_check(request, error);
  if (!status && !request->no_decode) {
    status = residual_settings_read(config, request->phases, &request->residual, error);
  }
  if (status) return status;
  status = request_texts_make(&command_snapshots, request, config, asked, error);
  if (!status && !cJSON_AddStringToObject(*asked, "ground truth", option_text_flag(request->ground_truth))) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  }
  request->asked = *asked;
  return status;
}

/* ---- the end ---- */

/* Nothing was done now; what the earlier run found still holds. */
static int end_finished(const struct snapshot_run *job) {
  const size_t beyond = snapshot_run_beyond(job);
  fprintf(stderr, "files          %s/%s_*: finished by an earlier run; nothing is left to do\n", job->request.out_dir,
          job->request.prefix);
  if (beyond) fprintf(stderr, "vordec: decode parity: %zu snapshots beyond the tolerances\n", beyond);
  return beyond ? EXIT_DIFFERENT : EXIT_DONE;
}

/* An interrupted run says what there is, and how to continue it. */
static void say_how_far(const struct snapshot_run *job) {
  const struct snapshot_states *states = &job->states;
  const size_t rolled = job->decodes.rollout.run.steps;
  char made[80] = "", out[80] = "";
  if (states->frames) {
    snprintf(made, sizeof made, "%s %zu of %zu steps", job->request.traj.path ? "encoded" : "simulated",
             states->count ? states->count - 1 : 0, states->steps);
  }
  if (rolled || !states->frames) {
    snprintf(out, sizeof out, "%srolled out %zu of %zu steps", *made ? ", " : "", rolled, states->steps);
  }
  fprintf(stderr, "interrupted    %s%s; continue with --resume\n", made, out);
}

/* What the run came to. */
static int end(const struct snapshot_run *job) {
  const size_t beyond = snapshot_run_beyond(job), count = job->files.results.count;
  if (interrupt_came()) {
    say_how_far(job);
    return EXIT_INTERRUPTED;
  }
  if (!beyond) return EXIT_DONE;
  fprintf(stderr, "vordec: decode parity: %zu of %zu snapshots beyond the tolerances\n", beyond, count);
  return EXIT_DIFFERENT;
}

/* ---- several runs ---- */

static enum vordec_status check_ranks(const struct snapshot_request *request, const struct ranks *ranks,
                                      struct vordec_error *error) {
  if (request->members || ranks_size(ranks) == 1) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "snapshots shares members among ranks, and without --members all %zu would do the same run: give "
                     "--members M, or --ranks none if each process has work of its own",
                     ranks_size(ranks));
}

static int end_ensemble(const struct ensemble *all) {
  const struct snapshot_request *request = &all->request;
  const bool first = ranks_rank(all->ranks) == 0;
  if (first && all->finished) {
    fprintf(stderr, "files          %s/%s_*: finished by an earlier run; nothing is left to do\n", request->out_dir,
            request->prefix);
  } else if (first && all->interrupted) {
    fprintf(stderr, "interrupted    continue with --resume\n");
  } else if (first) {
    ensemble_words_print(all);
  }
  return all->interrupted ? EXIT_INTERRUPTED : EXIT_DONE;
}

static int run_ensemble(const struct invocation *invocation, const struct snapshot_request *request) {
  struct ensemble all = {.request = *request, .ranks = invocation->ranks};
  struct vordec_error error = {0};
  const enum vordec_status status = ensemble_run_do(&all, &error);
  const int code = status ? command_fail(&error) : end_ensemble(&all);
  ensemble_run_release(&all);
  return code;
}

/* ---- one run ---- */

static int run_alone(const struct snapshot_request *request) {
  struct snapshot_run job = {.request = *request};
  struct vordec_error error = {0};
  const enum vordec_status status = snapshot_run_do(&job, &error);
  if (!status && !job.record.finished) snapshot_summary_print(&job);
  if (job.request.check_parity && job.files.results.count) snapshot_summary_print_parity(&job);
  int code = EXIT_DONE;
  if (status) {
    code = command_fail(&error);
  } else {
    code = job.record.finished ? end_finished(&job) : end(&job);
  }
  snapshot_run_release(&job);
  return code;
}

static int run(struct invocation *invocation, void *request) {
  struct snapshot_request *asked = request;
  struct vordec_error error = {0};
  cJSON *texts = NULL, *defaults = NULL;
  interrupt_watch();
  enum vordec_status status = check_ranks(asked, invocation->ranks, &error);
  if (!status) status = complete_request(invocation, asked, &texts, &error);
  if (!status) status = complete_report(asked, &defaults, &error);
  status = ranks_settle(invocation->ranks, status, &error);
  int code = EXIT_DONE;
  if (status) {
    code = command_fail(&error);
  } else {
    device_note(invocation->config, invocation->ranks, asked->members);
    code = asked->members ? run_ensemble(invocation, asked) : run_alone(asked);
  }
  cJSON_Delete(texts);
  cJSON_Delete(defaults);
  return code;
}

const struct command command_snapshots = {
    .name = "snapshots",
    .summary = "simulate, learn, roll out, decode, compare with the truth",
    .synopsis = "[--steps T] [--stride S] [--out-dir FOLDER] [OPTION]..",
    .details = "Simulates a series of fields, or reads it from a file, and encodes each field. Learns the\n"
               "linear operator that leads from state to state from the first part of the series, rolls\n"
               "it out from the first state, decodes at every stride, and compares omega_hat with the\n"
               "truth. Only what lies beyond the training frames (--train-steps) is a forecast.\n"
               "\n"
               "In the tables, the column train is 1 for training steps and 0 for forecasts.\n"
               "Next to each error (relative L2) stand those of\n"
               "  persistence     the last known field: at a training step the first frame,\n"
               "                  where the rollout starts, and later the last training frame\n"
               "  climatology     the mean of the training frames\n"
               "  encoding alone  the true field of that step, encoded and decoded without a\n"
               "                  synthesised residual: what the state loses\n"
               "\n"
               "The folder then holds these files, each name after PREFIX_:\n"
               "  t00400.png          truth, decoded field and error at step 400\n"
               "  comparison.csv      relative L2, correlation, support and energies\n"
               "  series.csv, .png    energy and enstrophy over time\n"
               "  spectrum.csv, .png  energy spectrum E(k) of the last snapshot\n"
               "  z0.npz, A.npz       the first state and the operator (or as --format says)\n"
               "  metrics.json        what was asked for and what did the work\n"
               "  run.json            the request, and the files with their hashes\n"
               "  parity.csv, traj.npz, decoded.npz   if asked for\n"
               "  report.html, animation.webp         with --report\n"
               "  statistics.npz, .png                with --members: mean, variance and\n"
               "                      quantiles over the runs; z0 then holds the first states\n"
               "                      of all of them, and files of single runs are written with\n"
               "                      --member-files only\n"
               "\n" INTERRUPT_SIGNALS " end the run\n"
               "after the current step. What there is by then is written, and the exit code is 130. A run that was\n"
               "interrupted or killed leaves PREFIX_journal. The same command with --resume continues\n"
               "from there and makes the same files.",
    .examples = "vordec snapshots --N 64 --steps 200 --stride 50 --out-dir run --report\n"
                "vordec snapshots --traj traj.npz --stride 5 --out-dir mine --save-decoded",
    COMMAND_OPTIONS(groups, struct snapshot_request),
    .takes_config = true,
    .keys = "decode op simulate encode mask combine residual plugins cpu metrics",
    .metrics = METRICS_WRITTEN,
    .ranks = RANKS_SHARED,
    .run = run,
};
