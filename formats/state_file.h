/* SPDX-License-Identifier: MIT */
/* STATE.npz: states and their shape, as the reference's tools write them. */
#ifndef VORDEC_FORMATS_STATE_FILE_H
#define VORDEC_FORMATS_STATE_FILE_H

#include <vordec/vordec.h>

#include "core/base/modes.h"
#include "state_settings.h"

struct state_file {
  const char *path; /* as given to state_file_read() */
  struct vordec_layout *layout;
  struct vordec_layout_info info;
  double *z;                   /* count x D */
  size_t count;                /* states */
  bool batched;                /* z had a leading axis */
  double k_cut, resid_mid_cut; /* NAN where absent */
  uint8_t *mask_low;           /* N x N */
  int64_t *anchor_idx;
  enum modes modes; /* full where the file does not say */
  struct state_settings settings;
};

/* Reads and checks the file: needed keys z, mask_low, N; anchor_idx where K > 0; k_cut, resid_mid_cut and the
 * settings where they are there. Messages name the file and the key. */
enum vordec_status state_file_read(const char *path, struct state_file *state, struct vordec_error *error);

/* The time between states, where the file names it; else NAN. For what needs it: others take a file whatever dt is. */
enum vordec_status state_file_read_dt(const char *path, double *dt, struct vordec_error *error);

/* Accepts a zeroed or half-read state. */
void state_file_release(struct state_file *state);

#endif
