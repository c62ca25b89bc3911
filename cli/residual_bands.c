#include "residual_bands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <vordec/backend.h>

#include "io/npz.h"

static const char *const phase_keys[RESIDUAL_BANDS] = {"phases_mid", "phases_high"};

static bool config_true(const struct vordec_config *config, const char *key) {
  static const char *const words[] = {"true", "yes", "on", "1"};
  const char *value = vordec_config_get(config, "residual", key);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcasecmp(value, words[i]) == 0) return true;
  }
  return false;
}

/* N x N radians, or empty where nothing is drawn (NULL then). */
static enum vordec_status read_phases(struct npz *npz, const char *key, size_t n, double **phases,
                                      struct vordec_error *error) {
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  enum vordec_status status = npz_read(npz, key, &array, error);
  if (status) return status;
  if (array.ndim == 2 && array.shape[0] == n && array.shape[1] == n) {
    status = npy_to_f64(&array, phases, error);
  } else if (array.count != 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s: expected (%zu, %zu), or an empty array", array.name,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), n, n);
  }
  for (size_t i = 0; !status && *phases && i < n * n; i++) {
    if (!isfinite((*phases)[i])) {
      status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: entry %zu is %s", array.name, i,
                           isnan((*phases)[i]) ? "NaN" : "infinite");
    }
  }
  npy_array_release(&array);
  return status;
}

static enum vordec_status make_bands(const struct vordec_config *config, const struct vordec_layout_desc *layout,
                                     struct residual_bands *bands, struct vordec_error *error) {
  const char *const keys[RESIDUAL_BANDS] = {"mid", "high"};
  const struct residual_desc desc = {
      .n = layout->n,
      .mask_low = layout->mask_low,
      .anchor_idx = layout->anchor_idx,
      .anchor_count = layout->anchor_count,
      .resid_mid_cut = layout->resid_mid_cut,
      .seed = strtoull(vordec_config_get(config, "residual", "seed"), NULL, 10),
      .threads = (uint32_t)strtoul(vordec_config_get(config, "cpu", "threads"), NULL, 10),
  };
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    if (!config_true(config, keys[band])) continue;
    bands->field[band] = calloc(layout->n * layout->n, sizeof(double));
    if (!bands->field[band]) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the residual");
    }
  }
  return residual_create(&desc, &bands->residual, error);
}

enum vordec_status residual_bands_wanted(const struct vordec_config *config, const char *phases_path, bool *wanted,
                                         struct vordec_error *error) {
  *wanted = strcmp(vordec_config_get(config, "residual", "synthesis"), "on") == 0;
  if (*wanted || !phases_path) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--phases-npz gives phases and [residual] synthesis = off uses none: choose one");
}

enum vordec_status residual_bands_create(const struct vordec_config *config, const struct vordec_layout_desc *layout,
                                         const char *phases_path, struct residual_bands *bands,
                                         struct vordec_error *error) {
  struct npz *npz = NULL;
  bool wanted = false;
  *bands = (struct residual_bands){.phases_path = phases_path};
  enum vordec_status status = residual_bands_wanted(config, phases_path, &wanted, error);
  if (status || !wanted) return status;
  if (isnan(layout->resid_mid_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "the state has no resid_mid_cut, but [residual] synthesis = on needs it");
  }
  status = make_bands(config, layout, bands, error);
  if (!status && phases_path) status = npz_open(phases_path, &npz, error);
  for (int band = 0; band < RESIDUAL_BANDS && npz && !status; band++) {
    if (bands->field[band]) status = read_phases(npz, phase_keys[band], layout->n, &bands->phases[band], error);
  }
  npz_close(npz);
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
                         bands->phases_path, phase_keys[band], step);
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
