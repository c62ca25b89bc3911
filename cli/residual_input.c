#include "residual_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "io/npz.h"

#define STATES_SHOWN 8

static enum vordec_status check_finite(const char *name, const double *values, size_t count,
                                       struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(values[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: entry %zu is %s", name, i, isnan(values[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

/* ---- the caller's field ---- */

/* (N, N) for one state, (B, N, N) for B of them. */
static bool fits_fields(const struct npy_array *array, const struct state_file *state) {
  const size_t n = state->info.n;
  if (array->ndim == 2) return state->count == 1 && array->shape[0] == n && array->shape[1] == n;
  return array->ndim == 3 && array->shape[0] == state->count && array->shape[1] == n && array->shape[2] == n;
}

static enum vordec_status read_field(struct residual_input *input, const struct state_file *state, const char *path,
                                     struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = npy_read(path, &array, error);
  if (status) return status;
  char shape[NPY_SHAPE_TEXT_MAX];
  if (fits_fields(&array, state)) {
    status = npy_to_f64(&array, &input->field, error);
  } else {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s does not fit %zu state(s) of N = %zu", path,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), state->count, state->info.n);
  }
  if (!status) status = check_finite(path, input->field, array.count, error);
  npy_array_release(&array);
  return status;
}

/* ---- synthesis ---- */

static bool config_is(const struct vordec_config *config, const char *key, const char *const *words) {
  const char *value = vordec_config_get(config, "residual", key);
  for (; *words; words++) {
    if (strcasecmp(value, *words) == 0) return true;
  }
  return false;
}

static bool config_true(const struct vordec_config *config, const char *key) {
  static const char *const words[] = {"true", "yes", "on", "1", NULL};
  return config_is(config, key, words);
}

/* Phases of one band: N x N, or empty where nothing is drawn (NULL then). */
static enum vordec_status read_phases(struct npz *npz, const char *key, size_t n, double **phases,
                                      struct vordec_error *error) {
  struct npy_array array = {0};
  enum vordec_status status = npz_read(npz, key, &array, error);
  if (status) return status;
  char shape[NPY_SHAPE_TEXT_MAX];
  const bool square = array.ndim == 2 && array.shape[0] == n && array.shape[1] == n;
  if (square) {
    status = npy_to_f64(&array, phases, error);
    if (!status) status = check_finite(array.name, *phases, n * n, error);
  } else if (array.count != 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s: expected (%zu, %zu), or an empty array", array.name,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), n, n);
  }
  npy_array_release(&array);
  return status;
}

/* A band that a state fills needs its phases, if phases are the caller's. */
static enum vordec_status check_phases(const struct residual *residual, const struct state_file *state,
                                       double *const phases[RESIDUAL_BANDS], const bool wanted[RESIDUAL_BANDS],
                                       const char *path, struct vordec_error *error) {
  static const char *const keys[RESIDUAL_BANDS] = {"phases_mid", "phases_high"};
  for (size_t i = 0; i < state->count; i++) {
    struct residual_targets targets;
    residual_targets(residual, state->z + i * state->info.d, &targets);
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      if (!wanted[band] || targets.energy[band] <= 0.0 || phases[band]) continue;
      return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: empty, but state %zu has energy in that band", path,
                         keys[band], i);
    }
  }
  return VORDEC_OK;
}

static enum vordec_status allocate_bands(struct residual_input *input, const struct state_file *state,
                                         const bool wanted[RESIDUAL_BANDS], struct vordec_error *error) {
  const size_t cells = state->info.n * state->info.n;
  input->targets = calloc(state->count, sizeof *input->targets);
  bool ok = input->targets != NULL;
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!wanted[band]) continue;
    input->band[band] = calloc(state->count, cells * sizeof(double));
    input->energy[band] = calloc(state->count, sizeof(double));
    ok = ok && input->band[band] && input->energy[band];
  }
  return ok ? VORDEC_OK
            : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the residual");
}

static void synthesise_all(struct residual_input *input, struct residual *residual, const struct state_file *state,
                           double *const phases[RESIDUAL_BANDS]) {
  const size_t cells = state->info.n * state->info.n;
  const double *const given[RESIDUAL_BANDS] = {phases[0], phases[1]};
  for (size_t i = 0; i < state->count; i++) {
    double *fields[RESIDUAL_BANDS];
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      fields[band] = input->band[band] ? input->band[band] + i * cells : NULL;
    }
    residual_synthesise(residual, state->z + i * state->info.d, (uint32_t)i, given, fields, &input->targets[i]);
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      if (input->energy[band]) input->energy[band][i] = input->targets[i].energy[band];
    }
  }
}

static enum vordec_status synthesise(struct residual_input *input, const struct state_file *state,
                                     const struct vordec_config *config, const char *phases_path,
                                     struct vordec_error *error) {
  const bool wanted[RESIDUAL_BANDS] = {config_true(config, "mid"), config_true(config, "high")};
  double *phases[RESIDUAL_BANDS] = {NULL, NULL};
  struct residual *residual = NULL;
  struct npz *npz = NULL;
  if (isnan(state->k_cut) || isnan(state->resid_mid_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: missing, but [residual] synthesis = on needs it", state->path,
                       isnan(state->k_cut) ? "k_cut" : "resid_mid_cut");
  }
  const struct residual_desc desc = {
      .n = state->info.n,
      .mask_low = state->mask_low,
      .anchor_idx = state->anchor_idx,
      .anchor_count = state->info.anchors,
      .resid_mid_cut = state->resid_mid_cut,
      .seed = strtoull(vordec_config_get(config, "residual", "seed"), NULL, 10),
  };
  enum vordec_status status = residual_create(&desc, &residual, error);
  if (!status && phases_path) status = npz_open(phases_path, &npz, error);
  if (!status && npz && wanted[0]) status = read_phases(npz, "phases_mid", state->info.n, &phases[0], error);
  if (!status && npz && wanted[1]) status = read_phases(npz, "phases_high", state->info.n, &phases[1], error);
  if (!status && npz) status = check_phases(residual, state, phases, wanted, phases_path, error);
  if (!status) status = allocate_bands(input, state, wanted, error);
  if (!status) synthesise_all(input, residual, state, phases);
  npz_close(npz);
  residual_destroy(residual);
  free(phases[0]);
  free(phases[1]);
  return status;
}

enum vordec_status residual_input_read(struct residual_input *input, const struct state_file *state,
                                       struct vordec_config *config, const char *resid_path, const char *phases_path,
                                       struct vordec_error *error) {
  if (phases_path) {
    const enum vordec_status status =
        vordec_config_set(config, "residual", "synthesis", "on", VORDEC_FROM_COMMAND_LINE, "--phases-npz", error);
    if (status) return status;
  }
  const bool synthesis = strcmp(vordec_config_get(config, "residual", "synthesis"), "on") == 0;
  if (resid_path && synthesis) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resid-npy gives a residual and [residual] synthesis = on makes one: choose one");
  }
  if (resid_path) return read_field(input, state, resid_path, error);
  return synthesis ? synthesise(input, state, config, phases_path, error) : VORDEC_OK;
}

void residual_input_release(struct residual_input *input) {
  free(input->field);
  free(input->targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    free(input->band[band]);
    free(input->energy[band]);
  }
  *input = (struct residual_input){0};
}

uint32_t residual_input_kinds(const struct residual_input *input) {
  return (input->field ? VORDEC_RESIDUAL_FIELD : 0u) | (input->band[RESIDUAL_MID] ? VORDEC_RESIDUAL_MID : 0u) |
         (input->band[RESIDUAL_HIGH] ? VORDEC_RESIDUAL_HIGH : 0u);
}

void residual_input_attach(const struct residual_input *input, struct vordec_decode_io *io) {
  io->residual = input->field;
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    io->band[band] = input->band[band];
    io->band_energy[band] = input->energy[band];
  }
}

void residual_input_describe(const struct residual_input *input, const struct vordec_decode_io *io) {
  static const char *const names[RESIDUAL_BANDS] = {"mid", "high"};
  for (size_t i = 0; input->targets && i < io->count && i < STATES_SHOWN; i++) {
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      if (!input->band[band]) continue;
      fprintf(stderr, "residual       state %zu, %s: %zu modes, target %.6g", i, names[band],
              input->targets[i].modes[band], input->targets[i].energy[band]);
      if (io->scalars) fprintf(stderr, ", achieved %.6g", io->scalars[i].band_energy[band]);
      fprintf(stderr, "\n");
    }
  }
}
