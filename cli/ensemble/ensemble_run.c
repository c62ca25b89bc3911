/* SPDX-License-Identifier: MIT */
#include "ensemble_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/interrupt.h"
#include "cli/rank_learn.h"
#include "cli/rank_metrics.h"
#include "cli/snapshots/snapshot_checkpoint.h"
#include "cli/snapshots/snapshot_outputs.h"
#include "cli/snapshots/snapshot_training.h"
#include "ensemble_choice.h"

#define FRAMES_A_ROUND 16 /* of a rank, before all look whether one has failed */

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the ensemble");
}

static bool is_first(const struct ensemble *run) {
  return ranks_rank(run->ranks) == 0;
}

/* Members that the rank with most of them has: all ranks take one a round. */
static size_t rounds_of(const struct ensemble *run) {
  return rank_block_of(run->request.members, ranks_size(run->ranks), 0).count;
}

/* ---- agreeing ---- */

/* All ranks, about a member of this one (or none). Destinations were fine when the work began: what the disk does later
 * is a failure that one can go on from. */
static enum vordec_status settle(struct ensemble *run, size_t member, enum vordec_status status,
                                 struct vordec_error *error) {
  if (status == VORDEC_E_IO) status = error->status = VORDEC_E_FAILED;
  status = ranks_settle(run->ranks, ensemble_member_blame(&run->request, member, status, error), error);
  if (!status) run->interrupted = ranks_any(run->ranks, interrupt_came());
  return status;
}

/* How much is done of `each` in every member, by round and what was done within it. */
static size_t done_of(const struct ensemble *run, size_t each, size_t round, size_t within) {
  const size_t size = ranks_size(run->ranks);
  size_t done = 0;
  for (size_t rank = 0; rank < size; rank++) {
    const size_t count = rank_block_of(run->request.members, size, rank).count;
    done += (round < count ? round : count) * each;
    if (round < count) done += within < each ? within : each;
  }
  return done;
}

static void start_bar(struct ensemble *run, const char *label) {
  progress_start(&run->progress, label, run->request.members * run->layout.steps, run->request.progress_every);
  if (!is_first(run)) progress_end(&run->progress); /* the first rank's is that of all */
}

/* ---- a member's run ---- */

struct member_run {
  struct ensemble_member member;
  struct snapshot_run job;
};

static void member_release(struct member_run *own) {
  own->job.states.op.a = own->job.request.kernel_only ? own->job.states.op.a : NULL; /* the ensemble's */
  snapshot_run_release(&own->job);
  ensemble_member_release(&own->member);
}

/* rolls_out: its frames are there, or it needs none. */
static enum vordec_status member_open(struct ensemble *run, size_t number, bool rolls_out, struct member_run *own,
                                      struct vordec_error *error) {
  enum vordec_status status = ensemble_member_make(&run->request, number, &run->kept, &own->member, error);
  const bool goes_on = rolls_out && run->layout.learns;
  if (status) return status;
  own->job.request = own->member.request;
  own->job.request.resume = run->request.resume || goes_on;
  own->job.request.restart = run->request.restart && !goes_on;
  status = snapshot_run_open(&own->job, rolls_out, error);
  if (goes_on && status == VORDEC_E_INPUT) status = error->status = VORDEC_E_FAILED; /* of this run's own journal */
  if (!status && run->begun <= number - run->block.first) run->begun = number - run->block.first + 1;
  return status;
}

/* ---- frames and states ---- */

/* Keeps the member's training states, and its first one. */
static enum vordec_status keep_states(struct ensemble *run, size_t at, const struct snapshot_states *states,
                                      struct vordec_error *error) {
  const size_t count = run->layout.training.last + 1, d = run->layout.d;
  double *z = malloc(count * d * sizeof *z);
  if (!z) return fail_memory(error);
  memcpy(z, states->z, count * d * sizeof *z);
  run->series[at].z = z;
  run->series[at].count = count;
  return VORDEC_OK;
}

static enum vordec_status finish_frames(struct ensemble *run, size_t at, struct member_run *own,
                                        struct vordec_error *error) {
  enum vordec_status status = snapshot_training_save(&own->job.states, &own->job.record, VORDEC_OK, error);
  /* Its forecast begins with what the record holds. */
  if (!status) status = snapshot_checkpoint_add(&own->job.states, &own->job.record, error);
  if (status || run->interrupted) return status;
  status = ensemble_metrics_note_frames(&run->metrics, &own->job.states, error);
  return status ? status : keep_states(run, at, &own->job.states, error);
}

/* A member of each rank that has one left. */
static enum vordec_status take_round(struct ensemble *run, size_t round, struct vordec_error *error) {
  struct member_run own = {.member = {.asked = NULL}};
  const bool mine = round < run->block.count;
  const size_t number = run->block.first + round, steps = run->layout.steps;
  const size_t frames = ranks_size(run->ranks) > 1 ? FRAMES_A_ROUND : 1;
  enum vordec_status status = mine ? member_open(run, number, false, &own, error) : VORDEC_OK;
  size_t recalled = 0;
  if (mine && !status) status = snapshot_training_recall(&own.job.states, &own.job.record, &recalled, error);
  run->recalled += recalled;
  status = settle(run, number, status, error);
  for (size_t end = frames; !status && !run->interrupted && end < steps + frames; end += frames) {
    if (mine) status = snapshot_training_take(&own.job.states, &own.job.record, end, NULL, error);
    status = settle(run, number, status, error);
    progress_at(&run->progress, done_of(run, steps, round, end));
  }
  if (!status && !run->interrupted) {
    status = settle(run, number, mine ? finish_frames(run, round, &own, error) : VORDEC_OK, error);
  }
  if (mine) member_release(&own);
  return status;
}

static enum vordec_status take_frames(struct ensemble *run, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  start_bar(run, run->request.traj.path ? "encode" : "simulate");
  for (size_t round = 0; !status && !run->interrupted && round < rounds_of(run); round++) {
    status = take_round(run, round, error);
  }
  progress_end(&run->progress);
  return status;
}

/* ---- the operator ---- */

/* With fewer equations than unknowns the operator can take any frames over as they are. */
static void warn_few_frames(const struct ensemble *run) {
  const size_t members = run->request.members, last = run->layout.training.last, d = run->layout.d;
  char text[320];
  if (members * last >= d) return;
  snprintf(
      text, sizeof text,
      "the operator is learnt from %zu steps of %zu member%s and has %zu unknowns per column: it can reproduce the "
      "training frames whatever they are, so only later steps show what it is worth",
      members * last, members, members == 1 ? "" : "s", d);
  run->request.log(run->request.log_ctx, VORDEC_LOG_WARNING, text);
}

static enum vordec_status learn(struct ensemble *run, struct vordec_error *error) {
  const size_t d = run->layout.d;
  run->a = calloc(d, d * sizeof *run->a);
  const enum vordec_status status = ranks_settle(run->ranks, run->a ? VORDEC_OK : fail_memory(error), error);
  if (status) return status;
  warn_few_frames(run);
  const struct learn_desc desc = {.series = run->series,
                                  .first = run->block.first,
                                  .count = run->block.count,
                                  .total = run->request.members,
                                  .d = d,
                                  .ridge = run->request.ridge,
                                  .threads = run->request.encoding.threads};
  return rank_learn(run->ranks, &desc, run->a, error);
}

/* The first states of all members go to the first rank. */
static enum vordec_status collect_starts(struct ensemble *run, struct vordec_error *error) {
  const size_t d = run->layout.d, size = ranks_size(run->ranks), own = ranks_rank(run->ranks);
  enum vordec_status status = VORDEC_OK;
  run->starts = calloc(is_first(run) ? run->request.members : run->block.count + 1, d * sizeof *run->starts);
  status = ranks_settle(run->ranks, run->starts ? VORDEC_OK : fail_memory(error), error);
  if (status || !run->starts) return status;
  for (size_t i = 0; i < run->block.count; i++) memcpy(run->starts + i * d, run->series[i].z, d * sizeof(double));
  for (size_t rank = 1; rank < size; rank++) {
    const struct rank_block block = rank_block_of(run->request.members, size, rank);
    if (own != 0 && own != rank) continue;
    ranks_collect(run->ranks, rank, run->starts + (own == 0 ? block.first * d : 0), block.count * d * sizeof(double));
  }
  return VORDEC_OK;
}

static void forget_series(struct ensemble *run) {
  for (size_t i = 0; run->series && i < run->block.count; i++) {
    free((void *)run->series[i].z);
    run->series[i].z = NULL;
  }
}

/* Frames, and what is learnt from them; nothing where the operator is a file's. */
static enum vordec_status prepare(struct ensemble *run, struct vordec_error *error) {
  if (!run->layout.learns) return VORDEC_OK;
  enum vordec_status status = take_frames(run, error);
  if (!status && !run->interrupted) status = learn(run, error);
  if (!status && !run->interrupted) status = collect_starts(run, error);
  forget_series(run);
  return status;
}

/* ---- forecasts ---- */

/* What the first member knows for all. */
static enum vordec_status take_common(struct ensemble *run, const struct snapshot_run *job,
                                      struct vordec_error *error) {
  const struct snapshot_results *results = &job->files.results;
  snprintf(run->ran_on, sizeof run->ran_on, "%s", results->ran_on);
  if (!is_first(run) || !run->layout.learns || !snapshot_request_saves_states(&run->request)) return VORDEC_OK;
  enum vordec_status status = ensemble_files_add_starts(&run->files, &job->states, run->starts, error);
  return status ? status : ensemble_files_add_operator(&run->files, run->a, run->layout.d, error);
}

static enum vordec_status make_values(struct ensemble *run, const struct snapshot_results *results,
                                      struct vordec_error *error) {
  if (run->own.numbers) return VORDEC_OK;
  return ensemble_values_create(run->block.count, run->layout.rows, spectrum_shells(results->spectrum), &run->own,
                                error);
}

/* Rolls out, and keeps what was measured. */
static enum vordec_status forecast(struct ensemble *run, size_t at, struct snapshot_run *job,
                                   struct vordec_error *error) {
  size_t recalled;
  enum vordec_status status = snapshot_training_recall(&job->states, &job->record, &recalled, error);
  if (status) return status;
  if (run->a && job->states.count <= run->layout.steps) {
    return vordec_fail(error, VORDEC_E_FAILED, 0, "%s: it does not hold the frames that this run wrote to it",
                       job->record.journal_path);
  }
  if (run->a) job->states.op = (struct operator_file){run->a, run->layout.d};
  status = snapshot_run_roll_out(job, error);
  if (status || interrupt_came()) return status;
  status = make_values(run, &job->files.results, error);
  if (!status) ensemble_values_take(&run->own, at, &job->files.results, run->request.fields);
  if (!status) status = ensemble_metrics_take(&run->metrics, job, error);
  if (!status && at == 0) status = take_common(run, job, error);
  if (status || !run->request.member_files) return status;
  status = snapshot_outputs_book(&job->request, &job->record, error);
  return status ? status : snapshot_record_write(&job->record, snapshot_run_beyond(job), error);
}

static enum vordec_status forecast_round(struct ensemble *run, size_t round, struct vordec_error *error) {
  struct member_run own = {.member = {.asked = NULL}};
  const bool mine = round < run->block.count;
  const size_t number = run->block.first + round;
  enum vordec_status status = mine ? member_open(run, number, true, &own, error) : VORDEC_OK;
  if (mine && !status) status = forecast(run, round, &own.job, error);
  if (mine) member_release(&own);
  status = settle(run, number, status, error);
  progress_at(&run->progress, done_of(run, run->layout.steps, round + 1, 0));
  return status;
}

static enum vordec_status roll_out(struct ensemble *run, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  start_bar(run, "roll out");
  for (size_t round = 0; !status && !run->interrupted && round < rounds_of(run); round++) {
    status = forecast_round(run, round, error);
  }
  progress_end(&run->progress);
  return status;
}

/* ---- the end ---- */

static enum vordec_status collect(struct ensemble *run, char **metrics, struct vordec_error *error) {
  run->layout.shells = run->own.shells;
  ranks_broadcast(run->ranks, &run->layout, sizeof run->layout);
  enum vordec_status status = VORDEC_OK;
  if (!run->own.numbers) status = ensemble_values_create(0, run->layout.rows, run->layout.shells, &run->own, error);
  if (!status && is_first(run)) {
    status = ensemble_values_create(run->request.members, run->layout.rows, run->layout.shells, &run->all, error);
  }
  status = ranks_settle(run->ranks, status, error);
  if (status) return status;
  ensemble_values_collect(run->ranks, &run->own, &run->all);
  return rank_metrics_collect_json(run->ranks, run->metrics.root, run->block.count * run->layout.rows, metrics, error);
}

static enum vordec_status write_all(struct ensemble *run, const char *metrics, struct vordec_error *error) {
  const struct ensemble_told told = {&run->layout, &run->all, run->ran_on, metrics};
  enum vordec_status status = ensemble_files_write(&run->files, &told, &run->record, error);
  if (!status) status = snapshot_record_finish(&run->record, 0, error);
  return status;
}

static void forget_journals(const struct ensemble *run, size_t count) {
  for (size_t i = 0; i < count; i++) ensemble_member_forget(&run->request, run->block.first + i);
}

static enum vordec_status finish(struct ensemble *run, struct vordec_error *error) {
  char *metrics = NULL;
  enum vordec_status status = collect(run, &metrics, error);
  if (status) return status;
  status = is_first(run) ? write_all(run, metrics, error) : VORDEC_OK;
  vordec_free(metrics);
  if (status == VORDEC_E_IO) status = error->status = VORDEC_E_FAILED;
  status = ranks_settle_written(run->ranks, status, error);
  if (!status) forget_journals(run, run->block.count);
  return status;
}

/* ---- from the start ---- */

/* Whether the files of all members are those that the earlier run wrote. */
static enum vordec_status look_at_members(struct ensemble *run, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  run->finished = run->record.finished && ensemble_files_has_metrics(&run->request);
  for (size_t i = 0; run->request.member_files && run->finished && !status && i < run->request.members; i++) {
    struct ensemble_member member;
    struct snapshot_record record = {.request = NULL};
    status = ensemble_member_make(&run->request, i, &run->kept, &member, error);
    if (!status) status = snapshot_record_open(&member.request, &record, error);
    run->finished = !status && record.finished;
    snapshot_record_release(&record);
    ensemble_member_release(&member);
  }
  return status;
}

/* What interrupted members have worked for is not thrown away because --resume was forgotten. */
static enum vordec_status look_back(struct ensemble *run, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (run->request.resume || run->request.restart) return VORDEC_OK;
  for (size_t i = 0; i < run->request.members && !status; i++) {
    struct ensemble_member member;
    struct snapshot_record record = {.request = NULL};
    status = ensemble_member_make(&run->request, i, &run->kept, &member, error);
    if (!status) status = snapshot_record_open(&member.request, &record, error);
    status = ensemble_member_blame(&run->request, i, status, error);
    snapshot_record_release(&record);
    ensemble_member_release(&member);
  }
  return status;
}

static enum vordec_status open_files(struct ensemble *run, struct vordec_error *error) {
  if (!is_first(run)) return VORDEC_OK;
  enum vordec_status status = snapshot_record_open(&run->request, &run->record, error);
  if (!status) status = look_back(run, error);
  if (!status) status = look_at_members(run, error);
  if (status || run->finished) return status;
  return ensemble_files_open(&run->request, &run->files, error);
}

static enum vordec_status begin(struct ensemble *run, struct vordec_error *error) {
  enum vordec_status status = ranks_settle(run->ranks, open_files(run, error), error);
  if (status) return status;
  ranks_broadcast(run->ranks, &run->finished, sizeof run->finished);
  if (run->finished) return VORDEC_OK;
  run->series = calloc(run->block.count + 1, sizeof *run->series);
  status = ranks_settle(run->ranks, run->series ? VORDEC_OK : fail_memory(error), error);
  if (!status) status = ensemble_choice_make(run, error);
  run->layout.rows = run->layout.steps / run->request.simulation.stride + 1;
  if (!status && is_first(run)) status = snapshot_record_begin(&run->record, error);
  return ranks_settle(run->ranks, status, error);
}

static enum vordec_status do_all(struct ensemble *run, struct vordec_error *error) {
  run->block = rank_block_of(run->request.members, ranks_size(run->ranks), ranks_rank(run->ranks));
  enum vordec_status status = begin(run, error);
  if (status) return status;
  if (run->finished) {
    forget_journals(run, run->block.count); /* a run that was killed on its last lines leaves some */
    return VORDEC_OK;
  }
  status = prepare(run, error);
  if (!status && !run->interrupted) status = roll_out(run, error);
  return status || run->interrupted ? status : finish(run, error);
}

enum vordec_status ensemble_run_do(struct ensemble *run, struct vordec_error *error) {
  const enum vordec_status status = do_all(run, error);
  /* A run that cannot be continued leaves no journal of its own. */
  const bool ends = status && vordec_status_exit_code(status) != vordec_status_exit_code(VORDEC_E_FAILED);
  if (ends && is_first(run) && run->record.journal) snapshot_record_abandon(&run->record);
  if (ends && !run->request.resume) forget_journals(run, run->begun);
  return status;
}

void ensemble_run_release(struct ensemble *run) {
  ensemble_trial_release(&run->trial);
  forget_series(run);
  free(run->series);
  free(run->a);
  free(run->starts);
  free(run->kept.modes);
  ensemble_values_release(&run->own);
  ensemble_values_release(&run->all);
  ensemble_metrics_release(&run->metrics);
  ensemble_files_release(&run->files);
  snapshot_record_release(&run->record);
  *run = (struct ensemble){.ranks = NULL};
}
