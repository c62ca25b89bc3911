/* SPDX-License-Identifier: MIT */
#include "residual_phases.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "formats/phases_file.h"

_Static_assert((int)RESIDUAL_MID == PHASES_MID && (int)RESIDUAL_HIGH == PHASES_HIGH,
               "the same bands in the same order");

enum vordec_status residual_phases_read(const struct residual_settings *settings, size_t n,
                                        struct residual_phases *phases, struct vordec_error *error) {
  *phases = (struct residual_phases){.path = settings->synthesis ? settings->phases_path : NULL};
  for (int band = 0; band < RESIDUAL_BANDS; band++) phases->wanted[band] = settings->band[band];
  return phases->path ? phases_file_read(phases->path, n, phases->wanted, phases->phase, error) : VORDEC_OK;
}

void residual_phases_release(struct residual_phases *phases) {
  for (int band = 0; band < RESIDUAL_BANDS; band++) free(phases->phase[band]);
  *phases = (struct residual_phases){0};
}

uint32_t residual_phases_kinds(const struct residual_phases *phases) {
  return phases->path ? VORDEC_RESIDUAL_PHASES : 0u;
}

enum vordec_status residual_phases_give(const struct residual_phases *phases, struct vordec_decoder *decoder,
                                        struct vordec_error *error) {
  const double *const given[RESIDUAL_BANDS] = {phases->phase[RESIDUAL_MID], phases->phase[RESIDUAL_HIGH]};
  return phases->path ? vordec_decoder_set_phases(decoder, given, error) : VORDEC_OK;
}

bool residual_phases_lack(const struct residual_phases *phases) {
  bool lack = false;
  for (int band = 0; band < RESIDUAL_BANDS && phases->path; band++) {
    lack = lack || (phases->wanted[band] && !phases->phase[band]);
  }
  return lack;
}

enum vordec_status residual_phases_check(const struct residual_phases *phases, const struct vordec_decoder *decoder,
                                         const double *z, size_t number, struct vordec_error *error) {
  struct vordec_residual_targets targets;
  if (!residual_phases_lack(phases)) return VORDEC_OK;
  vordec_decoder_get_targets(decoder, z, &targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!phases->wanted[band] || phases->phase[band] || !(targets.energy[band] > 0.0)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: empty, but state %zu has energy in that band", phases->path,
                       phases_file_keys[band], number);
  }
  return VORDEC_OK;
}
