/* SPDX-License-Identifier: MIT */
#include "check_invariance.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SERIES 17u
#define THREAD_COUNTS 5

static struct sample_shape shape_of(uint32_t n) {
  return (struct sample_shape){.n = n, .k_cut = n < 32 ? 2 : 8, .anchors = 6, .lopsided = true};
}

/* States first .. first + count - 1 of the series of size n, by a plan for `batch`. */
struct stretch {
  uint32_t n, batch, first, count;
};

static bool decode_stretch(struct suite *suite, struct vordec_session *session, const struct way *way,
                           const struct stretch *stretch, struct decoded *decoded) {
  const struct sample_shape shape = shape_of(stretch->n);
  struct sample sample = sample_create(&shape, stretch->first, stretch->count);
  const struct vordec_plan_desc desc = sample_plan(&sample, stretch->batch, way->precision, way->fft);
  const struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
  bool refused;
  const bool made = decoded_by_plan(suite, session, &request, decoded, &refused);
  sample_destroy(&sample);
  return made;
}

static void judge_stretch(struct suite *suite, struct vordec_session *session, const struct way *way,
                          const struct stretch *stretch, const struct decoded *whole) {
  struct decoded part;
  if (suite_fell_short(suite) || !decode_stretch(suite, session, way, stretch, &part)) return;
  for (uint32_t i = 0; i < stretch->count; i++) {
    if (decoded_same(&part, i, whole, stretch->first + i)) continue;
    suite_short(suite,
                "N = %u, %s, fft %s: place %u of %u states in a batch of %u has different bits than place %u of %u",
                stretch->n, precision_name(way->precision), way->fft, i, stretch->count, stretch->batch,
                stretch->first + i, SERIES);
  }
  decoded_destroy(&part);
}

/* The whole series in one go, and stretches of it. */
static void judge_size(struct suite *suite, struct vordec_session *session, uint32_t n, const struct way *way) {
  static const struct {
    uint32_t batch, first, count;
  } parts[] = {{1, 0, 1}, {1, 16, 1}, {3, 5, 3}, {3, 7, 2}, {SERIES, 11, 1}, {5, 2, 5}, {64, 4, 2}};
  const struct stretch all = {n, SERIES, 0, SERIES};
  struct decoded whole;
  if (!decode_stretch(suite, session, way, &all, &whole)) return;
  for (size_t i = 0; i < COUNT(parts); i++) {
    const struct stretch stretch = {n, parts[i].batch, parts[i].first, parts[i].count};
    if (stretch.batch <= SERIES || n <= 100) judge_stretch(suite, session, way, &stretch, &whole);
  }
  decoded_destroy(&whole);
}

void check_batches(struct suite *suite) {
  static const uint32_t sizes[] = {64, 8, 17, 125, 127};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 1 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      judge_size(suite, session, sizes[i], &ways[w]);
    }
  }
}

/* ---- again ---- */

/* A digest of decodes by a plan for 3 states. False: fell short, or refused. */
static bool digest_by(struct suite *suite, struct vordec_session *session, const struct way *way, uint32_t n,
                      char digest[33]) {
  const struct stretch stretch = {n, 3, 1, 3};
  struct decoded decoded;
  if (!decode_stretch(suite, session, way, &stretch, &decoded)) return false;
  decoded_digest(&decoded, digest);
  decoded_destroy(&decoded);
  return true;
}

static bool digest_of(struct suite *suite, struct vordec_session *session, char digest[33]) {
  const struct way way = {plugin_precision(suite), "auto"};
  return digest_by(suite, session, &way, 64, digest);
}

/* On one plan, on a second plan, on a second session. */
void check_repeats(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite), *other = NULL;
  if (!session) return;
  const struct sample_shape shape = shape_of(64);
  struct sample sample = sample_create(&shape, 1, 3);
  const struct vordec_plan_desc desc = sample_plan(&sample, 3, plugin_precision(suite), "auto");
  const struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  char first[33] = "", again[33];
  const int times = suite->options->quick ? 5 : 50;
  if (plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK) {
    for (int i = 0; i < times && !suite_fell_short(suite); i++) {
      struct decoded decoded;
      if (!decoded_make(suite, plan, &request, &decoded)) break;
      decoded_digest(&decoded, i ? again : first);
      if (i && strcmp(first, again) != 0) suite_short(suite, "decode %d of the same states has different bits", i + 1);
      decoded_destroy(&decoded);
    }
    suite->backend->plan_destroy(plan);
  }
  sample_destroy(&sample);
  if (!suite_fell_short(suite) && digest_of(suite, session, again) && strcmp(first, again) != 0) {
    suite_short(suite, "a second plan gives different bits");
  }
  if (!suite_fell_short(suite)) other = plugin_open(suite, 2);
  if (other && digest_of(suite, other, again) && strcmp(first, again) != 0) {
    suite_short(suite, "a second session gives different bits");
  }
  if (other) suite->backend->close(other);
  snprintf(suite->shared->digest, sizeof suite->shared->digest, "%s", first);
  suite_note(suite, "%s", first);
}

void check_next_process(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  char digest[33];
  if (!session) return;
  if (!suite->shared->digest[0]) {
    suite_skip(suite, "there is no earlier digest to compare with");
  } else if (digest_of(suite, session, digest) && strcmp(digest, suite->shared->digest) != 0) {
    suite_short(suite, "another process gives different bits: %s, %s before", digest, suite->shared->digest);
  }
}

/* Whether the first of the sessions and the others give the same bits. */
static void judge_threads(struct suite *suite, struct vordec_session *const *sessions, const uint32_t *threads,
                          const struct way *way, uint32_t n) {
  char first[33] = "", digest[33] = "";
  if (!digest_by(suite, sessions[0], way, n, first)) return;
  for (size_t i = 1; i < THREAD_COUNTS && digest_by(suite, sessions[i], way, n, digest); i++) {
    if (strcmp(first, digest) == 0) continue;
    suite_short(suite, "N = %u, %s, fft %s: %u threads give different bits than one", n, precision_name(way->precision),
                way->fft, threads[i]);
  }
}

void check_threads(struct suite *suite) {
  static const uint32_t threads[THREAD_COUNTS] = {1, 2, 3, 5, 7}, sizes[] = {64, 30, 127};
  struct way ways[WAYS_MAX];
  struct vordec_session *sessions[THREAD_COUNTS] = {NULL};
  bool open = true;
  for (size_t i = 0; i < THREAD_COUNTS && open; i++) open = (sessions[i] = plugin_open(suite, threads[i])) != NULL;
  const size_t count = open ? plugin_ways_or_auto(suite, ways) : 0;
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 1 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      judge_threads(suite, sessions, threads, &ways[w], sizes[i]);
    }
  }
  for (size_t i = 0; i < THREAD_COUNTS; i++) suite->backend->close(sessions[i]);
}

/* ---- less ---- */

/* Every subset of the outputs: the bits are those of the whole, and a decode of nothing works. */
static void judge_subsets(struct suite *suite, struct vordec_session *session, const struct way *way) {
  const struct sample_shape shape = shape_of(33);
  struct sample sample = sample_create(&shape, 0, 2);
  const struct vordec_plan_desc desc = sample_plan(&sample, 3, way->precision, way->fft);
  struct decode_request request = {
      .desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  struct decoded whole, part;
  if (plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK) {
    if (decoded_make(suite, plan, &request, &whole)) {
      for (uint32_t outputs = 0; outputs <= ALL_OUTPUTS && !suite_fell_short(suite); outputs++) {
        request.outputs = outputs;
        if (!decoded_make(suite, plan, &request, &part)) break;
        part.scalars = outputs == ALL_OUTPUTS ? part.scalars : NULL; /* which of them are made may depend */
        if (!decoded_same(&part, 0, &whole, 0) || !decoded_same(&part, 1, &whole, 1)) {
          suite_short(suite, "%s, fft %s: outputs 0x%x alone have different bits than together with all others",
                      precision_name(way->precision), way->fft, outputs);
        }
        decoded_destroy(&part);
      }
      decoded_destroy(&whole);
    }
    suite->backend->plan_destroy(plan);
  }
  sample_destroy(&sample);
}

void check_subsets(struct suite *suite) {
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways_or_auto(suite, ways);
  for (size_t i = 0; i < count && !suite_fell_short(suite); i++) judge_subsets(suite, session, &ways[i]);
}

/* ---- two at a time ---- */

/* Two plans of one session take turns. */
void check_two_plans(struct suite *suite) {
  static const uint32_t sizes[2] = {32, 17};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample samples[2];
  struct vordec_plan_desc descs[2];
  struct vordec_plan *plans[2] = {NULL, NULL};
  struct vordec_plan_info info;
  for (int i = 0; i < 2; i++) {
    samples[i] = sample_create(&(struct sample_shape){.n = sizes[i], .k_cut = 3 + (uint32_t)i, .anchors = 5}, 0, 2);
    descs[i] = sample_plan(&samples[i], 2, plugin_precision(suite), "auto");
    plugin_plan(suite, session, &descs[i], &plans[i], &info);
  }
  for (int i = 0; i < 6 && plans[0] && plans[1] && !suite_fell_short(suite); i++) {
    const struct decode_request request = {
        .desc = &descs[i % 2], .sample = &samples[i % 2], .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
    struct decoded decoded;
    if (!decoded_make(suite, plans[i % 2], &request, &decoded)) break;
    verdict_decode(suite, &request, &decoded, i % 2 ? "(second of two plans)" : "(first of two plans)");
    decoded_destroy(&decoded);
  }
  for (int i = 0; i < 2; i++) {
    if (plans[i]) suite->backend->plan_destroy(plans[i]);
    sample_destroy(&samples[i]);
  }
}

/* A thread with a session of its own; no arrays and no findings, which are one thread's. */
struct worker {
  const struct vordec_backend *backend;
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct sample sample;
  int8_t *mask, *first;
  int times, differing, failed;
};

static void *work(void *ctx) {
  struct worker *worker = ctx;
  const size_t cells = (size_t)worker->sample.n * worker->sample.n * worker->sample.count;
  for (int i = 0; i < worker->times; i++) {
    struct vordec_decode_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    const struct vordec_decode_job job = {.struct_size = sizeof job,
                                          .count = worker->sample.count,
                                          .z = worker->sample.z,
                                          .outputs = VORDEC_MASK,
                                          .mask = worker->mask};
    worker->failed += worker->backend->decode(worker->plan, &job, &result, &error) != VORDEC_OK;
    if (i == 0) memcpy(worker->first, worker->mask, cells);
    worker->differing += memcmp(worker->first, worker->mask, cells) != 0;
  }
  return NULL;
}

static bool worker_create(struct suite *suite, struct worker *worker, uint32_t number) {
  const struct sample_shape shape = shape_of(48);
  struct vordec_plan_info info;
  *worker = (struct worker){.backend = suite->backend, .times = suite->options->quick ? 10 : 60};
  worker->session = plugin_open(suite, 1);
  worker->sample = sample_create(&shape, number, 2);
  const size_t cells = (size_t)shape.n * shape.n * 2;
  worker->mask = calloc(cells, 1);
  worker->first = calloc(cells, 1);
  if (!worker->mask || !worker->first) abort();
  const struct vordec_plan_desc desc = sample_plan(&worker->sample, 2, plugin_precision(suite), "auto");
  return worker->session && plugin_plan(suite, worker->session, &desc, &worker->plan, &info) == VORDEC_OK;
}

static void worker_destroy(struct suite *suite, struct worker *worker) {
  if (worker->plan) suite->backend->plan_destroy(worker->plan);
  if (worker->session) suite->backend->close(worker->session);
  sample_destroy(&worker->sample);
  free(worker->mask);
  free(worker->first);
}

void check_two_sessions(struct suite *suite) {
  if (!plugin_load(suite)) return;
  struct worker workers[2];
  pthread_t threads[2];
  bool ready = true;
  for (uint32_t i = 0; i < 2; i++) ready = worker_create(suite, &workers[i], 5 * i) && ready;
  for (int i = 0; i < 2 && ready; i++) {
    if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) abort();
  }
  for (int i = 0; i < 2 && ready; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2 && ready; i++) {
    if (workers[i].failed)
      suite_short(suite, "%d of %d decodes fail while another session is at work", workers[i].failed, workers[i].times);
    if (workers[i].differing) suite_short(suite, "bits change while another session is at work");
  }
  for (int i = 0; i < 2; i++) worker_destroy(suite, &workers[i]);
}
