#include "doubles.h"

#include "cpu_reference.h"

#include <io/npz.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_rig.h"

static const struct {
  const char *folder, *suffix, *name;
} cases[REFERENCE_COUNT] = {{"n64", "", "n64/decode"},
                            {"n64", "_t10", "n64/decode_t10"},
                            {"n64", "_skew", "n64/decode_skew"},
                            {"n96_even", "", "n96_even/decode"},
                            {"n96_even", "_t10", "n96_even/decode_t10"},
                            {"n128", "", "n128/decode"},
                            {"n128", "_t10", "n128/decode_t10"}};

static struct npz *open_file(size_t number, const char *kind) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s/%s%s.npz", REFERENCE_DATA, cases[number].folder, kind, cases[number].suffix);
  struct npz *npz = NULL;
  struct vordec_error error = {0};
  if (npz_open(path, &npz, &error) != VORDEC_OK) fail_msg("%s", error.message);
  return npz;
}

static struct npy_array read_array(struct npz *npz, const char *key) {
  struct npy_array array = {0};
  struct vordec_error error = {0};
  if (npz_read(npz, key, &array, &error) != VORDEC_OK) fail_msg("%s", error.message);
  return array;
}

static double *read_doubles(struct npz *npz, const char *key) {
  struct npy_array array = read_array(npz, key);
  double *values = NULL;
  struct vordec_error error = {0};
  if (npy_to_f64(&array, &values, &error) != VORDEC_OK) fail_msg("%s", error.message);
  npy_array_release(&array);
  return values;
}

static double read_double(struct npz *npz, const char *key) {
  double *value = read_doubles(npz, key);
  const double result = *value;
  free(value);
  return result;
}

static uint8_t *read_booleans(struct npz *npz, const char *key) {
  struct npy_array array = read_array(npz, key);
  uint8_t *values = NULL;
  struct vordec_error error = {0};
  if (npy_to_bool(&array, &values, &error) != VORDEC_OK) fail_msg("%s", error.message);
  npy_array_release(&array);
  return values;
}

/* An int8 member's data is handed on as it is. */
static int8_t *read_ternary(struct npz *npz, const char *key) {
  struct npy_array array = read_array(npz, key);
  assert_int_equal(array.type, NPY_I1);
  return array.data;
}

static struct shape read_shape(struct npz *npz) {
  struct shape shape = {.n = (size_t)read_double(npz, "N"), .m = (size_t)read_double(npz, "M")};
  uint8_t *mask = read_booleans(npz, "mask_low");
  struct npy_array array = read_array(npz, "anchor_idx");
  int64_t *anchor = NULL;
  struct vordec_error error = {0};
  if (npy_to_i64(&array, &anchor, &error) != VORDEC_OK) fail_msg("%s", error.message);
  shape.anchors = array.count;
  shape.low = malloc(shape.m * sizeof *shape.low);
  shape.anchor = malloc(shape.anchors * sizeof *shape.anchor);
  assert_true(shape.low && shape.anchor);
  size_t found = 0;
  for (size_t i = 0; i < shape.n * shape.n; i++) {
    if (mask[i]) shape.low[found++] = (uint32_t)i;
  }
  assert_int_equal(found, shape.m);
  for (size_t i = 0; i < shape.anchors; i++) shape.anchor[i] = (uint32_t)anchor[i];
  shape.d = 2 * shape.m + 4 + 2 * shape.anchors;
  free(mask);
  free(anchor);
  npy_array_release(&array);
  return shape;
}

static void read_decode(struct reference *reference, struct npz *npz) {
  reference->shape = read_shape(npz);
  reference->width = (size_t)read_double(npz, "dashi_smooth_k");
  reference->tau = read_double(npz, "dashi_tau");
  reference->z = read_doubles(npz, "z");
  reference->omega_lp = read_doubles(npz, "omega_lp");
  reference->s_initial = read_ternary(npz, "s_initial");
  reference->s_iters = read_ternary(npz, "s_iters");
  reference->s_final = read_ternary(npz, "s_final");
  reference->r_absmax = read_double(npz, "R_absmax");
  reference->support_frac = read_double(npz, "support_frac");
  reference->energy_lp = read_double(npz, "energy_lp");
  reference->enstrophy_lp = read_double(npz, "enstrophy_lp");
}

static void read_residual(struct reference *reference, struct npz *npz) {
  static const char *const bands[2] = {"mid", "high"};
  for (size_t i = 0; i < 2; i++) {
    char key[32];
    snprintf(key, sizeof key, "phases_%s", bands[i]);
    reference->phases[i] = read_doubles(npz, key);
    snprintf(key, sizeof key, "%s_mask", bands[i]);
    reference->band_mask[i] = read_booleans(npz, key);
    snprintf(key, sizeof key, "target_%s_E", bands[i]);
    reference->target[i] = read_double(npz, key);
    snprintf(key, sizeof key, "n_%s", bands[i]);
    reference->modes[i] = read_double(npz, key);
    snprintf(key, sizeof key, "%s_var", bands[i]);
    reference->variance[i] = read_double(npz, key);
    snprintf(key, sizeof key, "%s_gain", bands[i]);
    reference->gain[i] = read_double(npz, key);
  }
  reference->omega_hat = read_doubles(npz, "omega_hat");
  reference->r_mid = read_doubles(npz, "r_mid");
  reference->r_high = read_doubles(npz, "r_high");
  reference->kept_r = read_doubles(npz, "kept_r");
  reference->kept_i = read_doubles(npz, "kept_i");
  reference->k_keep = (size_t)read_double(npz, "k_keep");
  reference->energy_hat = read_double(npz, "energy_hat");
  reference->enstrophy_hat = read_double(npz, "enstrophy_hat");
}

struct reference reference_read(size_t number) {
  struct reference reference = {.name = cases[number].name};
  struct npz *decode = open_file(number, "decode"), *residual = open_file(number, "residual");
  read_decode(&reference, decode);
  read_residual(&reference, residual);
  npz_close(decode);
  npz_close(residual);
  return reference;
}

void reference_destroy(struct reference *reference) {
  void *owned[] = {
      reference->z,         reference->omega_lp, reference->s_initial,    reference->s_iters,     reference->s_final,
      reference->omega_hat, reference->r_mid,    reference->r_high,       reference->phases[0],   reference->phases[1],
      reference->kept_r,    reference->kept_i,   reference->band_mask[0], reference->band_mask[1]};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
  shape_destroy(&reference->shape);
}

struct vordec_plan_desc reference_describe(const struct reference *reference) {
  struct vordec_plan_desc desc = rig_describe(&reference->shape);
  desc.smooth_width = (uint32_t)reference->width;
  desc.tau = reference->tau;
  return desc;
}
