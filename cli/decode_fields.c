/* SPDX-License-Identifier: MIT */
#include "decode_fields.h"

#include <stdlib.h>
#include <vordec/error.h>

#define PIECE_BYTES ((size_t)256 << 20) /* of fields in double precision */

static const char *const names[] = {"omega_lp", "mask", "omega_hat"};

size_t decode_fields_piece(size_t n, size_t count, uint32_t outputs) {
  if (!(outputs & (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT))) return count; /* none that take room */
  const size_t bytes = n * n * (2 * sizeof(double) + 1), most = PIECE_BYTES / bytes;
  return count <= most ? count : most ? most : 1;
}

static enum npy_type computed_type(const struct decode_fields *fields) {
  return fields->real == sizeof(double) ? NPY_F8 : NPY_F4;
}

static enum npy_type stored_type(const struct decode_fields *fields) {
  return field_type_stored(fields->target.type, computed_type(fields));
}

static bool is_streamed(const struct decode_fields *fields) {
  return fields->target.sink && fields->streamed;
}

static bool make_room(struct decode_fields *fields) {
  const size_t cells = fields->n * fields->n;
  bool made = true;
  if (fields->outputs & VORDEC_OMEGA_LP) made = (fields->omega_lp = calloc(fields->room, cells * fields->real)) && made;
  if (fields->outputs & VORDEC_MASK) made = (fields->mask = calloc(fields->room, cells)) && made;
  if (fields->outputs & VORDEC_OMEGA_HAT) {
    made = (fields->omega_hat = calloc(fields->room, cells * fields->real)) && made;
  }
  if (fields->outputs & VORDEC_SCALARS) {
    made = (fields->scalars = calloc(fields->count, sizeof *fields->scalars)) && made;
  }
  if (!fields->target.sink || stored_type(fields) == computed_type(fields)) return made;
  const size_t at_once = is_streamed(fields) && !fields->target.shared ? 1 : fields->room;
  for (size_t i = 0; i < 2; i++) {
    made = (fields->stored[i] = calloc(at_once, cells * npy_type_size(stored_type(fields)))) && made;
  }
  return made;
}

enum vordec_status decode_fields_create(const struct decode_fields_desc *desc, struct decode_fields *fields,
                                        struct vordec_error *error) {
  const size_t n = desc->n;
  *fields = (struct decode_fields){.n = n,
                                   .real = desc->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float),
                                   .count = desc->count,
                                   .room = desc->room,
                                   .batched = desc->batched,
                                   .streamed = desc->streamed,
                                   .outputs = desc->outputs,
                                   .target = desc->target};
  if (!make_room(fields)) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
  }
  const struct npy_form real = {stored_type(fields), 2, {n, n}}, mask = {NPY_I1, 2, {n, n}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && is_streamed(fields) && i < 3; i++) {
    status = array_sink_add_stream(desc->target.sink, names[i], i == 1 ? &mask : &real, &fields->streams[i], error);
  }
  return status;
}

void decode_fields_release(struct decode_fields *fields) {
  free(fields->omega_lp);
  free(fields->mask);
  free(fields->omega_hat);
  free(fields->scalars);
  free(fields->stored[0]);
  free(fields->stored[1]);
  *fields = (struct decode_fields){0};
}

static void *at_state(void *base, size_t state, size_t bytes) {
  return base ? (char *)base + state * bytes : NULL;
}

void decode_fields_attach(const struct decode_fields *fields, size_t first, size_t count, struct vordec_decode_io *io) {
  const size_t at = fields->room == fields->count ? first : 0, cells = fields->n * fields->n;
  io->count = count;
  io->omega_lp = at_state(fields->omega_lp, at, cells * fields->real);
  io->mask = at_state(fields->mask, at, cells);
  io->omega_hat = at_state(fields->omega_hat, at, cells * fields->real);
  io->scalars = at_state(fields->scalars, first, sizeof *fields->scalars);
}

/* `count` fields as they are stored. */
static const void *as_stored(const struct decode_fields *fields, size_t which, const void *from, size_t count) {
  void *to = fields->stored[which];
  if (!to) return from;
  field_type_convert(from, computed_type(fields), to, stored_type(fields), count * fields->n * fields->n);
  return to;
}

/* Of all fields of a kind as one array. */
static struct npy_form whole_form(const struct decode_fields *fields, enum npy_type type) {
  const size_t n = fields->n;
  if (!fields->batched) return (struct npy_form){type, 2, {n, n}};
  return (struct npy_form){type, 3, {fields->count, n, n}};
}

/* There is room for all: arrays, which the sink reads once more at its end. */
static enum vordec_status add_whole(struct decode_fields *fields, struct vordec_error *error) {
  const size_t count = fields->count;
  const struct npy_form form = whole_form(fields, stored_type(fields)), mask = whole_form(fields, NPY_I1);
  struct array_sink *sink = fields->target.sink;
  const void *omega_lp = as_stored(fields, 0, fields->omega_lp, count);
  const void *omega_hat = as_stored(fields, 1, fields->omega_hat, count);
  enum vordec_status status = array_sink_add(sink, names[0], &form, omega_lp, error);
  if (!status) status = array_sink_add(sink, names[1], &mask, fields->mask, error);
  if (!status) status = array_sink_add(sink, names[2], &form, omega_hat, error);
  return status;
}

enum vordec_status decode_fields_add(struct decode_fields *fields, size_t first, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  if (!fields->target.sink) return VORDEC_OK;
  if (!is_streamed(fields)) return first + io->count == fields->count ? add_whole(fields, error) : VORDEC_OK;
  const size_t cells = fields->n * fields->n;
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && i < io->count; i++) {
    const size_t at = i * cells;
    const char *omega_lp = (const char *)io->omega_lp + at * fields->real;
    const char *omega_hat = (const char *)io->omega_hat + at * fields->real;
    status = array_stream_append(fields->streams[0], as_stored(fields, 0, omega_lp, 1), error);
    if (!status) status = array_stream_append(fields->streams[1], io->mask + at, error);
    if (!status) status = array_stream_append(fields->streams[2], as_stored(fields, 1, omega_hat, 1), error);
  }
  return status;
}

/* ---- by several ranks: one that fails goes on, since the others are in the same calls */

static void note(enum vordec_status status, const struct vordec_error *said, struct vordec_error *error) {
  if (status && !error->status) *error = *said;
}

/* A single state without an axis of its own has rows, too: those of the grid. */
static void put_whole(struct decode_fields *fields, const struct array_block *states, const void *const data[3],
                      struct vordec_error *error) {
  struct array_block block = *states;
  if (!fields->batched) block = (struct array_block){0, states->count ? fields->n : 0};
  for (size_t i = 0; i < 3; i++) {
    struct vordec_error said = {0};
    const struct npy_form form = whole_form(fields, i == 1 ? NPY_I1 : stored_type(fields));
    note(array_sink_add_block(fields->target.sink, names[i], &form, &block, data[i], &said), &said, error);
  }
}

/* Room comes in the order in which one process would take it. */
static void put_next(struct decode_fields *fields, size_t states, const struct array_block *block,
                     const void *const data[3], struct vordec_error *error) {
  struct vordec_error said = {0};
  for (size_t i = 0; i < 3 * states; i++) note(array_stream_extend(fields->streams[i % 3], &said), &said, error);
  for (size_t i = 0; i < 3; i++) note(array_stream_put(fields->streams[i], block, data[i], &said), &said, error);
}

enum vordec_status decode_fields_put(struct decode_fields *fields, size_t states, const struct array_block *block,
                                     const struct vordec_decode_io *io, struct vordec_error *error) {
  struct vordec_error said = {0};
  if (!fields->target.sink) return VORDEC_OK;
  const void *data[] = {as_stored(fields, 0, io->omega_lp, block->count), io->mask,
                        as_stored(fields, 1, io->omega_hat, block->count)};
  if (is_streamed(fields)) {
    put_next(fields, states, block, data, &said);
  } else {
    put_whole(fields, block, data, &said);
  }
  if (said.status) *error = said;
  return said.status;
}

uint64_t decode_fields_stored_bytes(const struct decode_fields *fields) {
  const uint64_t cells = (uint64_t)fields->n * fields->n * fields->count;
  return cells * (2 * npy_type_size(stored_type(fields)) + 1);
}

enum vordec_status decode_fields_refer(const struct decode_fields *fields, struct array_sink *sink,
                                       const struct array_piece *pieces, size_t count, struct vordec_error *error) {
  const size_t n = fields->n;
  const struct npy_form real = {stored_type(fields), 2, {n, n}}, mask = {NPY_I1, 2, {n, n}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < 3 && !status; i++) {
    status = array_sink_add_virtual(sink, names[i], i == 1 ? &mask : &real, pieces, count, error);
  }
  return status;
}
