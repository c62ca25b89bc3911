/* SPDX-License-Identifier: MIT */
/*
 * Two sessions in two threads: both plan through VkFFT at the same time and decode; the process locale stays as it was.
 */
#include "driver.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3

static struct harness harness;

struct worker {
  uint32_t n;
  bool agrees;
  struct vordec_error error;
};

/* Every round plans anew; all rounds must come to the same bits as the first. No assertion may jump out of a thread. */
static void *work(void *argument) {
  struct worker *worker = argument;
  struct sample sample;
  sample_create(&sample, worker->n, 4, 4, 0, 2);
  struct vordec_plan_desc desc = sample_plan(&sample, 2);
  desc.fft = "vkfft";
  struct outputs outputs;
  outputs_create(&outputs, &desc, 2);
  float *first = calloc(2 * outputs.cells, sizeof *first);
  struct vordec_session *session = harness_session(&harness);
  worker->agrees = first != NULL;
  for (int round = 0; round < ROUNDS && worker->agrees; round++) {
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_decode_result result = {.struct_size = sizeof result};
    const struct vordec_decode_job job = driver_job(&sample, &outputs, ALL_RESIDUALS);
    worker->agrees = harness.backend->plan_create(session, &desc, &plan, &info, &worker->error) == VORDEC_OK &&
                     harness.backend->decode(plan, &job, &result, &worker->error) == VORDEC_OK;
    if (round == 0) memcpy(first, outputs.omega_hat, 2 * outputs.cells * sizeof *first);
    if (memcmp(first, outputs.omega_hat, 2 * outputs.cells * sizeof *first)) worker->agrees = false;
    harness.backend->plan_destroy(plan);
  }
  harness.backend->close(session);
  free(first);
  outputs_destroy(&outputs);
  sample_destroy(&sample);
  return NULL;
}

static void sessions_in_two_threads(void **state) {
  (void)state;
  char before[256];
  setlocale(LC_ALL, "C.UTF-8");
  snprintf(before, sizeof before, "%s", setlocale(LC_ALL, NULL));
  struct worker workers[2] = {{.n = 40}, {.n = 50}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) {
    if (!workers[i].agrees) fail_msg("thread %d: %s", i, workers[i].error.message);
  }
  assert_string_equal(setlocale(LC_ALL, NULL), before);
}

static int open_all(void **state) {
  (void)state;
  return !harness_open(&harness);
}

static int close_all(void **state) {
  (void)state;
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sessions_in_two_threads),
  };
  return cmocka_run_group_tests_name("vulkan threads", tests, open_all, close_all);
}
