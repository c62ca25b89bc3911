/* SPDX-License-Identifier: MIT */
#include "snapshot_states.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/box.h"
#include "cli/encoded_states.h"
#include "cli/frames/simulation_frames.h"
#include "cli/frames/trajectory_frames.h"
#include "cli/state_input.h"

#define FIELD_EVERY 64 /* frames; what a killed simulation of the host's loses at most */

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the states and fields");
}

static enum vordec_status make_layout(struct snapshot_states *states, struct vordec_error *error) {
  const enum vordec_status status = vordec_layout_create(&states->shape, &states->layout, error);
  if (status) return status;
  vordec_layout_set_half(states->layout, states->modes == MODES_HALF);
  vordec_layout_get(states->layout, &states->info);
  return VORDEC_OK;
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

static enum vordec_status check_states(const struct snapshot_request *request, size_t count,
                                       struct vordec_error *error) {
  const size_t members = request->member.of;
  if (count == (members ? members : 1)) return VORDEC_OK;
  if (!members) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: z: %zu states, but a rollout starts from one", request->z0,
                       count);
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: z: %zu state%s, but --members %zu starts from as many as there are members", request->z0,
                     count, count == 1 ? "" : "s", members);
}

static enum vordec_status read_kernel(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct state_file *file = &states->file;
  enum vordec_status status = state_input_read(request->z0, request->config, file, error);
  if (!status) status = check_states(request, file->count, error);
  if (!status) status = check_grid(request, request->z0, file->info.n, error);
  if (!status) status = operator_file_read(request->a, file->info.d, request->z0, &states->op, error);
  if (!status) status = find_dt(states, error);
  if (status) return status;
  states->n = file->info.n;
  states->steps = request->simulation.steps;
  states->modes = file->modes;
  states->shape = (struct vordec_layout_desc){.n = states->n,
                                              .mask_low = file->mask_low,
                                              .anchor_idx = file->anchor_idx,
                                              .anchor_count = file->info.anchors,
                                              .k_cut = file->k_cut,
                                              .resid_mid_cut = file->resid_mid_cut};
  states->z = malloc(file->info.d * sizeof *states->z);
  if (!states->z) return fail_memory(error);
  memcpy(states->z, file->z + request->member.number * file->info.d, file->info.d * sizeof *states->z);
  return make_layout(states, error);
}

/* ---- from frames ---- */

static enum vordec_status open_trajectory(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct trajectory_request traj = request->traj;
  if (request->dt_given) traj.dt = request->simulation.les.dt;
  enum vordec_status status = trajectory_frames_open(&traj, &states->frames, error);
  if (!status) status = check_grid(request, request->traj.path, states->frames->n, error);
  if (status) return status;
  const size_t frames = states->frames->frames;
  states->n = states->frames->n;
  states->dt = states->frames->dt;
  states->steps = request->simulation.steps ? request->simulation.steps : frames - 1;
  if (frames >= 2 && states->steps <= frames - 1) return VORDEC_OK;
  const size_t needed = (states->steps ? states->steps : 1) + 1;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %zu frame%s, but %zu step%s need%s %zu", request->traj.path, frames,
                     frames == 1 ? "" : "s", needed - 1, needed == 2 ? "" : "s", needed == 2 ? "s" : "", needed);
}

static enum vordec_status open_simulation(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  struct simulation_setup setup = request->simulation;
  enum vordec_status status = simulation_frames_create(&setup, states->runtime, &states->frames, error);
  if (status) return status;
  states->n = states->frames->n;
  states->dt = states->frames->dt;
  states->steps = setup.steps;
  if (!request->save_traj) return VORDEC_OK;
  char *path = snapshot_array_path(request, SNAPSHOT_TRAJ);
  struct trajectory_desc desc = simulation_frames_desc(&setup);
  desc.stored = request->output.field_type;
  desc.storage = request->output.storage;
  status = path ? trajectory_output_create(path, &desc, &states->saved, error) : fail_memory(error);
  free(path);
  return status;
}

static enum vordec_status make_room(struct snapshot_states *states, struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  states->z = calloc(states->steps + 1, states->encoded.d * sizeof *states->z);
  states->omega = malloc(states->n * states->n * sizeof *states->omega);
  if (!states->z || !states->omega) return fail_memory(error);
  if (!request->ground_truth) return VORDEC_OK;
  const struct truth_desc desc = {states->n, states->steps, request->simulation.stride, states->training.last};
  const enum vordec_status status = snapshot_truth_create(&desc, &states->truth, error);
  if (status) return status;
  spectrum_set_box(states->truth.spectrum, states->box);
  return snapshot_comparer_open(simulation_frames_simulation(states->frames), &desc, states->box, &states->device,
                                error);
}

bool snapshot_states_stay(const struct snapshot_states *states) {
  struct vordec_simulation_info info;
  const struct vordec_simulation *simulation = simulation_frames_simulation(states->frames);
  if (!simulation || states->request->save_traj || (states->truth.fields && !states->device.comparer)) return false;
  vordec_simulation_get(simulation, &info);
  return info.device.type != VORDEC_DEVICE_HOST;
}

void snapshot_states_count(struct snapshot_states *states, uint64_t *use, size_t fields) {
  struct vordec_simulation_info info;
  const struct vordec_simulation *simulation = simulation_frames_simulation(states->frames);
  if (!simulation) return;
  vordec_simulation_get(simulation, &info);
  if (info.device.type != VORDEC_DEVICE_HOST) *use += fields * states->n * states->n * sizeof(double);
}

/* What frame i came here for. */
static uint64_t *use_of_frame(struct snapshot_states *states, size_t i) {
  const struct snapshot_truth *truth = &states->truth;
  if (states->saved) return &states->uses.files;
  if (!truth->fields) return &states->uses.journal;
  if (i % truth->stride == 0 && snapshot_request_draws(states->request)) return &states->uses.pictures;
  return !states->device.comparer || i % truth->stride == 0 ? &states->uses.numbers : &states->uses.journal;
}

bool snapshot_states_records_field(const struct snapshot_states *states, size_t i) {
  if (states->frames->stored) return false; /* the trajectory has it */
  if (snapshot_states_stay(states)) return states->truth.fields && i % states->request->simulation.stride == 0;
  const bool last_training = states->truth.fields && i == states->training.last;
  return i % states->request->simulation.stride == 0 || i % FIELD_EVERY == 0 || states->request->save_traj ||
         last_training;
}

/* Encodes frame i: a simulation's where it is, unless it had to be brought here anyway. */
static enum vordec_status encode_frame(struct snapshot_states *states, size_t i, bool is_here,
                                       struct vordec_error *error) {
  struct vordec_encode_io io = {.count = 1, .z = states->z + i * states->encoded.d};
  struct vordec_encode_report report;
  io.simulation = is_here && !states->in_place ? NULL : simulation_frames_simulation(states->frames);
  if (!io.simulation) io.omega = states->omega;
  const enum vordec_status status = vordec_encode(states->encoder, &io, &report, error);
  if (!status) states->in_place = report.in_place;
  if (status != VORDEC_E_INPUT || states->frames->stored) return status;
  /* A simulation that breaks down: its field is finite still, its energy is not. */
  const struct vordec_error inner = *error;
  return vordec_fail(error, VORDEC_E_FAILED, 0, "simulation: step %zu: %.400s; a smaller dt may help", i,
                     inner.message);
}

/* What comparisons want of frame i, where it is. */
static enum vordec_status measure_frame(struct snapshot_states *states, size_t i, struct spectrum_totals *totals,
                                        struct vordec_error *error) {
  struct snapshot_truth *truth = &states->truth;
  if (!states->device.comparer) {
    *totals = snapshot_truth_measure(truth, states->omega);
    snapshot_truth_learn(truth, i, states->omega);
    return VORDEC_OK;
  }
  const bool sums = snapshot_truth_is_next(truth, i);
  const enum vordec_status status = snapshot_comparer_take(&states->device, i, sums, totals, error);
  if (status || !sums) return status;
  if (i == 0) memcpy(truth->sum, states->omega, truth->cells * sizeof *truth->sum); /* for a run that goes on */
  truth->summed++;
  return VORDEC_OK;
}

enum vordec_status snapshot_states_fetch(struct snapshot_states *states, struct vordec_error *error) {
  struct snapshot_truth *truth = &states->truth;
  if (!states->device.comparer) return VORDEC_OK;
  snapshot_states_count(states, &states->uses.numbers, 2);
  const enum vordec_status status = snapshot_comparer_get_sum(&states->device, truth->sum, error);
  if (status) return status;
  return snapshot_comparer_get_last_training(&states->device, truth->last_training_field, error);
}

bool snapshot_states_records_sum(const struct snapshot_states *states, size_t i) {
  const bool kept = states->frames->stored || snapshot_states_records_field(states, i);
  if (snapshot_states_stay(states) || states->request->save_traj) return false;
  return states->truth.fields && i <= states->training.last && kept;
}

enum vordec_status snapshot_states_take(struct snapshot_states *states, struct vordec_error *error) {
  const size_t i = states->count;
  const bool compared = states->truth.fields && !states->device.comparer;
  const bool wanted = states->frames->stored || compared || states->saved || snapshot_states_records_field(states, i);
  enum vordec_status status = frame_source_next(states->frames, wanted ? states->omega : NULL, error);
  if (!status && wanted) snapshot_states_count(states, use_of_frame(states, i), 1);
  if (!status && states->saved) status = trajectory_output_append(states->saved, states->omega, error);
  if (!status) status = encode_frame(states, i, wanted, error);
  if (status) return status;
  struct spectrum_totals totals;
  status = measure_frame(states, i, &totals, error);
  if (status) return status;
  snapshot_truth_keep(&states->truth, i, wanted ? states->omega : NULL, &totals);
  states->count++;
  return VORDEC_OK;
}

static const char *precision_word(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? "fp64" : "fp32";
}

void snapshot_states_maker(const struct snapshot_states *states, char text[SNAPSHOT_MAKER_MAX]) {
  const struct vordec_simulation *simulation = simulation_frames_simulation(states->frames);
  const struct vordec_encoder_info *encoded = &states->encoded;
  size_t used = 0;
  if (simulation) {
    struct vordec_simulation_info info;
    vordec_simulation_get(simulation, &info);
    used = (size_t)snprintf(text, SNAPSHOT_MAKER_MAX, "simulated by %s in %s on %s (%s), ", info.backend_used,
                            precision_word(info.precision), info.device.name, info.device.driver);
  }
  snprintf(text + used, SNAPSHOT_MAKER_MAX - used, "encoded by %s in %s on %s (%s)", encoded->backend_used,
           precision_word(encoded->precision), encoded->device.name, encoded->device.driver);
}

/* Of what is asked for, what the frames or the file say, and what holds else, the first that is known. */
static double find_box(const struct snapshot_states *states) {
  const struct state_settings *said = &states->file.settings;
  const double of_file = said->there[STATE_BOX] ? said->value[STATE_BOX] : NAN;
  const double side = box_side(states->request->traj.box, states->frames ? states->frames->box : of_file);
  return isnan(side) ? box_standard() : side;
}

/* As their file would have it. */
static enum vordec_status decode_as_encoded(const struct snapshot_states *states, struct vordec_error *error) {
  const struct state_settings settings = encoded_states_settings(&states->encoded, states->frames->box);
  return state_input_apply(&settings, "the states of this run", states->request->config, error);
}

enum vordec_status snapshot_states_begin(const struct snapshot_request *request, struct snapshot_states *states,
                                         struct vordec_error *error) {
  *states = (struct snapshot_states){.request = request};
  if (request->z0) {
    const enum vordec_status read = read_kernel(states, error);
    states->box = find_box(states);
    return read;
  }
  struct vordec_encoder_desc *desc = &states->encoding;
  enum vordec_status status =
      vordec_runtime_create(request->config, request->log, request->log_ctx, &states->runtime, error);
  if (!status) status = request->traj.path ? open_trajectory(states, error) : open_simulation(states, error);
  *desc = request->encoding.desc;
  desc->n = states->n;
  states->modes = (enum modes)desc->modes;
  states->in_place = true;
  if (!status) states->box = find_box(states);
  if (!status) status = training_span_make(request->train_steps, states->steps, &states->training, error);
  if (!status) {
    status = vordec_encoder_create(states->runtime, NULL, simulation_frames_simulation(states->frames), desc,
                                   &states->encoder, error);
  }
  if (status) return status;
  if (request->member.follows) {
    status = vordec_encoder_set_anchors(states->encoder, request->member.kept, request->member.kept_count, error);
    if (status) return status;
  }
  vordec_encoder_get(states->encoder, &states->encoded);
  status = decode_as_encoded(states, error);
  if (status) return status;
  status = make_room(states, error);
  if (!status) status = snapshot_states_take(states, error);
  if (status) return status;
  vordec_encoder_get(states->encoder, &states->encoded);
  states->shape = (struct vordec_layout_desc){.n = states->n,
                                              .mask_low = states->encoded.mask_low,
                                              .anchor_idx = states->encoded.anchor_idx,
                                              .anchor_count = states->encoded.anchors,
                                              .k_cut = desc->k_cut,
                                              .resid_mid_cut = desc->resid_mid_cut};
  return make_layout(states, error);
}

enum vordec_status snapshot_states_write(const struct snapshot_states *states, struct snapshot_record *record,
                                         struct vordec_error *error) {
  const struct snapshot_request *request = states->request;
  if (!snapshot_request_saves_states(request)) return VORDEC_OK;
  struct state_output output = encoded_states_output(&states->encoding, &states->encoded, states->frames->box);
  output.z = states->z;
  output.count = 1;
  output.store = request->store;
  output.dt = states->dt;
  output.seed = states->frames->seed;
  output.compress = request->output.storage.compress;
  const struct snapshot_name z0 = snapshot_array_name(request, SNAPSHOT_Z0),
                             a = snapshot_array_name(request, SNAPSHOT_A);
  char *z_path = snapshot_path(request, z0.text), *a_path = snapshot_path(request, a.text);
  enum vordec_status status = z_path && a_path ? VORDEC_OK : fail_memory(error);
  if (!status && !snapshot_record_has_file(record, z0.text, "")) {
    status = state_output_write(z_path, &output, error);
    if (!status) status = snapshot_record_add_file(record, z0.text, "", error);
  }
  if (!status && request->member.of == 0 && !snapshot_record_has_file(record, a.text, "")) {
    status = operator_file_write(a_path, states->op.a, states->op.d, error);
    if (!status) status = snapshot_record_add_file(record, a.text, "", error);
  }
  free(z_path);
  free(a_path);
  return status;
}

void snapshot_states_release(struct snapshot_states *states) {
  vordec_layout_destroy(states->layout);
  operator_file_release(&states->op);
  snapshot_comparer_release(&states->device);
  snapshot_truth_release(&states->truth);
  vordec_encoder_destroy(states->encoder);
  frame_source_close(states->frames);
  vordec_runtime_destroy(states->runtime);
  trajectory_output_destroy(states->saved);
  state_file_release(&states->file);
  free(states->z);
  free(states->omega);
  *states = (struct snapshot_states){0};
}
