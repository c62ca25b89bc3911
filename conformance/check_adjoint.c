/* SPDX-License-Identifier: MIT */
#include "check_adjoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"
#include "reference_adjoint.h"
#include "sample.h"
#include "transposing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct transposing_parts everything = {true, true, true, true};

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_transposes(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_adjoint(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ADJOINT_INTERFACE);
  }
  return session && plugin_adjoint(suite) ? session : NULL;
}

static struct vordec_plan_desc describe(const struct sample *sample, uint32_t batch, struct way way) {
  struct vordec_plan_desc desc = sample_plan(sample, batch, way.precision, way.fft);
  desc.outputs = VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT;
  desc.residuals = VORDEC_RESIDUAL_FIELD;
  return desc;
}

/* Of the sum of a cotangent's magnitudes, which a derivative by a coefficient cannot exceed. */
static double rounding(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? 1e-13 : 1e-6;
}

static double magnitude_of(const double *field, size_t cells) {
  double sum = 0.0;
  for (size_t i = 0; field && i < cells; i++) sum += fabs(field[i]);
  return sum;
}

/* ---- by their definition ---- */

static void judge_state(struct suite *suite, const struct vordec_plan_desc *desc, const struct transposing_parts *parts,
                        const struct transposed *got, uint32_t i, const char *where) {
  const size_t cells = (size_t)desc->n * desc->n;
  double *z = calloc(desc->d, sizeof *z), *residual = calloc(cells, sizeof *residual);
  if (!z || !residual) abort();
  const struct reference_adjoint state = {.omega_lp = parts->omega_lp ? got->omega_lp + i * cells : NULL,
                                          .omega_hat = parts->omega_hat ? got->omega_hat + i * cells : NULL,
                                          .mask = got->mask + i * cells,
                                          .kept = got->kept[i],
                                          .z = z,
                                          .residual = parts->residual ? residual : NULL};
  reference_adjoint(desc, &state);
  const double allowed =
      rounding(desc->precision) * (magnitude_of(state.omega_lp, cells) + magnitude_of(state.omega_hat, cells));
  for (size_t v = 0; v < desc->d && parts->z; v++) {
    const double value = got->z[i * desc->d + v];
    const size_t unused = 2 * (size_t)desc->m + 4 + 2 * (size_t)got->kept[i];
    const bool constant = (v >= 2 * (size_t)desc->m && v < 2 * (size_t)desc->m + 4) || v >= unused;
    if (constant ? value == 0.0 : fabs(value - z[v]) <= allowed) continue;
    suite_short(suite, "%s, state %u, K = %u: the derivative by entry %zu (%s) is %.9g; it has to be %.9g", where, i,
                got->kept[i], v, vordec_entry_name(desc->m, v), value, z[v]);
    break;
  }
  for (size_t c = 0; c < cells && parts->residual; c++) {
    const double value = got->residual[i * cells + c];
    if (value == residual[c]) continue;
    suite_short(suite,
                "%s, state %u, mask %d: the derivative by the residual at row %zu, column %zu is %.9g; it has "
                "to be %.9g",
                where, i, state.mask[c], c / desc->n, c % desc->n, value, residual[c]);
    break;
  }
  free(z);
  free(residual);
}

static void judge_parts(struct suite *suite, const struct vordec_plan_desc *desc,
                        struct vordec_backend_adjoint *adjoint, uint32_t states) {
  static const struct transposing_parts rows[] = {{true, true, true, true},   {true, false, true, false},
                                                  {false, true, true, false}, {false, true, true, true},
                                                  {true, true, false, true},  {true, true, true, false}};
  for (size_t i = 0; i < COUNT(rows) && !suite_fell_short(suite); i++) {
    struct transposed got = transposed_make(desc, (uint32_t)(5 * i), states);
    char where[160];
    snprintf(where, sizeof where, "N = %u, %s, fft %s%s%s, cotangents of %s%s", desc->n,
             precision_name(desc->precision), desc->fft, desc->include_anchors ? "" : ", no anchors",
             desc->gate == VORDEC_GATE_SIGNED ? ", signed gate" : "", rows[i].omega_lp ? "omega_lp " : "",
             rows[i].omega_hat ? "omega_hat" : "");
    if (transposing_run(suite, desc, adjoint, &rows[i], &got, NULL, NULL)) {
      for (uint32_t s = 0; s < states && !suite_fell_short(suite); s++) {
        judge_state(suite, desc, &rows[i], &got, s, where);
      }
    }
    transposed_release(&got);
  }
}

void check_adjoint_sums(struct suite *suite) {
  static const struct {
    struct sample_shape shape;
    bool include, signed_gate;
  } rows[] = {{{.n = 16, .k_cut = 3, .anchors = 9}, true, false},
              {{.n = 15, .k_cut = 4, .anchors = 4, .lopsided = true}, true, true},
              {{.n = 24, .k_cut = 12, .anchors = 0}, true, false},
              {{.n = 22, .k_cut = 5, .anchors = 7}, false, false},
              {{.n = 34, .k_cut = 8, .anchors = 20, .half = true}, true, true},
              {{.n = 4, .k_cut = 1, .anchors = 2}, true, true},
              {{.n = 45, .k_cut = 8, .anchors = 11}, true, false}};
  struct vordec_session *session = session_that_transposes(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 4 : COUNT(rows)) && !suite_fell_short(suite); i++) {
      struct sample sample = sample_create(&rows[i].shape, 0, 1);
      struct vordec_plan_desc desc = describe(&sample, 3, ways[w]);
      desc.include_anchors = rows[i].include;
      desc.gate = rows[i].signed_gate ? VORDEC_GATE_SIGNED : VORDEC_GATE_SUPPORT;
      struct vordec_backend_adjoint *adjoint = transposing_start(suite, session, &desc);
      if (adjoint) judge_parts(suite, &desc, adjoint, 3);
      plugin_adjoint(suite)->destroy(adjoint);
      sample_destroy(&sample);
    }
  }
}

/* ---- against the plugin's own decodes ---- */

struct product {
  double sum, magnitude;
};

static void add_product(struct product *product, double a, double b) {
  product->sum += a * b;
  product->magnitude += fabs(a * b);
}

/* <a, omega_lp> + <b, omega_hat>, and <z, dz> + <r, dr>, of all states. */
static void judge_products(struct suite *suite, const struct vordec_plan_desc *desc, const struct sample *sample,
                           const struct decoded *decoded, const struct transposed *got) {
  const size_t cells = (size_t)desc->n * desc->n;
  struct product fields = {0, 0}, inputs = {0, 0};
  for (size_t i = 0; i < sample->count * cells; i++) {
    add_product(&fields, got->omega_lp[i], decoded_value(decoded, decoded->omega_lp, i));
    add_product(&fields, got->omega_hat[i], decoded_value(decoded, decoded->omega_hat, i));
    add_product(&inputs, sample->residual[i], got->residual[i]);
  }
  for (size_t i = 0; i < (size_t)sample->count * desc->d; i++) add_product(&inputs, sample->z[i], got->z[i]);
  const double allowed = (desc->precision == VORDEC_FP64 ? 1e-12 : 1e-6) * (fields.magnitude + inputs.magnitude);
  if (fabs(fields.sum - inputs.sum) <= allowed) return;
  suite_short(suite,
              "%s: the cotangents times the decoded fields are %.12g, but states and residuals times their derivatives "
              "are %.12g, so this is not the transpose of the decode; allowed %.1g",
              precision_name(desc->precision), fields.sum, inputs.sum, allowed);
}

void check_adjoint_products(struct suite *suite) {
  enum { STATES = 3 };
  const struct sample_shape shape = {.n = 40, .k_cut = 6, .anchors = 14, .lopsided = true};
  struct vordec_session *session = session_that_transposes(suite);
  static const enum vordec_precision precisions[2] = {VORDEC_FP32, VORDEC_FP64};
  if (!session) return;
  for (size_t w = 0; w < 2 && !suite_fell_short(suite); w++) {
    if (!(suite->shared->device.capabilities & (w == 0 ? VORDEC_CAP_FP32 : VORDEC_CAP_FP64))) continue;
    struct sample sample = sample_create(&shape, 4, STATES);
    struct vordec_plan_desc desc = describe(&sample, STATES, (struct way){precisions[w], "auto"});
    desc.outputs |= VORDEC_MASK;
    desc.tau = 0.1;
    desc.gate = w == 0 ? VORDEC_GATE_SIGNED : VORDEC_GATE_SUPPORT;
    struct transposed got = transposed_make(&desc, 1, STATES);
    struct vordec_backend_adjoint *adjoint = transposing_start(suite, session, &desc);
    struct decoded decoded;
    const struct decode_request request = {
        .desc = &desc, .sample = &sample, .outputs = desc.outputs, .residuals = VORDEC_RESIDUAL_FIELD};
    bool refused = false;
    if (adjoint && decoded_by_plan(suite, session, &request, &decoded, &refused)) {
      memcpy(got.mask, decoded.mask, (size_t)STATES * desc.n * desc.n);
      for (uint32_t i = 0; i < STATES; i++) {
        got.kept[i] = vordec_kept_count(sample.z[(size_t)i * desc.d + 2 * desc.m + 3], desc.max_kept);
      }
      if (transposing_run(suite, &desc, adjoint, &everything, &got, NULL, NULL)) {
        judge_products(suite, &desc, &sample, &decoded, &got);
      }
      decoded_destroy(&decoded);
    }
    plugin_adjoint(suite)->destroy(adjoint);
    transposed_release(&got);
    sample_destroy(&sample);
  }
}

/* ---- bits ---- */

static bool same_state(const struct vordec_plan_desc *desc, const struct transposed *many, uint32_t i,
                       const struct transposed *one) {
  const size_t cells = (size_t)desc->n * desc->n;
  return memcmp(many->z + (size_t)i * desc->d, one->z, desc->d * sizeof(double)) == 0 &&
         memcmp(many->residual + i * cells, one->residual, cells * sizeof(double)) == 0;
}

/* Whatever is stored beside a state, even if it is not a number. */
void check_adjoint_batches(struct suite *suite) {
  enum { STATES = 5, NO_NUMBER = 1 };
  const struct sample_shape shape = {.n = 36, .k_cut = 5, .anchors = 8};
  struct vordec_session *session = session_that_transposes(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count && !suite_fell_short(suite); w++) {
    struct sample sample = sample_create(&shape, 0, 1);
    const struct vordec_plan_desc desc = describe(&sample, STATES, ways[w]);
    const size_t cells = (size_t)desc.n * desc.n;
    struct vordec_backend_adjoint *adjoint = transposing_start(suite, session, &desc);
    struct transposed together = transposed_make(&desc, 0, STATES);
    for (size_t i = 0; i < cells; i++) together.omega_lp[NO_NUMBER * cells + i] = INFINITY;
    bool fine = adjoint && transposing_run(suite, &desc, adjoint, &everything, &together, NULL, NULL);
    for (uint32_t i = STATES; fine && i-- > 0 && !suite_fell_short(suite);) {
      if (i == NO_NUMBER) continue;
      struct transposed alone = transposed_make(&desc, i, 1);
      fine = transposing_run(suite, &desc, adjoint, &everything, &alone, NULL, NULL);
      if (fine && !same_state(&desc, &together, i, &alone)) {
        suite_short(suite, "%s, fft %s: the derivatives by state %u of %d have different bits than they have alone",
                    precision_name(ways[w].precision), ways[w].fft, i, STATES);
      }
      transposed_release(&alone);
    }
    if (fine && isfinite(together.z[(size_t)NO_NUMBER * desc.d])) {
      suite_short(suite, "a cotangent that is not finite gives a finite derivative");
    }
    plugin_adjoint(suite)->destroy(adjoint);
    transposed_release(&together);
    sample_destroy(&sample);
  }
}

/* ---- failures, evidence and memory ---- */

static struct way first_way(const struct suite *suite) {
  return (struct way){plugin_precision(suite), "auto"};
}

void check_adjoint_refusals(struct suite *suite) {
  const struct sample_shape shape = {.n = 16, .k_cut = 2, .anchors = 3};
  struct vordec_session *session = session_that_transposes(suite);
  if (!session) return;
  struct sample sample = sample_create(&shape, 0, 1);
  struct vordec_plan_desc desc = describe(&sample, 1, first_way(suite));
  struct vordec_backend_adjoint *adjoint = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  desc.fft = "no-such-fft";
  const enum vordec_status status = plugin_adjoint(suite)->create(session, &desc, &adjoint, &info, &error);
  if (status == VORDEC_OK) {
    suite_short(suite, "the FFT \"no-such-fft\", which does not exist, is accepted");
    plugin_adjoint(suite)->destroy(adjoint);
  } else if (status != VORDEC_E_UNSUPPORTED || error.reason != VORDEC_REASON_NO_FFT) {
    suite_short(suite, "the FFT \"no-such-fft\": %s (%s) instead of unsupported (no-fft)", vordec_status_name(status),
                vordec_reason_name(error.reason));
  } else {
    plugin_judge_error(suite, "create", status, &error);
  }
  plugin_adjoint(suite)->destroy(NULL);
  sample_destroy(&sample);
}

void check_adjoint_evidence(struct suite *suite) {
  const struct sample_shape shape = {.n = 64, .k_cut = 8, .anchors = 16};
  struct vordec_session *session = session_that_transposes(suite);
  if (!session) return;
  struct sample sample = sample_create(&shape, 0, 1);
  const struct vordec_plan_desc desc = describe(&sample, 1, first_way(suite));
  struct vordec_backend_adjoint *adjoint = transposing_start(suite, session, &desc);
  struct transposed got = transposed_make(&desc, 0, 1);
  for (int i = 0; adjoint && i < 3 && !suite_fell_short(suite); i++) {
    struct vordec_adjoint_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!transposing_run(suite, &desc, adjoint, &everything, &got, &result, &host_ms)) break;
    evidence_judge_adjoint(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "run(): %.400s", verdict.why);
    suite_note(suite, "adjoint_device would be \"%s\"", verdict.decode_device);
  }
  plugin_adjoint(suite)->destroy(adjoint);
  transposed_release(&got);
  sample_destroy(&sample);
}

void check_adjoint_without_memory(struct suite *suite) {
  const struct sample_shape shape = {.n = 20, .k_cut = 3, .anchors = 5};
  struct vordec_session *session = session_that_transposes(suite);
  if (!session) return;
  struct sample sample = sample_create(&shape, 0, 1);
  const struct vordec_plan_desc desc = describe(&sample, 2, first_way(suite));
  plugin_adjoint(suite)->destroy(
      transposing_start(suite, session, &desc)); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_adjoint *adjoint = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_adjoint(suite)->create(session, &desc, &adjoint, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_adjoint(suite)->destroy(adjoint);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  sample_destroy(&sample);
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}
