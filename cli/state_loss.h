/* SPDX-License-Identifier: MIT */
/* What states lose of their fields, summed up over the frames of a trajectory, and how that is told. */
#ifndef VORDEC_CLI_STATE_LOSS_H
#define VORDEC_CLI_STATE_LOSS_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <vordec/vordec.h>

#include "science/loss.h"

/* The state, and what else so many numbers could be. */
enum state_loss_kind { LOSS_OF_STATE, LOSS_OF_CUT, LOSS_OF_LARGEST, LOSS_KINDS };

struct state_loss {
  struct loss *loss;
  struct loss_info info;
  size_t values; /* that a state stores */
  size_t frames;
  struct loss_measures mean[LOSS_KINDS], worst[LOSS_KINDS];
};

/* For states of an encoder whose anchors are chosen. ignore_anchors as [combine] anchors. E_NO_MEMORY. */
enum vordec_status state_loss_create(const struct vordec_encoder_info *encoded, bool ignore_anchors,
                                     struct state_loss *loss, struct vordec_error *error);
/* Accepts a zeroed one. */
void state_loss_release(struct state_loss *loss);

/* Adds a frame and its state. */
void state_loss_add(struct state_loss *loss, const double *omega, const double *z);

/* Adds what was measured of other frames by one that was made in the same way; of that only the numbers are read. */
void state_loss_merge(struct state_loss *loss, const struct state_loss *other);

/* A table with a line for each kind, and one for the raw field. */
void state_loss_print(FILE *stream, const struct state_loss *loss);

/* The same as an object, the caller's; NULL: out of memory. */
cJSON *state_loss_json(const struct state_loss *loss);

#endif
