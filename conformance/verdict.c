/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/window.h"
#include "plugin.h"
#include "reference.h"

void worst_note(struct suite *suite, const struct worst worst[2], size_t plans) {
  char text[2][80] = {"", ""};
  for (int i = 0; i < 2; i++) {
    if (!(suite->shared->device.capabilities & (uint32_t)(i ? VORDEC_CAP_FP64 : VORDEC_CAP_FP32))) continue;
    snprintf(text[i], sizeof text[i], "; %s: mean error %.1e, largest %.1e", i ? "fp64" : "fp32", worst[i].mean,
             worst[i].largest);
  }
  suite_note(suite, "%zu plans%s%s", plans, text[0], text[1]);
}

void verdict_name_case(const struct vordec_plan_desc *desc, char *text, size_t size) {
  snprintf(text, size, "(N = %u, batch %u, %s, fft %s, %s %u, %s, tau %g, %u rounds)", desc->n, desc->batch,
           precision_name(desc->precision), desc->fft, window_at(desc->smooth_kernel)->name, desc->smooth_width,
           desc->boundary == VORDEC_BOUNDARY_ZERO ? "zero" : "periodic", desc->tau, desc->majority_iters);
}

static double *new_field(size_t cells) {
  double *field = calloc(cells, sizeof *field);
  if (!field) abort();
  return field;
}

static double mean_tolerance(const struct decoded *decoded) {
  return decoded->fp64 ? 1e-12 : 1e-6;
}

/* The rms of the expected field, at least 1. */
static double scale_of(const double *expected, size_t cells) {
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += expected[i] * expected[i];
  return fmax(1.0, sqrt(sum / (double)cells));
}

bool verdict_field(struct suite *suite, const struct decoded *decoded, const struct field_case *field,
                   struct worst *worst) {
  const double *expected = field->expected;
  const double limit = field->slack * mean_tolerance(decoded) * scale_of(expected, decoded->cells);
  double sum = 0.0, largest = 0.0;
  size_t at = 0;
  for (size_t i = 0; i < decoded->cells; i++) {
    const double off = fabs(decoded_value(decoded, field->field, field->first + i) - expected[i]);
    sum += off;
    if (off <= largest) continue;
    largest = off;
    at = i;
  }
  const double mean = sum / (double)decoded->cells;
  if (worst) *worst = (struct worst){fmax(worst->mean, mean), fmax(worst->largest, largest)};
  if (mean <= limit && largest <= 10.0 * limit) return true;
  suite_short(suite,
              "%s %s: off by %.3g on average, %.3g at most (%.9g instead of %.9g at cell %zu); allowed %.1g and %.1g",
              field->what, field->where, mean, largest, decoded_value(decoded, field->field, field->first + at),
              expected[at], at, limit, 10.0 * limit);
  return false;
}

bool verdict_number(struct suite *suite, double value, double expected, double tolerance, const char *what,
                    const char *where) {
  if (fabs(value - expected) <= tolerance * (1.0 + fabs(expected))) return true;
  suite_short(suite, "%s %s: %.12g instead of %.12g", what, where, value, expected);
  return false;
}

static const double *state_of(const struct decode_request *request, size_t state) {
  return request->sample->z + state * request->sample->d;
}

static void expect_omega_lp(const struct decode_request *request, size_t state, double *field) {
  const struct sample *sample = request->sample;
  const double *z = state_of(request, state);
  reference_modes(sample->n, sample->low, sample->m, z, z + sample->m, field);
}

bool verdict_omega_lp(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                      const char *where, struct worst *worst) {
  double *expected = new_field(decoded->cells);
  bool fine = true;
  for (size_t i = 0; i < decoded->count && fine; i++) {
    expect_omega_lp(request, i, expected);
    const struct field_case field = {decoded->omega_lp, i * decoded->cells, expected, 1.0, "omega_lp", where};
    fine = verdict_field(suite, decoded, &field, worst);
  }
  free(expected);
  return fine;
}

/* How far |Rn| must be from tau for a cell to count: ten times what omega_lp may be off on average, as it comes out
 * after the division by max |R|. */
static double margin_of(const struct decoded *decoded, const double *omega_lp, double absmax) {
  return 10.0 * mean_tolerance(decoded) * fmax(1.0, 2.0 * scale_of(omega_lp, decoded->cells) / (absmax + 1e-12));
}

static bool judge_threshold(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                            size_t state, const char *where) {
  const size_t cells = decoded->cells;
  double *lp = new_field(cells), *base = new_field(cells), *margin = new_field(cells);
  int8_t *mask = calloc(cells, 1);
  if (!mask) abort();
  expect_omega_lp(request, state, lp);
  reference_smooth(request->desc, lp, base);
  for (size_t i = 0; i < cells; i++) base[i] = request->desc->smooth_width == 1 ? 0.0 : lp[i] - base[i];
  const double absmax = reference_threshold(request->desc->n, base, request->desc->tau, mask, margin);
  const double least = margin_of(decoded, lp, absmax);
  bool fine = true;
  for (size_t i = 0; i < cells && fine; i++) {
    const int8_t got = decoded->mask[state * cells + i];
    fine = got == mask[i] || margin[i] <= least;
    if (!fine) {
      suite_short(suite, "mask %s: %d instead of %d at cell %zu (R = %.9g, max |R| = %.9g, tau = %g)", where, got,
                  mask[i], i, base[i], absmax, request->desc->tau);
    }
  }
  if (fine && decoded->scalars && request->desc->smooth_width == 1 && decoded->scalars[state].residual_absmax != 0.0) {
    suite_short(suite, "residual_absmax %s: %g, but a window of one cell leaves nothing", where,
                decoded->scalars[state].residual_absmax);
    fine = false;
  }
  if (fine && decoded->scalars) {
    fine = verdict_number(suite, decoded->scalars[state].residual_absmax, absmax, 20.0 * mean_tolerance(decoded),
                          "residual_absmax", where);
  }
  free(lp);
  free(base);
  free(margin);
  free(mask);
  return fine;
}

bool verdict_threshold(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                       const char *where) {
  bool fine = true;
  for (size_t i = 0; i < decoded->count && fine; i++) fine = judge_threshold(suite, request, decoded, i, where);
  return fine;
}

/* omega_lp + a, the residuals gated by the decode's own mask; gains of the bands, NAN for one that is not there. */
static void expect_omega_hat(const struct decode_request *request, const struct decoded *decoded, size_t state,
                             double *hat, double gain[2], double reached[2]) {
  const struct sample *sample = request->sample;
  const struct vordec_plan_desc *desc = request->desc;
  const size_t cells = decoded->cells, at = state * cells;
  const double *z = state_of(request, state), *tail = z + 2 * sample->m + 3;
  double *lp = new_field(cells);
  const uint32_t kept = desc->include_anchors ? vordec_kept_count(tail[0], desc->max_kept) : 0;
  expect_omega_lp(request, state, lp);
  reference_modes(sample->n, sample->anchor, kept, tail + 1, tail + 1 + kept, hat);
  for (size_t i = 0; i < cells; i++) hat[i] += lp[i];
  if (request->residuals & VORDEC_RESIDUAL_FIELD) {
    reference_add_gated(desc, hat, sample->residual + at, decoded->mask + at, 1.0);
  }
  for (int i = 0; i < 2; i++) {
    gain[i] = reached[i] = NAN;
    if (!(request->residuals & ((uint32_t)VORDEC_RESIDUAL_MID << i))) continue;
    const double mean_square = reference_gated_mean_square(desc->n, sample->band[i] + at, decoded->mask + at);
    gain[i] = reference_band_gain(sample->band_energy[i][state], mean_square);
    reached[i] = gain[i] * gain[i] * mean_square;
    reference_add_gated(desc, hat, sample->band[i] + at, decoded->mask + at, gain[i]);
  }
  free(lp);
}

/* What became of a band; a gain of NAN: it is not there. */
struct band_case {
  int band;
  double gain, reached;
};

static bool judge_band(struct suite *suite, const struct decoded *decoded, size_t state,
                       const struct band_case *expected, const char *where) {
  const int band = expected->band;
  static const char *const gains[2] = {"band_gain[0]", "band_gain[1]"};
  static const char *const energies[2] = {"band_energy[0]", "band_energy[1]"};
  const struct vordec_scalars *scalars = &decoded->scalars[state];
  const double tolerance = 4.0 * mean_tolerance(decoded);
  if (isnan(expected->gain)) {
    if (isnan(scalars->band_gain[band]) && isnan(scalars->band_energy[band])) return true;
    suite_short(suite, "%s %s: %g for a band that is not there, instead of NAN", gains[band], where,
                scalars->band_gain[band]);
    return false;
  }
  return verdict_number(suite, scalars->band_gain[band], expected->gain, tolerance, gains[band], where) &&
         verdict_number(suite, scalars->band_energy[band], expected->reached, tolerance, energies[band], where);
}

static bool judge_hat(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                      size_t state, const char *where, struct worst *worst) {
  double *hat = new_field(decoded->cells), gain[2], reached[2];
  expect_omega_hat(request, decoded, state, hat, gain, reached);
  const struct field_case field = {decoded->omega_hat, state * decoded->cells, hat, 4.0, "omega_hat", where};
  bool fine = verdict_field(suite, decoded, &field, worst);
  for (int i = 0; i < 2 && fine && decoded->scalars; i++) {
    const struct band_case band = {i, gain[i], reached[i]};
    fine = judge_band(suite, decoded, state, &band, where);
  }
  free(hat);
  return fine;
}

bool verdict_omega_hat(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                       const char *where, struct worst *worst) {
  bool fine = true;
  for (size_t i = 0; i < decoded->count && fine; i++) fine = judge_hat(suite, request, decoded, i, where, worst);
  return fine;
}

static bool judge_hat_scalars(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                              size_t state, const char *where) {
  const struct vordec_scalars *scalars = &decoded->scalars[state];
  const uint32_t n = request->desc->n;
  const double tolerance = 4.0 * mean_tolerance(decoded);
  double *hat = new_field(decoded->cells), gain[2], reached[2];
  expect_omega_hat(request, decoded, state, hat, gain, reached);
  bool fine = true;
  if (!isnan(scalars->enstrophy_hat)) {
    fine =
        verdict_number(suite, scalars->enstrophy_hat, reference_enstrophy(n, hat), tolerance, "enstrophy_hat", where);
  }
  if (fine && !isnan(scalars->energy_hat) && n <= 256) {
    fine =
        verdict_number(suite, scalars->energy_hat, reference_energy_of_field(n, hat), tolerance, "energy_hat", where);
  }
  free(hat);
  return fine;
}

static bool judge_scalars(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                          size_t state, const char *where) {
  const struct sample *sample = request->sample;
  const struct vordec_scalars *scalars = &decoded->scalars[state];
  const double *z = state_of(request, state), tolerance = 4.0 * mean_tolerance(decoded);
  double *lp = new_field(decoded->cells);
  expect_omega_lp(request, state, lp);
  const double enstrophy = reference_enstrophy(sample->n, lp);
  const double energy = reference_energy_of_modes(sample->n, sample->low, sample->m, z, z + sample->m);
  free(lp);
  bool fine = verdict_number(suite, scalars->enstrophy_lp, enstrophy, tolerance, "enstrophy_lp", where) &&
              verdict_number(suite, scalars->energy_lp, energy, tolerance, "energy_lp", where);
  if (fine && decoded->mask) {
    size_t support = 0;
    for (size_t i = 0; i < decoded->cells; i++) support += decoded->mask[state * decoded->cells + i] != 0;
    fine = verdict_number(suite, scalars->support_frac, (double)support / (double)decoded->cells, 1e-12, "support_frac",
                          where);
  }
  if (fine && decoded->mask && decoded->omega_hat) fine = judge_hat_scalars(suite, request, decoded, state, where);
  return fine;
}

bool verdict_scalars(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                     const char *where) {
  bool fine = true;
  for (size_t i = 0; i < decoded->count && fine; i++) fine = judge_scalars(suite, request, decoded, i, where);
  return fine;
}

bool verdict_decode(struct suite *suite, const struct decode_request *request, const struct decoded *decoded,
                    const char *where) {
  bool fine = true;
  if (decoded->omega_lp) fine = verdict_omega_lp(suite, request, decoded, where, NULL);
  if (fine && decoded->mask && request->desc->majority_iters == 0) {
    fine = verdict_threshold(suite, request, decoded, where);
  }
  if (fine && decoded->omega_hat && decoded->mask) fine = verdict_omega_hat(suite, request, decoded, where, NULL);
  if (fine && decoded->scalars) fine = verdict_scalars(suite, request, decoded, where);
  return fine;
}
