/* SPDX-License-Identifier: MIT */
#include "check_fields.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/window.h"
#include "plugin.h"
#include "reference.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- omega_lp ---- */

/* a cos(k.x) - b sin(k.x), from the signed wavenumbers and the C library's functions: no tables, no sums. */
static void analytic_mode(uint32_t n, uint32_t number, double *field) {
  const uint32_t modes = n * n, index = number % modes;
  const uint32_t row_index = index / n, column_index = index % n;
  const double row = row_index, column = column_index, step = 2.0 * acos(-1.0) / n;
  const double ky = 2.0 * row < n ? row : row - n, kx = 2.0 * column < n ? column : column - n;
  for (uint32_t y = 0; y < n; y++) {
    for (uint32_t x = 0; x < n; x++) {
      const double angle = step * (kx * x + ky * y);
      field[(size_t)y * n + x] = number < modes ? cos(angle) : -sin(angle);
    }
  }
}

static void judge_single_modes(struct suite *suite, struct vordec_session *session, const struct way *way, uint32_t n) {
  const uint32_t batch = 32, total = 2 * n * n;
  double *expected = calloc((size_t)n * n, sizeof *expected);
  if (!expected) abort();
  for (uint32_t first = 0; first < total && !suite_fell_short(suite); first += batch) {
    struct sample sample = sample_single_modes(n, first, batch);
    struct vordec_plan_desc desc = sample_plan(&sample, batch, way->precision, way->fft);
    const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_OMEGA_LP};
    struct decoded decoded;
    bool refused;
    if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
      for (uint32_t i = 0; i < batch; i++) {
        char where[96];
        const uint32_t number = (first + i) % total;
        snprintf(where, sizeof where, "(N = %u, %s, fft %s, %s of mode %u alone)", n, precision_name(way->precision),
                 way->fft, number < n * n ? "Re" : "Im", number % (n * n));
        analytic_mode(n, number, expected);
        const struct field_case field = {decoded.omega_lp, i * decoded.cells, expected, 1.0, "omega_lp", where};
        verdict_field(suite, &decoded, &field, NULL);
      }
      decoded_destroy(&decoded);
    }
    sample_destroy(&sample);
    if (refused) break;
  }
  free(expected);
}

void check_single_modes(struct suite *suite) {
  static const uint32_t sizes[] = {8, 5, 6};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 1 : COUNT(sizes)); i++) {
      judge_single_modes(suite, session, &ways[w], sizes[i]);
    }
  }
}

/* One mode without its mirror, wherever it lies: a backend that keeps half a spectrum has to write the mirror's cell
 * itself. */
static void judge_lone_mode(struct suite *suite, struct vordec_session *session, const struct way *way, uint32_t n,
                            uint32_t index) {
  double z[6] = {0.75, -0.5, 0, 0, 0, 0}, energy = 0.0;
  uint32_t none = 0;
  struct sample sample = {.n = n, .m = 1, .d = 6, .count = 1, .low = &index, .anchor = &none, .z = z};
  sample.band_energy[0] = sample.band_energy[1] = &energy;
  struct vordec_plan_desc desc = sample_plan(&sample, 1, way->precision, way->fft);
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_OMEGA_LP | VORDEC_SCALARS};
  struct decoded decoded;
  char where[96];
  bool refused;
  snprintf(where, sizeof where, "(N = %u, %s, fft %s, mode %u the only one)", n, precision_name(way->precision),
           way->fft, index);
  if (!decoded_by_plan(suite, session, &request, &decoded, &refused)) return;
  verdict_omega_lp(suite, &request, &decoded, where, NULL);
  verdict_scalars(suite, &request, &decoded, where);
  decoded_destroy(&decoded);
}

void check_lone_modes(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (uint32_t n = 4; n <= (suite->options->quick ? 4 : 7); n++) {
      for (uint32_t i = 0; i < n * n && !suite_fell_short(suite); i++) {
        judge_lone_mode(suite, session, &ways[w], n, i);
      }
    }
  }
}

/* A decode of `sample` with all that a shape has; false where the FFT refuses the size. */
static bool judge_lp(struct suite *suite, struct vordec_session *session, const struct sample_shape *shape,
                     const struct way *way, struct worst *worst) {
  struct sample sample = sample_create(shape, 0, 2);
  struct vordec_plan_desc desc = sample_plan(&sample, 2, way->precision, way->fft);
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_OMEGA_LP};
  struct decoded decoded;
  bool refused;
  char where[160];
  verdict_name_case(&desc, where, sizeof where);
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
    verdict_omega_lp(suite, &request, &decoded, where, worst);
    decoded_destroy(&decoded);
  }
  sample_destroy(&sample);
  return !refused;
}

void check_omega_lp(struct suite *suite) {
  static const uint32_t sizes[] = {17, 64, 127, 8, 4, 5, 15, 16, 32, 75, 96, 128, 192, 250, 256, 1024};
  struct way ways[WAYS_MAX];
  struct worst worst[2] = {{0, 0}, {0, 0}};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways), most = suite->options->quick ? 5 : COUNT(sizes);
  size_t decodes = 0;
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < most && !suite_fell_short(suite); i++) {
      const struct sample_shape shape = {.n = sizes[i], .k_cut = sample_k_cut(sizes[i]), .lopsided = i % 2 == 0};
      decodes += judge_lp(suite, session, &shape, &ways[w], &worst[ways[w].precision == VORDEC_FP64]);
    }
  }
  worst_note(suite, worst, decodes);
}

/* Every mode of the grid low: Nyquist rows and columns, their corners, and nothing left for zero padding. And one of
 * each conjugate pair, as states of half the modes have it. */
void check_all_modes_low(struct suite *suite) {
  static const uint32_t sizes[] = {16, 15, 4, 5};
  struct way ways[WAYS_MAX];
  struct worst worst[2] = {{0, 0}, {0, 0}};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  size_t decodes = 0;
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      for (int half = 0; half < 2; half++) {
        const struct sample_shape shape = {.n = sizes[i], .k_cut = 2 * sizes[i], .half = half};
        decodes += judge_lp(suite, session, &shape, &ways[w], &worst[ways[w].precision == VORDEC_FP64]);
      }
    }
  }
  worst_note(suite, worst, decodes);
}

/* ---- mask ---- */

struct mask_case {
  uint32_t n, width, number;
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
  const struct way *way;
};

static void judge_mask(struct suite *suite, struct vordec_session *session, const struct mask_case *c) {
  static const double taus[] = {0.35, 0.05, 0.8, 1.0};
  struct sample sample = sample_create(&(struct sample_shape){.n = c->n, .k_cut = sample_k_cut(c->n)}, c->number, 2);
  struct vordec_plan_desc desc = sample_plan(&sample, 2, c->way->precision, c->way->fft);
  desc.smooth_width = c->width;
  desc.smooth_kernel = c->kernel;
  desc.boundary = c->boundary;
  desc.tau = taus[c->number % COUNT(taus)];
  desc.majority_iters = 0;
  const struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_SCALARS};
  struct decoded decoded;
  bool refused;
  char where[160];
  verdict_name_case(&desc, where, sizeof where);
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
    verdict_threshold(suite, &request, &decoded, where);
    decoded_destroy(&decoded);
  }
  sample_destroy(&sample);
}

/* Both boundaries and every window that such a width suits. */
static size_t judge_width(struct suite *suite, struct vordec_session *session, struct mask_case *c) {
  size_t made = 0;
  for (size_t which = 0; window_name(which / 2) && !suite_fell_short(suite); which++) {
    c->kernel = (enum vordec_smooth_kernel)(which / 2);
    if (!window_allows(c->kernel, c->width)) continue;
    c->boundary = which % 2 ? VORDEC_BOUNDARY_PERIODIC : VORDEC_BOUNDARY_ZERO;
    judge_mask(suite, session, c);
    c->number++;
    made++;
  }
  return made;
}

void check_smoothing(struct suite *suite) {
  static const uint32_t sizes[] = {17, 64, 4, 5, 8, 15, 16, 33, 75, 128};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct mask_case c = {.number = 0};
  const size_t count = plugin_ways_or_auto(suite, ways);
  size_t made = 0;
  for (size_t way = 0; way < count; way++) {
    c.way = &ways[way];
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      const uint32_t n = sizes[i], widths[] = {1, 2, 11, n, 3, 10, n - 1, 4, n / 2, n / 2 + 1};
      c.n = sizes[i];
      for (size_t w = 0; w < (suite->options->quick ? 4 : COUNT(widths)); w++) {
        c.width = widths[w];
        if (c.width <= c.n) made += judge_width(suite, session, &c);
      }
    }
  }
  suite_note(suite, "%zu plans", made);
}

/* ---- the mask's amplitudes ---- */

/* A decode of the same state times 2^exponent, the mask not settled. */
static bool decode_scaled(struct suite *suite, struct vordec_session *session, const struct way *way, int exponent,
                          struct decoded *decoded) {
  struct sample sample = sample_create(&(struct sample_shape){.n = 48, .k_cut = 8}, 5, 1);
  for (size_t i = 0; i < 2 * (size_t)sample.m; i++) sample.z[i] = ldexp(sample.z[i], exponent);
  struct vordec_plan_desc desc = sample_plan(&sample, 1, way->precision, way->fft);
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_MASK | VORDEC_SCALARS};
  bool refused;
  const bool made = decoded_by_plan(suite, session, &request, decoded, &refused);
  sample_destroy(&sample);
  return made;
}

static size_t support_of(const struct decoded *decoded) {
  size_t support = 0;
  for (size_t i = 0; i < decoded->cells; i++) support += decoded->mask[i] != 0;
  return support;
}

/* Powers of two scale every intermediate exactly: where 1e-12 is lost beside max |R|, so must the mask be the same. Far
 * below 1e-12 the threshold is out of reach. */
static void judge_amplitudes(struct suite *suite, struct vordec_session *session, const struct way *way) {
  const bool fp64 = way->precision == VORDEC_FP64;
  struct decoded large, larger, small;
  if (!decode_scaled(suite, session, way, fp64 ? 200 : 20, &large)) return;
  if (decode_scaled(suite, session, way, fp64 ? 500 : 55, &larger)) {
    if (support_of(&large) <= large.cells / 10) suite_short(suite, "a tenth of a mask and more has no support");
    if (memcmp(large.mask, larger.mask, large.cells) != 0) {
      suite_short(suite, "%s, fft %s: a state times a power of two has another mask", precision_name(way->precision),
                  way->fft);
    }
    decoded_destroy(&larger);
  }
  if (decode_scaled(suite, session, way, fp64 ? -500 : -60, &small)) {
    if (!(small.scalars->residual_absmax > 0.0) || support_of(&small)) {
      suite_short(suite, "%s, fft %s: max |R| of %g, far below 1e-12, leaves support in %zu cells",
                  precision_name(way->precision), way->fft, small.scalars->residual_absmax, support_of(&small));
    }
    decoded_destroy(&small);
  }
  decoded_destroy(&large);
}

void check_amplitudes(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t i = 0; i < count && !suite_fell_short(suite); i++) judge_amplitudes(suite, session, &ways[i]);
}

/* ---- majority ---- */

/* The majority of the backend's own thresholded field, bit for bit. */
static void judge_majority(struct suite *suite, struct vordec_session *session, const struct way *way, uint32_t n,
                           double tau) {
  static const uint32_t rounds[] = {8, 3, 1, 2, 40, 20};
  struct sample sample = sample_create(&(struct sample_shape){.n = n, .k_cut = n < 32 ? n / 4 + 1 : 12}, n, 2);
  struct vordec_plan_desc desc = sample_plan(&sample, 2, way->precision, way->fft);
  desc.smooth_width = n < 11 ? 3 : 5;
  desc.tau = tau;
  desc.majority_iters = 0;
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_MASK | VORDEC_SCALARS};
  struct decoded before, after;
  bool refused;
  if (!decoded_by_plan(suite, session, &request, &before, &refused)) {
    sample_destroy(&sample);
    return;
  }
  int8_t *expected = calloc(before.cells, 1);
  if (!expected) abort();
  for (size_t r = 0; r < (suite->options->quick ? 2 : COUNT(rounds)) && !suite_fell_short(suite); r++) {
    desc.majority_iters = rounds[r];
    if (!decoded_by_plan(suite, session, &request, &after, &refused)) break;
    for (size_t i = 0; i < 2; i++) {
      memcpy(expected, before.mask + i * before.cells, before.cells);
      reference_majority(n, expected, rounds[r]);
      size_t support = 0;
      for (size_t j = 0; j < before.cells; j++) support += expected[j] != 0;
      if (memcmp(expected, after.mask + i * before.cells, before.cells) != 0) {
        suite_short(suite, "N = %u, tau %g: %u rounds are not %u rounds of 3 x 3 majority of the mask without", n, tau,
                    rounds[r], rounds[r]);
      } else {
        verdict_number(suite, after.scalars[i].support_frac, (double)support / (double)before.cells, 0.0,
                       "support_frac", "after rounds of majority");
      }
    }
    decoded_destroy(&after);
  }
  free(expected);
  decoded_destroy(&before);
  sample_destroy(&sample);
}

void check_majority(struct suite *suite) {
  static const uint32_t sizes[] = {17, 64, 4, 5, 6, 15, 16, 31, 32, 33, 65, 96, 127, 130, 200};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways), most = suite->options->quick ? 3 : COUNT(sizes);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < most && !suite_fell_short(suite); i++) {
      judge_majority(suite, session, &ways[w], sizes[i], 0.1);
      judge_majority(suite, session, &ways[w], sizes[i], 0.35);
    }
  }
}
