#include "snapshot_states.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/state_input.h"
#include "science/learn.h"

#define FIELD_EVERY 64 /* frames; what a killed simulation loses at most */

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the states and fields");
}

static enum vordec_status make_layout(struct snapshot_states *states, struct vordec_error *error) {
  const enum vordec_status status = vordec_layout_create(&states->shape, &states->layout, error);
  if (!status) vordec_layout_get(states->layout, &states->info);
  return status;
}

/* --N says it anew where the grid is that of a file: it must say the same. */
static enum vordec_status check_grid(const struct snapshot_request *request, const char *path, size_t n,
                                     struct vordec_error *error) {
  const size_t asked = request->simulation.les.n;
  if (!asked || asked == n) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "--N %zu: %s has N = %zu", asked, path, n);
}

/* ---- from files ---- */

static enum vordec_status find_dt(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  if (!request->dt_given) return state_file_read_dt(request->z0, &states->dt, error);
  states->dt = request->simulation.les.dt;
  return VORDEC_OK;
}

static enum vordec_status read_kernel(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct state_file *file = &states->file;
  enum vordec_status status = state_input_read(request->z0, request->config, file, error);
  if (!status && file->count != 1) {
    status =
        vordec_fail(error, VORDEC_E_INPUT, 0, "%s: z: %zu states: a rollout starts from one", request->z0, file->count);
  }
  if (!status) status = check_grid(request, request->z0, file->info.n, error);
  if (!status) status = operator_file_read(request->a, file->info.d, request->z0, &states->op, error);
  if (!status) status = find_dt(states, error);
  if (status) return status;
  states->n = file->info.n;
  states->steps = request->simulation.steps;
  states->shape = (struct vordec_layout_desc){.n = states->n,
                                              .mask_low = file->mask_low,
                                              .anchor_idx = file->anchor_idx,
                                              .anchor_count = file->info.anchors,
                                              .k_cut = file->k_cut,
                                              .resid_mid_cut = file->resid_mid_cut};
  states->z = malloc(file->info.d * sizeof *states->z);
  if (!states->z) return fail_memory(error);
  memcpy(states->z, file->z, file->info.d * sizeof *states->z);
  return make_layout(states, error);
}

/* ---- from a simulation or a trajectory ---- */

static enum vordec_status open_trajectory(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct trajectory *trajectory = &states->trajectory;
  enum vordec_status status = trajectory_read(request->traj, trajectory, error);
  if (!status) status = check_grid(request, request->traj, trajectory->n, error);
  if (status) return status;
  states->n = trajectory->n;
  states->dt = request->dt_given ? request->simulation.les.dt : trajectory->dt;
  states->steps = request->simulation.steps ? request->simulation.steps : trajectory->frames - 1;
  if (trajectory->frames < 2 || states->steps > trajectory->frames - 1) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: traj: %zu frame%s, but %zu steps need %zu", request->traj,
                       trajectory->frames, trajectory->frames == 1 ? "" : "s", states->steps ? states->steps : 1,
                       (states->steps ? states->steps : 1) + 1);
  }
  return VORDEC_OK;
}

static enum vordec_status open_simulation(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct simulation_setup setup = request->simulation;
  enum vordec_status status = simulation_create(&setup, &states->les, error);
  if (status) return status;
  states->n = setup.les.n;
  states->dt = setup.les.dt;
  states->steps = setup.steps;
  if (!request->save_traj) return VORDEC_OK;
  char *path = snapshot_path(request, "traj.npz");
  const struct trajectory_desc desc = simulation_trajectory(&setup);
  status = path ? trajectory_output_create(path, &desc, &states->saved, error) : fail_memory(error);
  free(path);
  return status;
}

static enum vordec_status make_room(struct snapshot_states *states, struct vordec_error *error) {
  const size_t cells = states->n * states->n, frames = states->steps + 1;
  const size_t snapshots = states->steps / states->request->simulation.stride + 1;
  states->z = calloc(frames, states->encoded.d * sizeof *states->z);
  states->omega = malloc(cells * sizeof *states->omega);
  if (!states->z || !states->omega) return fail_memory(error);
  if (!states->request->ground_truth) return VORDEC_OK;
  states->truth = calloc(snapshots, cells * sizeof *states->truth);
  states->truth_series = calloc(frames, sizeof *states->truth_series);
  if (!states->truth || !states->truth_series) return fail_memory(error);
  return spectrum_create(states->n, &states->spectrum, error);
}

/* The source's next frame into omega. */
static enum vordec_status next_frame(struct snapshot_states *states, struct vordec_error *error) {
  if (!states->les) return trajectory_frame(&states->trajectory, states->frames, states->omega, error);
  const enum vordec_status status = states->frames ? les_step(states->les, error) : VORDEC_OK;
  if (!status) les_get(states->les, states->omega);
  return status;
}

/* Keeps of the frame in omega what comparisons need; its state is in z. */
static void keep_frame(struct snapshot_states *states, const struct spectrum_totals *totals, bool has_omega) {
  const size_t cells = states->n * states->n, stride = states->request->simulation.stride, i = states->frames;
  if (states->truth) states->truth_series[i] = *totals;
  if (states->truth && has_omega && i % stride == 0) {
    memcpy(states->truth + i / stride * cells, states->omega, cells * sizeof *states->omega);
  }
  states->frames++;
}

static enum vordec_status take_frame(struct snapshot_states *states, struct vordec_error *error) {
  const size_t i = states->frames;
  struct spectrum_totals totals = {NAN, NAN};
  enum vordec_status status = next_frame(states, error);
  if (!status) status = encoder_encode(states->encoder, states->omega, states->z + i * states->encoded.d, error);
  if (!status && states->saved) status = trajectory_output_append(states->saved, states->omega, error);
  if (status) return status;
  if (states->truth) totals = spectrum_measure(states->spectrum, states->omega, NULL);
  keep_frame(states, &totals, true);
  return VORDEC_OK;
}

enum vordec_status snapshot_states_begin(const struct snapshot_request *request, struct snapshot_states *states,
                                         struct vordec_error *error) {
  *states = (struct snapshot_states){.request = request};
  if (request->z0) return read_kernel(states, error);
  struct encode_desc desc = request->encoding;
  enum vordec_status status = request->traj ? open_trajectory(states, error) : open_simulation(states, error);
  desc.n = states->n;
  if (!status) status = encoder_create(&desc, &states->encoder, error);
  if (status) return status;
  encoder_get(states->encoder, &states->encoded);
  status = make_room(states, error);
  if (!status) status = take_frame(states, error);
  if (status) return status;
  encoder_get(states->encoder, &states->encoded);
  states->shape = (struct vordec_layout_desc){.n = states->n,
                                              .mask_low = states->encoded.mask_low,
                                              .anchor_idx = states->encoded.anchor_idx,
                                              .anchor_count = states->encoded.anchors,
                                              .k_cut = desc.k_cut,
                                              .resid_mid_cut = desc.resid_mid_cut};
  return make_layout(states, error);
}

/* ---- what an earlier run had done ---- */

/* Whether the record gets the field of frame i: truth and saved trajectories need it, and a simulation goes on from
 * it. */
static bool records_field(const struct snapshot_states *states, size_t i) {
  if (!states->les) return false; /* the trajectory has it */
  return i % states->request->simulation.stride == 0 || i % FIELD_EVERY == 0 || states->request->save_traj;
}

static enum vordec_status record_frame(const struct snapshot_states *states, struct snapshot_record *record,
                                       struct vordec_error *error) {
  const size_t i = states->frames - 1, d = states->info.d;
  const struct recorded_frame frame = {
      .index = i,
      .totals = states->truth ? states->truth_series[i] : (struct spectrum_totals){NAN, NAN},
      .z = states->z + i * d,
      .omega = records_field(states, i) ? states->omega : NULL,
  };
  return snapshot_record_add_frame(record, d, states->n * states->n, &frame, error);
}

/* Takes one recorded frame. The simulation stands at the last one that has its field: *stands. */
static enum vordec_status recall_frame(struct snapshot_states *states, const struct recorded_frame *frame,
                                       size_t *stands, struct vordec_error *error) {
  const size_t d = states->info.d, cells = states->n * states->n, i = frame->index;
  enum vordec_status status = VORDEC_OK;
  if (i == 0 || i > states->steps || i > states->frames) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "--resume: frame %zu stands at the wrong place of the journal; leave --resume away", i);
  }
  if (states->saved && !frame->omega) return VORDEC_OK;
  states->frames = i;
  memcpy(states->z + i * d, frame->z, d * sizeof *frame->z);
  if (frame->omega) {
    memcpy(states->omega, frame->omega, cells * sizeof *frame->omega);
    if (states->saved) status = trajectory_output_append(states->saved, frame->omega, error);
    if (!status) status = les_resume(states->les, frame->omega, i, error);
    *stands = i;
  } else if (states->truth && i % states->request->simulation.stride == 0) {
    status = trajectory_frame(&states->trajectory, i, states->omega, error);
  }
  if (!status) keep_frame(states, &frame->totals, true);
  return status;
}

static enum vordec_status recall_frames(struct snapshot_states *states, struct snapshot_record *record,
                                        struct vordec_error *error) {
  const size_t d = states->info.d, cells = states->n * states->n;
  size_t stands = 0;
  enum vordec_status status = VORDEC_OK;
  for (void *memory = NULL; !status; free(memory)) {
    struct recorded_frame frame;
    status = snapshot_record_next(record, d, cells, &frame, &memory, error);
    if (!memory) break;
    if (!status && !states->request->z0) status = recall_frame(states, &frame, &stands, error);
  }
  if (status || states->request->z0) return status;
  /* A simulation goes on from its last field, unless it had come to its end. */
  if (states->les && states->frames <= states->steps) states->frames = stands + 1;
  states->recalled = states->frames - 1;
  if (!states->saved || !snapshot_record_has_file(record, "traj.npz", "")) return VORDEC_OK;
  trajectory_output_destroy(states->saved);
  states->saved = NULL;
  return VORDEC_OK;
}

/* Puts the saved trajectory in its place, with the frames there are, also of a simulation that broke down. */
static enum vordec_status save(struct snapshot_states *states, enum vordec_status status, struct vordec_error *error) {
  struct vordec_error second = {0};
  if (!states->saved) return status;
  const size_t frames = trajectory_output_frames(states->saved);
  const enum vordec_status saved =
      trajectory_output_commit(states->saved, 1, les_steps(states->les), status ? &second : error);
  if (!status || saved) return status ? status : saved;
  const struct vordec_error inner = *error;
  return vordec_fail(error, inner.status, inner.reason, "%.400s; %s_traj.npz holds the %zu frames before",
                     inner.message, states->request->prefix, frames);
}

/* Learns the operator, or reads the one that the run had learnt. */
static enum vordec_status find_operator(struct snapshot_states *states, const struct snapshot_record *record,
                                        struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  const size_t d = states->info.d;
  if (snapshot_record_has_file(record, "A.npz", "")) {
    char *path = snapshot_path(request, "A.npz");
    const enum vordec_status status =
        path ? operator_file_read(path, d, "the journal", &states->op, error) : fail_memory(error);
    free(path);
    return status;
  }
  states->op.a = calloc(d, d * sizeof *states->op.a);
  if (!states->op.a) return fail_memory(error);
  states->op.d = d;
  return learn_operator(states->z, states->frames, d, request->ridge, states->op.a, error);
}

enum vordec_status snapshot_states_complete(struct snapshot_states *states, struct snapshot_record *record,
                                            struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct progress progress;
  enum vordec_status status = recall_frames(states, record, error);
  if (status || request->z0) return status;
  progress_start(&progress, request->traj ? "encode" : "simulate", states->steps, request->progress_every);
  while (!status && states->frames <= states->steps && !interrupt_came()) {
    status = take_frame(states, error);
    if (!status) status = record_frame(states, record, error);
    progress_at(&progress, states->frames - 1);
  }
  progress_end(&progress);
  const bool saved = states->saved != NULL;
  status = save(states, status, error);
  if (status || interrupt_came()) return status;
  if (saved) status = snapshot_record_add_file(record, "traj.npz", "", error);
  return status ? status : find_operator(states, record, error);
}

enum vordec_status snapshot_states_write(const struct snapshot_states *states, struct snapshot_record *record,
                                         struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  if (request->z0) return VORDEC_OK;
  struct encode_desc desc = request->encoding;
  desc.n = states->n;
  const struct simulation_setup *simulation = &request->simulation;
  struct state_output output = encoding_output(&desc, &states->encoded);
  output.z = states->z;
  output.count = 1;
  output.dt = states->dt;
  output.seed = request->traj ? states->trajectory.seed : simulation->seeded ? (int64_t)simulation->seed : -1;
  char *z_path = snapshot_path(request, "z0.npz"), *a_path = snapshot_path(request, "A.npz");
  enum vordec_status status = z_path && a_path ? VORDEC_OK : fail_memory(error);
  if (!status && !snapshot_record_has_file(record, "z0.npz", "")) {
    status = state_output_write(z_path, &output, error);
    if (!status) status = snapshot_record_add_file(record, "z0.npz", "", error);
  }
  if (!status && !snapshot_record_has_file(record, "A.npz", "")) {
    status = operator_file_write(a_path, states->op.a, states->op.d, error);
    if (!status) status = snapshot_record_add_file(record, "A.npz", "", error);
  }
  free(z_path);
  free(a_path);
  return status;
}

const double *snapshot_states_truth(const struct snapshot_states *states, size_t step) {
  if (!states->truth) return NULL;
  return states->truth + step / states->request->simulation.stride * states->n * states->n;
}

void snapshot_states_release(struct snapshot_states *states) {
  vordec_layout_destroy(states->layout);
  operator_file_release(&states->op);
  les_destroy(states->les);
  trajectory_output_destroy(states->saved);
  trajectory_release(&states->trajectory);
  encoder_destroy(states->encoder);
  state_file_release(&states->file);
  spectrum_destroy(states->spectrum);
  free(states->z);
  free(states->truth);
  free(states->truth_series);
  free(states->omega);
  *states = (struct snapshot_states){0};
}
