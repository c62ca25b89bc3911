/* SPDX-License-Identifier: MIT */
/* The states that a run of snapshots starts from and learns from: those of frames, or, kernel-only, one from a file. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_STATES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_STATES_H

#include "cli/frames/frame_source.h"
#include "formats/operator_file.h"
#include "formats/state_file.h"
#include "formats/trajectory_output.h"
#include "snapshot_comparer.h"
#include "snapshot_record.h"
#include "snapshot_request.h"
#include "snapshot_truth.h"
#include "training_span.h"

/* The last place that the record knows where a simulation stood whose fields stay on a device. */
struct snapshot_checkpoint {
  double made_s; /* on the clock of core/base; 0: the run has only begun to count */
  size_t frame;  /* 0: there was none */
};

struct snapshot_states {
  const struct snapshot_request *request;
  size_t n, steps; /* grid; steps of the rollout */
  double dt;       /* time of a step; NAN: unknown */
  double box;      /* side of the box, in whose units energies are */
  size_t count;    /* states so far, one a frame */
  struct training_span training;
  double *z; /* count x D, the first is the start; one state if kernel-only */
  struct operator_file op;
  struct vordec_layout_desc shape; /* points into what follows */
  struct vordec_layout *layout;
  struct vordec_layout_info info;
  enum modes modes; /* that the states store */
  struct snapshot_truth truth;
  struct snapshot_comparer device; /* the same where the simulation runs, if it can be compared there */

  /* where the states come from */
  struct vordec_runtime *runtime; /* of simulation and encoder; NULL: there is neither */
  struct frame_source *frames;    /* NULL: the file */
  struct trajectory_output *saved;
  struct vordec_encoder_desc encoding;
  struct vordec_encoder *encoder;
  struct vordec_encoder_info encoded;
  bool in_place; /* the simulation's fields are encoded where they are, as far as is known */
  struct state_file file;
  double *omega; /* the last frame that was needed here */
  struct snapshot_checkpoint checkpoint;
  struct vordec_field_uses uses; /* of what came from the simulation's device and the comparer's */
};

/* Opens the source and takes its first frame, which fixes the layout; kernel-only: reads both files. */
enum vordec_status snapshot_states_begin(const struct snapshot_request *request, struct snapshot_states *states,
                                         struct vordec_error *error);

/* Takes the source's next frame: encodes it, and keeps it where it is to be kept. */
enum vordec_status snapshot_states_take(struct snapshot_states *states, struct vordec_error *error);

/* Whether the simulation's fields stay on its device, but for those that pictures show: then the record has checkpoints
 * (snapshot_checkpoint.h). */
bool snapshot_states_stay(const struct snapshot_states *states);

/* Whether the record gets the field of frame i: truth and saved trajectories need it, and a simulation that is here
 * goes on from it. */
bool snapshot_states_records_field(const struct snapshot_states *states, size_t i);

/* Whether the sum of the training frames stands beside it there: where a run goes on from, unless it can be made again
 * of the fields. */
bool snapshot_states_records_sum(const struct snapshot_states *states, size_t i);

/* Counts so many fields for one of states->uses, if they came from a device of its own. */
void snapshot_states_count(struct snapshot_states *states, uint64_t *use, size_t fields);

/* Fetches what comparisons on the host need beside the frames that are here. */
enum vordec_status snapshot_states_fetch(struct snapshot_states *states, struct vordec_error *error);

/* "simulated by vulkan in fp32 on NVIDIA H200 (580.1), encoded by .." of frames to come: what their bits depend on
 * beside the request. */
#define SNAPSHOT_MAKER_MAX 1400
void snapshot_states_maker(const struct snapshot_states *states, char text[SNAPSHOT_MAKER_MAX]);

/* Writes PREFIX_z0.npz and PREFIX_A.npz, unless the record knows them whole, or they are not wanted. */
enum vordec_status snapshot_states_write(const struct snapshot_states *states, struct snapshot_record *record,
                                         struct vordec_error *error);

/* Accepts a zeroed or half-made one. */
void snapshot_states_release(struct snapshot_states *states);

#endif
