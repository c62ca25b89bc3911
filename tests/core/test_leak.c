/* A thousand decodes, and a hundred decoders, in memory that does not grow. */
#include "rig.h"

#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#define SLACK_PAGES 32 /* 128 KiB with pages of 4 KiB: far less than one field per decode */

static long resident_pages(void) {
  long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
  fclose(file);
  return resident;
}

static void decode(struct rig *rig, struct vordec_decoder *decoder, const double *z, int times) {
  double lp[2 * RIG_CELLS], hat[2 * RIG_CELLS];
  int8_t mask[2 * RIG_CELLS];
  struct vordec_scalars scalars[2];
  const struct vordec_decode_io io = {
      .count = 2, .z = z, .omega_lp = lp, .mask = mask, .omega_hat = hat, .scalars = scalars};
  for (int i = 0; i < times; i++) {
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    if (i % 2) continue;
    struct vordec_decode_io bad = io; /* failures on the way must not leak either */
    bad.count = 0;
    assert_int_equal(vordec_decode(decoder, &bad, NULL, &rig->error), VORDEC_E_USAGE);
  }
}

static void decodes(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = NULL;
  double *z = rig_states(2);
  rig_set(rig, "decode", "backend", "cpu");
  rig_set(rig, "cpu", "threads", "2");
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  decode(rig, decoder, z, 100);
  const long before = resident_pages();
  decode(rig, decoder, z, 1000);
  const long after = resident_pages();
  print_message("%ld pages after 100 decodes, %ld after 1100\n", before, after);
  assert_true(after - before <= SLACK_PAGES);
  vordec_decoder_destroy(decoder);
  free(z);
}

static void make_and_drop(struct rig *rig, const double *z, int times) {
  for (int i = 0; i < times; i++) {
    struct vordec_decoder *decoder = NULL;
    rig_runtime(rig);
    check_ok(rig_decoder(rig, 2, &decoder), &rig->error);
    decode(rig, decoder, z, 2);
    vordec_decoder_destroy(decoder);
  }
}

/* Decoders, sessions and runtimes that come and go. The sanitizers' allocator keeps what is freed for a while: there,
 * its own leak check at exit says more than the resident set. */
static void decoders(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(2);
  rig_set(rig, "decode", "backend", "cpu");
  rig_set(rig, "cpu", "threads", "2");
  make_and_drop(rig, z, 20);
  malloc_trim(0);
  const long before = resident_pages();
  make_and_drop(rig, z, SANITIZED ? 20 : 200);
  malloc_trim(0);
  const long after = resident_pages();
  print_message("%ld pages after 20 decoders, %ld at the end\n", before, after);
  if (!SANITIZED) assert_true(after - before <= SLACK_PAGES);
  free(z);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(decodes, rig_setup, rig_teardown),
                                     cmocka_unit_test_setup_teardown(decoders, rig_setup, rig_teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
