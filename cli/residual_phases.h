/* SPDX-License-Identifier: MIT */
/* Phases from a file, for bands that decodes synthesise. */
#ifndef VORDEC_CLI_RESIDUAL_PHASES_H
#define VORDEC_CLI_RESIDUAL_PHASES_H

#include "residual_settings.h"

struct residual_phases {
  const char *path; /* NULL: phases are drawn */
  bool wanted[RESIDUAL_BANDS];
  double *phase[RESIDUAL_BANDS]; /* n x n; NULL: not wanted, or empty */
};

/* Reads the file that the settings name, if they name one. Messages name file and key. */
enum vordec_status residual_phases_read(const struct residual_settings *settings, size_t n,
                                        struct residual_phases *phases, struct vordec_error *error);
/* Accepts a zeroed or half-read one. */
void residual_phases_release(struct residual_phases *phases);

/* enum vordec_residual_input bits for the decoder. */
uint32_t residual_phases_kinds(const struct residual_phases *phases);
/* Hands them to a decoder that was made with those bits. */
enum vordec_status residual_phases_give(const struct residual_phases *phases, struct vordec_decoder *decoder,
                                        struct vordec_error *error);

/* Whether a band is without phases, so that no state may have energy in it. */
bool residual_phases_lack(const struct residual_phases *phases);
/* E_INPUT: state z of that number has. */
enum vordec_status residual_phases_check(const struct residual_phases *phases, const struct vordec_decoder *decoder,
                                         const double *z, size_t number, struct vordec_error *error);

#endif
