/* SPDX-License-Identifier: MIT */
#include "residual_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "formats/field_file.h"

#define STATES_SHOWN 8

static enum vordec_status check_state(const struct state_file *state, struct vordec_error *error) {
  if (!isnan(state->k_cut) && !isnan(state->resid_mid_cut)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: missing, but [residual] synthesis = on needs it", state->path,
                     isnan(state->k_cut) ? "k_cut" : "resid_mid_cut");
}

enum vordec_status residual_input_read(struct residual_input *input, const struct state_file *state,
                                       const struct residual_settings *settings, const char *resid_path,
                                       struct vordec_error *error) {
  if (resid_path && settings->synthesis) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "--resid-npy gives a residual and [residual] synthesis = on makes one: choose one");
  }
  if (resid_path) return field_file_read_batch(resid_path, state->info.n, state->count, &input->field, error);
  const enum vordec_status status = settings->synthesis ? check_state(state, error) : VORDEC_OK;
  return status ? status : residual_phases_read(settings, state->info.n, &input->phases, error);
}

void residual_input_release(struct residual_input *input) {
  free(input->field);
  residual_phases_release(&input->phases);
  *input = (struct residual_input){0};
}

uint32_t residual_input_kinds(const struct residual_input *input) {
  return (input->field ? VORDEC_RESIDUAL_FIELD : 0u) | residual_phases_kinds(&input->phases);
}

enum vordec_status residual_input_equip(const struct residual_input *input, struct vordec_decoder *decoder,
                                        struct vordec_error *error) {
  if (!vordec_decoder_residual_backend(decoder)) return VORDEC_OK; /* no output has a residual in it */
  return residual_phases_give(&input->phases, decoder, error);
}

enum vordec_status residual_input_attach(const struct residual_input *input, const struct state_file *state,
                                         size_t first, struct vordec_decoder *decoder, struct vordec_decode_io *io,
                                         struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = first; i < first + io->count && !status; i++) {
    status = residual_phases_check(&input->phases, decoder, state->z + i * state->info.d, i, error);
  }
  io->residual = input->field ? input->field + first * state->info.n * state->info.n : NULL;
  vordec_decoder_set_step(decoder, first);
  return status;
}

void residual_input_describe(const struct residual_told *told, const struct rank_block *states) {
  static const char *const names[RESIDUAL_BANDS] = {"mid", "high"};
  const char *backend = told->decoder ? vordec_decoder_residual_backend(told->decoder) : NULL;
  if (!backend) return;
  const char *reason = vordec_decoder_residual_reason(told->decoder);
  if (*reason) fprintf(stderr, "residual       made by %s, because %s\n", backend, reason);
  for (size_t i = 0; i < states->count && i < STATES_SHOWN; i++) {
    struct vordec_residual_targets targets;
    const size_t number = states->first + i;
    vordec_decoder_get_targets(told->decoder, told->state->z + number * told->state->info.d, &targets);
    for (int band = 0; band < RESIDUAL_BANDS; band++) {
      if (!told->settings->band[band]) continue;
      fprintf(stderr, "residual       state %zu, %s: %zu modes, target %.6g", number, names[band], targets.modes[band],
              targets.energy[band]);
      if (told->scalars) fprintf(stderr, ", achieved %.6g", told->scalars[i].band_energy[band]);
      fprintf(stderr, "\n");
    }
  }
}
