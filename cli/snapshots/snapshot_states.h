/* The states that a run of snapshots starts from and learns from, and the true fields that it is compared with. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_STATES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_STATES_H

#include "formats/operator_file.h"
#include "formats/state_file.h"
#include "formats/trajectory.h"
#include "formats/trajectory_output.h"
#include "science/spectrum.h"
#include "snapshot_record.h"

struct snapshot_states {
  const struct snapshot_request *request;
  size_t n, steps; /* grid; steps of the rollout */
  double dt;       /* time of a step; NAN: unknown */
  size_t frames;   /* of the truth, encoded by now */
  double *z;       /* frames x D, the first is the start; one state if kernel-only */
  struct operator_file op;
  struct vordec_layout_desc shape; /* points into what follows */
  struct vordec_layout *layout;
  struct vordec_layout_info info;

  double *truth;                        /* the frames at the snapshots, n x n each; NULL: no truth */
  struct spectrum_totals *truth_series; /* of every frame; NULL: no truth */

  /* where the states come from */
  struct les *les;
  struct trajectory trajectory;
  struct trajectory_output *saved;
  struct encoder *encoder;
  struct encode_info encoded;
  struct state_file file;
  struct spectrum *spectrum;
  double *omega;
  size_t recalled; /* frames that an earlier run had taken */
};

/* Opens the source and takes its first frame, which fixes the layout; kernel-only: reads both files. */
enum vordec_status snapshot_states_begin(const struct snapshot_request *request, struct snapshot_states *states,
                                         struct vordec_error *error);

/* Takes the other frames and learns the operator, as far as the record does not hold them already, and books them
 * there. Stops early, without an operator, if a signal comes. A simulation that breaks down leaves the frames before in
 * the saved trajectory. */
enum vordec_status snapshot_states_complete(struct snapshot_states *states, struct snapshot_record *record,
                                            struct vordec_error *error);

/* Writes PREFIX_z0.npz and PREFIX_A.npz, unless the record knows them whole; nothing if they were read. */
enum vordec_status snapshot_states_write(const struct snapshot_states *states, struct snapshot_record *record,
                                         struct vordec_error *error);

/* The true field at a step that is a multiple of the stride, or NULL. */
const double *snapshot_states_truth(const struct snapshot_states *states, size_t step);

/* Accepts a zeroed or half-made one. */
void snapshot_states_release(struct snapshot_states *states);

#endif
