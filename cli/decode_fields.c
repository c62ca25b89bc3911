#include "decode_fields.h"

#include <stdlib.h>
#include <vordec/error.h>

#define PIECE_BYTES ((size_t)256 << 20) /* of fields in double precision */

static const char *const names[] = {"omega_lp", "mask", "omega_hat"};

size_t decode_fields_piece(size_t n, size_t count) {
  const size_t bytes = n * n * (2 * sizeof(double) + 1), most = PIECE_BYTES / bytes;
  return count <= most ? count : most ? most : 1;
}

enum vordec_status decode_fields_create(const struct state_file *state, uint32_t outputs,
                                        enum vordec_precision precision, struct array_sink *sink,
                                        struct decode_fields *fields, struct vordec_error *error) {
  const size_t n = state->info.n, cells = n * n, piece = decode_fields_piece(n, state->count);
  const size_t real = precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  *fields = (struct decode_fields){.n = n,
                                   .real = real,
                                   .count = state->count,
                                   .piece = piece,
                                   .batched = state->batched,
                                   .outputs = outputs,
                                   .sink = sink};
  bool made = true;
  if (outputs & VORDEC_OMEGA_LP) made = (fields->omega_lp = calloc(piece, cells * real)) && made;
  if (outputs & VORDEC_MASK) made = (fields->mask = calloc(piece, cells)) && made;
  if (outputs & VORDEC_OMEGA_HAT) made = (fields->omega_hat = calloc(piece, cells * real)) && made;
  if (outputs & VORDEC_SCALARS) made = (fields->scalars = calloc(state->count, sizeof *fields->scalars)) && made;
  if (!made) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
  }
  const struct npy_form rows[] = {
      {real == 8 ? NPY_F8 : NPY_F4, 2, {n, n}}, {NPY_I1, 2, {n, n}}, {real == 8 ? NPY_F8 : NPY_F4, 2, {n, n}}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && sink && piece < state->count && i < 3; i++) {
    status = array_sink_add_stream(sink, names[i], &rows[i], &fields->streams[i], error);
  }
  return status;
}

void decode_fields_release(struct decode_fields *fields) {
  free(fields->omega_lp);
  free(fields->mask);
  free(fields->omega_hat);
  free(fields->scalars);
  *fields = (struct decode_fields){0};
}

void decode_fields_attach(const struct decode_fields *fields, size_t first, struct vordec_decode_io *io) {
  const size_t left = fields->count - first;
  io->count = left < fields->piece ? left : fields->piece;
  io->omega_lp = fields->omega_lp;
  io->mask = fields->mask;
  io->omega_hat = fields->omega_hat;
  io->scalars = fields->scalars ? fields->scalars + first : NULL;
}

/* All states were one piece: arrays, which the sink reads once more at its end. */
static enum vordec_status add_whole(struct decode_fields *fields, struct vordec_error *error) {
  const size_t n = fields->n;
  struct npy_form form = {fields->real == 8 ? NPY_F8 : NPY_F4, 2, {n, n}};
  if (fields->batched) form = (struct npy_form){form.type, 3, {fields->count, n, n}};
  struct npy_form mask = form;
  mask.type = NPY_I1;
  enum vordec_status status = array_sink_add(fields->sink, names[0], &form, fields->omega_lp, error);
  if (!status) status = array_sink_add(fields->sink, names[1], &mask, fields->mask, error);
  if (!status) status = array_sink_add(fields->sink, names[2], &form, fields->omega_hat, error);
  return status;
}

enum vordec_status decode_fields_add(struct decode_fields *fields, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  if (!fields->sink) return VORDEC_OK;
  if (!fields->streams[0]) return add_whole(fields, error);
  const size_t cells = fields->n * fields->n;
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; !status && i < io->count; i++) {
    const size_t at = i * cells;
    status = array_stream_append(fields->streams[0], (const char *)io->omega_lp + at * fields->real, error);
    if (!status) status = array_stream_append(fields->streams[1], io->mask + at, error);
    if (!status) {
      status = array_stream_append(fields->streams[2], (const char *)io->omega_hat + at * fields->real, error);
    }
  }
  return status;
}
