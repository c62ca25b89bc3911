/* SPDX-License-Identifier: MIT */
/* The decodes of a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_DECODES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_DECODES_H

#include "cli/decode_parity.h"
#include "cli/residual_phases.h"
#include "snapshot_rollout.h"

#define SNAPSHOTS_AT_ONCE 2

/* A snapshot that is being decoded. */
struct snapshot_frame {
  size_t step;
  double *z; /* the state on the host, where something needs it */
  char z_hash[33];
  struct vordec_decode_io io;
};

struct snapshot_decodes {
  const struct snapshot_request *request;
  const struct snapshot_states *states;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder; /* NULL: nothing is decoded */
  struct vordec_decoder_info info;
  struct snapshot_rollout rollout;
  struct vordec_metrics *metrics;
  struct residual_phases phases;
  struct decode_parity parity;
  bool fields;   /* fields are decoded to be shown and compared */
  bool in_place; /* they are compared where they are: omega_hat is read to be shown, and nothing else for that */
  struct snapshot_frame frames[SNAPSHOTS_AT_ONCE];
  size_t at_once, submitted;     /* frames in use; snapshots so far, also those that are being decoded */
  double decode_ms;              /* spent on decodes */
  struct vordec_field_uses uses; /* of what decodes brought from a device of its own */

  size_t decodes; /* those that are finished; what follows is of the last */
  size_t step;
  struct vordec_decode_io io;
  double *omega_lp, *omega_hat; /* its fields as doubles, those that were read; io's own where the precision is fp64 */
  const char *decode_device;    /* NULL: not yet known */
};

/* Chooses and opens the decoder, if there is to be one, and tries the backend that is to roll out, if its operator is
 * not there yet. E_REFUSED, too, where --require-gpu is given and the device is none. */
enum vordec_status snapshot_decodes_open(const struct snapshot_request *request, const struct snapshot_states *states,
                                         struct snapshot_decodes *decodes, struct vordec_error *error);

/* Metrics without a rollout, for a run that ended before it; none if it has no decoder, either. */
enum vordec_status snapshot_decodes_give_up(struct snapshot_decodes *decodes, struct vordec_error *error);

/* Puts the state at its start; the states are complete. */
enum vordec_status snapshot_decodes_start(struct snapshot_decodes *decodes, struct vordec_error *error);

/* Starts to decode the state at which the rollout stands; at most at_once snapshots are then being decoded. E_FAILED:
 * the state is not finite. */
enum vordec_status snapshot_decodes_submit(struct snapshot_decodes *decodes, struct vordec_error *error);
/* Ends the oldest of them, and checks it against the reference if that was asked for (*row). E_FAILED as above. */
enum vordec_status snapshot_decodes_finish(struct snapshot_decodes *decodes, struct parity_row *row,
                                           struct vordec_error *error);
/* Tells the metrics what all fields so far were for that the run brought from devices. */
void snapshot_decodes_tell_uses(const struct snapshot_decodes *decodes);

/* How many are being decoded. */
static inline size_t snapshot_decodes_under_way(const struct snapshot_decodes *decodes) {
  return decodes->submitted - decodes->decodes;
}

/* Accepts a zeroed or half-made one. */
void snapshot_decodes_release(struct snapshot_decodes *decodes);

#endif
