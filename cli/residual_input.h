/* SPDX-License-Identifier: MIT */
/* The residual of a decode: the caller's field, or bands that the decode synthesises. */
#ifndef VORDEC_CLI_RESIDUAL_INPUT_H
#define VORDEC_CLI_RESIDUAL_INPUT_H

#include "formats/state_file.h"
#include "ranks/rank_block.h"
#include "residual_phases.h"

struct residual_input {
  double *field; /* count x N x N, from a file; or NULL */
  struct residual_phases phases;
};

/* Reads resid_path, which may be NULL, and the phases that the settings name; where they ask for synthesis, sees that
 * the state has what it needs. E_USAGE: both. Messages name file and key. */
enum vordec_status residual_input_read(struct residual_input *input, const struct state_file *state,
                                       const struct residual_settings *settings, const char *resid_path,
                                       struct vordec_error *error);
/* Accepts a zeroed or half-read input. */
void residual_input_release(struct residual_input *input);

/* enum vordec_residual_input bits of what there is. */
uint32_t residual_input_kinds(const struct residual_input *input);
/* Gives the phases to the decoder, if it synthesises. */
enum vordec_status residual_input_equip(const struct residual_input *input, struct vordec_decoder *decoder,
                                        struct vordec_error *error);
/* Before io's states, those from `first` on, are decoded: points io at their field, which must outlive the decode;
 * state i counts as step i. E_INPUT: phases are missing. */
enum vordec_status residual_input_attach(const struct residual_input *input, const struct state_file *state,
                                         size_t first, struct vordec_decoder *decoder, struct vordec_decode_io *io,
                                         struct vordec_error *error);

/* What there is to tell of states that were decoded. */
struct residual_told {
  const struct residual_settings *settings;
  const struct vordec_decoder *decoder; /* NULL: nothing was decoded */
  const struct state_file *state;
  const struct vordec_scalars *scalars; /* of the states in question; or NULL */
};
/* Prints targets and achieved energies of the first of these states to stderr; nothing if nothing was synthesised. */
void residual_input_describe(const struct residual_told *told, const struct rank_block *states);

#endif
