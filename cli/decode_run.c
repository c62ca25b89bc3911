/* SPDX-License-Identifier: MIT */
#include "decode_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "box.h"
#include "command.h"
#include "decode_fields.h"
#include "decode_files.h"
#include "decode_rounds.h"
#include "plot/plot.h"
#include "progress.h"
#include "rank_choice.h"
#include "rank_decoder.h"
#include "rank_metrics.h"
#include "residual_input.h"
#include "rim_warning.h"
#include "shard_resume.h"
#include "state_input.h"
#include "state_number.h"
#include "summary.h"

/* Everything that one run holds; released in one place. */
struct job {
  const struct decode_request *request;
  struct state_file state;
  struct residual_input residual;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
  struct vordec_decoder_info info;
  struct vordec_metrics *metrics;
  struct rank_block part;      /* of the file's states: what is decoded */
  struct decode_rounds rounds; /* of those, counted from their first on */
  size_t decoded;              /* states, by this rank */
  struct decode_fields fields;
  struct decode_fields shown;         /* of one state of another rank, on the first where all write */
  struct vordec_decode_report report; /* of this rank's last piece */
  struct rim_warning rims;
  struct summary summary;
  struct decode_files files;
  struct progress progress;
};

static void job_release(struct job *job) {
  vordec_metrics_destroy(job->metrics);
  vordec_decoder_destroy(job->decoder);
  vordec_runtime_destroy(job->runtime);
  decode_files_close(&job->files);
  residual_input_release(&job->residual);
  state_file_release(&job->state);
  decode_fields_release(&job->fields);
  decode_fields_release(&job->shown);
}

/* The first rank writes for all, or each for itself, or all together. */
static enum vordec_status open_files(struct job *job, struct vordec_error *error) {
  if (ranks_rank(job->request->ranks) > 0 && !job->request->parts && !job->files.together.shared) return VORDEC_OK;
  return decode_files_open(&job->files, job->request, &job->state, &job->part, error);
}

/* Of the file's states what this run, or under --parts this rank, decodes. */
static struct rank_block part_of(const struct decode_request *request, size_t states) {
  if (!request->parts) return shard_block(&request->shard, states);
  return rank_block_of(states, ranks_size(request->ranks), ranks_rank(request->ranks));
}

static enum vordec_status read_input(struct job *job, struct vordec_error *error) {
  const struct decode_request *request = job->request;
  enum vordec_status status = state_input_read(request->z0, request->config, &job->state, error);
  if (!status && request->png_state >= job->state.count) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--state %zu: %s has %zu state%s, counted from 0",
                         request->png_state, request->z0, job->state.count, job->state.count == 1 ? "" : "s");
  }
  if (!status) status = residual_input_read(&job->residual, &job->state, &request->residual, request->resid, error);
  job->part = part_of(request, job->state.count);
  return status ? status : open_files(job, error);
}

/* ---- getting ready ---- */

static enum vordec_status create_decoder(void *job_, struct vordec_decoder_info *info, struct vordec_error *error) {
  struct job *job = job_;
  const struct decode_request *request = job->request;
  const struct vordec_decoder_desc desc = {.batch = decode_rounds_share(&job->rounds),
                                           .outputs = request->outputs,
                                           .residuals = residual_input_kinds(&job->residual)};
  enum vordec_status status =
      vordec_runtime_create(request->config, command_log, (void *)&request->verbose, &job->runtime, error);
  if (!status) status = vordec_decoder_create(job->runtime, job->state.layout, &desc, &job->decoder, error);
  if (status) return status;
  vordec_decoder_get(job->decoder, &job->info);
  *info = job->info;
  return VORDEC_OK;
}

static void drop_decoder(void *job_) {
  struct job *job = job_;
  vordec_decoder_destroy(job->decoder);
  job->decoder = NULL;
  vordec_runtime_destroy(job->runtime);
  job->runtime = NULL;
}

/* What goes with a decoder that was created. */
static enum vordec_status equip_decoder(void *job_, struct vordec_error *error) {
  struct job *job = job_;
  const enum vordec_status status = residual_input_equip(&job->residual, job->decoder, error);
  if (status) return status;
  if (!job->request->metrics_path) return VORDEC_OK; /* hashes of what nobody reads would take a third of the time */
  return vordec_metrics_create(job->runtime, job->state.layout, job->decoder, NULL, &job->metrics, error);
}

/* Whether there is a state for this rank: in the first round or never. */
static bool has_work(const struct job *job) {
  if (job->request->parts) return job->part.count > 0;
  return decode_rounds_block(&job->rounds, 0, ranks_rank(job->request->ranks)).count > 0;
}

/* The first rank chooses what decodes, on the GPU that is its own; the others make the same of theirs. */
static enum vordec_status make_decoders(struct job *job, struct vordec_error *error) {
  const struct decode_request *request = job->request;
  const struct rank_decoder_maker maker = {job, create_decoder, drop_decoder, equip_decoder};
  struct rank_choice choice = {.precision = VORDEC_FP64};
  const enum vordec_status status =
      rank_decoder_make(request->ranks, request->config, has_work(job), &maker, &choice, error);
  job->info.precision = choice.precision;
  return status;
}

/* Whether fields stay on the ranks that decode them, which write them, or nobody does. */
static bool stay(const struct job *job) {
  return job->files.together.shared ||
         (ranks_size(job->request->ranks) > 1 && !job->request->out && !job->request->parts);
}

static enum vordec_status make_room(struct job *job, struct vordec_error *error) {
  const bool first = ranks_rank(job->request->ranks) == 0 || job->request->parts;
  const size_t share = decode_rounds_share(&job->rounds), count = job->part.count;
  const bool whole = job->request->shard.count == 0;
  const bool split = !whole || job->request->parts;
  const bool fits = decode_fields_piece(job->state.info.n, count, job->request->outputs) >= count;
  const bool at_once = first && fits && !stay(job);
  const struct decode_fields_desc desc = {.n = job->state.info.n,
                                          .count = count,
                                          .batched = job->state.batched || split,
                                          .room = at_once ? count : share,
                                          .streamed = !fits,
                                          .outputs = job->request->outputs,
                                          .precision = job->info.precision,
                                          .target = {job->files.out, job->files.together.shared,
                                                     whole ? job->request->output.field_type : FIELD_AS_COMPUTED}};
  return decode_fields_create(&desc, &job->fields, error);
}

/* The first rank speaks of some states, wherever they were decoded. */
static enum vordec_status make_shown(struct job *job, struct vordec_error *error) {
  const struct decode_fields_desc desc = {.n = job->state.info.n,
                                          .count = 1,
                                          .room = 1,
                                          .outputs = job->request->outputs & ~(uint32_t)VORDEC_SCALARS,
                                          .precision = job->info.precision};
  if (!stay(job) || ranks_rank(job->request->ranks) > 0) return VORDEC_OK;
  return decode_fields_create(&desc, &job->shown, error);
}

static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  const size_t count = job->part.count, piece = decode_fields_piece(job->state.info.n, count, job->request->outputs);
  const bool parts = job->request->parts; /* then ranks with nothing to do take part in the choice */
  if (count == 0 && !parts) return VORDEC_OK;
  job->rounds = decode_rounds_of(count, piece, parts ? 1 : ranks_size(job->request->ranks));
  job->rims = rim_warning_of(job->request->config);
  enum vordec_status status = make_decoders(job, error);
  if (status || count == 0) return status;
  rank_file_meet(&job->files.together);
  status = make_room(job, error);
  rank_file_part(&job->files.together);
  if (!status) status = rank_file_reserve(&job->files.together, decode_fields_stored_bytes(&job->fields), error);
  return status ? status : make_shown(job, error);
}

/* ---- decoding ---- */

/* The picture, if it is of one of these states. */
static enum vordec_status draw(const struct job *job, size_t first, const struct vordec_decode_io *io,
                               struct vordec_error *error) {
  const size_t wanted = job->request->png_state, cells = job->state.info.n * job->state.info.n;
  if (!job->files.png || wanted < first || wanted - first >= io->count) return VORDEC_OK;
  char title[SUMMARY_TITLE_MAX];
  const size_t at = (wanted - first) * cells;
  summary_title(&job->info, &job->report, &job->state, wanted, title);
  const struct plot_decode plot = {
      .title = title,
      .n = job->state.info.n,
      .box = box_configured(job->request->config),
      .precision = job->info.precision,
      .omega_lp = (const char *)io->omega_lp + at * job->fields.real,
      .mask = io->mask + at,
      .omega_hat = (const char *)io->omega_hat + at * job->fields.real,
      .mask_title = residual_settings_mask_title(&job->request->residual, job->residual.field != NULL),
  };
  return plot_decode_to(job->files.png, &plot, error);
}

/* Decodes this rank's states. */
static enum vordec_status decode_block(struct job *job, const struct rank_block *block, struct vordec_error *error) {
  const size_t first = job->part.first + block->first;
  struct vordec_decode_io io = {.z = job->state.z + first * job->state.info.d};
  if (block->count == 0) return VORDEC_OK;
  decode_fields_attach(&job->fields, block->first, block->count, &io);
  enum vordec_status status = residual_input_attach(&job->residual, &job->state, first, job->decoder, &io, error);
  if (status) return status;
  status = vordec_decode(job->decoder, &io, &job->report, error);
  if (status) {
    state_number_shift(error, first);
    return status;
  }
  job->decoded += block->count;
  if (!job->metrics) return VORDEC_OK;
  return vordec_metrics_add(job->metrics, first, &io, &job->report, error);
}

/* Brings what a rank made of its states to the first. */
static void collect(struct job *job, size_t from, const struct rank_block *block, const struct vordec_decode_io *io) {
  struct ranks *ranks = job->request->ranks;
  const size_t cells = job->state.info.n * job->state.info.n * block->count;
  if (io->omega_lp) ranks_collect(ranks, from, io->omega_lp, cells * job->fields.real);
  if (io->mask) ranks_collect(ranks, from, io->mask, cells);
  if (io->omega_hat) ranks_collect(ranks, from, io->omega_hat, cells * job->fields.real);
  if (io->scalars) ranks_collect(ranks, from, io->scalars, block->count * sizeof *io->scalars);
}

/* What is said of some states, and drawn: the first rank's part. */
static enum vordec_status show(struct job *job, size_t at, const struct vordec_decode_io *io,
                               struct vordec_error *error) {
  const enum vordec_status status = draw(job, job->part.first + at, io, error);
  if (!status) summary_take(&job->summary, &job->info, job->state.info.n, at, io);
  return status;
}

/* Hands the fields of some states on: the first rank's part. */
static enum vordec_status take(struct job *job, size_t at, const struct vordec_decode_io *io,
                               struct vordec_error *error) {
  const size_t n = job->state.info.n, first = job->part.first + at;
  enum vordec_status status = decode_fields_add(&job->fields, at, io, error);
  if (!status) status = show(job, at, io, error);
  if (status) return status;
  for (size_t i = 0; io->mask && i < io->count; i++) {
    rim_warning_look(&job->rims, io->mask + i * n * n, n, "state", first + i);
  }
  return VORDEC_OK;
}

/* Each rank decodes its part of the round that begins with state `first`; the parts go to the file in their order. */
static enum vordec_status decode_round(struct job *job, size_t first, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  const struct rank_block own = decode_rounds_block(&job->rounds, first, ranks_rank(ranks));
  enum vordec_status status = ranks_settle(ranks, decode_block(job, &own, error), error);
  if (status) return status;
  for (size_t rank = 0; rank < ranks_size(ranks); rank++) {
    struct vordec_decode_io io = {0};
    const struct rank_block block = decode_rounds_block(&job->rounds, first, rank);
    if (block.count == 0 || (ranks_rank(ranks) > 0 && ranks_rank(ranks) != rank)) continue;
    decode_fields_attach(&job->fields, block.first, block.count, &io);
    collect(job, rank, &block, &io);
    if (ranks_rank(ranks) == 0 && !status) status = take(job, block.first, &io, error);
  }
  return ranks_settle_written(ranks, status, error);
}

/* ---- where fields stay on the ranks */

/* The first mask of a rank's that calls for a warning. */
struct rim_found {
  bool found;
  size_t which;
  struct mask_rim rim;
};

static void warn_of_rims(struct job *job, size_t first, const struct vordec_decode_io *io) {
  struct ranks *ranks = job->request->ranks;
  const size_t n = job->state.info.n;
  struct rim_found own = {.found = false};
  for (size_t i = 0; io->mask && i < io->count && !own.found; i++) {
    own.which = first + i;
    own.found = rim_warning_finds(&job->rims, io->mask + i * n * n, n, &own.rim);
  }
  for (size_t rank = 0; rank < ranks_size(ranks); rank++) {
    ranks_collect(ranks, rank, &own, sizeof own);
    if (ranks_rank(ranks) == 0 && own.found) rim_warning_tell(&job->rims, &own.rim, "state", own.which);
  }
}

/* Shows a state of a rank's block, which the first rank gets for this. */
static enum vordec_status show_one(struct job *job, size_t rank, const struct rank_block *block, size_t at,
                                   struct vordec_error *error) {
  const bool leads = ranks_rank(job->request->ranks) == 0;
  const struct rank_block one = {at, 1};
  const size_t cells = job->state.info.n * job->state.info.n, skipped = (at - block->first) * cells;
  struct vordec_decode_io io = {0};
  if (leads && rank > 0) {
    decode_fields_attach(&job->shown, 0, 1, &io);
  } else {
    decode_fields_attach(&job->fields, block->first, block->count, &io);
    if (io.omega_lp) io.omega_lp = (char *)io.omega_lp + skipped * job->fields.real;
    if (io.mask) io.mask += skipped;
    if (io.omega_hat) io.omega_hat = (char *)io.omega_hat + skipped * job->fields.real;
  }
  io.count = 1;
  io.scalars = NULL;
  collect(job, rank, &one, &io);
  if (job->fields.scalars) io.scalars = job->fields.scalars + at;
  return leads ? show(job, at, &io, error) : VORDEC_OK;
}

/* Brings the scalars of all states to the first rank, and the fields of those that it speaks of or draws. */
static enum vordec_status show_round(struct job *job, size_t first, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  enum vordec_status status = VORDEC_OK;
  for (size_t rank = 0; rank < ranks_size(ranks); rank++) {
    const struct rank_block block = decode_rounds_block(&job->rounds, first, rank);
    if (ranks_rank(ranks) > 0 && ranks_rank(ranks) != rank) continue;
    if (job->fields.scalars) {
      ranks_collect(ranks, rank, job->fields.scalars + block.first, block.count * sizeof *job->fields.scalars);
    }
    for (size_t at = block.first; at < block.first + block.count; at++) {
      if (at >= SUMMARY_STATES && !(job->request->png && at == job->request->png_state)) continue;
      const enum vordec_status shown = show_one(job, rank, &block, at, error);
      if (!status) status = shown;
    }
  }
  return status;
}

/* Each rank decodes its part of a round and writes it, if it is to be written, all at the same time. */
static enum vordec_status write_round(struct job *job, size_t first, struct vordec_error *error) {
  struct ranks *ranks = job->request->ranks;
  const struct rank_block own = decode_rounds_block(&job->rounds, first, ranks_rank(ranks));
  const size_t left = job->part.count - first, states = left < job->rounds.step ? left : job->rounds.step;
  struct vordec_decode_io io = {0};
  enum vordec_status status = ranks_settle(ranks, decode_block(job, &own, error), error);
  if (status) return status;
  decode_fields_attach(&job->fields, own.first, own.count, &io);
  const struct array_block block = {own.first, own.count};
  if (job->files.together.shared) {
    rank_file_meet(&job->files.together);
    status = decode_fields_put(&job->fields, states, &block, &io, error);
    rank_file_part(&job->files.together);
    status = rank_file_settle(&job->files.together, status, error);
    if (status) return status;
  }
  warn_of_rims(job, own.first, &io);
  return ranks_settle_written(ranks, show_round(job, first, error), error);
}

/* One bar for all ranks, where there are several rounds. */
static void start_progress(struct job *job) {
  if (ranks_rank(job->request->ranks) > 0 || job->rounds.step >= job->part.count) return;
  progress_start(&job->progress, "decode", job->part.count, 0);
}

/* The round that began with state `first` is done. */
static void show_progress(struct job *job, size_t first) {
  const size_t done = first + job->rounds.step;
  if (job->progress.label) progress_at(&job->progress, done < job->part.count ? done : job->part.count);
}

/* Under --parts: all states of this rank, by itself. */
static enum vordec_status decode_own(struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t first = 0; !status && first < job->part.count; first += job->rounds.step) {
    const struct rank_block block = decode_rounds_block(&job->rounds, first, 0);
    struct vordec_decode_io io = {0};
    status = decode_block(job, &block, error);
    if (status) break;
    decode_fields_attach(&job->fields, block.first, block.count, &io);
    status = take(job, block.first, &io, error);
    show_progress(job, first);
  }
  return status;
}

static enum vordec_status decode(struct job *job, struct vordec_error *error) {
  enum vordec_status status = ranks_settle(job->request->ranks, prepare(job, error), error);
  if (status) return status;
  start_progress(job);
  if (job->request->parts) {
    status = ranks_settle(job->request->ranks, decode_own(job, error), error);
  } else {
    for (size_t first = 0; !status && first < job->part.count; first += job->rounds.step) {
      status = stay(job) ? write_round(job, first, error) : decode_round(job, first, error);
      show_progress(job, first);
    }
  }
  progress_end(&job->progress);
  return status;
}

/* ---- writing ---- */

/* What all ranks did, in one object. */
static enum vordec_status write_json(struct job *job, struct vordec_error *error) {
  char *text = NULL;
  if (!job->request->metrics_path || (job->part.count == 0 && !job->request->parts)) return VORDEC_OK;
  const enum vordec_status status = rank_metrics_collect(job->request->ranks, job->metrics, job->decoded, &text, error);
  if (!status && job->files.json) fputs(text, outfile_stream(job->files.json));
  vordec_free(text);
  return status;
}

static void tell_choice(const struct job *job, char text[RANK_CHOICE_TEXT_MAX]) {
  const struct rank_choice choice = rank_choice_of(&job->info);
  rank_choice_text(&choice, text);
}

/* All are written before the first appears: a disk that is full leaves none of them. */
static enum vordec_status write_files(struct job *job, struct vordec_error *error) {
  char made_by[RANK_CHOICE_TEXT_MAX];
  const struct decode_request *request = job->request;
  struct ranks *ranks = request->ranks;
  enum vordec_status status = write_json(job, error);
  if (job->decoder) tell_choice(job, made_by);
  if (job->files.together.shared) status = ranks_settle(ranks, status, error);
  if (!status) status = decode_files_finish(&job->files, job->decoder ? made_by : NULL, error);
  if (job->files.together.shared) {
    status = rank_file_settle(&job->files.together, status, error);
  } else {
    status = ranks_settle_written(ranks, status, error);
  }
  if (!status) status = decode_files_commit(&job->files, error);
  status = ranks_settle_written(ranks, status, error);
  if (status || !request->parts) return status;
  if (ranks_rank(ranks) == 0) {
    status = decode_files_refer(&job->files, request, &job->fields, job->state.count, error);
  }
  return ranks_settle_written(ranks, status, error);
}

static void tell(struct job *job) {
  const struct shard *shard = &job->request->shard;
  if (shard->count) {
    fprintf(stderr, "part           %zu of %zu, counted from 0: ", shard->index, shard->count);
    if (job->part.count == 0) fprintf(stderr, "no state\n");
    if (job->part.count) fprintf(stderr, "states %zu to %zu\n", job->part.first, job->part.first + job->part.count - 1);
  }
  if (job->request->parts) {
    fprintf(stderr, "part           0 of %zu, one of each rank, to which %s refers\n", ranks_size(job->request->ranks),
            job->request->out);
  }
  if (!job->decoder) return;
  job->summary.first = job->part.first;
  job->summary.total = job->part.count;
  summary_print(job->decoder, &job->report, &job->state, &job->summary);
  const struct residual_told told = {&job->request->residual, job->decoder, &job->state, job->fields.scalars};
  residual_input_describe(&told, &job->part);
}

/* --resume: whether there is nothing to do. The first rank looks. */
static enum vordec_status look_for_part(const struct decode_request *request, bool *found, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  *found = false;
  if (!request->resume) return VORDEC_OK;
  if (ranks_rank(request->ranks) == 0) {
    const struct shard_resume wanted = {.shard = &request->shard,
                                        .out = request->out,
                                        .request = request->shard_request,
                                        .metrics = request->metrics_path,
                                        .png = request->png,
                                        .png_state = request->png_state};
    status = shard_resume_find(&wanted, found, error);
  }
  status = ranks_settle(request->ranks, status, error);
  if (!status) ranks_broadcast(request->ranks, found, sizeof *found);
  return status;
}

static enum vordec_status run_job(struct job *job, struct vordec_error *error) {
  enum vordec_status status = decode_files_choose(&job->files, job->request, error);
  if (!status) status = ranks_settle(job->request->ranks, read_input(job, error), error);
  if (!status && job->files.together.shared) status = decode_files_share(&job->files, job->request, error);
  if (!status) status = decode(job, error);
  if (!status) status = write_files(job, error);
  if (!status && ranks_rank(job->request->ranks) == 0) tell(job);
  return status;
}

enum vordec_status decode_run(const struct decode_request *request, struct vordec_error *error) {
  struct job job = {.request = request};
  bool found;
  enum vordec_status status = look_for_part(request, &found, error);
  if (!status && found && ranks_rank(request->ranks) == 0) {
    fprintf(stderr, "part           %zu of %zu, counted from 0: it was there already\n", request->shard.index,
            request->shard.count);
  }
  if (!status && !found) status = run_job(&job, error);
  job_release(&job);
  return status;
}
