/* SPDX-License-Identifier: MIT */
/*
 * STATE.npz with the layout made of it. A state that was accepted obeys what backends rely on, and is the same after it
 * was written and read again, with what it says about the mask.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "archive.h"
#include "cli/state_input.h"
#include "fuzz.h"
#include "io/npz.h"

const char *const archive_keys[] = {"z",
                                    "mask_low",
                                    "N",
                                    "anchor_idx",
                                    "k_cut",
                                    "resid_mid_cut",
                                    "dashi_tau",
                                    "dashi_smooth_k",
                                    "dashi_kernel",
                                    "dashi_boundary",
                                    "dashi_majority_iters",
                                    "dt",
                                    NULL};

static struct vordec_config *make_config(void) {
  struct vordec_config *config = NULL;
  struct vordec_error error = {0};
  FUZZ_CHECK(vordec_config_create(&config, &error) == VORDEC_OK);
  return config;
}

static void check_layout(const struct state_file *state) {
  const struct vordec_layout_info *info = &state->info;
  const size_t cells = info->n * info->n;
  size_t low = 0;
  FUZZ_CHECK(info->n >= 4 && info->n <= VORDEC_MAX_N);
  for (size_t i = 0; i < cells; i++) {
    FUZZ_CHECK(state->mask_low[i] <= 1);
    low += state->mask_low[i];
  }
  FUZZ_CHECK(low == info->m && low > 0 && info->d == 2 * low + 4 + 2 * info->anchors);
  FUZZ_CHECK(info->max_kept <= info->anchors);
  for (size_t i = 0; i < info->anchors; i++) {
    FUZZ_CHECK(state->anchor_idx[i] >= 0 && (uint64_t)state->anchor_idx[i] < cells);
    for (size_t j = 0; j < i; j++) FUZZ_CHECK(state->anchor_idx[i] != state->anchor_idx[j]);
  }
}

static void check_states(const struct state_file *state) {
  const struct vordec_layout_info *info = &state->info;
  struct vordec_error error = {0};
  FUZZ_CHECK(state->count > 0 && state->z && (state->batched || state->count == 1));
  for (size_t i = 0; i < state->count * info->d; i++) FUZZ_CHECK(isfinite(state->z[i]));
  FUZZ_CHECK(vordec_layout_check(state->layout, state->z, state->count, &error) == VORDEC_OK);
  for (size_t i = 0; i < state->count; i++) {
    FUZZ_CHECK(vordec_kept_count(state->z[i * info->d + 2 * info->m + 3], info->max_kept) <= info->max_kept);
  }
}

static enum vordec_status add_default(struct npz_writer *writer, enum state_setting which,
                                      const struct vordec_config *config, struct vordec_error *error) {
  const char *section = state_setting_names[which].section, *key = state_setting_names[which].key;
  const char *where = vordec_config_where(config, section, key);
  if (strcmp(where, "built-in default") == 0) return VORDEC_OK;
  const bool worded = which == STATE_KERNEL || which == STATE_BOUNDARY;
  const double value =
      worded ? vordec_config_get_choice(config, section, key) : strtod(vordec_config_get(config, section, key), NULL);
  return npz_writer_add_f64(writer, state_setting_names[which].array, value, error);
}

static void write_state(const char *path, const struct state_file *state, const struct vordec_config *config) {
  const struct vordec_layout_info *info = &state->info;
  struct vordec_error error = {0};
  struct npz_writer *writer = NULL;
  enum vordec_status status = npz_writer_create(path, &writer, &error);
  const struct npy_form one = {NPY_F8, 1, {info->d}}, several = {NPY_F8, 2, {state->count, info->d}},
                        mask = {NPY_B1, 1, {info->n * info->n}}, anchors = {NPY_I8, 1, {info->anchors}};
  if (!status) status = npz_writer_add(writer, "z", state->batched ? &several : &one, state->z, &error);
  if (!status) status = npz_writer_add(writer, "mask_low", &mask, state->mask_low, &error);
  if (!status && state->anchor_idx) {
    status = npz_writer_add(writer, "anchor_idx", &anchors, state->anchor_idx, &error);
  }
  if (!status) status = npz_writer_add_i64(writer, "N", (int64_t)info->n, &error);
  if (!status && !isnan(state->k_cut)) status = npz_writer_add_f64(writer, "k_cut", state->k_cut, &error);
  if (!status && !isnan(state->resid_mid_cut)) {
    status = npz_writer_add_f64(writer, "resid_mid_cut", state->resid_mid_cut, &error);
  }
  for (int i = 0; i < STATE_SETTINGS && !status; i++) {
    status = add_default(writer, (enum state_setting)i, config, &error);
  }
  if (!status) status = npz_writer_commit(writer, &error);
  npz_writer_destroy(writer);
  FUZZ_CHECK(status == VORDEC_OK);
}

static void check_same_text(const struct vordec_config *a, const struct vordec_config *b,
                            const struct state_setting_names *names) {
  FUZZ_CHECK(
      strcmp(vordec_config_get(a, names->section, names->key), vordec_config_get(b, names->section, names->key)) == 0);
}

static void check_written(const struct state_file *state, const struct vordec_config *config) {
  const struct vordec_layout_info *info = &state->info;
  struct vordec_config *config_again = make_config();
  struct state_file again = {0};
  struct vordec_error error = {0};
  char path[4096];
  snprintf(path, sizeof path, "%s", fuzz_path("state.npz"));
  write_state(path, state, config);
  FUZZ_CHECK(state_input_read(path, config_again, &again, &error) == VORDEC_OK);
  FUZZ_CHECK(memcmp(info, &again.info, sizeof *info) == 0 && state->count == again.count);
  FUZZ_CHECK(memcmp(state->z, again.z, state->count * info->d * sizeof *state->z) == 0);
  FUZZ_CHECK(memcmp(state->mask_low, again.mask_low, info->n * info->n) == 0);
  FUZZ_CHECK(info->anchors == 0 ||
             memcmp(state->anchor_idx, again.anchor_idx, info->anchors * sizeof *again.anchor_idx) == 0);
  for (int i = 0; i < STATE_SETTINGS; i++) check_same_text(config, config_again, &state_setting_names[i]);
  state_file_release(&again);
  vordec_config_destroy(config_again);
}

static void check_time_step(const char *path) {
  struct vordec_error error = {0};
  double dt = 0.0;
  const enum vordec_status status = state_file_read_dt(path, &dt, &error);
  if (status)
    fuzz_check_error(status, &error);
  else
    FUZZ_CHECK(isnan(dt) || (isfinite(dt) && dt > 0.0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vordec_config *config = make_config();
  struct state_file state = {0};
  struct vordec_error error = {0};
  char path[4096];
  snprintf(path, sizeof path, "%s", fuzz_file(0, data, size));
  check_time_step(path);
  const enum vordec_status status = state_input_read(path, config, &state, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&state, sizeof state));
  } else {
    check_layout(&state);
    check_states(&state);
    check_written(&state, config);
  }
  state_file_release(&state);
  vordec_config_destroy(config);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  return archive_mutate(data, size, max_size, seed);
}
