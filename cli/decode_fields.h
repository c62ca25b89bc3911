/* SPDX-License-Identifier: MIT */
/*
 * decode_fields.h - the fields of a decode on their way to a file: all at once, or, where they are many, piece by
 * piece, so that memory stays bounded.
 */
#ifndef VORDEC_CLI_DECODE_FIELDS_H
#define VORDEC_CLI_DECODE_FIELDS_H

#include <vordec/vordec.h>

#include "formats/array_sink.h"
#include "formats/field_type.h"

/* Where the fields go, and what they become there. */
struct decode_target {
  struct array_sink *sink; /* borrowed; NULL: nowhere */
  bool shared;             /* by ranks that each have some of the fields */
  enum field_type type;
};

/* Room for the fields of a piece. */
struct decode_fields {
  size_t n, real; /* side of the grid, bytes of a cell of omega_lp and omega_hat */
  size_t count;   /* states in all */
  size_t room;    /* states that there is room for */
  bool batched;   /* the states have an axis of their own */
  bool streamed;  /* they go to the file piece by piece */
  uint32_t outputs;
  void *omega_lp, *omega_hat;
  int8_t *mask;
  struct vordec_scalars *scalars; /* count, of all states; NULL: not wanted */
  struct decode_target target;
  void *stored[2]; /* omega_lp and omega_hat as they are stored, all of them or a single field; NULL: as they are */
  struct array_stream *streams[3];
};

/* How many states are decoded at a time, before anything is made; outputs: what is made of them, enum vordec_output
 * bits. */
size_t decode_fields_piece(size_t n, size_t count, uint32_t outputs);

struct decode_fields_desc {
  size_t n, count; /* side of the grid, states in all */
  bool batched;
  size_t room;   /* states at a time; where the first of several ranks writes, count on it if all fit into memory */
  bool streamed; /* they do not */
  uint32_t outputs;
  enum vordec_precision precision;
  struct decode_target target;
};

/* Makes room. E_NO_MEMORY. */
enum vordec_status decode_fields_create(const struct decode_fields_desc *desc, struct decode_fields *fields,
                                        struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void decode_fields_release(struct decode_fields *fields);

/* Points io at the room, for `count` states from `first` on. */
void decode_fields_attach(const struct decode_fields *fields, size_t first, size_t count, struct vordec_decode_io *io);

/* Adds what io was decoded into, the states from `first` on; pieces come in order. Errors as array_sink_add(). */
enum vordec_status decode_fields_add(struct decode_fields *fields, size_t first, const struct vordec_decode_io *io,
                                     struct vordec_error *error);

/* Of a target that ranks share, on all of them: puts what io was decoded into, this rank's block of the next `states`
 * ones. Errors as array_sink_add_block(). */
enum vordec_status decode_fields_put(struct decode_fields *fields, size_t states, const struct array_block *block,
                                     const struct vordec_decode_io *io, struct vordec_error *error);

/* Bytes that all fields take as they are stored. */
uint64_t decode_fields_stored_bytes(const struct decode_fields *fields);

/* Adds arrays to another file whose rows are those of the pieces: of files that these fields, and others like them,
 * went to. E_USAGE: its format does not refer to others. */
enum vordec_status decode_fields_refer(const struct decode_fields *fields, struct array_sink *sink,
                                       const struct array_piece *pieces, size_t count, struct vordec_error *error);

#endif
