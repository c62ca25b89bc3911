/* SPDX-License-Identifier: MIT */
#include "check_residual.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "decoded.h"
#include "plugin.h"
#include "reference_residual.h"
#include "roll.h"
#include "stand.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STATES_MAX 4
#define BOTH_BANDS (VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH)

/* What is synthesised of a sample, and what should come of it: its bands are the reference's. */
struct residual_case {
  struct sample sample;
  struct vordec_plan_desc desc;
  struct vordec_residual_setup setup;
  struct vordec_residual_job job;
  uint32_t step[STATES_MAX];
  double *phases, energy[2][STATES_MAX];
};

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_synthesises(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_residual(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_RESIDUAL_INTERFACE);
  return session && plugin_residual(suite) ? session : NULL;
}

/* Energies of all signs, some of them 0. */
static void set_energies(struct sample *sample, uint32_t first) {
  for (uint32_t i = 0; i < sample->count; i++) {
    double *energy = sample->z + (size_t)i * sample->d + 2 * sample->m + 1;
    const uint32_t number = first + i;
    energy[0] = number % 4 == 2 ? -1e-3 : 4e-3 + 1e-3 * number;
    energy[1] = number % 4 == 3 ? 0.0 : 3e-4;
  }
}

static void expect(struct residual_case *own) {
  const size_t cells = (size_t)own->sample.n * own->sample.n;
  for (uint32_t i = 0; i < own->sample.count; i++) {
    const struct reference_residual state = {.desc = &own->desc,
                                             .setup = &own->setup,
                                             .z = own->sample.z + (size_t)i * own->sample.d,
                                             .step = own->step[i],
                                             .phase = {own->job.phase[0], own->job.phase[1]}};
    for (uint32_t band = 0; band < 2; band++) {
      own->sample.band_energy[band][i] = reference_residual_band(&state, band, own->sample.band[band] + i * cells);
    }
  }
}

static struct residual_case *case_create(const struct sample_shape *shape, uint32_t first, uint32_t count,
                                         struct way way) {
  struct residual_case *own = calloc(1, sizeof *own);
  if (!own) abort();
  own->sample = sample_create(shape, first, count);
  own->desc = sample_plan(&own->sample, count, way.precision, way.fft);
  own->desc.residuals = 0;
  own->desc.majority_iters = 1;
  own->desc.tau = 0.1;
  own->setup = (struct vordec_residual_setup){.struct_size = sizeof own->setup,
                                              .seed = UINT64_C(0x9f3c21d4000002a7),
                                              .bands = BOTH_BANDS,
                                              .mid_limit = (shape->k_cut + 2) * (shape->k_cut + 2),
                                              .half = shape->half};
  for (uint32_t i = 0; i < count; i++) own->step[i] = (first + i) * 1431655765u;
  own->job = (struct vordec_residual_job){
      .struct_size = sizeof own->job, .step = own->step, .energy = {own->energy[0], own->energy[1]}};
  set_energies(&own->sample, first);
  expect(own);
  return own;
}

static void case_destroy(struct residual_case *own) {
  sample_destroy(&own->sample);
  free(own->phases);
  free(own);
}

static enum vordec_status make_plan(struct suite *suite, struct vordec_session *session,
                                    const struct residual_case *own, struct vordec_plan **plan) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  *plan = NULL;
  const enum vordec_status status =
      plugin_residual(suite)->plan_create(session, &own->desc, &own->setup, plan, &info, &error);
  suite_step(suite);
  if (status == VORDEC_OK && *plan) return status;
  if (status) plugin_judge_error(suite, "plan_create", status, &error);
  if (status == VORDEC_E_UNSUPPORTED) return status; /* made elsewhere then */
  suite_short(suite, "plan_create() of a residual of N = %u says %s: %.300s", own->desc.n, vordec_status_name(status),
              status ? error.message : "and makes no plan");
  return status ? status : VORDEC_E_FAILED;
}

static bool prepare(struct suite *suite, struct vordec_plan *plan, const struct vordec_residual_job *job) {
  struct vordec_error error = {0};
  const size_t taken = atomic_load(&suite->host.taken);
  const struct vordec_residual_job passing = *job; /* it need not stay */
  const enum vordec_status status = plugin_residual(suite)->prepare(plan, &passing, &error);
  if (atomic_load(&suite->host.taken) != taken) suite_short(suite, "prepare() takes memory from the host");
  if (status == VORDEC_OK) return true;
  plugin_judge_error(suite, "prepare", status, &error);
  suite_short(suite, "prepare() says %s: %.300s", vordec_status_name(status), error.message);
  return false;
}

static bool decode(struct suite *suite, struct vordec_plan *plan, const struct residual_case *own,
                   struct vordec_backend_rollout *rollout, struct decoded *decoded) {
  const struct decode_request request = {
      .desc = &own->desc, .sample = &own->sample, .rollout = rollout, .outputs = ALL_OUTPUTS};
  return prepare(suite, plan, &own->job) && decoded_make(suite, plan, &request, decoded);
}

static void judge(struct suite *suite, const struct residual_case *own, const struct decoded *decoded,
                  const char *where) {
  const struct decode_request request = {
      .desc = &own->desc, .sample = &own->sample, .outputs = ALL_OUTPUTS, .residuals = own->setup.bands};
  if (!verdict_omega_hat(suite, &request, decoded, where, NULL)) return;
  verdict_scalars(suite, &request, decoded, where);
  for (uint32_t band = 0; band < 2; band++) {
    for (uint32_t i = 0; i < own->sample.count; i++) {
      if (!(own->setup.bands & (uint32_t)VORDEC_RESIDUAL_MID << band)) continue;
      verdict_number(suite, own->energy[band][i], own->sample.band_energy[band][i], decoded->fp64 ? 1e-13 : 1e-6, "n E",
                     where);
    }
  }
}

static void judge_case(struct suite *suite, struct vordec_session *session, struct residual_case *own,
                       const char *where) {
  struct vordec_plan *plan = NULL;
  struct decoded decoded;
  if (make_plan(suite, session, own, &plan)) return;
  if (decode(suite, plan, own, NULL, &decoded)) {
    judge(suite, own, &decoded, where);
    decoded_destroy(&decoded);
  }
  suite->backend->plan_destroy(plan);
}

/* ---- the fields ---- */

static const struct sample_shape shapes[] = {
    {.n = 16, .k_cut = 3, .anchors = 9},
    {.n = 9, .k_cut = 2, .anchors = 4, .half = true},
    {.n = 24, .k_cut = 4, .anchors = 30, .half = true},
    {.n = 33, .k_cut = 5, .lopsided = true},
    {.n = 4, .k_cut = 1, .anchors = 3},
    {.n = 47, .k_cut = 6, .anchors = 40},
    {.n = 64, .k_cut = 8, .anchors = 64, .half = true},
    {.n = 128, .k_cut = 8, .anchors = 7},
};

void check_residual_drawn(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways), most = suite->options->quick ? 4 : COUNT(shapes);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < most && !suite_fell_short(suite); i++) {
      char where[80];
      struct residual_case *own = case_create(&shapes[i], 0, STATES_MAX, ways[w]);
      snprintf(where, sizeof where, "N = %u, %s, fft %s", shapes[i].n, precision_name(ways[w].precision), ways[w].fft);
      judge_case(suite, session, own, where);
      case_destroy(own);
    }
  }
}

/* Of one band alone, and phases far outside one turn. */
void check_residual_given(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session || plugin_ways_or_auto(suite, ways) == 0) return;
  for (uint32_t bands = VORDEC_RESIDUAL_MID; bands <= BOTH_BANDS && !suite_fell_short(suite); bands += 2) {
    struct residual_case *own = case_create(&shapes[0], 0, 2, ways[0]);
    const size_t cells = (size_t)own->sample.n * own->sample.n;
    own->setup.bands = bands;
    own->setup.phases = true;
    own->phases = calloc(cells, sizeof *own->phases);
    if (!own->phases) abort();
    for (size_t i = 0; i < cells; i++) own->phases[i] = 100.0 * sample_draw(i);
    own->job.phase[bands == VORDEC_RESIDUAL_HIGH] = own->phases; /* the other one is drawn */
    expect(own);
    char where[80];
    snprintf(where, sizeof where, "bands %u, given phases", bands);
    judge_case(suite, session, own, where);
    case_destroy(own);
  }
}

/* ---- the bits ---- */

/* A state alone has the bits that it has in a batch, where its step is its own; and so it has again. */
void check_residual_bits(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session || plugin_ways_or_auto(suite, ways) == 0) return;
  struct residual_case *all = case_create(&shapes[0], 0, 3, ways[0]), *one = case_create(&shapes[0], 1, 1, ways[0]);
  struct vordec_plan *plan = NULL;
  struct decoded together, alone, again;
  if (make_plan(suite, session, all, &plan) == VORDEC_OK && decode(suite, plan, all, NULL, &together)) {
    if (decode(suite, plan, one, NULL, &alone)) {
      if (!decoded_same(&together, 1, &alone, 0))
        suite_short(suite, "a state alone has different bits than in a batch");
      decoded_destroy(&alone);
    }
    if (!suite_fell_short(suite) && decode(suite, plan, all, NULL, &again)) {
      for (uint32_t i = 0; i < 3; i++) {
        if (!decoded_same(&together, i, &again, i))
          suite_short(suite, "state %u has different bits when it comes again", i);
      }
      decoded_destroy(&again);
    }
    decoded_destroy(&together);
  }
  if (plan) suite->backend->plan_destroy(plan);
  case_destroy(all);
  case_destroy(one);
}

/* ---- where a rollout holds the state ---- */

static void judge_rollout(struct suite *suite, struct vordec_session *session, struct residual_case *own) {
  struct roll op = roll_create(own->sample.d);
  struct vordec_plan *plan = NULL;
  struct decoded decoded;
  memcpy(op.z0, own->sample.z, own->sample.d * sizeof *op.z0);
  struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, own->desc.precision, false);
  if (rollout && make_plan(suite, session, own, &plan) == VORDEC_OK &&
      roll_read(suite, rollout, own->sample.d, own->sample.z)) {
    expect(own);
    if (decode(suite, plan, own, rollout, &decoded)) {
      judge(suite, own, &decoded, "decoded in place");
      decoded_destroy(&decoded);
    }
  }
  if (plan) suite->backend->plan_destroy(plan);
  plugin_rollout(suite)->destroy(rollout);
  roll_destroy(&op);
}

/* The same of several that it holds, in one job. */
static void judge_rollout_of_several(struct suite *suite, struct vordec_session *session, struct residual_case *own) {
  struct batch batch = batch_create(own->sample.d, own->sample.count);
  struct vordec_plan *plan = NULL;
  struct decoded decoded;
  memcpy(batch.z0, own->sample.z, (size_t)own->sample.count * own->sample.d * sizeof *batch.z0);
  struct stand stand = stand_open(suite, session, &batch, 0, batch.states, own->desc.precision);
  if (stand.rollout && make_plan(suite, session, own, &plan) == VORDEC_OK && stand_read(&stand, own->sample.z)) {
    const struct decode_request request = {.desc = &own->desc,
                                           .sample = &own->sample,
                                           .rollout = stand.rollout,
                                           .rollout_count = batch.states,
                                           .outputs = ALL_OUTPUTS};
    expect(own);
    if (prepare(suite, plan, &own->job) && decoded_make(suite, plan, &request, &decoded)) {
      judge(suite, own, &decoded, "several decoded in place");
      decoded_destroy(&decoded);
    }
  }
  if (plan) suite->backend->plan_destroy(plan);
  stand_close(&stand);
  batch_destroy(&batch);
}

/* Its energies and its K are where it is. */
void check_residual_rollout(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session) return;
  if (!plugin_rollout(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_INTERFACE);
    return;
  }
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t w = 0; w < count && !suite_fell_short(suite); w++) {
    struct residual_case *own = case_create(&shapes[2], 1, 1, ways[w]);
    judge_rollout(suite, session, own);
    case_destroy(own);
    if (!plugin_trail(suite) || !plugin_rollout_batch(suite)) continue; /* a job takes one state */
    own = case_create(&shapes[2], 0, 3, ways[w]);
    judge_rollout_of_several(suite, session, own);
    case_destroy(own);
  }
}

/* A decode in place of the case's state with E of one band as large as may be: n E is beyond what squares hold. */
static enum vordec_status decode_beyond(struct suite *suite, struct vordec_session *session, struct residual_case *own,
                                        uint32_t band, struct vordec_error *error) {
  const double most = own->desc.precision == VORDEC_FP64 ? DBL_MAX : (double)FLT_MAX, n = own->sample.n;
  struct roll op = roll_create(own->sample.d);
  struct vordec_plan *plan = NULL;
  enum vordec_status status = VORDEC_E_INPUT;
  memcpy(op.z0, own->sample.z, own->sample.d * sizeof *op.z0);
  op.z0[2 * own->sample.m + 1 + band] = most / (16.0 * n * n);
  struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, own->desc.precision, false);
  if (rollout && make_plan(suite, session, own, &plan) == VORDEC_OK && prepare(suite, plan, &own->job)) {
    const struct decode_request request = {
        .desc = &own->desc, .sample = &own->sample, .rollout = rollout, .outputs = ALL_OUTPUTS};
    struct decoded decoded;
    struct vordec_decode_job job;
    decoded_prepare(suite, &request, &decoded, &job);
    status = suite->backend->decode(plan, &job, &decoded.result, error);
    decoded_destroy(&decoded);
  }
  if (plan) suite->backend->plan_destroy(plan);
  plugin_rollout(suite)->destroy(rollout);
  roll_destroy(&op);
  return status;
}

void check_residual_overflow(struct suite *suite) {
  static const char *const names[2] = {"mid", "high"};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session) return;
  if (!plugin_rollout(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_INTERFACE);
    return;
  }
  if (plugin_ways_or_auto(suite, ways) == 0) return;
  for (uint32_t band = 0; band < 2 && !suite_fell_short(suite); band++) {
    struct residual_case *own = case_create(&shapes[0], 1, 1, ways[0]);
    struct vordec_error error = {0};
    const enum vordec_status status = decode_beyond(suite, session, own, band, &error);
    if (status && error.status) plugin_judge_error(suite, "decode", status, &error);
    if (status != VORDEC_E_INPUT) {
      suite_short(suite, "decode() of a rollout's state whose %s band overflows: %s instead of input", names[band],
                  vordec_status_name(status));
    }
    case_destroy(own);
  }
}

/* ---- for decodes of others ---- */

void check_residual_fields(struct suite *suite) {
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session) return;
  if (!plugin_residual(suite)->fields) {
    suite_note(suite, "it cannot draw bands for another backend");
    return;
  }
  struct way ways[WAYS_MAX];
  if (plugin_ways_or_auto(suite, ways) == 0) return;
  struct residual_case *own = case_create(&shapes[1], 0, 3, ways[0]);
  const size_t values = (size_t)own->sample.n * own->sample.n * own->sample.count;
  double *mid = calloc(values, sizeof *mid), *high = calloc(values, sizeof *high);
  if (!mid || !high) abort();
  double *const field[2] = {mid, high};
  struct vordec_plan *plan = NULL;
  struct vordec_error error = {0};
  if (make_plan(suite, session, own, &plan) == VORDEC_OK) {
    const enum vordec_status status =
        plugin_residual(suite)->fields(plan, &own->job, own->sample.z, own->sample.count, field, &error);
    if (status) suite_short(suite, "fields() says %s: %.300s", vordec_status_name(status), error.message);
    for (size_t band = 0; band < 2 && !status; band++) {
      for (size_t i = 0; i < values && !suite_fell_short(suite); i++) {
        verdict_number(suite, field[band][i], own->sample.band[band][i], 1e-12, "a cell of fields()", "");
      }
      for (uint32_t i = 0; i < own->sample.count; i++) {
        verdict_number(suite, own->energy[band][i], own->sample.band_energy[band][i], 1e-13, "n E of fields()", "");
      }
    }
    suite->backend->plan_destroy(plan);
  }
  free(mid);
  free(high);
  case_destroy(own);
}

/* ---- what it needs ---- */

void check_residual_without_memory(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = session_that_synthesises(suite);
  if (!session || plugin_ways_or_auto(suite, ways) == 0) return;
  struct residual_case *own = case_create(&shapes[1], 0, 1, ways[0]);
  struct vordec_plan *kept = NULL;
  const bool made = make_plan(suite, session, own, &kept) == VORDEC_OK;
  if (kept) suite->backend->plan_destroy(kept); /* what is kept now is there */
  size_t number = 0;
  for (bool refused = made; refused && !suite_fell_short(suite);) {
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status =
        plugin_residual(suite)->plan_create(session, &own->desc, &own->setup, &plan, &info, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    suite_step(suite);
    if (status == VORDEC_OK) {
      suite->backend->plan_destroy(plan);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "plan_create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) {
      suite_short(suite, "plan_create() of a residual leaves memory behind, without allocation %zu", number);
    }
  }
  case_destroy(own);
}
