/* The residual of a decode: the caller's field, or bands synthesised from the states' energies. */
#ifndef VORDEC_CLI_RESIDUAL_INPUT_H
#define VORDEC_CLI_RESIDUAL_INPUT_H

#include "formats/state_file.h"
#include "ranks/rank_block.h"
#include "residual_bands.h"

struct residual_input {
  double *field;                    /* count x N x N, from a file; or NULL */
  struct residual_bands bands;      /* of one state at a time, where they are synthesised */
  double *band[RESIDUAL_BANDS];     /* of as many states as there is room for */
  double *energy[RESIDUAL_BANDS];   /* a value for each of those, where band is set */
  struct residual_targets *targets; /* count, where bands are synthesised; else NULL */
};

/* Reads resid_path, which may be NULL, or makes ready for bands that are synthesised, if the settings say so. E_USAGE:
 * both. Messages name file and key. */
enum vordec_status residual_input_read(struct residual_input *input, const struct state_file *state,
                                       const struct residual_settings *settings, const char *resid_path,
                                       struct vordec_error *error);
/* Accepts a zeroed or half-read input. */
void residual_input_release(struct residual_input *input);

/* enum vordec_residual_input bits of what there is. */
uint32_t residual_input_kinds(const struct residual_input *input);
/* Room for the bands of so many states at a time. E_NO_MEMORY. */
enum vordec_status residual_input_make_room(struct residual_input *input, const struct state_file *state, size_t room,
                                            struct vordec_error *error);
/* Points io at what there is for its states, those from `first` on, after making the bands; the input must outlive the
 * decode. E_INPUT: phases are missing. */
enum vordec_status residual_input_attach(struct residual_input *input, const struct state_file *state, size_t first,
                                         struct vordec_decode_io *io, struct vordec_error *error);
/* Prints targets and achieved energies of the first of these states to stderr; nothing if nothing was synthesised.
 * scalars: of those, or NULL. */
void residual_input_describe(const struct residual_input *input, const struct vordec_scalars *scalars,
                             const struct rank_block *states);

#endif
