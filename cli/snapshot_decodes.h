/* The rollout of a run of snapshots and its decodes. */
#ifndef VORDEC_CLI_SNAPSHOT_DECODES_H
#define VORDEC_CLI_SNAPSHOT_DECODES_H

#include "decode_parity.h"
#include "progress.h"
#include "residual_bands.h"
#include "snapshot_states.h"

struct snapshot_decodes {
  const struct snapshot_request *request;
  const struct snapshot_states *states;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
  struct vordec_decoder_info info;
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  struct residual_bands bands;
  struct decode_parity parity;
  bool fields; /* omega_lp, mask and omega_hat are read */
  double *z;   /* the state on the host, where something needs it */
  struct vordec_decode_io io;
  double *omega_lp, *omega_hat; /* the same fields as doubles; io's own where the backend's precision is fp64 */
  struct vordec_run run;
  double decode_ms; /* in decodes */
  size_t decodes;
  const char *decode_device, *op_device; /* NULL: not yet known */
};

/* Chooses and opens the decoder. E_REFUSED, too, where --require-gpu is given and the device is none. */
enum vordec_status snapshot_decodes_open(const struct snapshot_request *request, const struct snapshot_states *states,
                                         struct snapshot_decodes *decodes, struct vordec_error *error);

/* Metrics without a rollout, for a run that ended before it. */
enum vordec_status snapshot_decodes_give_up(struct snapshot_decodes *decodes, struct vordec_error *error);

/* Puts the state at its start; the states are complete. */
enum vordec_status snapshot_decodes_start(struct snapshot_decodes *decodes, struct vordec_error *error);

/* Rolls out to a step. Stops early if a signal comes: run.steps says where. */
enum vordec_status snapshot_decodes_advance(struct snapshot_decodes *decodes, size_t step, struct progress *progress,
                                            struct vordec_error *error);

/* Decodes the state at run.steps, and checks it against the reference if that was asked for (*row). E_FAILED: the state
 * is not finite. */
enum vordec_status snapshot_decodes_decode(struct snapshot_decodes *decodes, struct parity_row *row,
                                           struct vordec_error *error);

/* Accepts a zeroed or half-made one. */
void snapshot_decodes_release(struct snapshot_decodes *decodes);

#endif
