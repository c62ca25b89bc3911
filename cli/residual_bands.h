/* The synthesised residual of one state at a time, for runs that decode step by step. */
#ifndef VORDEC_CLI_RESIDUAL_BANDS_H
#define VORDEC_CLI_RESIDUAL_BANDS_H

#include "residual_settings.h"

struct residual_bands {
  struct residual *residual; /* NULL: nothing is synthesised */
  const char *phases_path;   /* NULL: phases are drawn */
  double *phases[RESIDUAL_BANDS];
  double *field[RESIDUAL_BANDS]; /* n x n; NULL: a band that is not wanted */
  double energy[RESIDUAL_BANDS];
  struct residual_targets targets;
};

/* Makes room if bands are to be synthesised, and reads the phases if there is a file of them. layout says what the
 * states look like, its resid_mid_cut included, and modes which of them they store; what layout points to is copied. */
enum vordec_status residual_bands_create(const struct residual_settings *settings,
                                         const struct vordec_layout_desc *layout, enum modes modes,
                                         struct residual_bands *bands, struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void residual_bands_release(struct residual_bands *bands);

/* enum vordec_residual_input bits. */
uint32_t residual_bands_kinds(const struct residual_bands *bands);

/* Fills the bands for state z (finite) at a step and points io at them. */
enum vordec_status residual_bands_attach(struct residual_bands *bands, const double *z, size_t step,
                                         struct vordec_decode_io *io, struct vordec_error *error);

#endif
