/*
 * The published reference data: low-pass field, ternary mask, majority, residual synthesis, scalars.
 */
#include "driver.h"

#include <io/npz.h>
#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

/* One decode file and its residual file. */
struct reference {
  uint32_t n, m, d, anchors;
  uint32_t *low_index, *anchor_index;
  double *z, *omega_lp, *omega_hat, *band[2], band_energy[2], gain[2];
  int8_t *mask;
  double tau, energy_lp, enstrophy_lp, support, absmax;
  int64_t width;
};

static double *doubles(struct npz *npz, const char *key, size_t *count) {
  struct npy_array array = {0};
  struct vordec_error error = {0};
  double *values = NULL;
  driver_must(npz_read(npz, key, &array, &error), &error);
  driver_must(npy_to_f64(&array, &values, &error), &error);
  if (count) *count = array.count;
  npy_array_release(&array);
  return values;
}

static double number(struct npz *npz, const char *key) {
  double value = 0.0;
  struct vordec_error error = {0};
  driver_must(npz_read_scalar_f64(npz, key, &value, &error), &error);
  return value;
}

/* Flat indices of the set cells of a boolean member. */
static uint32_t *indices(struct npz *npz, const char *key, uint32_t *count) {
  struct npy_array array = {0};
  struct vordec_error error = {0};
  uint8_t *set = NULL;
  driver_must(npz_read(npz, key, &array, &error), &error);
  driver_must(npy_to_bool(&array, &set, &error), &error);
  uint32_t *list = calloc(array.count, sizeof *list);
  assert_non_null(list);
  *count = 0;
  for (size_t i = 0; i < array.count; i++) {
    if (set[i]) list[(*count)++] = (uint32_t)i;
  }
  free(set);
  npy_array_release(&array);
  return list;
}

static struct npz *open_file(const char *folder, const char *name, const char *suffix) {
  char path[512];
  struct npz *npz = NULL;
  struct vordec_error error = {0};
  snprintf(path, sizeof path, "%s/%s/%s%s.npz", VORDEC_TEST_DATA, folder, name, suffix);
  driver_must(npz_open(path, &npz, &error), &error);
  return npz;
}

/* The band before gating: unit amplitudes sqrt(E) with the phases of the file. */
static double *band_field(struct npz *npz, uint32_t n, const char *mask_key, const char *phase_key, double target) {
  uint32_t count = 0;
  size_t phase_count = 0;
  uint32_t *list = indices(npz, mask_key, &count);
  double *phases = doubles(npz, phase_key, &phase_count);
  double *re = calloc(count + 1, sizeof *re), *im = calloc(count + 1, sizeof *im);
  double *field = calloc((size_t)n * n, sizeof *field);
  if (phase_count) {
    for (uint32_t i = 0; i < count; i++) {
      re[i] = sqrt(target) * cos(phases[list[i]]);
      im[i] = sqrt(target) * sin(phases[list[i]]);
    }
    sum_modes(n, list, count, re, im, field);
  }
  free(list);
  free(phases);
  free(re);
  free(im);
  return field;
}

static void load_residual(struct reference *ref, const char *folder, const char *suffix) {
  struct npz *npz = open_file(folder, "residual", suffix);
  ref->omega_hat = doubles(npz, "omega_hat", NULL);
  const double mid = number(npz, "target_mid_E"), high = number(npz, "target_high_E");
  ref->band[0] = band_field(npz, ref->n, "mid_mask", "phases_mid", mid);
  ref->band[1] = band_field(npz, ref->n, "high_mask", "phases_high", high);
  ref->band_energy[0] = mid * number(npz, "n_mid");
  ref->band_energy[1] = high * number(npz, "n_high");
  ref->gain[0] = number(npz, "mid_gain");
  ref->gain[1] = number(npz, "high_gain");
  npz_close(npz);
}

static struct reference load(const char *folder, const char *suffix) {
  struct reference ref = {0};
  struct npz *npz = open_file(folder, "decode", suffix);
  ref.n = (uint32_t)number(npz, "N");
  ref.low_index = indices(npz, "mask_low", &ref.m);
  size_t count = 0;
  double *anchors = doubles(npz, "anchor_idx", &count);
  ref.anchors = (uint32_t)count;
  ref.anchor_index = calloc(count + 1, sizeof *ref.anchor_index);
  for (size_t i = 0; i < count; i++) ref.anchor_index[i] = (uint32_t)anchors[i];
  free(anchors);
  ref.z = doubles(npz, "z", &count);
  ref.d = (uint32_t)count;
  assert_int_equal(ref.d, 2 * ref.m + 4 + 2 * ref.anchors);
  ref.omega_lp = doubles(npz, "omega_lp", NULL);
  double *mask = doubles(npz, "s_final", &count);
  ref.mask = calloc(count, 1);
  for (size_t i = 0; i < count; i++) ref.mask[i] = (int8_t)mask[i];
  free(mask);
  ref.tau = number(npz, "dashi_tau");
  ref.width = (int64_t)number(npz, "dashi_smooth_k");
  ref.energy_lp = number(npz, "energy_lp");
  ref.enstrophy_lp = number(npz, "enstrophy_lp");
  ref.support = number(npz, "support_frac");
  ref.absmax = number(npz, "R_absmax");
  npz_close(npz);
  load_residual(&ref, folder, suffix);
  return ref;
}

static void unload(struct reference *ref) {
  free(ref->low_index);
  free(ref->anchor_index);
  free(ref->z);
  free(ref->omega_lp);
  free(ref->omega_hat);
  free(ref->band[0]);
  free(ref->band[1]);
  free(ref->mask);
}

static void check(const struct reference *ref, const char *name, enum vordec_precision precision, const char *fft) {
  struct vordec_plan_desc desc = {.struct_size = sizeof desc,
                                  .n = ref->n,
                                  .batch = 1,
                                  .precision = precision,
                                  .fft = fft,
                                  .d = ref->d,
                                  .m = ref->m,
                                  .anchors = ref->anchors,
                                  .low_index = ref->low_index,
                                  .anchor_index = ref->anchor_index,
                                  .max_kept = ref->anchors,
                                  .smooth_width = (uint32_t)ref->width,
                                  .tau = ref->tau,
                                  .majority_iters = 8,
                                  .outputs = ALL_OUTPUTS,
                                  .residuals = VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
  struct vordec_plan_info info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  struct outputs outputs;
  outputs_create(&outputs, &desc, 1);
  const struct vordec_decode_job job = {.struct_size = sizeof job,
                                        .count = 1,
                                        .z = ref->z,
                                        .band = {ref->band[0], ref->band[1]},
                                        .band_energy = {&ref->band_energy[0], &ref->band_energy[1]},
                                        .outputs = ALL_OUTPUTS,
                                        .omega_lp = outputs.omega_lp,
                                        .mask = outputs.mask,
                                        .omega_hat = outputs.omega_hat,
                                        .scalars = outputs.scalars};
  driver_run(&harness, plan, &job);
  const double tolerance = precision == VORDEC_FP64 ? 1e-12 : 1e-6;
  double lp = 0.0, hat = 0.0;
  size_t off = 0;
  for (size_t i = 0; i < outputs.cells; i++) {
    lp += fabs(outputs_lp(&outputs, i) - ref->omega_lp[i]) / (double)outputs.cells;
    hat += fabs(outputs_hat(&outputs, i) - ref->omega_hat[i]) / (double)outputs.cells;
    off += outputs.mask[i] != ref->mask[i];
  }
  fprintf(stderr, "  %-20s %s %-6s: omega_lp MAE %.2e, omega_hat MAE %.2e, mask cells off %zu\n", name,
          precision == VORDEC_FP64 ? "fp64" : "fp32", info.fft, lp, hat, off);
  assert_true(lp <= tolerance);
  assert_true((double)off <= 1e-4 * (double)outputs.cells);
  /* A band's field grows with its gain, and so does its rounding. */
  if (off == 0) driver_near(hat, 0.0, tolerance * (1.0 + ref->gain[0] + ref->gain[1]), "omega_hat");
  const struct vordec_scalars *s = outputs.scalars;
  driver_near(s->energy_lp, ref->energy_lp, 1e-12 * (1.0 + ref->energy_lp), "energy_lp");
  driver_near(s->enstrophy_lp, ref->enstrophy_lp, 2 * tolerance * (1.0 + ref->enstrophy_lp), "enstrophy_lp");
  driver_near(s->residual_absmax, ref->absmax, 4 * tolerance, "residual_absmax");
  driver_near(s->support_frac, ref->support, 1e-4, "support_frac");
  for (int band = 0; band < 2 && off == 0; band++) {
    if (ref->band_energy[band] <= 0.0) continue;
    driver_near(s->band_gain[band], ref->gain[band], 4 * tolerance * (1.0 + ref->gain[band]), "band_gain");
    driver_near(s->band_energy[band], ref->band_energy[band], 4 * tolerance * (1.0 + ref->band_energy[band]),
                "band_energy");
  }
  harness.backend->plan_destroy(plan);
  outputs_destroy(&outputs);
}

static void every_reference_case(void **state) {
  (void)state;
  static const struct {
    const char *folder, *suffix;
  } files[] = {{"n64", ""},          {"n64", "_t10"}, {"n64", "_skew"}, {"n96_even", ""},
               {"n96_even", "_t10"}, {"n128", ""},    {"n128", "_t10"}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    struct reference ref = load(files[i].folder, files[i].suffix);
    char name[64];
    snprintf(name, sizeof name, "%s/decode%s", files[i].folder, files[i].suffix);
    check(&ref, name, VORDEC_FP32, "vkfft");
    check(&ref, name, VORDEC_FP32, "direct");
    if (harness.device.capabilities & VORDEC_CAP_FP64) {
      check(&ref, name, VORDEC_FP64, "vkfft");
      check(&ref, name, VORDEC_FP64, "direct");
    }
    unload(&ref);
  }
}

static int open_session(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  fprintf(stderr, "device: %s (%s)\n", harness.device.name, harness.device.driver);
  session = harness_session(&harness);
  return 0;
}

static int close_session(void **state) {
  (void)state;
  harness.backend->close(session);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_reference_case),
  };
  return cmocka_run_group_tests_name("vulkan reference", tests, open_session, close_session);
}
