/* SPDX-License-Identifier: MIT */
/* vordec gather: the parts that --shard left, put together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "command.h"
#include "decode_fields.h"
#include "formats/array_file.h"
#include "gather_states.h"
#include "paths.h"
#include "shard_part.h"

struct gather_request {
  const char *out;
  size_t shards;
};

static const struct option_spec options[] = {
    {"out", "OUT.npz", "the --out with which the parts were made; the parts are expected beside it", .required = true,
     TO_OUTPUT(struct gather_request, out)},
    {"shards", "N", "how many parts there are", .required = true,
     TO_COUNT(struct gather_request, shards, 1, SHARDS_MAX)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

static const char *const names[] = {"omega_lp", "mask", "omega_hat"};
#define FIELDS (sizeof names / sizeof *names)

struct job {
  const struct gather_request *request;
  struct shard_record first; /* of part 0, which has states */
  bool states_alone;         /* of an encode; else fields */
  size_t n;
  enum npy_type real;
  double box, dt; /* NAN: unknown */
  struct decode_fields fields;
  struct array_sink *out;
  double *row;
};

/* A part whose fields are read. */
struct part {
  struct shard_part shard;
  struct array_slabs *slabs[FIELDS];
};

static void part_close(struct part *part) {
  for (size_t i = 0; i < FIELDS; i++) array_slabs_close(part->slabs[i]);
  shard_part_close(&part->shard);
  *part = (struct part){.slabs = {NULL}};
}

/* ---- what the parts are */

static enum vordec_status read_known(struct array_source *source, const char *name, double *value,
                                     struct vordec_error *error) {
  *value = NAN;
  return array_source_has(source, name) ? array_source_read_f64(source, name, value, error) : VORDEC_OK;
}

/* The fields of part 0 say what all look like. */
static enum vordec_status look_at_fields(struct job *job, const struct shard_part *part, struct vordec_error *error) {
  struct npy_form form = {.ndim = 0};
  enum vordec_status status = array_source_describe(part->source, names[0], &form, error);
  if (!status && (form.ndim != 3 || (form.type != NPY_F4 && form.type != NPY_F8))) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: omega_lp: expected fields of floats", part->path);
  }
  const size_t n = form.shape[1];
  if (!status && (n < 1 || n > VORDEC_MAX_N || form.shape[2] != n || form.shape[0] != part->states.count)) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: omega_lp: expected %zu square fields", part->path,
                         part->states.count);
  }
  if (!status) status = read_known(part->source, "L", &job->box, error);
  if (!status) status = read_known(part->source, "dt", &job->dt, error);
  job->n = n;
  job->real = form.type;
  return status;
}

/* A link may lead from OUT to a part, which has to stay as it is. */
static enum vordec_status check_apart(const struct job *job, const struct shard_part *part,
                                      struct vordec_error *error) {
  const struct named_path pair[] = {{"--out", job->request->out, true}, {"one of its parts", part->path, false}};
  return paths_check(pair, 2, error);
}

static enum vordec_status look_at_first(struct job *job, struct vordec_error *error) {
  struct shard_part part = {.source = NULL};
  enum vordec_status status = shard_part_open(job->request->out, 0, job->request->shards, &part, error);
  if (!status) status = check_apart(job, &part, error);
  job->first = part.record;
  job->states_alone = !status && gather_states_are(&part);
  if (!status && !job->states_alone) status = look_at_fields(job, &part, error);
  shard_part_close(&part);
  return status;
}

/* All parts are looked at before one is copied. */
static enum vordec_status look_at_all(const struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 1; i < job->request->shards && !status; i++) {
    struct shard_part part = {.source = NULL};
    status = shard_part_open_like(&job->first, job->request->out, i, &part, error);
    if (!status) status = check_apart(job, &part, error);
    shard_part_close(&part);
  }
  return status;
}

/* ---- copying */

static enum vordec_status prepare(struct job *job, struct vordec_error *error) {
  const size_t count = job->first.states, cells = job->n * job->n;
  const uint32_t outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT;
  job->row = malloc(cells * sizeof *job->row);
  if (!job->row) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a field");
  const size_t room = decode_fields_piece(job->n, count, outputs);
  const struct decode_fields_desc desc = {.n = job->n,
                                          .count = count,
                                          .batched = job->first.batched,
                                          .room = room,
                                          .streamed = room < count,
                                          .outputs = outputs,
                                          .precision = job->real == NPY_F8 ? VORDEC_FP64 : VORDEC_FP32,
                                          .target = {.sink = job->out, .type = job->first.field_type}};
  return decode_fields_create(&desc, &job->fields, error);
}

static enum vordec_status open_fields(const struct job *job, struct part *part, struct vordec_error *error) {
  const enum npy_type types[FIELDS] = {job->real, NPY_I1, job->real};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < FIELDS && !status; i++) {
    struct npy_form form = {.ndim = 0};
    status = array_source_describe(part->shard.source, names[i], &form, error);
    if (!status && (form.type != types[i] || form.ndim != 3 || form.shape[0] != part->shard.states.count ||
                    form.shape[1] != job->n || form.shape[2] != job->n)) {
      status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: expected %zu fields", part->shard.path, names[i],
                           part->shard.states.count);
    }
    if (!status) status = array_source_open_slabs(part->shard.source, names[i], &part->slabs[i], error);
  }
  return status;
}

/* State i of a part, as it was computed. */
static enum vordec_status read_state(const struct job *job, struct part *part, size_t i,
                                     const struct vordec_decode_io *io, struct vordec_error *error) {
  const size_t start[] = {i, 0, 0}, extent[] = {1, job->n, job->n}, cells = job->n * job->n;
  void *const to[FIELDS] = {io->omega_lp, io->mask, io->omega_hat};
  enum vordec_status status = VORDEC_OK;
  for (size_t field = 0; field < FIELDS && !status; field++) {
    status = array_slabs_read(part->slabs[field], start, extent, job->row, error);
    if (status) break;
    if (field != 1) field_type_convert(job->row, NPY_F8, to[field], job->real, cells);
    for (size_t cell = 0; field == 1 && cell < cells; cell++) io->mask[cell] = (int8_t)job->row[cell];
  }
  return status;
}

static enum vordec_status copy_part(struct job *job, size_t index, struct vordec_error *error) {
  struct part part = {.slabs = {NULL}};
  enum vordec_status status = shard_part_open_like(&job->first, job->request->out, index, &part.shard, error);
  const struct rank_block states = part.shard.states;
  if (!status && states.count) status = open_fields(job, &part, error);
  for (size_t i = 0; i < states.count && !status; i++) {
    struct vordec_decode_io io = {0};
    decode_fields_attach(&job->fields, states.first + i, 1, &io);
    status = read_state(job, &part, i, &io, error);
    if (!status) status = decode_fields_add(&job->fields, states.first + i, &io, error);
  }
  part_close(&part);
  return status;
}

static enum vordec_status gather_fields(struct job *job, struct vordec_error *error) {
  struct array_storage storage = job->first.storage;
  storage.series = !isnan(job->dt);
  enum vordec_status status = array_file_create(job->request->out, &storage, &job->out, error);
  if (!status) status = prepare(job, error);
  for (size_t i = 0; i < job->request->shards && !status; i++) status = copy_part(job, i, error);
  if (!status && !isnan(job->box)) status = array_sink_add_f64(job->out, "L", job->box, error);
  if (!status && !isnan(job->dt)) status = array_sink_add_f64(job->out, "dt", job->dt, error);
  return status ? status : array_sink_commit(job->out, error);
}

static enum vordec_status gather(struct job *job, struct vordec_error *error) {
  enum vordec_status status = look_at_first(job, error);
  if (!status) status = look_at_all(job, error);
  if (status) return status;
  return job->states_alone ? gather_states(job->request->out, &job->first, error) : gather_fields(job, error);
}

static int run(struct invocation *invocation, void *request) {
  struct job job = {.request = request, .box = NAN, .dt = NAN};
  struct vordec_error error = {0};
  (void)invocation;
  const enum vordec_status status = gather(&job, &error);
  if (!status) {
    fprintf(stderr, "%s: %zu state%s out of %zu part%s, made by %s\n", job.request->out, job.first.states,
            job.first.states == 1 ? "" : "s", job.request->shards, job.request->shards == 1 ? "" : "s",
            job.first.made_by);
  }
  array_sink_destroy(job.out);
  decode_fields_release(&job.fields);
  free(job.row);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_gather = {
    .name = "gather",
    .summary = "put together the parts that runs with --shard have written",
    .synopsis = "--out OUT.npz --shards N",
    .details = "N runs of 'vordec decode .. --out OUT.npz --shard I/N', or of encode, each leave one\n"
               "part, OUT.npz.shard-I-of-N.npz. gather puts them together into OUT.npz, byte for\n"
               "byte what a single run would have written. It names a part that is missing, and\n"
               "refuses parts that were made from different input, options, versions or devices. The\n"
               "parts stay where they are.",
    .examples = "vordec gather --out fields.npz --shards 2\n"
                "vordec gather --out states.npz --shards 3",
    COMMAND_OPTIONS(groups, struct gather_request),
    .run = run,
};
