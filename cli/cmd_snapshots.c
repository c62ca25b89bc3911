/* vordec snapshots: simulate, encode, learn, roll out, decode, and compare with the truth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/snapshots/snapshot_files.h"
#include "core/base/clock.h"
#include "interrupt.h"
#include "outputs.h"

static const struct option_spec pace_options[] = {
    {"stride", "COUNT", "decode every so many steps, the start included", .initial = "20",
     TO_COUNT(struct snapshot_request, simulation.stride, 1, STEPS_MAX)},
    {"dt", "DT", "time step", .initial = "0.01", .remark = "; with --traj-npz or --kernel-only, what the file says",
     TO_REAL(struct snapshot_request, simulation.les.dt), GIVEN(struct snapshot_request, dt_given)},
};
static const struct option_spec options[] = {
    {"ridge", "LAMBDA", "weight of the penalty on the learnt operator's entries", .initial = "1e-3",
     TO_NOT_NEGATIVE(struct snapshot_request, ridge)},
    {"traj-npz", "TRAJ.npz", "take the true fields from this file instead of a simulation; a step is a frame",
     TO_INPUT(struct snapshot_request, traj)},
    {"save-traj", NULL, "write the simulation's fields to PREFIX_traj.npz",
     TO_FLAG(struct snapshot_request, save_traj)},
    {"kernel-only", NULL, "roll out from --z0-npz with --A-npz; nothing is simulated or learnt",
     TO_FLAG(struct snapshot_request, kernel_only), .effect = OPTION_TOLD /* by those files */},
    {"z0-npz", "STATE.npz", "the state to start from, with --kernel-only", TO_INPUT(struct snapshot_request, z0)},
    {"A-npz", "A.npz", "the operator, key A (D, D), with --kernel-only", TO_INPUT(struct snapshot_request, a)},
    {"no-ground-truth", NULL, "learn from the truth, but do not compare with it",
     TO_FLAG(struct snapshot_request, no_truth), .effect = OPTION_TOLD /* by ground_truth */},
    {"decode-every", "COUNT", .alias = "stride"},
    {"no-decode", NULL,
     "steps only: nothing is compared or drawn, and no decode backend is loaded ([op] backend = auto is cpu then)",
     TO_FLAG(struct snapshot_request, no_decode)},
    {"hash-every", "COUNT", "put the BLAKE2b-128 of the state, as float64, into the metrics after every so many steps",
     TO_COUNT(struct snapshot_request, hash_every, 1, STEPS_MAX)},
    {"out-dir", "FOLDER", "where the files go; made if it is not there", .initial = "snapshots",
     TO_FOLDER(struct snapshot_request, out_dir), .effect = OPTION_HARMLESS},
    {"prefix", "WORD", "what the files' names begin with", .initial = "snapshot",
     TO_WORD(struct snapshot_request, prefix), .effect = OPTION_HARMLESS},
    {"resume", NULL,
     "go on where an earlier run with the same options, folder and prefix was interrupted or killed; its files come "
     "out "
     "as if it had not been",
     TO_FLAG(struct snapshot_request, resume), .effect = OPTION_HARMLESS},
    {"save-decoded", NULL, "write step, omega_lp, mask, omega_hat and truth of all snapshots to PREFIX_decoded.npz",
     TO_FLAG(struct snapshot_request, save_decoded)},
    {"phases-npz", "P.npz",
     "phases of the synthesised residual: phases_mid and phases_high, each (N, N) in radians, empty where nothing is "
     "drawn; the same at every snapshot. Switches [residual] synthesis on",
     TO_INPUT(struct snapshot_request, phases), SETS_TO("residual", "synthesis", "on")},
    {"check-decode-parity", NULL,
     "decode each snapshot with the fp64 reference, too; exit code 4 beyond the tolerances of 'vordec parity'",
     TO_FLAG(struct snapshot_request, check_parity)},
    {"parity-only", NULL, "the same, and neither pictures nor comparisons",
     TO_FLAG(struct snapshot_request, parity_only)},
    {"timing", NULL, "say on stderr how long each part took", TO_FLAG(struct snapshot_request, timing),
     .effect = OPTION_HARMLESS},
    {"log-metrics", NULL, "print a line on stderr for each snapshot", TO_FLAG(struct snapshot_request, log_metrics),
     .effect = OPTION_HARMLESS},
    {"progress-every", "COUNT", "print a line on stderr every so many steps",
     TO_COUNT(struct snapshot_request, progress_every, 1, SIZE_MAX), .effect = OPTION_HARMLESS},
    {"fft-backend", "NAME", SETS("decode", "fft")},
    {"observer", "WHAT", SETS("decode", "observer")},
    {"dtype", "TYPE", SETS("op", "dtype")},
    {"permissive-backends", NULL, "another name of --permissive", SETS_TO("decode", "policy", "permissive")},
    {"require-gpu", NULL, "exit code 3 unless the decodes run on a GPU, and show that they did",
     TO_FLAG(struct snapshot_request, require_gpu)},
};
static const struct option_group groups[] = {
    OPTION_GROUP(simulation_grid_options, offsetof(struct snapshot_request, simulation)),
    OPTION_GROUP(pace_options, 0),
    OPTION_GROUP(simulation_flow_options, offsetof(struct snapshot_request, simulation)),
    OPTION_GROUP(encoding_options, offsetof(struct snapshot_request, encoding)),
    OPTION_GROUP(options, 0),
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

static enum vordec_status check_sources(const struct snapshot_request *request, struct vordec_error *error) {
  const bool kernel_only = request->kernel_only;
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
  if (request->save_decoded && !outputs_read_fields(request->config)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--save-decoded needs fields, but [decode] observer = %s reads none; use snapshots",
                       vordec_config_get(request->config, "decode", "observer"));
  }
  if (!*request->prefix || strchr(request->prefix, '/')) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--prefix '%.100s': expected a word without '/'", request->prefix);
  }
  return VORDEC_OK;
}

/* What the options leave to say: what the configuration does, and what follows from both. */
static enum vordec_status complete_request(const struct invocation *invocation, struct snapshot_request *request,
                                           struct vordec_error *error) {
  struct vordec_config *config = invocation->config;
  const bool whole_file = request->traj && !request->simulation.steps;
  request->command = &command_snapshots;
  request->config = config;
  request->verbose = invocation->verbose;
  request->metrics_path = command_metrics_path(config);
  request->hash_z = outputs_hash(config, "z");
  request->check_parity = request->check_parity || request->parity_only;
  request->ground_truth = !request->kernel_only && !request->no_truth && !request->parity_only && !request->no_decode &&
                          outputs_read_fields(config);
  encoding_configure(config, &request->encoding);
  enum vordec_status status = simulation_configure(config, &request->simulation, error);
  if (whole_file) request->simulation.steps = 0;
  if (!status) status = check_sources(request, error);
  if (!status) status = check_no_decode(request, error);
  if (!status && !request->no_decode) {
    status = residual_settings_read(config, request->phases, &request->residual, error);
  }
  return status;
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

static int run(struct invocation *invocation, void *request) {
  struct job job = {.request = *(struct snapshot_request *)request};
  struct vordec_error error = {0};
  size_t beyond = 0;
  int code = EXIT_DONE;
  interrupt_watch();
  enum vordec_status status = complete_request(invocation, &job.request, &error);
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
    COMMAND_OPTIONS(groups, struct snapshot_request),
    .takes_config = true,
    .metrics = METRICS_WRITTEN,
    .run = run,
};
