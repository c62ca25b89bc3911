/* SPDX-License-Identifier: MIT */
/* States, operators, trajectories, phases and fields, written and read from C with nothing of the command. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/field_file.h"
#include "formats/operator_file.h"
#include "formats/phases_file.h"
#include "formats/state_file.h"
#include "formats/state_output.h"
#include "formats/state_series.h"
#include "formats/trajectory.h"
#include "formats/trajectory_output.h"
#include "io/npz.h"
#include "tests/io/scratch.h"

enum { N = 4, CELLS = N * N, LOW = 1, ANCHORS = 2, D = 2 * LOW + 4 + 2 * ANCHORS };

static const uint8_t mask_low[CELLS] = {1};
static const int64_t anchors[ANCHORS] = {1, 4};
/* Re and Im of the mean, support, two energies, K = 2, and the kept modes. */
static const double states[2][D] = {{0.5, 0.0, 0.25, 1e-3, 0.0, 2.0, 0.125, -1.5, 3.0, 1e-300},
                                    {0.25, 0.0, 0.5, 0.0, 1e-9, 2.0, -0.125, 1.5, -3.0, 2.5}};

static struct state_output output_of(size_t count, bool batched) {
  return (struct state_output){.n = N,
                               .d = D,
                               .mask_low = mask_low,
                               .anchor_idx = anchors,
                               .anchors = ANCHORS,
                               .z = states[0],
                               .count = count,
                               .batched = batched,
                               .k_cut = 0.5,
                               .resid_mid_cut = 1.5,
                               .topk_mid = 2,
                               .modes = MODES_HALF,
                               .settings = {{true, true, true, true, true, true}, {0.35, 3, 1, 1, 6, 1.25}},
                               .dt = 0.02,
                               .seed = 7};
}

static const char *write_states(const char *path, const struct state_output *output) {
  struct vordec_error error = {0};
  assert_ok(state_output_write(path, output, &error), &error);
  return path;
}

static void states_come_back(void **context) {
  (void)context;
  const struct state_output output = output_of(2, true);
  const char *path = write_states(scratch("states.npz"), &output);
  struct vordec_error error = {0};
  struct state_file file = {0};
  assert_ok(state_file_read(path, &file, &error), &error);
  assert_true(file.batched && file.count == 2 && file.info.n == N && file.info.d == D);
  assert_memory_equal(file.z, states, sizeof states);
  assert_memory_equal(file.mask_low, mask_low, sizeof mask_low);
  assert_memory_equal(file.anchor_idx, anchors, sizeof anchors);
  assert_true(file.k_cut == 0.5 && file.resid_mid_cut == 1.5);
  assert_true(file.modes == MODES_HALF);
  assert_memory_equal(file.settings.value, output.settings.value, sizeof output.settings.value);
  for (int i = 0; i < STATE_SETTINGS; i++) assert_true(file.settings.there[i]);
  state_file_release(&file);
  double dt = 0.0, *z = NULL;
  size_t count = 0, d = 0;
  assert_ok(state_file_read_dt(path, &dt, &error), &error);
  assert_true(dt == 0.02);
  assert_ok(state_series_read(path, 0, &z, &count, &d, &error), &error);
  assert_true(count == 2 && d == D);
  assert_memory_equal(z, states, sizeof states);
  free(z);
}

static void one_state_is_no_series(void **context) {
  (void)context;
  struct state_output output = output_of(1, false);
  output.dt = NAN;
  output.seed = -1;
  output.settings.there[STATE_BOUNDARY] = false;
  const char *path = write_states(scratch("state.npz"), &output);
  struct vordec_error error = {0};
  struct state_file file = {0};
  double dt = 0.0, *z = NULL;
  size_t count = 0, d = 0;
  assert_ok(state_file_read(path, &file, &error), &error);
  assert_true(!file.batched && file.count == 1);
  assert_true(file.settings.there[STATE_KERNEL] && !file.settings.there[STATE_BOUNDARY]);
  state_file_release(&file);
  assert_ok(state_file_read_dt(path, &dt, &error), &error);
  assert_true(isnan(dt));
  assert_failure(state_series_read(path, 0, &z, &count, &d, &error), VORDEC_E_INPUT, &error, path,
                 "two states or more");
}

/* What other programs find in the file. */
static void keys_are_those_of_the_reference(void **context) {
  (void)context;
  static const char *const keys[] = {"z",
                                     "mask_low",
                                     "anchor_idx",
                                     "N",
                                     "k_cut",
                                     "resid_mid_cut",
                                     "topk_mid",
                                     "dashi_modes",
                                     "dashi_tau",
                                     "dashi_smooth_k",
                                     "dashi_kernel",
                                     "dashi_boundary",
                                     "dashi_majority_iters",
                                     "L",
                                     "dtype_code",
                                     "seed",
                                     "dt"};
  const struct state_output output = output_of(2, true);
  struct vordec_error error = {0};
  struct npz *npz = NULL;
  char key[NPZ_KEY_MAX];
  size_t found = 0;
  assert_ok(npz_open(write_states(scratch("keys.npz"), &output), &npz, &error), &error);
  for (size_t at = 0; npz_next_key(npz, &at, key); found++) assert_string_equal(key, keys[found]);
  assert_int_equal(found, sizeof keys / sizeof *keys);
  npz_close(npz);
}

static void operators_come_back(void **context) {
  (void)context;
  static const double a[4] = {0.5, -1.0, 1e-200, 2.0};
  const char *path = scratch("operator.npz");
  struct vordec_error error = {0};
  struct operator_file op;
  assert_ok(operator_file_write(path, a, 2, &error), &error);
  assert_ok(operator_file_read(path, 2, "state.npz", &op, &error), &error);
  assert_true(op.d == 2);
  assert_memory_equal(op.a, a, sizeof a);
  operator_file_release(&op);
  assert_failure(operator_file_read(path, 3, "state.npz", &op, &error), VORDEC_E_INPUT, &error, path,
                 "the state in state.npz has D = 3");
}

static void trajectories_come_back(void **context) {
  (void)context;
  struct vordec_error error = {0};
  for (int narrow = 0; narrow < 2; narrow++) {
    const struct trajectory_desc desc = {.n = N,
                                         .dt = 0.25,
                                         .nu0 = 1e-4,
                                         .cs = 0.17,
                                         .box = 1.5,
                                         .seed = 3,
                                         .stored = narrow ? FIELD_FLOAT32 : FIELD_AS_COMPUTED};
    const char *path = scratch(narrow ? "narrow.npz" : "wide.npz");
    struct trajectory_output *output = NULL;
    struct trajectory trajectory;
    double omega[CELLS], got[CELLS];
    for (size_t i = 0; i < CELLS; i++) omega[i] = (double)i / 3.0;
    assert_ok(trajectory_output_create(path, &desc, &output, &error), &error);
    assert_ok(trajectory_output_append(output, omega, &error), &error);
    omega[5] = INFINITY;
    assert_ok(trajectory_output_append(output, omega, &error), &error);
    assert_int_equal(trajectory_output_frames(output), 2);
    assert_ok(trajectory_output_commit(output, 2, 2, &error), &error);
    trajectory_output_destroy(output);
    const struct trajectory_request request = {.path = path};
    assert_ok(trajectory_open(&request, &trajectory, &error), &error);
    assert_true(trajectory.n == N && trajectory.frames == 2 && trajectory.seed == 3 && trajectory.dt == 0.5 &&
                trajectory.grid.box == 1.5);
    assert_ok(trajectory_frame(&trajectory, 0, got, &error), &error);
    for (size_t i = 0; i < CELLS; i++) {
      assert_true(got[i] == (narrow ? (double)(float)((double)i / 3.0) : (double)i / 3.0));
    }
    assert_failure(trajectory_frame(&trajectory, 1, got, &error), VORDEC_E_INPUT, &error, path,
                   "frame 1 is infinite at row 1, column 1");
    trajectory_release(&trajectory);
  }
}

static void phases_are_wanted_or_not(void **context) {
  (void)context;
  const char *path = scratch("phases.npz");
  double values[CELLS], *phases[PHASES_BANDS];
  struct vordec_error error = {0};
  struct npz_writer *writer = NULL;
  for (size_t i = 0; i < CELLS; i++) values[i] = (double)i;
  assert_ok(npz_writer_create(path, &writer, &error), &error);
  assert_ok(npz_writer_add(writer, "phases_mid", &(struct npy_form){NPY_F8, 2, {N, N}}, values, &error), &error);
  assert_ok(npz_writer_add(writer, "phases_high", &(struct npy_form){NPY_F8, 1, {0}}, NULL, &error), &error);
  assert_ok(npz_writer_commit(writer, &error), &error);
  npz_writer_destroy(writer);
  assert_ok(phases_file_read(path, N, (bool[]){true, true}, phases, &error), &error);
  assert_memory_equal(phases[PHASES_MID], values, sizeof values);
  assert_null(phases[PHASES_HIGH]);
  free(phases[PHASES_MID]);
  assert_ok(phases_file_read(path, N, (bool[]){false, true}, phases, &error), &error);
  assert_true(!phases[PHASES_MID] && !phases[PHASES_HIGH]);
  assert_failure(phases_file_read(path, N + 1, (bool[]){true, true}, phases, &error), VORDEC_E_INPUT, &error, path,
                 "expected (5, 5), or an empty array");
}

static void fields_have_a_side(void **context) {
  (void)context;
  const char *one = scratch("one.npy"), *two = scratch("two.npy");
  double values[2 * CELLS], *fields = NULL;
  size_t n = 0;
  struct vordec_error error = {0};
  for (size_t i = 0; i < 2 * CELLS; i++) values[i] = (double)i;
  assert_ok(npy_write(one, NPY_F8, 2, (size_t[]){N, N}, values, &error), &error);
  assert_ok(npy_write(two, NPY_F8, 3, (size_t[]){2, N, N}, values, &error), &error);
  assert_ok(field_file_read(one, &n, &fields, &error), &error);
  assert_true(n == N);
  assert_memory_equal(fields, values, CELLS * sizeof *values);
  free(fields);
  assert_ok(field_file_read_batch(two, N, 2, &fields, &error), &error);
  assert_memory_equal(fields, values, sizeof values);
  free(fields);
  n = 0;
  assert_failure(field_file_read(two, &n, &fields, &error), VORDEC_E_INPUT, &error, two, "expected (N, N)");
  assert_failure(field_file_read_batch(one, N, 2, &fields, &error), VORDEC_E_INPUT, &error, one, "does not fit 2");
}

/* What another member holds is not looked at: here a number that no double is. */
static void a_member_is_read_alone(void **context) {
  (void)context;
  const char *path = scratch("members.npy");
  int64_t values[3 * CELLS];
  double *field = NULL;
  size_t n = 0;
  struct vordec_error error = {0};
  for (size_t i = 0; i < 3 * CELLS; i++) values[i] = (int64_t)i;
  values[2 * CELLS] = ((int64_t)1 << 53) + 1;
  assert_ok(npy_write(path, NPY_I8, 3, (size_t[]){3, N, N}, values, &error), &error);
  for (size_t member = 0; member < 2; member++) {
    assert_ok(field_file_read_member(path, 3, member, &n, &field, &error), &error);
    assert_int_equal(n, N);
    for (size_t i = 0; i < CELLS; i++) assert_true(field[i] == (double)(member * CELLS + i));
    free(field);
  }
  assert_failure(field_file_read_member(path, 3, 2, &n, &field, &error), VORDEC_E_INPUT, &error, path, "");
  assert_null(field);
  assert_failure(field_file_read_member(path, 4, 2, &n, &field, &error), VORDEC_E_INPUT, &error, path,
                 "expected (4, N, N)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states_come_back),
      cmocka_unit_test(one_state_is_no_series),
      cmocka_unit_test(keys_are_those_of_the_reference),
      cmocka_unit_test(operators_come_back),
      cmocka_unit_test(trajectories_come_back),
      cmocka_unit_test(phases_are_wanted_or_not),
      cmocka_unit_test(fields_have_a_side),
      cmocka_unit_test(a_member_is_read_alone),
  };
  return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
