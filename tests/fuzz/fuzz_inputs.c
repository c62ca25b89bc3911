/*
 * The other archives that the command reads, all from the same bytes: an operator, a trajectory, and phases. Operators
 * that were accepted are the same after they were written and read again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "cli/residual_bands.h"
#include "formats/operator_file.h"
#include "formats/trajectory.h"
#include "fuzz.h"

#define D 6u /* of the operator */
#define N 4u /* of the phases */

const char *const archive_keys[] = {"A", "traj", "N", "stride", "seed", "dt", "phases_mid", "phases_high", NULL};

/* The synthesis behind the phases reads no files and is left out. */
enum vordec_status residual_create(const struct residual_desc *desc, struct residual **residual,
                                   struct vordec_error *error) {
  (void)desc;
  (void)error;
  *residual = NULL;
  return VORDEC_OK;
}

void residual_destroy(struct residual *residual) {
  (void)residual;
}

void residual_targets(const struct residual *residual, const double *z, struct residual_targets *targets) {
  (void)residual;
  (void)z;
  *targets = (struct residual_targets){0};
}

void residual_synthesise(struct residual *residual, const double *z, uint32_t step,
                         const double *const phases[RESIDUAL_BANDS], double *const field[RESIDUAL_BANDS],
                         struct residual_targets *targets) {
  (void)residual;
  (void)z;
  (void)step;
  (void)phases;
  (void)field;
  (void)targets;
}

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

static void check_frame(const struct trajectory *trajectory, size_t i) {
  struct vordec_error error = {0};
  const size_t cells = trajectory->n * trajectory->n;
  double *omega = malloc(cells * sizeof *omega);
  FUZZ_CHECK(omega);
  const enum vordec_status status = trajectory_frame(trajectory, i, omega, &error);
  if (status) fuzz_check_error(status, &error);
  for (size_t j = 0; !status && j < cells; j++) FUZZ_CHECK(isfinite(omega[j]));
  free(omega);
}

static void check_trajectory(const char *path) {
  struct vordec_error error = {0};
  struct trajectory trajectory;
  const enum vordec_status status = trajectory_read(path, &trajectory, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&trajectory, sizeof trajectory));
    return;
  }
  FUZZ_CHECK(trajectory.n >= 4 && trajectory.frames > 0);
  FUZZ_CHECK(trajectory.array.count == trajectory.frames * trajectory.n * trajectory.n);
  FUZZ_CHECK(isnan(trajectory.dt) || trajectory.dt > 0.0);
  check_frame(&trajectory, 0);
  check_frame(&trajectory, trajectory.frames - 1);
  trajectory_release(&trajectory);
}

static void check_phases(const char *path, const struct vordec_config *config) {
  static const uint8_t mask_low[N * N] = {1};
  const struct vordec_layout_desc layout = {.n = N, .mask_low = mask_low, .k_cut = 0, .resid_mid_cut = 1.0};
  struct vordec_error error = {0};
  struct residual_bands bands;
  const enum vordec_status status = residual_bands_create(config, &layout, path, &bands, &error);
  if (status) {
    fuzz_check_error(status, &error);
    FUZZ_CHECK(fuzz_is_zero(&bands, sizeof bands));
    return;
  }
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    for (size_t i = 0; bands.phases[band] && i < N * N; i++) FUZZ_CHECK(isfinite(bands.phases[band][i]));
  }
  residual_bands_release(&bands);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct vordec_config *config;
  struct vordec_error error = {0};
  if (!config) {
    FUZZ_CHECK(vordec_config_create(&config, &error) == VORDEC_OK);
    FUZZ_CHECK(vordec_config_set(config, "residual", "synthesis", "on", VORDEC_FROM_COMMAND_LINE, "test", &error) ==
               VORDEC_OK);
  }
  const char *path = fuzz_file(0, data, size);
  check_operator(path);
  check_trajectory(path);
  check_phases(path, config);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  return archive_mutate(data, size, max_size, seed);
}
