/* SPDX-License-Identifier: MIT */
#include "check_encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/evidence.h"
#include "flow_run.h"
#include "measuring.h"
#include "plugin.h"
#include "reference.h"
#include "reference_encode.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_encodes(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_encode(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ENCODE_INTERFACE);
  }
  return session && plugin_encode(suite) ? session : NULL;
}

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

/* Number `number` of a series of fields: noise on every mode, over waves that are larger. */
static double *noisy_field(uint32_t n, uint32_t number) {
  double *field = flow_field(n, number);
  for (uint32_t i = 0; i < n * n; i++) field[i] += 0.2 * sample_draw(((uint64_t)number << 40) + i);
  return field;
}

static double rounding(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? 1e-12 : 1e-5;
}

/* ---- what is measured ---- */

static double largest_of(const double *c, size_t pairs) {
  double largest = 0.0;
  for (size_t i = 0; i < pairs; i++) largest = fmax(largest, hypot(c[2 * i], c[2 * i + 1]));
  return largest;
}

static void judge_modes(struct suite *suite, const char *what, const double *c, const double *expected, size_t pairs,
                        const uint32_t *index, double tolerance, const char *where) {
  const double allowed = tolerance * largest_of(expected, pairs);
  for (size_t i = 0; i < pairs; i++) {
    const double off = hypot(c[2 * i] - expected[2 * i], c[2 * i + 1] - expected[2 * i + 1]);
    if (off <= allowed) continue;
    suite_short(suite, "%s: %s: the coefficient at index %u is off by %.3g; allowed %.1g", where, what, index[i], off,
                allowed);
    return;
  }
}

static struct reference_encoded expect(const struct measuring *measuring, const double *omega, struct measured *room,
                                       double *margin) {
  struct reference_encoded expected = {.low = room->low, .mid = room->mid, .mask = room->mask, .margin = margin};
  reference_encode(&measuring->setup, omega, &expected);
  return expected;
}

static void judge_field(struct suite *suite, struct vordec_session *session, const struct measuring *measuring,
                        double k_cut, double mid_cut) {
  const struct vordec_encode_setup *setup = &measuring->setup;
  struct vordec_backend_encoder *encoder = measuring_start(suite, session, measuring);
  struct measured got = measured_make(measuring, 1, false), room = measured_make(measuring, 1, true);
  double *omega = noisy_field(setup->n, setup->n);
  char where[160];
  snprintf(where, sizeof where, "N = %u, %s, fft %s, k_cut %g, mid cut %g, width %u%s", setup->n,
           precision_name(setup->precision), setup->fft, k_cut, mid_cut, setup->smooth_width,
           setup->boundary == VORDEC_BOUNDARY_ZERO ? ", zero" : "");
  if (encoder &&
      measuring_encode(suite, measuring, encoder, &(struct measuring_source){.omega = omega}, &got, NULL, NULL)) {
    const struct reference_encoded expected = expect(measuring, omega, &room, NULL);
    const double tolerance = rounding(setup->precision), off = fabs(got.high[0] - expected.high);
    judge_modes(suite, "low", got.low, expected.low, setup->low_count, setup->low_index, tolerance, where);
    judge_modes(suite, "mid", got.mid, expected.mid, setup->mid_count, setup->mid_index, tolerance, where);
    if (!(off <= tolerance * expected.mean_square && got.high[0] >= 0)) {
      suite_short(suite, "%s: high is %.9g; it has to be %.9g", where, got.high[0], expected.high);
    }
  }
  plugin_encode(suite)->destroy(encoder);
  measured_release(&got);
  measured_release(&room);
  free(omega);
}

/* Coefficients and the energy beyond, over sizes, bands, windows and boundaries. */
void check_encode_modes(struct suite *suite) {
  static const struct {
    uint32_t n, width;
    double k_cut, mid_cut;
    enum vordec_boundary boundary;
  } rows[] = {{16, 3, 2, 4, VORDEC_BOUNDARY_PERIODIC}, {15, 5, 3, 5.5, VORDEC_BOUNDARY_ZERO},
              {32, 11, 8, 12, VORDEC_BOUNDARY_ZERO},   {24, 5, 0, 100, VORDEC_BOUNDARY_PERIODIC},
              {4, 3, 1, 2, VORDEC_BOUNDARY_PERIODIC},  {5, 3, 0, 0, VORDEC_BOUNDARY_ZERO},
              {22, 7, 11, 11, VORDEC_BOUNDARY_ZERO},   {30, 4, 5, 15, VORDEC_BOUNDARY_PERIODIC},
              {34, 9, 8, 12, VORDEC_BOUNDARY_PERIODIC}};
  struct vordec_session *session = session_that_encodes(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 4 : COUNT(rows)) && !suite_fell_short(suite); i++) {
      struct measuring measuring = measuring_make(rows[i].n, rows[i].k_cut, rows[i].mid_cut, ways[w].precision);
      measuring.setup.fft = ways[w].fft;
      measuring.setup.smooth_width = rows[i].width;
      measuring.setup.boundary = rows[i].boundary;
      judge_field(suite, session, &measuring, rows[i].k_cut, rows[i].mid_cut);
      measuring_release(&measuring);
    }
  }
}

/* Waves in the mid band, and beyond it so little that a difference of large numbers would not see it: smoothing a wave
 * multiplies it by a number that is known. */
void check_encode_little(struct suite *suite) {
  struct vordec_session *session = session_that_encodes(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count && !suite_fell_short(suite); w++) {
    enum { N = 32, KY = 5, KX = 9 };
    const double step = 2 * acos(-1.0) / N, small = 0.02;
    struct measuring measuring = measuring_make(N, 2, 6, ways[w].precision);
    measuring.setup.fft = ways[w].fft;
    struct vordec_backend_encoder *encoder = measuring_start(suite, session, &measuring);
    struct measured got = measured_make(&measuring, 1, false);
    double *omega = zeroed((size_t)N * N, sizeof *omega);
    for (uint32_t i = 0; i < N * N; i++) {
      const double y = step * (i / N), x = step * (i % N);
      omega[i] = cos(3 * y + 4 * x + 0.2) + 0.5 * cos(5 * x - y) + small * cos(KY * y - KX * x + 0.7) + 0.25;
    }
    if (encoder &&
        measuring_encode(suite, &measuring, encoder, &(struct measuring_source){.omega = omega}, &got, NULL, NULL)) {
      const double passed = (1 + 2 * cos(step * KY)) / 3 * ((1 + 2 * cos(step * KX)) / 3);
      const double expected = 0.5 * small * small * (1 - passed) * (1 - passed);
      const double allowed = ways[w].precision == VORDEC_FP64 ? 1e-10 : 1e-3;
      if (fabs(got.high[0] - expected) > allowed * expected) {
        suite_short(suite,
                    "%s, fft %s: where R has little beyond the mid band, high is off by %.3g of itself; allowed %.1g",
                    precision_name(ways[w].precision), ways[w].fft, fabs(got.high[0] / expected - 1), allowed);
      }
    }
    plugin_encode(suite)->destroy(encoder);
    measured_release(&got);
    measuring_release(&measuring);
    free(omega);
  }
}

/* ---- the mask ---- */

static double share_of(const int8_t *mask, size_t cells) {
  size_t support = 0;
  for (size_t i = 0; i < cells; i++) support += mask[i] != 0;
  return (double)support / (double)cells;
}

/* The threshold by its definition, but for cells that rounding may take either way; majority bit for bit on that. */
static void judge_mask(struct suite *suite, struct vordec_session *session, struct measuring *measuring,
                       const double *omega) {
  const uint32_t n = measuring->setup.n, rounds[] = {0, 1, 3, 9};
  const size_t cells = (size_t)n * n;
  struct measured got = measured_make(measuring, 1, true), room = measured_make(measuring, 1, true);
  double *margin = zeroed(cells, sizeof *margin);
  int8_t *first = zeroed(cells, 1);
  for (size_t r = 0; r < COUNT(rounds) && !suite_fell_short(suite); r++) {
    measuring->setup.majority_iters = rounds[r];
    struct vordec_backend_encoder *encoder = measuring_start(suite, session, measuring);
    if (encoder &&
        measuring_encode(suite, measuring, encoder, &(struct measuring_source){.omega = omega}, &got, NULL, NULL)) {
      if (r == 0) {
        const struct reference_encoded expected = expect(measuring, omega, &room, margin);
        const double unsure = 100 * rounding(measuring->setup.precision);
        memcpy(first, got.mask, cells);
        for (size_t i = 0; i < cells; i++) {
          if (got.mask[i] == expected.mask[i] || margin[i] < unsure) continue;
          suite_short(suite, "N = %u, width %u, tau %g: the mask is %d at row %zu, column %zu; it has to be %d", n,
                      measuring->setup.smooth_width, measuring->setup.tau, got.mask[i], i / n, i % n, expected.mask[i]);
          break;
        }
      }
      memcpy(room.mask, first, cells);
      reference_majority(n, room.mask, rounds[r]);
      if (memcmp(room.mask, got.mask, cells) != 0) {
        suite_short(suite, "N = %u: %u rounds are not %u rounds of 3 x 3 majority of the mask without", n, rounds[r],
                    rounds[r]);
      }
      if (got.support[0] != share_of(got.mask, cells)) {
        suite_short(suite, "N = %u, %u rounds: support is %.9g, the mask's share is %.9g", n, rounds[r], got.support[0],
                    share_of(got.mask, cells));
      }
    }
    plugin_encode(suite)->destroy(encoder);
  }
  free(first);
  free(margin);
  measured_release(&got);
  measured_release(&room);
}

void check_encode_mask(struct suite *suite) {
  static const uint32_t sizes[] = {32, 17, 45};
  struct vordec_session *session = session_that_encodes(suite);
  if (!session) return;
  for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
    struct measuring measuring = measuring_make(sizes[i], 3, 5, plugin_precision(suite));
    double *omega = noisy_field(sizes[i], 3);
    measuring.setup.smooth_width = 5;
    measuring.setup.tau = 0.2;
    if (i % 2) measuring.setup.boundary = VORDEC_BOUNDARY_ZERO;
    judge_mask(suite, session, &measuring, omega);
    measuring_release(&measuring);
    free(omega);
  }
}

/* ---- bits ---- */

/* Whether field `at` of `many` has the bits of field `one_at` of `one`. */
static bool same_field(const struct measuring *measuring, const struct measured *many, uint32_t at,
                       const struct measured *one, uint32_t one_at) {
  const size_t low = 2 * (size_t)measuring->setup.low_count, mid = 2 * (size_t)measuring->setup.mid_count;
  return memcmp(many->low + at * low, one->low + one_at * low, low * sizeof(double)) == 0 &&
         memcmp(many->mid + at * mid, one->mid + one_at * mid, mid * sizeof(double)) == 0 &&
         memcmp(many->high + at, one->high + one_at, sizeof(double)) == 0 &&
         memcmp(many->support + at, one->support + one_at, sizeof(double)) == 0;
}

/* Whatever stands beside a field, and whether its mask is wanted. */
void check_encode_batches(struct suite *suite) {
  enum { FIELDS = 5 };
  struct vordec_session *session = session_that_encodes(suite);
  struct way ways[WAYS_MAX];
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count && !suite_fell_short(suite); w++) {
    const uint32_t n = 36;
    struct measuring measuring = measuring_make(n, 4, 7, ways[w].precision);
    measuring.setup.fft = ways[w].fft;
    measuring.setup.batch = FIELDS;
    measuring.setup.majority_iters = 2;
    double *omega = zeroed((size_t)FIELDS * n * n, sizeof *omega);
    for (uint32_t i = 0; i < FIELDS; i++) {
      double *field = noisy_field(n, 20 + i);
      memcpy(omega + (size_t)i * n * n, field, (size_t)n * n * sizeof *omega);
      free(field);
    }
    struct vordec_backend_encoder *encoder = measuring_start(suite, session, &measuring);
    struct measured together = measured_make(&measuring, FIELDS, true), alone = measured_make(&measuring, 1, false);
    bool fine = encoder && measuring_encode(suite, &measuring, encoder, &(struct measuring_source){.omega = omega},
                                            &together, NULL, NULL);
    for (uint32_t i = FIELDS; fine && i-- > 0 && !suite_fell_short(suite);) {
      const struct measuring_source source = {.omega = omega + (size_t)i * n * n};
      fine = measuring_encode(suite, &measuring, encoder, &source, &alone, NULL, NULL);
      if (fine && !same_field(&measuring, &together, i, &alone, 0)) {
        suite_short(suite, "%s, fft %s: field %u of %d has different bits than it has alone",
                    precision_name(ways[w].precision), ways[w].fft, i, FIELDS);
      }
    }
    plugin_encode(suite)->destroy(encoder);
    measured_release(&together);
    measured_release(&alone);
    measuring_release(&measuring);
    free(omega);
  }
}

/* A simulation's members have the same bits as the fields that get() returns, and stay unchanged. */
void check_encode_members(struct suite *suite) {
  enum { MEMBERS = 3 };
  struct vordec_session *session = session_that_encodes(suite);
  if (!session) return;
  if (!plugin_simulate(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_SIMULATE_INTERFACE);
    return;
  }
  const uint32_t n = 28;
  const enum vordec_precision precision = plugin_precision(suite);
  struct vordec_simulation_setup flow = flow_setup(n, precision);
  flow.members = MEMBERS;
  struct measuring measuring = measuring_make(n, 3, 6, precision);
  measuring.setup.batch = 2;
  struct vordec_backend_simulation *simulation = flow_start(suite, session, &flow);
  struct vordec_backend_encoder *encoder = simulation ? measuring_start(suite, session, &measuring) : NULL;
  struct measured in_place = measured_make(&measuring, 2, true), got = measured_make(&measuring, 2, true);
  double *omega = zeroed((size_t)MEMBERS * n * n, sizeof *omega), *after = zeroed((size_t)n * n, sizeof *after);
  bool fine = encoder != NULL;
  for (uint32_t i = 0; i < MEMBERS && fine; i++) {
    double *start = noisy_field(n, 30 + i);
    fine = flow_set(suite, simulation, i, n, start);
    free(start);
  }
  fine = fine && flow_steps(suite, simulation, 2);
  for (uint32_t i = 0; i < MEMBERS && fine; i++) {
    fine = flow_get(suite, simulation, i, n, omega + (size_t)i * n * n);
  }
  const struct measuring_source members = {.simulation = simulation, .first_member = 1};
  const struct measuring_source host = {.omega = omega + (size_t)n * n};
  fine = fine && measuring_encode(suite, &measuring, encoder, &members, &in_place, NULL, NULL) &&
         measuring_encode(suite, &measuring, encoder, &host, &got, NULL, NULL);
  for (uint32_t i = 0; i < 2 && fine && !suite_fell_short(suite); i++) {
    if (!same_field(&measuring, &in_place, i, &got, i)) {
      suite_short(suite, "member %u, encoded where it is, has different bits than the same field when it was read",
                  i + 1);
    }
  }
  fine = fine && flow_get(suite, simulation, 1, n, after);
  if (fine && memcmp(after, omega + (size_t)n * n, (size_t)n * n * sizeof *after) != 0) {
    suite_short(suite, "a member is not what it was, after it was encoded");
  }
  plugin_encode(suite)->destroy(encoder);
  plugin_encode(suite)->destroy(NULL);
  if (simulation) plugin_simulate(suite)->destroy(simulation);
  measured_release(&in_place);
  measured_release(&got);
  measuring_release(&measuring);
  free(after);
  free(omega);
}

/* ---- failures, evidence and memory ---- */

/* A window and an FFT that do not exist. */
void check_encode_refusals(struct suite *suite) {
  struct vordec_session *session = session_that_encodes(suite);
  if (!session) return;
  for (int i = 0; i < 2 && !suite_fell_short(suite); i++) {
    struct measuring measuring = measuring_make(16, 2, 4, plugin_precision(suite));
    struct vordec_backend_encoder *encoder = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    if (i == 0) measuring.setup.smooth_kernel = (enum vordec_smooth_kernel)99;
    if (i == 1) measuring.setup.fft = "no-such-fft";
    const enum vordec_status status = plugin_encode(suite)->create(session, &measuring.setup, &encoder, &info, &error);
    const char *what = i == 0 ? "smoothing window 99" : "the FFT \"no-such-fft\"";
    const bool reason = error.reason == (i == 0 ? VORDEC_REASON_NO_INTERFACE : VORDEC_REASON_NO_FFT);
    if (status == VORDEC_OK) {
      suite_short(suite, "%s, which does not exist, is accepted", what);
      plugin_encode(suite)->destroy(encoder);
    } else if (status != VORDEC_E_UNSUPPORTED || !reason) {
      suite_short(suite, "%s: %s (%s) instead of unsupported (%s)", what, vordec_status_name(status),
                  vordec_reason_name(error.reason), i == 0 ? "no-interface" : "no-fft");
    } else {
      plugin_judge_error(suite, "create", status, &error);
    }
    measuring_release(&measuring);
  }
}

void check_encode_evidence(struct suite *suite) {
  struct vordec_session *session = session_that_encodes(suite);
  if (!session) return;
  const uint32_t n = 64;
  struct measuring measuring = measuring_make(n, 4, 8, plugin_precision(suite));
  struct vordec_backend_encoder *encoder = measuring_start(suite, session, &measuring);
  struct measured got = measured_make(&measuring, 1, false);
  double *omega = noisy_field(n, 5);
  for (int i = 0; encoder && i < 3 && !suite_fell_short(suite); i++) {
    struct vordec_encode_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!measuring_encode(suite, &measuring, encoder, &(struct measuring_source){.omega = omega}, &got, &result,
                          &host_ms)) {
      break;
    }
    evidence_judge_encode(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "encode(): %.400s", verdict.why);
    suite_note(suite, "encode_device would be \"%s\"", verdict.decode_device);
  }
  plugin_encode(suite)->destroy(encoder);
  measured_release(&got);
  measuring_release(&measuring);
  free(omega);
}

void check_encode_without_memory(struct suite *suite) {
  struct vordec_session *session = session_that_encodes(suite);
  if (!session) return;
  struct measuring measuring = measuring_make(20, 3, 5, plugin_precision(suite));
  plugin_encode(suite)->destroy(
      measuring_start(suite, session, &measuring)); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_backend_encoder *encoder = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_encode(suite)->create(session, &measuring.setup, &encoder, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_encode(suite)->destroy(encoder);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  measuring_release(&measuring);
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}
