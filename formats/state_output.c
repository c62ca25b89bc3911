/* SPDX-License-Identifier: MIT */
#include "state_output.h"

#include <math.h>

#include "array_file.h"

static struct stored_states states_of(const struct state_output *output) {
  return (struct stored_states){.low = (output->d - 4) / 2 - output->anchors,
                                .kept = output->anchors,
                                .count = output->count,
                                .batched = output->batched,
                                .block = output->block};
}

enum vordec_status state_output_narrow(const struct state_output *output, struct narrowed_states **narrowed,
                                       struct vordec_error *error) {
  const struct stored_states states = states_of(output);
  return state_store_narrow(output->store, &states, output->z, narrowed, error);
}

static enum vordec_status add_arrays(struct array_sink *sink, const struct state_output *output,
                                     const struct narrowed_states *narrowed, struct vordec_error *error) {
  const struct stored_states states = states_of(output);
  const struct npy_form mask = {NPY_B1, 1, {output->n * output->n}}, anchors = {NPY_I8, 1, {output->anchors}};
  enum vordec_status status = state_store_add(output->store, &states, output->z, narrowed, sink, error);
  if (!status) status = array_sink_add(sink, "mask_low", &mask, output->mask_low, error);
  if (!status) status = array_sink_add(sink, "anchor_idx", &anchors, output->anchor_idx, error);
  return status;
}

static enum vordec_status add_settings(struct array_sink *sink, const struct state_settings *settings,
                                       struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (int i = 0; i < STATE_SETTINGS && !status; i++) {
    const char *name = state_setting_names[i].array;
    if (!settings->there[i]) continue;
    status = state_setting_names[i].real ? array_sink_add_f64(sink, name, settings->value[i], error)
                                         : array_sink_add_i64(sink, name, (int64_t)settings->value[i], error);
  }
  return status;
}

static enum vordec_status add_scalars(struct array_sink *sink, const struct state_output *output,
                                      struct vordec_error *error) {
  enum vordec_status status = array_sink_add_i64(sink, "N", (int64_t)output->n, error);
  if (!status) status = array_sink_add_f64(sink, "k_cut", output->k_cut, error);
  if (!status) status = array_sink_add_f64(sink, "resid_mid_cut", output->resid_mid_cut, error);
  if (!status) status = array_sink_add_i64(sink, "topk_mid", (int64_t)output->topk_mid, error);
  if (!status) status = array_sink_add_i64(sink, STATE_MODES, output->modes, error);
  if (!status) status = add_settings(sink, &output->settings, error);
  if (!status) status = array_sink_add_i64(sink, "dtype_code", state_store_code(output->store), error);
  if (!status && output->seed >= 0) status = array_sink_add_i64(sink, "seed", output->seed, error);
  if (!status && !isnan(output->dt)) status = array_sink_add_f64(sink, "dt", output->dt, error);
  return status;
}

enum vordec_status state_output_add(struct array_sink *sink, const struct state_output *output,
                                    const struct narrowed_states *narrowed, struct vordec_error *error) {
  const enum vordec_status status = add_arrays(sink, output, narrowed, error);
  return status ? status : add_scalars(sink, output, error);
}

enum vordec_status state_output_start(const char *path, const struct state_output *output, struct array_sink **sink,
                                      struct narrowed_states **narrowed, struct vordec_error *error) {
  const struct array_storage storage = {.compress = output->compress, .series = output->batched && !isnan(output->dt)};
  enum vordec_status status = array_file_create(path, &storage, sink, error);
  if (!status) status = state_output_narrow(output, narrowed, error);
  return status ? status : state_output_add(*sink, output, *narrowed, error);
}

enum vordec_status state_output_write(const char *path, const struct state_output *output, struct vordec_error *error) {
  struct array_sink *sink = NULL;
  struct narrowed_states *narrowed = NULL;
  enum vordec_status status = state_output_start(path, output, &sink, &narrowed, error);
  if (!status) status = array_sink_commit(sink, error);
  array_sink_destroy(sink);
  narrowed_states_destroy(narrowed);
  return status;
}
