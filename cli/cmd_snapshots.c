/* vordec snapshots: simulate, encode, learn, roll out, decode, and compare with the truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "arguments.h"
#include "cli/snapshots/snapshot_files.h"
#include "core/base/clock.h"
#include "interrupt.h"
#include "outputs.h"
#include "paths.h"

#define DEFAULT_STRIDE 20

enum {
  OPTION_ENCODING = SIMULATION_OPTIONS,
  OPTION_RIDGE = OPTION_ENCODING + ENCODING_OPTIONS,
  OPTION_TRAJ,
  OPTION_SAVE_TRAJ,
  OPTION_KERNEL_ONLY,
  OPTION_Z0,
  OPTION_A,
  OPTION_NO_TRUTH,
  OPTION_DECODE_EVERY,
  OPTION_NO_DECODE,
  OPTION_HASH_EVERY,
  OPTION_OUT_DIR,
  OPTION_PREFIX,
  OPTION_RESUME,
  OPTION_SAVE_DECODED,
  OPTION_PHASES,
  OPTION_CHECK_PARITY,
  OPTION_PARITY_ONLY,
  OPTION_TIMING,
  OPTION_LOG_METRICS,
  OPTION_PROGRESS,
  OPTION_FFT,
  OPTION_OBSERVER,
  OPTION_DTYPE,
  OPTION_PERMISSIVE,
  OPTION_REQUIRE_GPU,
  OPTION_COUNT
};
static const struct option_spec options[OPTION_COUNT] = {
    SIMULATION_OPTION_TABLE("decode every so many steps, the start included. Default: 20",
                            "time step. Default: 0.01; with --traj-npz or --kernel-only, what the file says"),
    ENCODING_OPTION_TABLE(OPTION_ENCODING),
    [OPTION_RIDGE] = {"ridge", "LAMBDA", "weight of the penalty on the learnt operator's entries. Default: 1e-3"},
    [OPTION_TRAJ] = {"traj-npz", "TRAJ.npz",
                     "take the true fields from this file instead of a simulation; a step is a frame"},
    [OPTION_SAVE_TRAJ] = {"save-traj", NULL, "write the simulation's fields to PREFIX_traj.npz"},
    [OPTION_KERNEL_ONLY] = {"kernel-only", NULL, "roll out from --z0-npz with --A-npz; nothing is simulated or learnt"},
    [OPTION_Z0] = {"z0-npz", "STATE.npz", "the state to start from, with --kernel-only"},
    [OPTION_A] = {"A-npz", "A.npz", "the operator, key A (D, D), with --kernel-only"},
    [OPTION_NO_TRUTH] = {"no-ground-truth", NULL, "learn from the truth, but do not compare with it"},
    [OPTION_DECODE_EVERY] = {"decode-every", "COUNT", "another name of --stride"},
    [OPTION_NO_DECODE] =
        {"no-decode", NULL,
         "steps only: nothing is compared or drawn, and no decode backend is loaded ([op] backend = auto is cpu then)"},
    [OPTION_HASH_EVERY] = {"hash-every", "COUNT",
                           "put the BLAKE2b-128 of the state, as float64, into the metrics after every so many steps"},
    [OPTION_OUT_DIR] = {"out-dir", "FOLDER", "where the files go; made if it is not there. Default: snapshots"},
    [OPTION_PREFIX] = {"prefix", "WORD", "what the files' names begin with. Default: snapshot"},
    [OPTION_RESUME] = {"resume", NULL,
                       "go on where an earlier run with the same options, folder and prefix was interrupted or killed; "
                       "its files come out as if it had not been"},
    [OPTION_SAVE_DECODED] = {"save-decoded", NULL,
                             "write step, omega_lp, mask, omega_hat and truth of all snapshots to PREFIX_decoded.npz"},
    [OPTION_PHASES] = {"phases-npz", "P.npz",
                       "phases of the synthesised residual: phases_mid and phases_high, each (N, N) in radians, empty "
                       "where nothing is drawn; the same at every snapshot. Switches [residual] synthesis on"},
    [OPTION_CHECK_PARITY] = {"check-decode-parity", NULL,
                             "decode each snapshot with the fp64 reference, too; exit code 4 beyond the tolerances of "
                             "'vordec parity'"},
    [OPTION_PARITY_ONLY] = {"parity-only", NULL, "the same, and neither pictures nor comparisons"},
    [OPTION_TIMING] = {"timing", NULL, "say on stderr how long each part took"},
    [OPTION_LOG_METRICS] = {"log-metrics", NULL, "print a line on stderr for each snapshot"},
    [OPTION_PROGRESS] = {"progress-every", "COUNT", "print a line on stderr every so many steps"},
    [OPTION_FFT] = {"fft-backend", "NAME", "another name of --decode-fft"},
    [OPTION_OBSERVER] = {"observer", "WHAT", "another name of --decode-observer"},
    [OPTION_DTYPE] = {"dtype", "TYPE", "another name of --op-dtype"},
    [OPTION_PERMISSIVE] = {"permissive-backends", NULL, "another name of --permissive"},
    [OPTION_REQUIRE_GPU] = {"require-gpu", NULL, "exit code 3 unless the decodes run on a GPU, and show that they did"},
};
_Static_assert(OPTION_COUNT <= COMMAND_OPTION_MAX, "an invocation has room for every option");

static const struct option_alias aliases[] = {
    {OPTION_FFT, "decode", "fft", NULL},
    {OPTION_OBSERVER, "decode", "observer", NULL},
    {OPTION_DTYPE, "op", "dtype", NULL},
    {OPTION_PERMISSIVE, "decode", "policy", "permissive"},
    {OPTION_PHASES, "residual", "synthesis", "on"},
    ENCODING_ALIASES(OPTION_ENCODING),
};

/* ---- what is asked for ---- */

static enum vordec_status check_no_decode(const struct snapshot_request *request, struct vordec_error *error) {
  const struct {
    const char *name;
    bool given;
  } options_for_decodes[] = {{"parity-only", request->parity_only},
                             {"check-decode-parity", request->check_parity},
                             {"save-decoded", request->save_decoded},
                             {"phases-npz", request->phases != NULL},
                             {"require-gpu", request->require_gpu}};
  for (size_t i = 0; request->no_decode && i < sizeof options_for_decodes / sizeof *options_for_decodes; i++) {
    if (!options_for_decodes[i].given) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--no-decode decodes nothing, and --%s needs decodes",
                       options_for_decodes[i].name);
  }
  return VORDEC_OK;
}

static enum vordec_status check_sources(const struct snapshot_request *request, bool kernel_only,
                                        struct vordec_error *error) {
  const bool files = request->z0 && request->a;
  if (kernel_only && !files) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--kernel-only needs --z0-npz STATE.npz and --A-npz A.npz");
  }
  if (!kernel_only && (request->z0 || request->a)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--z0-npz and --A-npz need --kernel-only");
  }
  if (request->traj && kernel_only) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--traj-npz and --kernel-only both say where states come from");
  }
  if (request->save_traj && (request->traj || kernel_only)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--save-traj needs a simulation, and %s runs none",
                       kernel_only ? "--kernel-only" : "--traj-npz");
  }
  if (request->save_decoded && !outputs_read_fields(request->invocation->config)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--save-decoded needs fields, but [decode] observer = %s reads none; use snapshots",
                       vordec_config_get(request->invocation->config, "decode", "observer"));
  }
  if (!*request->prefix || strchr(request->prefix, '/')) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--prefix '%.100s': expected a word without '/'", request->prefix);
  }
  return VORDEC_OK;
}

/* What the run writes into its folder is never what it reads: those commands do not write that. */
static enum vordec_status check_paths(const struct snapshot_request *request, struct vordec_error *error) {
  const struct named_path paths[] = {
      {"--init-npy", request->simulation.init, false},
      {"--noise-npy", request->simulation.noise, false},
      {"--traj-npz", request->traj, false},
      {"--z0-npz", request->z0, false},
      {"--A-npz", request->a, false},
      {"--phases-npz", request->phases, false},
      {"--config", request->invocation->config_path, false},
      {"[metrics] json", vordec_config_get(request->invocation->config, "metrics", "json"), true},
  };
  return paths_check(paths, sizeof paths / sizeof *paths, error);
}

/* How often something happens, in steps. */
static enum vordec_status read_counts(const struct invocation *invocation, struct snapshot_request *request,
                                      struct vordec_error *error) {
  const struct {
    int option;
    size_t max, *count;
  } counts[] = {{OPTION_DECODE_EVERY, STEPS_MAX, &request->simulation.stride},
                {OPTION_HASH_EVERY, STEPS_MAX, &request->hash_every},
                {OPTION_PROGRESS, SIZE_MAX, &request->progress_every}};
  const char *const *values = invocation->values;
  if (values[OPTION_DECODE_EVERY] && values[SIMULATION_STRIDE]) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--decode-every is another name of --stride: give one of them");
  }
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof counts / sizeof *counts && !status; i++) {
    const char *text = values[counts[i].option];
    if (text) status = command_number(options[counts[i].option].name, text, 1, counts[i].max, counts[i].count, error);
  }
  return status;
}

static enum vordec_status read_request(const struct invocation *invocation, struct snapshot_request *request,
                                       struct vordec_error *error) {
  const char *const *values = invocation->values;
  const bool kernel_only = values[OPTION_KERNEL_ONLY] != NULL;
  *request = (struct snapshot_request){
      .invocation = invocation,
      .steps_given = values[SIMULATION_STEPS] != NULL,
      .dt_given = values[SIMULATION_DT] != NULL,
      .ridge = 1e-3,
      .traj = values[OPTION_TRAJ],
      .z0 = values[OPTION_Z0],
      .a = values[OPTION_A],
      .phases = values[OPTION_PHASES],
      .out_dir = values[OPTION_OUT_DIR] ? values[OPTION_OUT_DIR] : "snapshots",
      .prefix = values[OPTION_PREFIX] ? values[OPTION_PREFIX] : "snapshot",
      .check_parity = values[OPTION_CHECK_PARITY] || values[OPTION_PARITY_ONLY],
      .parity_only = values[OPTION_PARITY_ONLY] != NULL,
      .no_decode = values[OPTION_NO_DECODE] != NULL,
      .resume = values[OPTION_RESUME] != NULL,
      .save_traj = values[OPTION_SAVE_TRAJ] != NULL,
      .save_decoded = values[OPTION_SAVE_DECODED] != NULL,
      .timing = values[OPTION_TIMING] != NULL,
      .log_metrics = values[OPTION_LOG_METRICS] != NULL,
      .require_gpu = values[OPTION_REQUIRE_GPU] != NULL,
  };
  enum vordec_status status = simulation_setup_read(invocation, DEFAULT_STRIDE, &request->simulation, error);
  if (!status) status = encoding_read(invocation, OPTION_ENCODING, &request->encoding, error);
  if (!status && values[OPTION_RIDGE])
    status = argument_not_negative("ridge", values[OPTION_RIDGE], &request->ridge, error);
  if (!status) status = read_counts(invocation, request, error);
  if (status) return status;
  request->ground_truth = !kernel_only && !values[OPTION_NO_TRUTH] && !request->parity_only && !request->no_decode &&
                          outputs_read_fields(invocation->config);
  status = check_sources(request, kernel_only, error);
  if (!status) status = check_no_decode(request, error);
  if (!status && !request->no_decode) {
    status = residual_settings_read(invocation->config, request->phases, &request->residual, error);
  }
  return status ? status : check_paths(request, error);
}

/* ---- the run ---- */

struct job {
  struct snapshot_request request;
  struct snapshot_record record;
  struct snapshot_states states;
  struct snapshot_decodes decodes;
  struct snapshot_files files;
  double prepared_s, whole_s;
};

/* What is known of a snapshot, in one line. */
static void log_snapshot(const struct comparison *row, const struct parity_row *parity, bool parity_checked) {
  const struct {
    const char *name;
    double value;
  } known[] = {{"relative L2", row->relative_l2},
               {"correlation", row->correlation},
               {"support", row->support_frac},
               {"energy", row->decoded.energy},
               {"enstrophy", row->decoded.enstrophy},
               {"parity error", parity_checked ? parity->mean_abs : NAN},
               {"parity mask", parity_checked ? (double)parity->mask_differs : NAN}};
  fprintf(stderr, "step %zu", row->step);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!isnan(known[i].value)) fprintf(stderr, ", %s %.6g", known[i].name, known[i].value);
  }
  fprintf(stderr, "\n");
}

/* Ends decodes until at most so many are left, and writes what they gave. */
static enum vordec_status collect_snapshots(struct job *job, size_t left, struct progress *progress,
                                            struct vordec_error *error) {
  const struct snapshot_request *request = &job->request;
  while (snapshot_decodes_under_way(&job->decodes) > left) {
    struct parity_row parity = {0};
    enum vordec_status status = snapshot_decodes_finish(&job->decodes, &parity, error);
    if (!status) status = snapshot_files_add(&job->files, &job->decodes, &parity, error);
    if (status) return status;
    if (!request->log_metrics) continue;
    progress_clear(progress);
    log_snapshot(&job->files.rows[job->files.count - 1], &parity, request->check_parity);
  }
  return VORDEC_OK;
}

/* While one snapshot is written, the next is being decoded, where the backend can do that. */
static enum vordec_status take_snapshots(struct job *job, struct progress *progress, struct vordec_error *error) {
  struct snapshot_decodes *decodes = &job->decodes;
  const size_t steps = job->states.steps, stride = job->request.simulation.stride;
  enum vordec_status status = VORDEC_OK;
  for (size_t step = 0; decodes->decoder && step <= steps; step += stride) {
    status = snapshot_decodes_advance(decodes, step, progress, error);
    if (status || decodes->run.steps < step) break;
    status = snapshot_decodes_submit(decodes, error);
    if (status) break;
    status = collect_snapshots(job, decodes->at_once - 1, progress, error);
    if (status) return status;
  }
  if (!status) status = snapshot_decodes_advance(decodes, steps, progress, error);
  /* A run that ends in NaN has failed, decoded or not. */
  if (!status && (!decodes->decoder || decodes->run.steps % stride)) status = snapshot_decodes_check(decodes, error);
  /* What was begun before a failure of the rollout is still good. */
  struct vordec_error late = {0};
  const enum vordec_status rest = collect_snapshots(job, 0, progress, &late);
  if (status || !rest) return status;
  *error = late;
  return rest;
}

/* Rolls out and writes what there is, also after a failure, which is the one that counts. */
static enum vordec_status roll_out(struct job *job, struct vordec_error *error) {
  struct vordec_error late = {0};
  enum vordec_status status = VORDEC_OK;
  if (!job->request.parity_only) status = snapshot_states_write(&job->states, &job->record, error);
  if (!status) status = snapshot_decodes_start(&job->decodes, error);
  if (!status) status = snapshot_files_start(&job->files, &job->states, &job->decodes, error);
  if (status) return status;
  struct progress progress;
  progress_start(&progress, "roll out", job->states.steps, job->request.progress_every);
  status = take_snapshots(job, &progress, error);
  progress_end(&progress);
  enum vordec_status written = snapshot_files_finish(&job->files, &job->decodes, &late);
  if (!written) written = snapshot_files_write_metrics(&job->files, &job->decodes, &late);
  if (status || !written) return status;
  *error = late;
  return written;
}

/* Snapshots beyond the tolerances of parity, where that was checked. */
static size_t parity_beyond(const struct job *job) {
  size_t beyond = 0;
  if (!job->request.check_parity) return 0;
  for (size_t i = 0; i < job->files.count; i++) beyond += !job->files.parity[i].within;
  return beyond;
}

/* After the last step: nothing is left for a later run to do. */
static enum vordec_status close_record(struct job *job, struct vordec_error *error) {
  if (interrupt_came()) return VORDEC_OK;
  const enum vordec_status status = snapshot_files_book(&job->files, &job->decodes, error);
  return status ? status : snapshot_record_finish(&job->record, parity_beyond(job), error);
}

/* What takes time. */
static enum vordec_status work(struct job *job, double started, struct vordec_error *error) {
  enum vordec_status status = snapshot_states_complete(&job->states, &job->record, error);
  job->prepared_s = clock_s() - started;
  if (status) return status;
  if (job->states.op.a) {
    status = roll_out(job, error);
    if (!status) status = close_record(job, error);
  } else {
    status = snapshot_decodes_give_up(&job->decodes, error);
    if (!status) status = snapshot_files_write_metrics(&job->files, &job->decodes, error);
  }
  job->whole_s = clock_s() - started;
  return status;
}

static enum vordec_status run_job(struct job *job, struct vordec_error *error) {
  const struct snapshot_request *request = &job->request;
  const double started = clock_s();
  enum vordec_status status = snapshot_record_open(request, &job->record, error);
  if (status || job->record.finished) return status;
  status = snapshot_files_open(request, &job->record, &job->files, error);
  if (!status) status = snapshot_states_begin(request, &job->states, error);
  if (!status) status = snapshot_decodes_open(request, &job->states, &job->decodes, error);
  if (!status) status = snapshot_record_begin(&job->record, error);
  if (status) return status;
  status = work(job, started, error);
  if (status != VORDEC_E_IO) return status;
  /* Destinations were fine when the work began: this is a failure of the run, which can be gone on with. */
  error->status = VORDEC_E_FAILED;
  return VORDEC_E_FAILED;
}

/* ---- what a person sees ---- */

static void print_summary(const struct job *job) {
  const struct snapshot_decodes *decodes = &job->decodes;
  const struct snapshot_states *states = &job->states;
  const struct comparison *last = job->files.count ? &job->files.rows[job->files.count - 1] : NULL;
  fprintf(stderr, "snapshots      %zu, N = %zu, D = %zu, %zu of %zu steps%s\n", job->files.count, states->n,
          states->info.d, decodes->run.steps, states->steps, interrupt_came() ? ", interrupted" : "");
  if (decodes->decoder) {
    fprintf(stderr, "decode         requested %s, used %s; fft %s; %s; on %s: %s\n", decodes->info.backend_requested,
            decodes->info.backend_used, decodes->info.fft_used,
            decodes->info.precision == VORDEC_FP64 ? "fp64" : "fp32",
            decodes->decode_device ? decodes->decode_device : "nothing yet", decodes->info.device.name);
  } else {
    fprintf(stderr, "decode         none\n");
  }
  if (decodes->rollout) {
    struct vordec_rollout_info op;
    vordec_rollout_get(decodes->rollout, &op);
    fprintf(stderr, "op             requested %s, used %s; %s; on %s\n", op.backend_requested, op.backend_used,
            op.precision == VORDEC_FP64 ? "float64" : "float32",
            decodes->op_device ? decodes->op_device : "nothing yet");
  }
  if (last && !isnan(last->relative_l2)) {
    fprintf(stderr, "last snapshot  step %zu: relative L2 %.4f, correlation %.4f\n", last->step, last->relative_l2,
            last->correlation);
  }
  if (job->states.recalled || job->files.reused) {
    fprintf(stderr, "resumed        %zu frames and %zu pictures were there\n", job->states.recalled, job->files.reused);
  }
  if (job->request.timing) {
    fprintf(stderr, "timing         states and operator %.3f s, %zu steps %.3f s, %zu decodes %.3f s, all %.3f s\n",
            job->prepared_s, decodes->run.steps, decodes->run.rollout_s, decodes->decodes, 1e-3 * decodes->decode_ms,
            job->whole_s);
  }
  fprintf(stderr, "files          %s/%s_*\n", job->request.out_dir, job->request.prefix);
}

/* The parity table goes to stdout. */
static void print_parity(const struct job *job) {
  printf("reference: cpu, fftw, fp64; compared: %s, %s, %s; N = %zu\n", job->decodes.info.backend_used,
         job->decodes.info.fft_used, job->decodes.info.precision == VORDEC_FP64 ? "fp64" : "fp32", job->states.n);
  printf("%8s  %9s  %9s  %6s\n", "step", "mean err", "max err", "mask");
  for (size_t i = 0; i < job->files.count; i++) {
    const struct parity_row *row = &job->files.parity[i];
    printf("%8zu  %9.2e  %9.2e  %6zu  %s\n", row->step, row->mean_abs, row->max_abs, row->mask_differs,
           row->within ? "ok" : "BEYOND TOLERANCE");
  }
}

/* Nothing was done now; what the earlier run found still holds. */
static int end_finished(const struct job *job) {
  const size_t beyond = job->record.parity_beyond;
  fprintf(stderr, "files          %s/%s_*: finished by an earlier run; nothing is left to do\n", job->request.out_dir,
          job->request.prefix);
  if (beyond) fprintf(stderr, "vordec: decode parity: %zu snapshots beyond the tolerances\n", beyond);
  return beyond ? EXIT_DIFFERENT : EXIT_DONE;
}

static int run(struct invocation *invocation) {
  struct job job = {0};
  struct vordec_error error = {0};
  size_t beyond = 0;
  int code = EXIT_DONE;
  interrupt_watch();
  enum vordec_status status = read_request(invocation, &job.request, &error);
  if (!status) status = run_job(&job, &error);
  if (!status && !job.record.finished) print_summary(&job);
  if (job.request.check_parity && job.files.count) print_parity(&job);
  beyond = parity_beyond(&job);
  if (status) {
    code = command_fail(&error);
    if (code != EXIT_FAILED) snapshot_record_abandon(&job.record);
  } else if (job.record.finished) {
    code = end_finished(&job);
  } else if (interrupt_came()) {
    code = EXIT_INTERRUPTED;
  } else if (beyond) {
    fprintf(stderr, "vordec: decode parity: %zu of %zu snapshots beyond the tolerances\n", beyond, job.files.count);
    code = EXIT_DIFFERENT;
  }
  snapshot_record_release(&job.record);
  snapshot_files_release(&job.files);
  snapshot_decodes_release(&job.decodes);
  snapshot_states_release(&job.states);
  return code;
}

const struct command command_snapshots = {
    .name = "snapshots",
    .summary = "simulate, learn, roll out, decode, and compare with the truth",
    .synopsis = "[--steps T] [--stride S] [--out-dir FOLDER] [OPTION]..",
    .details = "Simulates (or reads) a series of fields, encodes each, learns the linear operator\n"
               "between them, rolls it out from the first state, decodes at every stride and compares\n"
               "omega_hat with the truth. The folder then holds, each name after PREFIX_:\n"
               "  t00400.png             truth, decoded field and error at step 400\n"
               "  comparison.csv         relative L2, correlation, support, energies of all snapshots\n"
               "  series.csv, .png       energy and enstrophy over time\n"
               "  spectrum.csv, .png     energy spectrum E(k) of the last snapshot\n"
               "  z0.npz, A.npz          the first state and the operator\n"
               "  metrics.json           what was asked for and what did the work (or --metrics-json)\n"
               "  parity.csv, traj.npz, decoded.npz   where asked for\n"
               "  run.json               what was asked for, and the files with their hashes\n"
               "SIGINT ends the run after the current step; what there is by then is written, and\n"
               "the exit code is 130. A run that was interrupted or killed leaves PREFIX_journal;\n"
               "the same command with --resume goes on from there, and makes the same files.",
    .options = options,
    .option_count = OPTION_COUNT,
    .aliases = aliases,
    .alias_count = sizeof aliases / sizeof *aliases,
    .takes_config = true,
    .run = run,
};
