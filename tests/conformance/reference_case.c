/* SPDX-License-Identifier: MIT */
#include "reference_case.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/reference.h"
#include "io/npz.h"

static const struct {
  const char *folder, *suffix, *name;
} cases[REFERENCE_COUNT] = {{"n64", "", "n64/decode"},
                            {"n64", "_t10", "n64/decode_t10"},
                            {"n64", "_skew", "n64/decode_skew"},
                            {"n96_even", "", "n96_even/decode"},
                            {"n96_even", "_t10", "n96_even/decode_t10"},
                            {"n128", "", "n128/decode"},
                            {"n128", "_t10", "n128/decode_t10"}};

static void must(enum vordec_status status, const struct vordec_error *error) {
  if (!status) return;
  fprintf(stderr, "%s\n", error->message);
  abort();
}

static void *some(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

static struct npz *open_path(const char *folder, const char *name, const char *suffix) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s%s.npz", folder, name, suffix);
  struct npz *npz = NULL;
  struct vordec_error error = {0};
  must(npz_open(path, &npz, &error), &error);
  return npz;
}

static struct npz *open_file(const char *folder, size_t number, const char *kind) {
  char name[64];
  snprintf(name, sizeof name, "%s/%s", cases[number].folder, kind);
  return open_path(folder, name, cases[number].suffix);
}

static struct npy_array read_array(struct npz *npz, const char *key) {
  struct npy_array array = {0};
  struct vordec_error error = {0};
  must(npz_read(npz, key, &array, &error), &error);
  return array;
}

static double *read_doubles(struct npz *npz, const char *key, size_t *count) {
  struct npy_array array = read_array(npz, key);
  double *values = NULL;
  struct vordec_error error = {0};
  must(npy_to_f64(&array, &values, &error), &error);
  if (count) *count = array.count;
  npy_array_release(&array);
  return values;
}

static double read_number(struct npz *npz, const char *key) {
  double value = 0.0;
  struct vordec_error error = {0};
  must(npz_read_scalar_f64(npz, key, &value, &error), &error);
  return value;
}

/* Flat indices of the set cells of a boolean member. */
static uint32_t *read_set(struct npz *npz, const char *key, uint32_t *count) {
  struct npy_array array = read_array(npz, key);
  struct vordec_error error = {0};
  uint8_t *set = NULL;
  must(npy_to_bool(&array, &set, &error), &error);
  uint32_t *list = some(array.count, sizeof *list);
  *count = 0;
  for (size_t i = 0; i < array.count; i++) {
    if (set[i]) list[(*count)++] = (uint32_t)i;
  }
  free(set);
  npy_array_release(&array);
  return list;
}

static void read_ternary(struct npz *npz, const char *key, size_t count, int8_t *to) {
  struct npy_array array = read_array(npz, key);
  if (array.type != NPY_I1 || array.count < count) abort();
  memcpy(to, array.data, count);
  npy_array_release(&array);
}

static void read_state(struct sample *sample, struct npz *npz) {
  size_t count = 0;
  sample->n = (uint32_t)read_number(npz, "N");
  sample->count = 1;
  sample->low = read_set(npz, "mask_low", &sample->m);
  double *anchors = read_doubles(npz, "anchor_idx", &count);
  sample->anchors = (uint32_t)count;
  sample->anchor = some(count, sizeof *sample->anchor);
  for (size_t i = 0; i < count; i++) sample->anchor[i] = (uint32_t)anchors[i];
  free(anchors);
  sample->z = read_doubles(npz, "z", &count);
  sample->d = (uint32_t)count;
  if (sample->d != 2 * sample->m + 4 + 2 * sample->anchors) abort();
}

static void read_decode(struct reference_case *reference, struct npz *npz) {
  read_state(&reference->sample, npz);
  const size_t cells = (size_t)reference->sample.n * reference->sample.n;
  reference->width = (uint32_t)read_number(npz, "dashi_smooth_k");
  reference->tau = read_number(npz, "dashi_tau");
  reference->omega_lp = read_doubles(npz, "omega_lp", NULL);
  reference->rounds = some(9 * cells, 1);
  reference->mask = some(cells, 1);
  read_ternary(npz, "s_initial", cells, reference->rounds);
  read_ternary(npz, "s_iters", 8 * cells, reference->rounds + cells);
  read_ternary(npz, "s_final", cells, reference->mask);
  reference->absmax = read_number(npz, "R_absmax");
  reference->support = read_number(npz, "support_frac");
  reference->energy_lp = read_number(npz, "energy_lp");
  reference->enstrophy_lp = read_number(npz, "enstrophy_lp");
}

/* The band before gating: unit amplitudes sqrt(E) with the phases of the file. */
static void read_band(struct sample *sample, struct npz *npz, int band) {
  static const char *const masks[2] = {"mid_mask", "high_mask"}, *const phases[2] = {"phases_mid", "phases_high"};
  static const char *const targets[2] = {"target_mid_E", "target_high_E"}, *const counts[2] = {"n_mid", "n_high"};
  const double target = read_number(npz, targets[band]);
  uint32_t count = 0;
  size_t phase_count = 0;
  uint32_t *list = read_set(npz, masks[band], &count);
  double *phase = read_doubles(npz, phases[band], &phase_count);
  double *re = some(count, sizeof *re), *im = some(count, sizeof *im);
  for (uint32_t i = 0; i < count && phase_count; i++) {
    re[i] = sqrt(target) * cos(phase[list[i]]);
    im[i] = sqrt(target) * sin(phase[list[i]]);
  }
  sample->band[band] = some((size_t)sample->n * sample->n, sizeof(double));
  reference_modes(sample->n, list, count, re, im, sample->band[band]);
  sample->band_energy[band] = some(1, sizeof(double));
  sample->band_energy[band][0] = target * read_number(npz, counts[band]);
  free(list);
  free(phase);
  free(re);
  free(im);
}

static void read_residual(struct reference_case *reference, struct npz *npz) {
  struct sample *sample = &reference->sample;
  const size_t cells = (size_t)sample->n * sample->n;
  for (int i = 0; i < 2; i++) read_band(sample, npz, i);
  reference->gated[0] = read_doubles(npz, "r_mid", NULL);
  reference->gated[1] = read_doubles(npz, "r_high", NULL);
  reference->gain[0] = read_number(npz, "mid_gain");
  reference->gain[1] = read_number(npz, "high_gain");
  sample->residual = some(cells, sizeof(double));
  for (size_t i = 0; i < cells; i++) sample->residual[i] = reference->gated[0][i] + reference->gated[1][i];
  reference->omega_hat = read_doubles(npz, "omega_hat", NULL);
  reference->energy_hat = read_number(npz, "energy_hat");
  reference->enstrophy_hat = read_number(npz, "enstrophy_hat");
  reference->kept_re = read_doubles(npz, "kept_r", NULL);
  reference->kept_im = read_doubles(npz, "kept_i", NULL);
  reference->kept = (uint32_t)read_number(npz, "k_keep");
}

struct reference_case reference_case_read(const char *folder, size_t number) {
  struct reference_case reference = {.name = cases[number].name};
  struct npz *decode = open_file(folder, number, "decode"), *residual = open_file(folder, number, "residual");
  read_decode(&reference, decode);
  read_residual(&reference, residual);
  npz_close(decode);
  npz_close(residual);
  return reference;
}

void reference_case_destroy(struct reference_case *reference) {
  void *const owned[] = {reference->omega_lp, reference->omega_hat, reference->gated[0], reference->gated[1],
                         reference->mask,     reference->rounds,    reference->kept_re,  reference->kept_im};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  sample_destroy(&reference->sample);
}

struct reference_rollout reference_rollout_read(const char *folder) {
  struct reference_rollout rollout;
  struct npz *states = open_path(folder, "n64/rollout", ""), *matrix = open_path(folder, "n64/A", "");
  struct npz *layout = open_path(folder, "n64/decode", "");
  size_t d, single, twice, entries, steps;
  rollout.z0 = read_doubles(states, "z0", &d);
  rollout.z[0] = read_doubles(states, "z_f32", &single);
  rollout.z[1] = read_doubles(states, "z_f64", &twice);
  rollout.steps = read_doubles(states, "steps", &steps);
  rollout.a = read_doubles(matrix, "A", &entries);
  rollout.d = (uint32_t)d;
  rollout.low = 2 * (uint32_t)read_number(layout, "M");
  if (steps != REFERENCE_STANDS || single != steps * d || twice != steps * d || entries != d * d) abort();
  npz_close(states);
  npz_close(matrix);
  npz_close(layout);
  return rollout;
}

void reference_rollout_destroy(struct reference_rollout *rollout) {
  free(rollout->a);
  free(rollout->z0);
  free(rollout->steps);
  free(rollout->z[0]);
  free(rollout->z[1]);
}
