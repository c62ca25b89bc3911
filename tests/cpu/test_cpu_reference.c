/* Stages 1 to 3 against the reference data. */
#include "doubles.h"

#include "cpu_reference.h"
#include "cpu_rig.h"

static void check_stages(struct rig *rig, const struct reference *reference, const char *fft) {
  const size_t cells = reference->shape.n * reference->shape.n;
  struct vordec_plan_desc desc = reference_describe(reference);
  desc.fft = fft;
  for (uint32_t rounds = 0; rounds <= 8; rounds++) {
    desc.majority_iters = rounds;
    struct outputs outputs = rig_run(rig, &desc, 1, reference->z);
    const int8_t *expected = rounds == 0 ? reference->s_initial : reference->s_iters + (rounds - 1) * cells;
    check_at_most(largest_difference(outputs.omega_lp, reference->omega_lp, cells), 1e-12);
    check_same_bytes(outputs.mask, expected, cells);
    check_relative(outputs.scalars->residual_absmax, reference->r_absmax, 1e-12);
    check_relative(outputs.scalars->energy_lp, reference->energy_lp, 1e-12);
    check_relative(outputs.scalars->enstrophy_lp, reference->enstrophy_lp, 1e-12);
    if (rounds == 8) {
      check_same_bytes(outputs.mask, reference->s_final, cells);
      assert_true(outputs.scalars->support_frac == reference->support_frac);
    }
    outputs_destroy(&outputs);
  }
}

static void test_reference_stages(void **state) {
  (void)state;
  struct rig rig;
  rig_open(&rig, 2);
  for (size_t i = 0; i < REFERENCE_COUNT; i++) {
    struct reference reference = reference_read(i);
    check_stages(&rig, &reference, "fftw");
    check_stages(&rig, &reference, "pruned");
    reference_destroy(&reference);
  }
  rig_close(&rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference_stages)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
