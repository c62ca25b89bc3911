#include "residual_bands.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "formats/phases_file.h"

_Static_assert((int)RESIDUAL_MID == PHASES_MID && (int)RESIDUAL_HIGH == PHASES_HIGH,
               "the same bands in the same order");

static enum vordec_status make_bands(const struct residual_settings *settings, const struct vordec_layout_desc *layout,
                                     enum modes modes, struct residual_bands *bands, struct vordec_error *error) {
  const struct residual_desc desc = {
      .n = layout->n,
      .mask_low = layout->mask_low,
      .anchor_idx = layout->anchor_idx,
      .anchor_count = layout->anchor_count,
      .resid_mid_cut = layout->resid_mid_cut,
      .modes = modes,
      .seed = settings->seed,
      .threads = settings->threads,
  };
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!settings->band[band]) continue;
    bands->field[band] = calloc(layout->n * layout->n, sizeof(double));
    if (!bands->field[band]) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the residual");
    }
  }
  return residual_create(&desc, &bands->residual, error);
}

enum vordec_status residual_bands_create(const struct residual_settings *settings,
                                         const struct vordec_layout_desc *layout, enum modes modes,
                                         struct residual_bands *bands, struct vordec_error *error) {
  *bands = (struct residual_bands){.phases_path = settings->phases_path};
  if (!settings->synthesis) return VORDEC_OK;
  if (isnan(layout->resid_mid_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "the state has no resid_mid_cut, but [residual] synthesis = on needs it");
  }
  enum vordec_status status = make_bands(settings, layout, modes, bands, error);
  if (!status && settings->phases_path) {
    status = phases_file_read(settings->phases_path, layout->n, settings->band, bands->phases, error);
  }
  if (status) residual_bands_release(bands);
  return status;
}

void residual_bands_release(struct residual_bands *bands) {
  residual_destroy(bands->residual);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    free(bands->phases[band]);
    free(bands->field[band]);
  }
  *bands = (struct residual_bands){0};
}

uint32_t residual_bands_kinds(const struct residual_bands *bands) {
  return (bands->field[RESIDUAL_MID] ? VORDEC_RESIDUAL_MID : 0u) |
         (bands->field[RESIDUAL_HIGH] ? VORDEC_RESIDUAL_HIGH : 0u);
}

enum vordec_status residual_bands_attach(struct residual_bands *bands, const double *z, size_t step,
                                         struct vordec_decode_io *io, struct vordec_error *error) {
  if (!bands->residual) return VORDEC_OK;
  const double *const given[RESIDUAL_BANDS] = {bands->phases[RESIDUAL_MID], bands->phases[RESIDUAL_HIGH]};
  residual_targets(bands->residual, z, &bands->targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    const bool missing = bands->phases_path && bands->field[band] && !given[band];
    if (missing && bands->targets.energy[band] > 0.0) {
      return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: empty, but state %zu has energy in that band",
                         bands->phases_path, phases_file_keys[band], step);
    }
  }
  residual_synthesise(bands->residual, z, (uint32_t)step, given, bands->field, &bands->targets);
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    bands->energy[band] = bands->targets.energy[band];
    io->band[band] = bands->field[band];
    io->band_energy[band] = bands->field[band] ? &bands->energy[band] : NULL;
  }
  return VORDEC_OK;
}
