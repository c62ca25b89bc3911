/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite over the published reference data: low-pass field, every round of the mask, scalars, the
 * caller's residual, bands, kept modes, and the steps of a rollout. A program with a table of checks of its own, on
 * whatever plugin it is told.
 *
 *   reference_checks PLUGIN FOLDER [DEVICE]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/check_devices.h"
#include "conformance/check_loading.h"
#include "conformance/conformance.h"
#include "conformance/decoded.h"
#include "conformance/plugin.h"
#include "conformance/reference.h"
#include "conformance/roll.h"
#include "plugins/vulkan/gpu/debug.h"
#include "reference_case.h"

static const char *data;

/* One case on one precision and FFT. The processor in fp64 is held to the largest error and to every cell of the mask;
 * others to what parity allows them: the mean error, and 1e-4 of the cells. */
struct trial {
  struct suite *suite;
  const struct reference_case *reference;
  struct vordec_plan_desc desc;
  bool exact;
  double tolerance;
  char where[80];
};

static void judge_field(const struct trial *trial, const struct decoded *decoded, const void *field,
                        const double *expected, double scale, const char *what) {
  double sum = 0.0, largest = 0.0;
  for (size_t i = 0; i < decoded->cells; i++) {
    const double off = fabs(decoded_value(decoded, field, i) - expected[i]);
    sum += off;
    largest = fmax(largest, isfinite(off) ? off : INFINITY);
  }
  const double error = trial->exact ? largest : sum / (double)decoded->cells;
  if (error <= scale * trial->tolerance) return;
  suite_short(trial->suite, "%s, %s: off by %.3g %s; allowed %.1g", trial->where, what, error,
              trial->exact ? "at most" : "on average", scale * trial->tolerance);
}

/* Whether |value - expected| <= tolerance (floor + |expected|). */
static void judge_number(const struct trial *trial, double value, double expected, double tolerance, double floor,
                         const char *what) {
  if (fabs(value - expected) <= tolerance * (floor + fabs(expected))) return;
  suite_short(trial->suite, "%s, %s: %.17g instead of %.17g", trial->where, what, value, expected);
}

/* Returns whether the mask is the expected one in every cell. */
static bool judge_mask(const struct trial *trial, const struct decoded *decoded, const int8_t *expected) {
  size_t off = 0;
  for (size_t i = 0; i < decoded->cells; i++) off += decoded->mask[i] != expected[i];
  if ((double)off > (trial->exact ? 0.0 : 1e-4 * (double)decoded->cells)) {
    suite_short(trial->suite, "%s, mask: %zu of %zu cells are off", trial->where, off, decoded->cells);
  }
  return off == 0;
}

static bool run(const struct trial *trial, uint32_t residuals, struct decoded *decoded) {
  const struct decode_request request = {
      .desc = &trial->desc, .sample = &trial->reference->sample, .outputs = ALL_OUTPUTS, .residuals = residuals};
  bool refused;
  return !suite_fell_short(trial->suite) &&
         decoded_by_plan(trial->suite, trial->suite->session, &request, decoded, &refused);
}

/* ---- omega_lp, the mask and their scalars ---- */

static void judge_scalars(const struct trial *trial, const struct vordec_scalars *scalars) {
  const struct reference_case *reference = trial->reference;
  const double tolerance = trial->tolerance, absmax = reference->absmax;
  if (trial->exact) {
    judge_number(trial, scalars->residual_absmax, absmax, tolerance, 0.0, "max |R|");
    judge_number(trial, scalars->energy_lp, reference->energy_lp, tolerance, 0.0, "energy_lp");
    judge_number(trial, scalars->enstrophy_lp, reference->enstrophy_lp, tolerance, 0.0, "enstrophy_lp");
  } else {
    judge_number(trial, scalars->residual_absmax, absmax, 4.0 * tolerance / (1.0 + absmax), 1.0, "max |R|");
    judge_number(trial, scalars->energy_lp, reference->energy_lp, 1e-12, 1.0, "energy_lp");
    judge_number(trial, scalars->enstrophy_lp, reference->enstrophy_lp, 2.0 * tolerance, 1.0, "enstrophy_lp");
  }
}

static void try_stages(struct trial *trial) {
  const struct reference_case *reference = trial->reference;
  for (uint32_t rounds = trial->exact ? 0 : 8; rounds <= 8; rounds++) {
    struct decoded decoded;
    trial->desc.majority_iters = rounds;
    if (!run(trial, 0, &decoded)) return;
    judge_field(trial, &decoded, decoded.omega_lp, reference->omega_lp, 1.0, "omega_lp");
    judge_mask(trial, &decoded, reference->rounds + rounds * decoded.cells);
    judge_scalars(trial, decoded.scalars);
    if (rounds == 8) {
      judge_mask(trial, &decoded, reference->mask);
      const double tolerance = trial->exact ? 0.0 : 1e-4 / (1.0 + reference->support);
      judge_number(trial, decoded.scalars->support_frac, reference->support, tolerance, 1.0, "support");
    }
    decoded_destroy(&decoded);
  }
}

/* ---- omega_hat ---- */

/* A band's field grows with its gain, and so does its rounding. */
static double scale_of(const struct trial *trial) {
  return trial->exact ? 10.0 : 1.0 + trial->reference->gain[0] + trial->reference->gain[1];
}

static void judge_band(const struct trial *trial, const struct vordec_scalars *scalars, int band, bool there) {
  const struct reference_case *reference = trial->reference;
  const double target = reference->sample.band_energy[band][0], floor = trial->exact ? 0.0 : 1.0;
  if (!there) {
    if (!isnan(scalars->band_gain[band]) || !isnan(scalars->band_energy[band])) {
      suite_short(trial->suite, "%s: band %d is not there, and has a gain or an energy", trial->where, band);
    }
    return;
  }
  if (!trial->exact && target <= 0.0) return;
  const double few = trial->exact ? 10.0 : 4.0;
  judge_number(trial, scalars->band_gain[band], reference->gain[band], few * trial->tolerance, floor, "band_gain");
  judge_number(trial, scalars->band_energy[band], target, trial->exact ? 1e-12 : few * trial->tolerance, floor,
               "band_energy");
}

static void try_bands(struct trial *trial) {
  const struct reference_case *reference = trial->reference;
  static const uint32_t sets[] = {VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH, VORDEC_RESIDUAL_MID,
                                  VORDEC_RESIDUAL_HIGH};
  for (size_t i = 0; i < 3; i++) {
    struct decoded decoded;
    if (!run(trial, sets[i], &decoded)) return;
    const size_t cells = decoded.cells;
    double *expected = calloc(cells, sizeof *expected);
    if (!expected) abort();
    for (size_t j = 0; j < cells; j++) {
      expected[j] = i == 0 ? reference->omega_hat[j] : reference->omega_lp[j] + reference->gated[i - 1][j];
    }
    if (judge_mask(trial, &decoded, reference->mask)) {
      judge_field(trial, &decoded, decoded.omega_hat, expected, scale_of(trial), "omega_hat with bands");
      for (int band = 0; band < 2; band++) {
        judge_band(trial, decoded.scalars, band, sets[i] & ((uint32_t)VORDEC_RESIDUAL_MID << band));
      }
    }
    free(expected);
    decoded_destroy(&decoded);
  }
}

static void try_callers_residual(struct trial *trial) {
  const struct reference_case *reference = trial->reference;
  const double scale = trial->exact ? 1.0 : scale_of(trial);
  for (int gate = VORDEC_GATE_SUPPORT; gate <= VORDEC_GATE_SIGNED; gate++) {
    struct decoded decoded;
    trial->desc.gate = (enum vordec_gate)gate;
    if (!run(trial, VORDEC_RESIDUAL_FIELD, &decoded)) return;
    double *expected = calloc(decoded.cells, sizeof *expected);
    if (!expected) abort();
    for (size_t i = 0; i < decoded.cells; i++) {
      expected[i] = gate == VORDEC_GATE_SUPPORT
                        ? reference->omega_hat[i]
                        : reference->omega_lp[i] + (double)reference->mask[i] * reference->sample.residual[i];
    }
    if (judge_mask(trial, &decoded, reference->mask)) {
      const struct vordec_scalars *scalars = decoded.scalars;
      judge_field(trial, &decoded, decoded.omega_hat, expected, scale, "omega_hat with a residual");
      for (int band = 0; band < 2; band++) judge_band(trial, scalars, band, false);
      if (gate == VORDEC_GATE_SUPPORT && trial->exact) {
        judge_number(trial, scalars->energy_hat, reference->energy_hat, trial->tolerance, 0.0, "energy_hat");
        judge_number(trial, scalars->enstrophy_hat, reference->enstrophy_hat, trial->tolerance, 0.0, "enstrophy_hat");
      }
    }
    free(expected);
    decoded_destroy(&decoded);
  }
}

static void try_kept_modes(struct trial *trial) {
  const struct reference_case *reference = trial->reference;
  const struct sample *sample = &reference->sample;
  struct decoded decoded;
  trial->desc.include_anchors = true;
  if (!run(trial, 0, &decoded)) return;
  double *expected = calloc(decoded.cells, sizeof *expected);
  if (!expected) abort();
  reference_modes(sample->n, sample->anchor, reference->kept, reference->kept_re, reference->kept_im, expected);
  for (size_t i = 0; i < decoded.cells; i++) expected[i] += reference->omega_lp[i];
  judge_field(trial, &decoded, decoded.omega_hat, expected, trial->exact ? 1.0 : 4.0, "omega_hat with kept modes");
  judge_field(trial, &decoded, decoded.omega_lp, reference->omega_lp, 1.0, "omega_lp beside kept modes");
  free(expected);
  decoded_destroy(&decoded);
}

/* ---- every case ---- */

static void try_way(struct suite *suite, const struct reference_case *reference, const struct way *way,
                    void (*attempt)(struct trial *trial)) {
  struct trial trial = {.suite = suite,
                        .reference = reference,
                        .desc = sample_plan(&reference->sample, 1, way->precision, way->fft),
                        .exact = suite->shared->device.type == VORDEC_DEVICE_HOST && way->precision == VORDEC_FP64,
                        .tolerance = way->precision == VORDEC_FP64 ? 1e-12 : 1e-6};
  trial.desc.smooth_width = reference->width;
  trial.desc.tau = reference->tau;
  trial.desc.include_anchors = false;
  snprintf(trial.where, sizeof trial.where, "%s, %s, fft %s", reference->name, precision_name(way->precision),
           way->fft);
  attempt(&trial);
}

static void each_case(struct suite *suite, void (*attempt)(struct trial *trial)) {
  struct way ways[WAYS_MAX];
  if (!plugin_session(suite)) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t i = 0; i < REFERENCE_COUNT && !suite_fell_short(suite); i++) {
    struct reference_case reference = reference_case_read(data, i);
    for (size_t w = 0; w < count && !suite_fell_short(suite); w++) try_way(suite, &reference, &ways[w], attempt);
    reference_case_destroy(&reference);
  }
}

static void check_stages(struct suite *suite) {
  each_case(suite, try_stages);
}

static void check_reference_bands(struct suite *suite) {
  each_case(suite, try_bands);
}

static void check_residual(struct suite *suite) {
  each_case(suite, try_callers_residual);
}

static void check_kept(struct suite *suite) {
  each_case(suite, try_kept_modes);
}

/* ---- steps ---- */

/* |z - expected| / |expected| over the first `count` entries. */
static double distance(const double *z, const double *expected, uint32_t count) {
  double off = 0.0, size = 0.0;
  for (uint32_t i = 0; i < count; i++) {
    off += (z[i] - expected[i]) * (z[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  return sqrt(off / size);
}

static void judge_stand(struct suite *suite, const struct reference_rollout *reference, size_t stand,
                        enum vordec_precision precision, const double *z, const double *own) {
  const struct {
    const double *expected;
    uint32_t count;
    double allowed[2]; /* in single and in double precision */
    const char *what;
  } cases[] = {{reference->z[1] + stand * reference->d, reference->low, {1e-5, 1e-12}, "the reference"},
               {reference->z[0] + stand * reference->d, reference->low, {1e-4, INFINITY}, "the reference's fp32"},
               {own, reference->low, {1e-5, 1e-12}, "sums in double"},
               {own, reference->d, {INFINITY, 1e-12}, "sums in double, in all entries"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double off = distance(z, cases[i].expected, cases[i].count);
    const double allowed = cases[i].allowed[precision == VORDEC_FP64];
    if (off <= allowed) continue;
    suite_short(suite, "%s, %g steps: off by %.3g of %s; allowed %.1g", precision_name(precision),
                reference->steps[stand], off, cases[i].what, allowed);
  }
}

static void try_steps(struct suite *suite, struct reference_rollout *reference, enum vordec_precision precision) {
  const struct roll op = {reference->d, reference->a, reference->z0};
  const uint32_t d = reference->d;
  struct vordec_backend_rollout *rollout = roll_start(suite, suite->session, &op, precision, false);
  double *own = calloc(d, sizeof *own), *z = calloc(d, sizeof *z), host_ms;
  if (!own || !z) abort();
  memcpy(own, reference->z0, d * sizeof *own);
  uint32_t taken = 0;
  for (size_t i = 0; rollout && i < 3; i++) { /* rounding has grown too much by the last */
    const uint32_t steps = (uint32_t)reference->steps[i];
    struct vordec_rollout_result result;
    if (!roll_advance(suite, rollout, steps - taken, &result, &host_ms) || !roll_read(suite, rollout, d, z)) break;
    for (; taken < steps; taken++) reference_step(d, op.a, own, VORDEC_FP64, false);
    judge_stand(suite, reference, i, precision, z, own);
  }
  plugin_rollout(suite)->destroy(rollout);
  free(own);
  free(z);
}

static void check_steps(struct suite *suite) {
  const uint32_t has = suite->shared->device.capabilities;
  if (!plugin_session(suite)) return;
  if (!plugin_rollout(suite)) {
    suite_short(suite, "no " VORDEC_ROLLOUT_INTERFACE);
    return;
  }
  struct reference_rollout reference = reference_rollout_read(data);
  if (has & VORDEC_CAP_FP32) try_steps(suite, &reference, VORDEC_FP32);
  if (has & VORDEC_CAP_FP64) try_steps(suite, &reference, VORDEC_FP64);
  reference_rollout_destroy(&reference);
}

/* Nothing is left, and no layer has said anything. */
static void check_the_end(struct suite *suite) {
  if (!plugin_session(suite)) return;
  suite->backend->close(suite->session);
  suite->session = NULL;
  const size_t blocks = atomic_load(&suite->host.blocks);
  if (blocks) suite_short(suite, "%zu blocks of memory are left", blocks);
  const struct vulkan_debug *debug =
      suite->backend->get_interface ? suite->backend->get_interface("vordec.debug/1") : NULL;
  if (debug && debug->validation_messages()) suite_short(suite, "a validation layer complains");
}

const struct check checks[] = {
    {"file", "format", "a shared object that this process could load, called decode_NAME.so", check_file, true},
    {"table", "fields", "ABI version, size, name, FFTs and every required slot", check_table, true},
    {"device", "choice", "a device that may be used here", check_device_choice, true},
    {"reference", "stages", "omega_lp, the mask after each round, and scalars", check_stages, false},
    {"reference", "bands", "bands, gated and scaled", check_reference_bands, false},
    {"reference", "residual", "the caller's residual, by either gate", check_residual, false},
    {"reference", "kept modes", "kept modes, never gated", check_kept, false},
    {"reference", "steps", "1, 10 and 100 steps of the learnt operator", check_steps, false},
    {"reference", "end", "nothing is left, and no validation layer complains", check_the_end, false},
};
const size_t check_count = sizeof checks / sizeof *checks;

static void tell(void *ctx, const struct conformance_finding *finding) {
  (void)ctx;
  printf("%-10s %-10s %-10s %5.1f s  %s\n", conformance_outcome_name(finding->outcome), finding->group, finding->name,
         finding->seconds, finding->detail);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  data = argv[2];
  const struct conformance_options options = {
      .path = argv[1], .device = argc > 3 ? argv[3] : "auto", .allow_software_device = true, .time_limit_s = 600.0};
  struct conformance_summary summary;
  struct vordec_error error = {0};
  if (conformance_run(&options, tell, NULL, &summary, &error)) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  return summary.fell_short || summary.skipped || !summary.conclusive;
}
