/* SPDX-License-Identifier: MIT */
/*
 * The other archives that the command reads, all from the same bytes: an operator, a trajectory, and phases. Operators
 * that were accepted are the same after they were written and read again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "formats/operator_file.h"
#include "formats/phases_file.h"
#include "formats/trajectory.h"
#include "fuzz.h"

#define D 6u /* of the operator */
#define N 4u /* of the phases */

const char *const archive_keys[] = {"A", "traj", "N", "stride", "seed", "dt", "phases_mid", "phases_high", NULL};

static void check_operator(const char *path) {
  struct vordec_error error = {0};
  struct operator_file op, again;
  const enum vordec_status status = operator_file_read(path, D, "state.npz", &op, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&op, sizeof op));
    return;
  }
  FUZZ_CHECK(op.d == D);
  for (size_t i = 0; i < D * D; i++) FUZZ_CHECK(isfinite(op.a[i]));
  char written[4096];
  snprintf(written, sizeof written, "%s", fuzz_path("operator.npz"));
  FUZZ_CHECK(operator_file_write(written, op.a, op.d, &error) == VORDEC_OK);
  FUZZ_CHECK(operator_file_read(written, D, "state.npz", &again, &error) == VORDEC_OK);
  FUZZ_CHECK(memcmp(op.a, again.a, D * D * sizeof *op.a) == 0);
  operator_file_release(&again);
  operator_file_release(&op);
}

static void check_frame(struct trajectory *trajectory, size_t i) {
  struct vordec_error error = {0};
  const size_t cells = trajectory->n * trajectory->n;
  double *omega = malloc(trajectory_components(trajectory) * cells * sizeof *omega);
  FUZZ_CHECK(omega);
  const enum vordec_status status = trajectory_frame(trajectory, i, omega, &error);
  if (status) fuzz_check_error(status, &error);
  for (size_t j = 0; !status && j < trajectory_components(trajectory) * cells; j++) FUZZ_CHECK(isfinite(omega[j]));
  free(omega);
}

static void check_request(const struct trajectory_request *request) {
  struct vordec_error error = {0};
  struct trajectory trajectory;
  const enum vordec_status status = trajectory_open(request, &trajectory, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&trajectory, sizeof trajectory));
    return;
  }
  FUZZ_CHECK(trajectory.n >= 4 && trajectory.frames > 0);
  FUZZ_CHECK(isnan(trajectory.dt) || trajectory.dt > 0.0);
  check_frame(&trajectory, 0);
  check_frame(&trajectory, trajectory.frames - 1);
  trajectory_release(&trajectory);
}

/* As it is, and as a user might describe it. */
static void check_trajectory(const char *path) {
  const struct trajectory_request requests[] = {
      {.path = path},
      {.path = path, .sample = "0", .frames = "-2::2"},
      {.path = path, .key = "traj", .axes = "t,y,x"},
      {.path = path, .velocity = true, .box = 1},
  };
  for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) check_request(&requests[i]);
}

static void check_phases(const char *path) {
  static const bool wanted[PHASES_BANDS] = {true, true};
  double *phases[PHASES_BANDS];
  struct vordec_error error = {0};
  const enum vordec_status status = phases_file_read(path, N, wanted, phases, &error);
  if (status) fuzz_check_error(status, &error);
  for (int band = 0; band < PHASES_BANDS; band++) {
    FUZZ_CHECK(!status || !phases[band]);
    for (size_t i = 0; phases[band] && i < N * N; i++) FUZZ_CHECK(isfinite(phases[band][i]));
    free(phases[band]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *path = fuzz_file(0, data, size);
  check_operator(path);
  check_trajectory(path);
  check_phases(path);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  return archive_mutate(data, size, max_size, seed);
}
