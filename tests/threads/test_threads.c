/* SPDX-License-Identifier: MIT */
/*
 * Several runtimes in one process, many threads on each: what a thread gets does not depend on the others, to the bit.
 * One decoder in two threads at once is E_BUSY for one of them.
 */
#include "../core/check.h"
#include "core/base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RUNTIMES 2
#define THREADS 8 /* on each runtime */
#define ROUNDS 4
#define COUNT 5 /* states of one thread, more than its batch */
#define STEPS 3
#define LONGEST_S 30 /* far beyond what two threads need to meet */

static const struct settings {
  const char *fft, *threads, *boundary;
  size_t n;
} settings[RUNTIMES] = {{"fftw", "2", "zero", 36}, {"pruned", "1", "periodic", 25}};

/* One runtime and the layout that all of its threads share. */
struct shop {
  struct vordec_runtime *runtime;
  struct vordec_layout *layout;
  struct vordec_layout_info info;
};

/* Everything that one thread is handed back. */
struct fields {
  size_t cells;
  double *lp, *hat, *rolled; /* rolled: omega_lp of the state after STEPS steps */
  int8_t *mask;
  struct vordec_scalars *scalars;
  char digest[33];
};

/* ---- objects ---- */

static void shop_open(struct shop *shop, const struct settings *how) {
  struct vordec_error error = {0};
  struct vordec_config *config = NULL;
  const char *const values[][3] = {{"decode", "backend", "cpu"},     {"decode", "fft", how->fft},
                                   {"decode", "batch", "2"},         {"cpu", "threads", how->threads},
                                   {"mask", "smooth_width", "5"},    {"mask", "boundary", how->boundary},
                                   {"combine", "anchors", "include"}};
  check_ok(vordec_config_create(&config, &error), &error);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    check_ok(
        vordec_config_set(config, values[i][0], values[i][1], values[i][2], VORDEC_FROM_COMMAND_LINE, "test", &error),
        &error);
  }
  check_ok(vordec_runtime_create(config, NULL, NULL, &shop->runtime, &error), &error);
  vordec_config_destroy(config);

  uint8_t *mask_low = calloc(how->n, how->n);
  const size_t n = how->n, low[] = {0, 1, 2, n - 1, n, n + 1, 2 * n, (n - 1) * n, (n - 1) * n + 1, n * n - 1};
  const int64_t anchors[] = {3, (int64_t)n + 3, 3 * (int64_t)n};
  assert_non_null(mask_low);
  for (size_t i = 0; i < sizeof low / sizeof *low; i++) mask_low[low[i]] = 1;
  const struct vordec_layout_desc desc = {
      .n = n, .mask_low = mask_low, .anchor_idx = anchors, .anchor_count = 3, .k_cut = 2.5, .resid_mid_cut = 5};
  check_ok(vordec_layout_create(&desc, &shop->layout, &error), &error);
  vordec_layout_get(shop->layout, &shop->info);
  free(mask_low);
}

static void shop_close(struct shop *shop) {
  vordec_runtime_destroy(shop->runtime);
  vordec_layout_destroy(shop->layout);
}

static bool fields_make(struct fields *fields, size_t cells) {
  *fields = (struct fields){.cells = cells,
                            .lp = calloc(COUNT * cells, sizeof(double)),
                            .hat = calloc(COUNT * cells, sizeof(double)),
                            .rolled = calloc(cells, sizeof(double)),
                            .mask = calloc(COUNT, cells),
                            .scalars = calloc(COUNT, sizeof(struct vordec_scalars))};
  return fields->lp && fields->hat && fields->rolled && fields->mask && fields->scalars;
}

static void fields_free(struct fields *fields) {
  free(fields->lp);
  free(fields->hat);
  free(fields->rolled);
  free(fields->mask);
  free(fields->scalars);
}

static bool fields_equal(const struct fields *a, const struct fields *b) {
  const size_t bytes = COUNT * a->cells * sizeof(double);
  return memcmp(a->lp, b->lp, bytes) == 0 && memcmp(a->hat, b->hat, bytes) == 0 &&
         memcmp(a->rolled, b->rolled, a->cells * sizeof(double)) == 0 &&
         memcmp(a->mask, b->mask, COUNT * a->cells) == 0 &&
         memcmp(a->scalars, b->scalars, COUNT * sizeof *a->scalars) == 0 && strcmp(a->digest, b->digest) == 0;
}

/* ---- the work of one thread ---- */

struct inputs {
  double *z, *residual, *a;
};

static void inputs_free(struct inputs *inputs) {
  free(inputs->z);
  free(inputs->residual);
  free(inputs->a);
}

/* Differ from thread to thread, so that a mix-up shows. */
static bool inputs_make(struct inputs *inputs, const struct vordec_layout_info *info, int who) {
  const size_t d = info->d, cells = info->n * info->n;
  *inputs = (struct inputs){.z = calloc(COUNT * d, sizeof(double)),
                            .residual = calloc(COUNT * cells, sizeof(double)),
                            .a = calloc(d * d, sizeof(double))};
  if (!inputs->z || !inputs->residual || !inputs->a) return false;
  for (size_t i = 0; i < COUNT * d; i++) inputs->z[i] = sin(0.3 + 0.7 * (double)i + who);
  for (size_t i = 0; i < COUNT; i++) inputs->z[i * d + 2 * info->m + 3] = (double)(i % 4); /* K */
  for (size_t i = 0; i < COUNT * cells; i++) inputs->residual[i] = cos(0.2 * (double)i + who);
  for (size_t i = 0; i < d * d; i++) inputs->a[i] = (i % (d + 1) ? 0.0 : 0.9) + 0.05 / (double)d * sin((double)i + who);
  return true;
}

static enum vordec_status roll_and_decode(const struct shop *shop, struct vordec_decoder *decoder,
                                          const struct inputs *inputs, struct fields *fields,
                                          struct vordec_error *error) {
  const struct vordec_rollout_desc desc = {.d = shop->info.d, .a = inputs->a, .z0 = inputs->z};
  struct vordec_rollout *rollout = NULL;
  enum vordec_status status = vordec_rollout_create(shop->runtime, decoder, &desc, &rollout, error);
  if (!status) status = vordec_rollout_advance(rollout, STEPS, NULL, error);
  if (!status) {
    const struct vordec_decode_io io = {.count = 1, .rollout = rollout, .omega_lp = fields->rolled};
    status = vordec_decode(decoder, &io, NULL, error);
  }
  if (!status) status = vordec_rollout_hash(rollout, fields->digest, error);
  vordec_rollout_destroy(rollout);
  return status;
}

/* A decoder of its own, made and destroyed; no assertion, which must not jump out of a thread. */
static enum vordec_status decode_once(const struct shop *shop, const struct inputs *inputs, struct fields *fields,
                                      struct vordec_error *error) {
  const struct vordec_decoder_desc desc = {.batch = COUNT,
                                           .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                           .residuals = VORDEC_RESIDUAL_FIELD};
  const struct vordec_decode_io io = {.count = COUNT,
                                      .z = inputs->z,
                                      .residual = inputs->residual,
                                      .omega_lp = fields->lp,
                                      .mask = fields->mask,
                                      .omega_hat = fields->hat,
                                      .scalars = fields->scalars};
  struct vordec_decoder *decoder = NULL;
  enum vordec_status status = vordec_decoder_create(shop->runtime, shop->layout, &desc, &decoder, error);
  if (!status) status = vordec_decode(decoder, &io, NULL, error);
  if (!status) status = roll_and_decode(shop, decoder, inputs, fields, error);
  vordec_decoder_destroy(decoder);
  return status;
}

struct worker {
  const struct shop *shop;
  int who;
  struct fields expected; /* made before any thread was started */
  bool agrees;
  struct vordec_error error;
};

static void *work(void *argument) {
  struct worker *worker = argument;
  struct inputs inputs;
  struct fields fields;
  bool agrees = inputs_make(&inputs, &worker->shop->info, worker->who);
  agrees = fields_make(&fields, worker->expected.cells) && agrees;
  for (int round = 0; round < ROUNDS && agrees; round++) {
    agrees = decode_once(worker->shop, &inputs, &fields, &worker->error) == VORDEC_OK &&
             fields_equal(&fields, &worker->expected);
  }
  worker->agrees = agrees;
  fields_free(&fields);
  inputs_free(&inputs);
  return NULL;
}

static void expect(struct worker *worker, const struct settings *how) {
  struct shop alone = {0};
  struct inputs inputs;
  struct vordec_error error;
  shop_open(&alone, how);
  assert_true(inputs_make(&inputs, &alone.info, worker->who));
  assert_true(fields_make(&worker->expected, how->n * how->n));
  check_ok(decode_once(&alone, &inputs, &worker->expected, &error), &error);
  inputs_free(&inputs);
  shop_close(&alone);
}

static void runtimes_and_threads(void **state) {
  (void)state;
  struct shop shops[RUNTIMES] = {{0}};
  struct worker workers[RUNTIMES * THREADS] = {{0}};
  pthread_t threads[RUNTIMES * THREADS];
  for (int i = 0; i < RUNTIMES * THREADS; i++) {
    workers[i].shop = &shops[i % RUNTIMES];
    workers[i].who = i;
    expect(&workers[i], &settings[i % RUNTIMES]);
  }
  assert_false(fields_equal(&workers[0].expected, &workers[RUNTIMES].expected));
  for (int i = 0; i < RUNTIMES; i++) shop_open(&shops[i], &settings[i]);
  for (int i = 0; i < RUNTIMES * THREADS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < RUNTIMES * THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < RUNTIMES * THREADS; i++) {
    if (!workers[i].agrees) fail_msg("thread %d differs from its run alone. %s", i, workers[i].error.message);
    fields_free(&workers[i].expected);
  }
  for (int i = 0; i < RUNTIMES; i++) shop_close(&shops[i]);
}

/* ---- one decoder, two threads ---- */

#define CONTENDERS 2

struct contender {
  struct vordec_decoder *decoder;
  struct inputs inputs;
  struct fields expected;
  atomic_int *done, *refused; /* of all contenders */
  bool agrees;
  struct vordec_error error;
};

/* Decodes again and again until a call of either was refused and both got results since the beginning. */
static void *contend(void *argument) {
  struct contender *contender = argument;
  struct fields fields;
  const double start = clock_s();
  bool mine = false, agrees = fields_make(&fields, contender->expected.cells);
  while (agrees && clock_s() - start < LONGEST_S) {
    const struct vordec_decode_io io = {
        .count = COUNT, .z = contender->inputs.z, .omega_lp = fields.lp, .mask = fields.mask};
    const enum vordec_status status = vordec_decode(contender->decoder, &io, NULL, &contender->error);
    if (status == VORDEC_OK) {
      agrees = memcmp(fields.lp, contender->expected.lp, COUNT * fields.cells * sizeof(double)) == 0 &&
               memcmp(fields.mask, contender->expected.mask, COUNT * fields.cells) == 0;
      if (!mine) atomic_fetch_add(contender->done, 1);
      mine = true;
    } else if (status == VORDEC_E_BUSY) {
      agrees = contender->error.status == VORDEC_E_BUSY && strstr(contender->error.message, "another thread");
      atomic_fetch_add(contender->refused, 1);
    } else {
      agrees = false;
    }
    if (atomic_load(contender->done) == CONTENDERS && atomic_load(contender->refused)) break;
  }
  contender->agrees = agrees;
  fields_free(&fields);
  return NULL;
}

static void one_decoder_in_two_threads(void **state) {
  (void)state;
  const struct settings how = {"fftw", "1", "zero", 128};
  struct shop shop = {0};
  struct vordec_error error;
  struct vordec_decoder *decoder = NULL;
  struct contender contenders[CONTENDERS] = {{0}};
  pthread_t threads[CONTENDERS];
  atomic_int done = 0, refused = 0;
  shop_open(&shop, &how);
  const struct vordec_decoder_desc desc = {.batch = COUNT, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  check_ok(vordec_decoder_create(shop.runtime, shop.layout, &desc, &decoder, &error), &error);
  for (int i = 0; i < CONTENDERS; i++) {
    struct contender *contender = &contenders[i];
    contender->decoder = decoder;
    contender->done = &done;
    contender->refused = &refused;
    assert_true(inputs_make(&contender->inputs, &shop.info, i));
    assert_true(fields_make(&contender->expected, how.n * how.n));
    const struct vordec_decode_io io = {
        .count = COUNT, .z = contender->inputs.z, .omega_lp = contender->expected.lp, .mask = contender->expected.mask};
    check_ok(vordec_decode(decoder, &io, NULL, &error), &error);
  }
  for (int i = 0; i < CONTENDERS; i++) assert_int_equal(pthread_create(&threads[i], NULL, contend, &contenders[i]), 0);
  for (int i = 0; i < CONTENDERS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < CONTENDERS; i++) {
    if (!contenders[i].agrees) fail_msg("contender %d: %s", i, contenders[i].error.message);
    fields_free(&contenders[i].expected);
    inputs_free(&contenders[i].inputs);
  }
  assert_int_equal(done, CONTENDERS);
  assert_true(refused > 0);
  vordec_decoder_destroy(decoder);
  shop_close(&shop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runtimes_and_threads),
      cmocka_unit_test(one_decoder_in_two_threads),
  };
  return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
