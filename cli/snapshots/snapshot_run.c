/* SPDX-License-Identifier: MIT */
#include "snapshot_run.h"

#include "cli/interrupt.h"
#include "core/base/clock.h"
#include "snapshot_outputs.h"
#include "snapshot_training.h"

static void look_at_rim(struct snapshot_run *run, struct progress *progress) {
  const struct snapshot_decodes *decodes = &run->decodes;
  if (run->rim.reach.width) progress_clear(progress);
  rim_warning_look(&run->rim, decodes->io.mask, run->states.n, "step", decodes->step);
}

/* Ends decodes until at most so many are left, and writes what they gave. */
static enum vordec_status collect_snapshots(struct snapshot_run *run, size_t left, struct progress *progress,
                                            struct vordec_error *error) {
  const struct snapshot_request *request = &run->request;
  while (snapshot_decodes_under_way(&run->decodes) > left) {
    struct parity_row parity = {0};
    enum vordec_status status = snapshot_decodes_finish(&run->decodes, &parity, error);
    if (!status) status = snapshot_files_add(&run->files, &run->decodes, &parity, error);
    if (status) return status;
    look_at_rim(run, progress);
    if (!request->log_snapshots) continue;
    progress_clear(progress);
    comparison_log(&run->files.results.rows[run->files.results.count - 1], &run->states.training,
                   request->check_parity ? &parity : NULL);
  }
  return VORDEC_OK;
}

/* While one snapshot is written, the next is being decoded, where the backend can do that. */
static enum vordec_status take_snapshots(struct snapshot_run *run, struct progress *progress,
                                         struct vordec_error *error) {
  struct snapshot_decodes *decodes = &run->decodes;
  struct snapshot_rollout *rollout = &decodes->rollout;
  const size_t steps = run->states.steps, stride = run->request.simulation.stride;
  enum vordec_status status = VORDEC_OK;
  for (size_t step = 0; decodes->decoder && step <= steps; step += stride) {
    status = snapshot_rollout_advance(rollout, step, progress, error);
    if (status || rollout->run.steps < step) break;
    status = snapshot_decodes_submit(decodes, error);
    if (status) break;
    status = collect_snapshots(run, decodes->at_once - 1, progress, error);
    if (status) return status;
  }
  if (!status) status = snapshot_rollout_advance(rollout, steps, progress, error);
  /* A run that ends in NaN has failed, decoded or not. */
  if (!status && (!decodes->decoder || rollout->run.steps % stride)) status = snapshot_rollout_check(rollout, error);
  /* What was begun before a failure of the rollout is still good. */
  struct vordec_error late = {0};
  const enum vordec_status rest = collect_snapshots(run, 0, progress, &late);
  if (status || !rest) return status;
  *error = late;
  return rest;
}

/* What several runs do together has a bar of its own, and one of them speaks of rims. */
static void begin_telling(struct snapshot_run *run, struct progress *progress) {
  const struct snapshot_request *request = &run->request;
  *progress = (struct progress){.label = NULL};
  if (request->member.of == 0) progress_start(progress, "roll out", run->states.steps, request->progress_every);
  if (request->member.number == 0) run->rim = rim_warning_of(request->config);
}

/* Rolls out and writes what there is, also after a failure, which is the one that counts. */
enum vordec_status snapshot_run_roll_out(struct snapshot_run *run, struct vordec_error *error) {
  struct vordec_error late = {0};
  enum vordec_status status = snapshot_states_write(&run->states, &run->record, error);
  if (!status) status = snapshot_decodes_start(&run->decodes, error);
  if (!status) status = snapshot_files_start(&run->files, &run->states, &run->decodes, error);
  if (status) return status;
  struct progress progress;
  begin_telling(run, &progress);
  status = take_snapshots(run, &progress, error);
  progress_end(&progress);
  enum vordec_status written = snapshot_files_finish(&run->files, &late);
  if (!written && run->files.json) written = snapshot_files_write_metrics(&run->files, &run->decodes, &late);
  if (!written) written = snapshot_files_write_report(&run->request, &late);
  if (status || !written) return status;
  *error = late;
  return written;
}

/* Of this run's own snapshots. */
static size_t beyond_now(const struct snapshot_run *run) {
  return run->request.check_parity ? snapshot_results_beyond(&run->files.results) : 0;
}

/* After the last step: nothing is left for a later run to do. */
static enum vordec_status close_record(struct snapshot_run *run, struct vordec_error *error) {
  if (interrupt_came()) return VORDEC_OK;
  const enum vordec_status status = snapshot_outputs_book(&run->request, &run->record, error);
  return status ? status : snapshot_record_finish(&run->record, beyond_now(run), error);
}

/* What takes time. */
static enum vordec_status work(struct snapshot_run *run, double started, struct vordec_error *error) {
  enum vordec_status status = snapshot_training_complete(&run->states, &run->record, &run->recalled, error);
  run->prepared_s = clock_s() - started;
  if (status) return status;
  if (run->states.op.a) {
    status = snapshot_run_roll_out(run, error);
    if (!status) status = close_record(run, error);
  } else {
    status = snapshot_decodes_give_up(&run->decodes, error);
    if (!status) status = snapshot_files_write_metrics(&run->files, &run->decodes, error);
  }
  run->whole_s = clock_s() - started;
  return status;
}

static enum vordec_status open_all(struct snapshot_run *run, bool rolls_out, struct vordec_error *error) {
  const struct snapshot_request *request = &run->request;
  enum vordec_status status = snapshot_files_open(request, &run->record, &run->files, error);
  if (!status) status = snapshot_states_begin(request, &run->states, error);
  if (!status && rolls_out) status = snapshot_decodes_open(request, &run->states, &run->decodes, error);
  return status ? status : snapshot_record_begin(&run->record, error);
}

enum vordec_status snapshot_run_open(struct snapshot_run *run, bool rolls_out, struct vordec_error *error) {
  const enum vordec_status status = snapshot_record_open(&run->request, &run->record, error);
  return status ? status : open_all(run, rolls_out, error);
}

static enum vordec_status do_all(struct snapshot_run *run, struct vordec_error *error) {
  const double started = clock_s();
  enum vordec_status status = snapshot_record_open(&run->request, &run->record, error);
  if (status || run->record.finished) return status;
  status = open_all(run, true, error);
  if (status) return status;
  status = work(run, started, error);
  if (status != VORDEC_E_IO) return status;
  /* Destinations were fine when the work began: this is a failure of the run, which can be continued. */
  error->status = VORDEC_E_FAILED;
  return VORDEC_E_FAILED;
}

enum vordec_status snapshot_run_do(struct snapshot_run *run, struct vordec_error *error) {
  const enum vordec_status status = do_all(run, error);
  /* A run that cannot be continued leaves no journal. */
  const int failed = vordec_status_exit_code(VORDEC_E_FAILED);
  if (status && vordec_status_exit_code(status) != failed) snapshot_record_abandon(&run->record);
  return status;
}

size_t snapshot_run_beyond(const struct snapshot_run *run) {
  return run->record.finished ? run->record.parity_beyond : beyond_now(run);
}

void snapshot_run_release(struct snapshot_run *run) {
  snapshot_record_release(&run->record);
  snapshot_files_release(&run->files);
  snapshot_decodes_release(&run->decodes);
  snapshot_states_release(&run->states);
}
