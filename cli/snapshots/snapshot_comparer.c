/* SPDX-License-Identifier: MIT */
#include "snapshot_comparer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* ---- the fields that it keeps: those of the snapshots, and two more ---- */

static size_t snapshots_of(const struct truth_desc *truth) {
  return truth->steps / truth->stride + 1;
}

static uint32_t field_of_sum(const struct snapshot_comparer *device) {
  return (uint32_t)snapshots_of(&device->truth);
}

static uint32_t field_of_last_training(const struct snapshot_comparer *device) {
  return field_of_sum(device) + 1;
}

static uint32_t field_of_snapshot(const struct snapshot_comparer *device, size_t step) {
  return (uint32_t)(step / device->truth.stride);
}

/* The last field that was known at a step: see snapshot_truth_persistence(). */
static uint32_t field_of_persistence(const struct snapshot_comparer *device, size_t step) {
  return step <= device->truth.last_training ? 0 : field_of_last_training(device);
}

/* ---- making it ---- */

enum vordec_status snapshot_comparer_open(struct vordec_simulation *simulation, const struct truth_desc *truth,
                                          double box, struct snapshot_comparer *device, struct vordec_error *error) {
  const struct vordec_comparer_desc desc = {.fields = snapshots_of(truth) + 2, .pairs = 2};
  struct vordec_simulation_info simulates;
  struct vordec_comparer_info info;
  struct vordec_error refusal;
  const double ratio = box / (2 * acos(-1.0));
  *device = (struct snapshot_comparer){.simulation = simulation, .truth = *truth, .scale = ratio * ratio};
  if (!simulation) return VORDEC_OK;
  vordec_simulation_get(simulation, &simulates);
  if (simulates.device.type == VORDEC_DEVICE_HOST) return VORDEC_OK;
  const enum vordec_status status = vordec_comparer_create(simulation, NULL, &desc, &device->comparer, &refusal);
  const bool of_host = status == VORDEC_E_NO_MEMORY && refusal.reason == VORDEC_REASON_HOST_MEMORY;
  if (status == VORDEC_E_UNSUPPORTED || status == VORDEC_E_INPUT || (status == VORDEC_E_NO_MEMORY && !of_host)) {
    return VORDEC_OK;
  }
  if (status) {
    *error = refusal;
    return status;
  }
  vordec_comparer_get(device->comparer, &info);
  device->shells = info.shells;
  device->shell = calloc(info.shells, sizeof *device->shell);
  if (device->shell) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for energies");
}

void snapshot_comparer_release(struct snapshot_comparer *device) {
  vordec_comparer_destroy(device->comparer);
  free(device->shell);
  *device = (struct snapshot_comparer){.comparer = NULL};
}

/* ---- on the way ---- */

static struct vordec_compare_io blank(void) {
  return (struct vordec_compare_io){.field = VORDEC_NO_FIELD, .keep = VORDEC_NO_FIELD, .add = VORDEC_NO_FIELD};
}

/* Of what was just measured. */
static struct spectrum_totals totals_of(const struct snapshot_comparer *device,
                                        const struct vordec_field_moments *moments, double *shell) {
  struct spectrum_totals totals = {0, 0.5 * moments->square};
  for (size_t i = 0; i < device->shells; i++) {
    const double energy = device->shell[i] * device->scale;
    totals.energy += energy;
    if (shell) shell[i] = energy;
  }
  return totals;
}

static enum vordec_status keep_last_training(const struct snapshot_comparer *device, struct vordec_compare_io io,
                                             struct vordec_error *error) {
  io.keep = field_of_last_training(device);
  return vordec_compare(device->comparer, &io, NULL, error);
}

enum vordec_status snapshot_comparer_take(const struct snapshot_comparer *device, size_t i, bool sums,
                                          struct spectrum_totals *totals, struct vordec_error *error) {
  struct vordec_field_moments moments;
  struct vordec_compare_io io = blank(), last = blank();
  io.simulation = last.simulation = device->simulation;
  if (i % device->truth.stride == 0) io.keep = field_of_snapshot(device, i);
  if (sums) io.add = field_of_sum(device);
  io.moments = &moments;
  io.shell = device->shell;
  enum vordec_status status = vordec_compare(device->comparer, &io, NULL, error);
  if (!status) *totals = totals_of(device, &moments, NULL);
  return status || i != device->truth.last_training ? status : keep_last_training(device, last, error);
}

enum vordec_status snapshot_comparer_recall(const struct snapshot_comparer *device, size_t i, const double *omega,
                                            struct vordec_error *error) {
  struct vordec_compare_io io = blank();
  enum vordec_status status = VORDEC_OK;
  io.omega = omega;
  if (i % device->truth.stride == 0) {
    io.keep = field_of_snapshot(device, i);
    status = vordec_compare(device->comparer, &io, NULL, error);
  }
  return status || i != device->truth.last_training ? status : keep_last_training(device, io, error);
}

static enum vordec_status set_field(const struct snapshot_comparer *device, uint32_t field, const double *omega,
                                    struct vordec_error *error) {
  struct vordec_compare_io io = blank();
  io.omega = omega;
  io.keep = field;
  return vordec_compare(device->comparer, &io, NULL, error);
}

static enum vordec_status get_field(const struct snapshot_comparer *device, uint32_t field, double *omega,
                                    struct vordec_error *error) {
  struct vordec_compare_io io = blank();
  io.field = field;
  io.copy = omega;
  return vordec_compare(device->comparer, &io, NULL, error);
}

enum vordec_status snapshot_comparer_set_sum(const struct snapshot_comparer *device, const double *sum,
                                             struct vordec_error *error) {
  return set_field(device, field_of_sum(device), sum, error);
}

enum vordec_status snapshot_comparer_get_sum(const struct snapshot_comparer *device, double *sum,
                                             struct vordec_error *error) {
  return get_field(device, field_of_sum(device), sum, error);
}

enum vordec_status snapshot_comparer_set_last_training(const struct snapshot_comparer *device, const double *omega,
                                                       struct vordec_error *error) {
  return set_field(device, field_of_last_training(device), omega, error);
}

enum vordec_status snapshot_comparer_get_last_training(const struct snapshot_comparer *device, double *omega,
                                                       struct vordec_error *error) {
  return get_field(device, field_of_last_training(device), omega, error);
}

/* ---- comparing ---- */

/* The norm of a difference over that of the true field. */
static double relative_l2(double difference, double square) {
  return difference == 0 ? 0 : sqrt(difference / square);
}

static enum vordec_status compare_hat(const struct snapshot_comparer *device, struct vordec_decoder *decoder,
                                      double *shell, struct comparison *row, struct vordec_error *error) {
  const struct vordec_compare_pair truth = {field_of_snapshot(device, row->step), 1.0};
  struct vordec_field_moments own;
  struct vordec_pair_moments pair;
  struct vordec_compare_io io = blank();
  io.decoder = decoder;
  io.output = VORDEC_OMEGA_HAT;
  io.pairs = 1;
  io.pair = &truth;
  io.moments = &own;
  io.against = &pair;
  io.shell = device->shell;
  const enum vordec_status status = vordec_compare(device->comparer, &io, NULL, error);
  if (status) return status;
  row->decoded = totals_of(device, &own, shell);
  row->relative_l2 = relative_l2(pair.difference, pair.f.square);
  row->correlation = pair.covariance / sqrt(own.variance * pair.f.variance);
  return VORDEC_OK;
}

static enum vordec_status compare_lp(const struct snapshot_comparer *device, const struct decoded_snapshot *decoded,
                                     struct comparison *row, struct vordec_error *error) {
  const struct vordec_compare_pair truth = {field_of_snapshot(device, row->step), 1.0};
  struct vordec_pair_moments pair;
  struct vordec_compare_io io = blank();
  io.omega = decoded->omega_lp;
  if (!io.omega) io.decoder = decoded->decoder;
  io.output = VORDEC_OMEGA_LP;
  io.pairs = 1;
  io.pair = &truth;
  io.against = &pair;
  const enum vordec_status status = vordec_compare(device->comparer, &io, NULL, error);
  if (!status) row->relative_l2_lp = relative_l2(pair.difference, pair.f.square);
  return status;
}

/* The true field beside what costs nothing. */
static enum vordec_status compare_truth(const struct snapshot_comparer *device, size_t summed, double *shell,
                                        struct comparison *row, struct vordec_error *error) {
  const struct vordec_compare_pair known[2] = {{field_of_persistence(device, row->step), 1.0},
                                               {field_of_sum(device), 1.0 / (double)summed}};
  struct vordec_field_moments own;
  struct vordec_pair_moments pairs[2];
  struct vordec_compare_io io = blank();
  io.field = field_of_snapshot(device, row->step);
  io.pairs = 2;
  io.pair = known;
  io.moments = &own;
  io.against = pairs;
  io.shell = device->shell;
  const enum vordec_status status = vordec_compare(device->comparer, &io, NULL, error);
  if (status) return status;
  row->truth = totals_of(device, &own, shell);
  row->persistence = relative_l2(pairs[0].difference, own.square);
  row->climatology = relative_l2(pairs[1].difference, own.square);
  return VORDEC_OK;
}

enum vordec_status snapshot_comparer_compare(const struct snapshot_comparer *device,
                                             const struct decoded_snapshot *decoded, double *const shell[2],
                                             struct comparison *row, struct vordec_error *error) {
  enum vordec_status status = compare_hat(device, decoded->decoder, shell[1], row, error);
  if (!status) status = compare_lp(device, decoded, row, error);
  return status ? status : compare_truth(device, decoded->summed, shell[0], row, error);
}
