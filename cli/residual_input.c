#include "residual_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "formats/field_file.h"

#define STATES_SHOWN 8

enum vordec_status residual_input_make_room(struct residual_input *input, const struct state_file *state, size_t room,
                                            struct vordec_error *error) {
  const size_t cells = state->info.n * state->info.n;
  if (!input->targets) return VORDEC_OK;
  bool ok = true;
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!input->bands.field[band]) continue;
    input->band[band] = calloc(room, cells * sizeof(double));
    input->energy[band] = calloc(room, sizeof(double));
    ok = ok && input->band[band] && input->energy[band];
  }
  return ok ? VORDEC_OK
            : vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the residual");
}

/* State i of the file, the at-th of the piece, counts as step i. */
static enum vordec_status synthesise_state(struct residual_input *input, const struct state_file *state, size_t i,
                                           size_t at, struct vordec_error *error) {
  const size_t cells = state->info.n * state->info.n;
  struct vordec_decode_io io = {0};
  const enum vordec_status status = residual_bands_attach(&input->bands, state->z + i * state->info.d, i, &io, error);
  if (status) return status;
  input->targets[i] = input->bands.targets;
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!input->band[band]) continue;
    memcpy(input->band[band] + at * cells, io.band[band], cells * sizeof(double));
    input->energy[band][at] = input->bands.energy[band];
  }
  return VORDEC_OK;
}

static enum vordec_status prepare_synthesis(struct residual_input *input, const struct state_file *state,
                                            const struct residual_settings *settings, struct vordec_error *error) {
  if (isnan(state->k_cut) || isnan(state->resid_mid_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: missing, but [residual] synthesis = on needs it", state->path,
                       isnan(state->k_cut) ? "k_cut" : "resid_mid_cut");
  }
  const struct vordec_layout_desc layout = {.n = state->info.n,
                                            .mask_low = state->mask_low,
                                            .anchor_idx = state->anchor_idx,
                                            .anchor_count = state->info.anchors,
                                            .k_cut = state->k_cut,
                                            .resid_mid_cut = state->resid_mid_cut};
  const enum vordec_status status = residual_bands_create(settings, &layout, state->modes, &input->bands, error);
  if (status) return status;
  input->targets = calloc(state->count, sizeof *input->targets);
  if (input->targets) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the residual");
}

enum vordec_status residual_input_read(struct residual_input *input, const struct state_file *state,
                                       const struct residual_settings *settings, const char *resid_path,
                                       struct vordec_error *error) {
  if (resid_path && settings->synthesis) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resid-npy gives a residual and [residual] synthesis = on makes one: choose one");
  }
  if (resid_path) return field_file_read_batch(resid_path, state->info.n, state->count, &input->field, error);
  return settings->synthesis ? prepare_synthesis(input, state, settings, error) : VORDEC_OK;
}

void residual_input_release(struct residual_input *input) {
  free(input->field);
  free(input->targets);
  residual_bands_release(&input->bands);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    free(input->band[band]);
    free(input->energy[band]);
  }
  *input = (struct residual_input){0};
}

uint32_t residual_input_kinds(const struct residual_input *input) {
  return (input->field ? VORDEC_RESIDUAL_FIELD : 0u) | (input->bands.field[RESIDUAL_MID] ? VORDEC_RESIDUAL_MID : 0u) |
         (input->bands.field[RESIDUAL_HIGH] ? VORDEC_RESIDUAL_HIGH : 0u);
}

enum vordec_status residual_input_attach(struct residual_input *input, const struct state_file *state, size_t first,
                                         struct vordec_decode_io *io, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; input->targets && i < io->count && !status; i++) {
    status = synthesise_state(input, state, first + i, i, error);
  }
  io->residual = input->field ? input->field + first * state->info.n * state->info.n : NULL;
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    io->band[band] = input->band[band];
    io->band_energy[band] = input->energy[band];
  }
  return status;
}

void residual_input_describe(const struct residual_input *input, const struct vordec_scalars *scalars,
                             const struct rank_block *states) {
  static const char *const names[RESIDUAL_BANDS] = {"mid", "high"};
  for (size_t i = 0; input->targets && i < states->count && i < STATES_SHOWN; i++) {
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      if (!input->bands.field[band]) continue;
      fprintf(stderr, "residual       state %zu, %s: %zu modes, target %.6g", states->first + i, names[band],
              input->targets[states->first + i].modes[band], input->targets[states->first + i].energy[band]);
      if (scalars) fprintf(stderr, ", achieved %.6g", scalars[i].band_energy[band]);
      fprintf(stderr, "\n");
    }
  }
}
