/* SPDX-License-Identifier: MIT */
#include "decode_parity.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

static enum vordec_status set(struct vordec_config *config, const char *section, const char *key, const char *value,
                              struct vordec_error *error) {
  return vordec_config_set(config, section, key, value, VORDEC_FROM_COMMAND_LINE, "the reference decoder", error);
}

enum vordec_status decode_parity_config(const struct vordec_config *config, struct vordec_config **reference,
                                        struct vordec_error *error) {
  static const char *const copied[][2] = {{"mask", "smooth_width"}, {"mask", "smooth_kernel"},  {"mask", "boundary"},
                                          {"mask", "tau"},          {"mask", "majority_iters"}, {"plugins", "path"},
                                          {"cpu", "threads"}};
  static const char *const fixed[][2] = {{"backend", "cpu"}, {"fft", "fftw"}, {"precision", "fp64"}};
  enum vordec_status status = vordec_config_create(reference, error);
  for (size_t i = 0; i < sizeof copied / sizeof *copied && !status; i++) {
    status = set(*reference, copied[i][0], copied[i][1], vordec_config_get(config, copied[i][0], copied[i][1]), error);
  }
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed && !status; i++) {
    status = set(*reference, "decode", fixed[i][0], fixed[i][1], error);
  }
  return status;
}

double decode_parity_tolerance(enum vordec_precision precision, double rms) {
  const double tolerance = precision == VORDEC_FP64 ? PARITY_FP64 : PARITY_FP32;
  return fmin(tolerance * fmax(1.0, rms), 10.0 * tolerance * rms);
}

enum vordec_status decode_parity_create(const struct vordec_config *config, const struct vordec_layout *layout,
                                        vordec_log_fn log, void *log_ctx, struct decode_parity *parity,
                                        struct vordec_error *error) {
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  struct vordec_layout_info info;
  struct vordec_config *reference = NULL;
  vordec_layout_get(layout, &info);
  *parity = (struct decode_parity){.cells = info.n * info.n};
  parity->omega_lp = malloc(parity->cells * sizeof *parity->omega_lp);
  parity->mask = malloc(parity->cells);
  enum vordec_status status = decode_parity_config(config, &reference, error);
  if (!status && (!parity->omega_lp || !parity->mask)) {
    status =
        vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the reference fields");
  }
  if (!status) status = vordec_runtime_create(reference, log, log_ctx, &parity->runtime, error);
  if (!status) status = vordec_decoder_create(parity->runtime, layout, &desc, &parity->decoder, error);
  vordec_config_destroy(reference);
  if (status) decode_parity_release(parity);
  return status;
}

void decode_parity_release(struct decode_parity *parity) {
  vordec_decoder_destroy(parity->decoder);
  vordec_runtime_destroy(parity->runtime);
  free(parity->omega_lp);
  free(parity->mask);
  *parity = (struct decode_parity){0};
}

static void compare(const struct decode_parity *parity, const struct parity_fields *fields, struct parity_row *row) {
  const bool wide = fields->precision == VORDEC_FP64;
  const double *doubles = wide ? fields->omega_lp : NULL;
  const float *floats = wide ? NULL : fields->omega_lp;
  double squares = 0.0;
  for (size_t i = 0; i < parity->cells; i++) {
    const double got = wide ? doubles[i] : (double)floats[i];
    const double expected = parity->omega_lp[i], difference = fabs(got - expected);
    row->mean_abs += difference; /* NaN here fails the comparison below */
    row->max_abs = fmax(row->max_abs, difference);
    squares += expected * expected;
    row->mask_differs += fields->mask[i] != parity->mask[i];
  }
  row->mean_abs /= (double)parity->cells;
  row->rms = sqrt(squares / (double)parity->cells);
}

enum vordec_status decode_parity_check(struct decode_parity *parity, const double *z,
                                       const struct parity_fields *fields, struct parity_row *row,
                                       struct vordec_error *error) {
  const struct vordec_decode_io io = {.count = 1, .z = z, .omega_lp = parity->omega_lp, .mask = parity->mask};
  const enum vordec_status status = vordec_decode(parity->decoder, &io, NULL, error);
  if (status) return status;
  row->mean_abs = row->max_abs = 0.0;
  row->mask_differs = 0;
  compare(parity, fields, row);
  const double tolerance = decode_parity_tolerance(fields->precision, row->rms);
  row->within = row->mean_abs <= tolerance && (double)row->mask_differs <= PARITY_MASK * (double)parity->cells;
  return VORDEC_OK;
}
