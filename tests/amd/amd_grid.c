/* SPDX-License-Identifier: MIT */
#include "amd_grid.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct shape {
  uint32_t n, k_cut, width, rounds, batch;
  enum vordec_boundary boundary;
};

/* Flat indices of the modes |k| <= k_cut, ascending. */
static uint32_t list_modes(uint32_t n, uint32_t k_cut, uint32_t *index) {
  uint32_t count = 0;
  for (uint32_t row = 0; row < n; row++) {
    const int64_t ky = 2 * row <= n ? row : (int64_t)row - n;
    for (uint32_t column = 0; column < n && ky * ky <= (int64_t)k_cut * k_cut; column++) {
      const int64_t kx = 2 * column <= n ? column : (int64_t)column - n;
      if (kx * kx + ky * ky <= (int64_t)k_cut * k_cut) index[count++] = row * n + column;
    }
  }
  return count;
}

static bool ask(struct harness *harness, struct vordec_session *session, const struct shape *shape,
                enum vordec_precision precision, const char *fft) {
  const uint32_t most = (2 * shape->k_cut + 1) * (2 * shape->k_cut + 1);
  uint32_t *modes = malloc((most < shape->n * shape->n ? most : shape->n * shape->n) * sizeof *modes);
  if (!modes) abort();
  const uint32_t m = list_modes(shape->n, shape->k_cut, modes);
  const struct vordec_plan_desc desc = {.struct_size = sizeof desc,
                                        .n = shape->n,
                                        .batch = shape->batch,
                                        .precision = precision,
                                        .fft = fft,
                                        .d = 2 * m + 4,
                                        .m = m,
                                        .low_index = modes,
                                        .smooth_width = shape->width,
                                        .smooth_kernel = VORDEC_SMOOTH_BOX, /* the kernels are those of the triangle */
                                        .boundary = shape->boundary,
                                        .tau = 0.2,
                                        .majority_iters = shape->rounds,
                                        .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  char name[128];
  snprintf(name, sizeof name, "%s, N = %u, k_cut %u, w %u, %s, %u rounds, batch %u", fft, shape->n, shape->k_cut,
           shape->width, shape->boundary == VORDEC_BOUNDARY_ZERO ? "zero" : "periodic", shape->rounds, shape->batch);
  amd_pose_for(name, precision);
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const enum vordec_status status = harness->backend->plan_create(session, &desc, &plan, &info, &error);
  if (status) fprintf(stderr, "%s, %s: %s\n", name, precision == VORDEC_FP64 ? "fp64" : "fp32", error.message);
  if (plan) harness->backend->plan_destroy(plan);
  free(modes);
  return status == VORDEC_OK;
}

static bool ask_both(struct harness *harness, struct vordec_session *session, const struct shape *shape,
                     const char *fft) {
  const bool fp64 = harness->device.capabilities & VORDEC_CAP_FP64;
  return ask(harness, session, shape, VORDEC_FP32, fft) && (!fp64 || ask(harness, session, shape, VORDEC_FP64, fft));
}

/* Sizes of the tests and of the conformance suite, with what a configuration has by default. */
static bool ask_sizes(struct harness *harness, struct vordec_session *session) {
  static const uint32_t sizes[] = {4,   5,   8,   15,  16,  31,  32,  33,  63,  64,  65,   96,   100, 125,
                                   127, 128, 192, 250, 256, 320, 509, 510, 512, 640, 1024, 2048, 4096};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    const uint32_t n = sizes[i], k_cut = n < 8 ? 1 : n < 32 ? 3 : 8, width = n < 11 ? 3 : 11;
    for (int periodic = 0; periodic < 2; periodic++) {
      const struct shape shape = {n, k_cut, width, 8, 1, periodic ? VORDEC_BOUNDARY_PERIODIC : VORDEC_BOUNDARY_ZERO};
      if (!ask_both(harness, session, &shape, "pruned")) return false;
    }
  }
  return true;
}

/* One thing differs from what is usual. */
static bool ask_variants(struct harness *harness, struct vordec_session *session) {
  static const uint32_t sizes[] = {64, 128, 1024};
  static const struct shape variants[] = {
      {.k_cut = 1},  {.k_cut = 4},  {.k_cut = 12},  {.k_cut = 16}, {.k_cut = 21}, {.k_cut = 32},  {.k_cut = 64},
      {.width = 1},  {.width = 2},  {.width = 3},   {.width = 17}, {.width = 21}, {.width = 43},  {.rounds = 0},
      {.rounds = 1}, {.rounds = 9}, {.rounds = 20}, {.batch = 3},  {.batch = 17}, {.batch = 256},
  };
  for (size_t i = 0; i < COUNT(sizes); i++) {
    for (size_t v = 0; v < COUNT(variants); v++) {
      struct shape shape = {sizes[i], 8, 11, 8, 1, VORDEC_BOUNDARY_ZERO};
      if (variants[v].k_cut) shape.k_cut = variants[v].k_cut;
      if (variants[v].width) shape.width = variants[v].width;
      if (variants[v].batch) shape.batch = variants[v].batch;
      if (!variants[v].k_cut && !variants[v].width && !variants[v].batch) shape.rounds = variants[v].rounds;
      if (2 * shape.k_cut > shape.n) continue;
      if (!ask_both(harness, session, &shape, "pruned")) return false;
    }
  }
  return true;
}

static bool ask_rollout(struct harness *harness, struct vordec_session *session, uint32_t states,
                        enum vordec_precision precision) {
  const struct vordec_rollout_interface *interface = harness->backend->get_interface(VORDEC_ROLLOUT_BATCH_INTERFACE);
  double a[4] = {1, 0, 0, 1}, z0[4] = {1, 1, 1, 1};
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = 2, .precision = precision, .a = a, .z0 = z0, .states = states};
  const char *name = states > 1 ? "rollout of several states" : "rollout";
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  amd_pose_for(name, precision);
  const enum vordec_status status = interface->create(session, &setup, &rollout, &error);
  if (status) fprintf(stderr, "%s: %s\n", name, error.message);
  interface->destroy(rollout);
  return status == VORDEC_OK;
}

static bool ask_simulation(struct harness *harness, struct vordec_session *session, uint32_t n, uint32_t variant,
                           enum vordec_precision precision, const char *fft) {
  const struct vordec_simulation_interface *interface = harness->backend->get_interface(VORDEC_SIMULATE_INTERFACE);
  const struct vordec_simulation_setup setup = {.struct_size = sizeof setup,
                                                .n = n,
                                                .members = 1,
                                                .precision = precision,
                                                .fft = fft,
                                                .dt = 0.01,
                                                .nu0 = 1e-4,
                                                .cs = 0.17,
                                                .filter = variant & 1,
                                                .dealias = variant & 2};
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  char name[64];
  snprintf(name, sizeof name, "simulation, %s, N = %u%s%s", fft, n, variant & 1 ? ", filter" : "",
           variant & 2 ? ", dealias" : "");
  amd_pose_for(name, precision);
  const enum vordec_status status = interface->create(session, &setup, &simulation, &info, &error);
  if (status) fprintf(stderr, "%s, %s: %s\n", name, precision == VORDEC_FP64 ? "fp64" : "fp32", error.message);
  interface->destroy(simulation);
  return status == VORDEC_OK;
}

static bool ask_rollouts(struct harness *harness, struct vordec_session *session, enum vordec_precision precision) {
  return ask_rollout(harness, session, 1, precision) && ask_rollout(harness, session, 2, precision);
}

/* Lines that are sums and lines that are butterflies, of 4 to 16 values a thread, as large as they get. */
static bool ask_simulations(struct harness *harness, struct vordec_session *session, enum vordec_precision precision) {
  static const uint32_t sizes[] = {5, 96, 64, 256, 2048};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    if (!ask_simulation(harness, session, sizes[i], 0, precision, "direct")) return false;
  }
  return ask_simulation(harness, session, 256, 3, precision, "direct");
}

/* Blocks of few columns and of many; the factor 16 is in single precision only. */
static bool ask_fused(struct harness *harness, struct vordec_session *session, enum vordec_precision precision) {
  return ask_simulation(harness, session, 64, 0, precision, "fused-4") &&
         ask_simulation(harness, session, 256, 3, precision, "fused-8") &&
         ask_simulation(harness, session, 2048, 0, precision, "fused-8") &&
         (precision == VORDEC_FP64 || ask_simulation(harness, session, 1024, 0, precision, "fused-16"));
}

static bool ask_encoder(struct harness *harness, struct vordec_session *session, uint32_t n, uint32_t k_cut,
                        enum vordec_precision precision) {
  const struct vordec_encode_interface *interface = harness->backend->get_interface(VORDEC_ENCODE_INTERFACE);
  uint32_t modes[64];
  for (uint32_t k = 0; k <= k_cut; k++) modes[k] = k;
  const struct vordec_encode_setup setup = {.struct_size = sizeof setup,
                                            .n = n,
                                            .batch = 1,
                                            .precision = precision,
                                            .fft = "auto",
                                            .low_count = k_cut + 1,
                                            .low_index = modes,
                                            .smooth_width = 22 * n / 256 | 1, /* as new states have it */
                                            .boundary = VORDEC_BOUNDARY_PERIODIC,
                                            .tau = 0.2,
                                            .majority_iters = 8};
  struct vordec_backend_encoder *encoder = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  char name[64];
  snprintf(name, sizeof name, "encoder, N = %u, k_cut %u", n, k_cut);
  amd_pose_for(name, precision);
  const enum vordec_status status = interface->create(session, &setup, &encoder, &info, &error);
  if (status) fprintf(stderr, "%s, %s: %s\n", name, precision == VORDEC_FP64 ? "fp64" : "fp32", error.message);
  interface->destroy(encoder);
  return status == VORDEC_OK;
}

/* Tiles of each width, low and tall, and strips of each length. */
static bool ask_encoders(struct harness *harness, struct vordec_session *session, enum vordec_precision precision) {
  static const uint32_t sizes[] = {128, 2048}, cuts[] = {7, 12, 20, 30};
  for (size_t i = 0; i < COUNT(sizes) * COUNT(cuts); i++) {
    if (!ask_encoder(harness, session, sizes[i / COUNT(cuts)], cuts[i % COUNT(cuts)], precision)) return false;
  }
  return ask_encoder(harness, session, 1024, 8, precision) && ask_encoder(harness, session, 4096, 8, precision);
}

static bool ask_residual(struct harness *harness, struct vordec_session *session, uint32_t n,
                         enum vordec_precision precision) {
  const struct vordec_residual_interface *interface = harness->backend->get_interface(VORDEC_RESIDUAL_INTERFACE);
  const uint32_t modes[] = {0, 1};
  const struct vordec_plan_desc desc = {.struct_size = sizeof desc,
                                        .n = n,
                                        .batch = 1,
                                        .precision = precision,
                                        .fft = "pruned",
                                        .d = 2 * COUNT(modes) + 4,
                                        .m = COUNT(modes),
                                        .low_index = modes,
                                        .smooth_width = 3,
                                        .tau = 0.2,
                                        .majority_iters = 8,
                                        .outputs = VORDEC_OMEGA_HAT | VORDEC_SCALARS};
  const struct vordec_residual_setup setup = {
      .struct_size = sizeof setup, .bands = VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH, .mid_limit = 4};
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  char name[64];
  snprintf(name, sizeof name, "residual, N = %u", n);
  amd_pose_for(name, precision);
  const enum vordec_status status = interface->plan_create(session, &desc, &setup, &plan, &info, &error);
  if (status) fprintf(stderr, "%s, %s: %s\n", name, precision == VORDEC_FP64 ? "fp64" : "fp32", error.message);
  harness->backend->plan_destroy(plan);
  return status == VORDEC_OK;
}

/* Lines as those of simulations. */
static bool ask_residuals(struct harness *harness, struct vordec_session *session, enum vordec_precision precision) {
  static const uint32_t sizes[] = {5, 96, 64, 256, 2048};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    if (!ask_residual(harness, session, sizes[i], precision)) return false;
  }
  return true;
}

/* Lines as those of simulations, in double precision. */
static bool ask_comparers(struct harness *harness, struct vordec_session *session) {
  static const uint32_t sizes[] = {5, 96, 64, 256, 2048};
  const struct vordec_compare_interface *interface = harness->backend->get_interface(VORDEC_COMPARE_INTERFACE);
  bool fine = true;
  for (size_t i = 0; i < COUNT(sizes) && fine; i++) {
    const struct vordec_compare_setup setup = {.struct_size = sizeof setup, .n = sizes[i], .fields = 1, .pairs = 1};
    struct vordec_backend_comparer *comparer = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    char name[64];
    snprintf(name, sizeof name, "comparer, N = %u", sizes[i]);
    amd_pose_for(name, VORDEC_FP64);
    fine = interface->create(session, &setup, &comparer, &info, &error) == VORDEC_OK;
    if (!fine) fprintf(stderr, "%s: %s\n", name, error.message);
    interface->destroy(comparer);
  }
  return fine;
}

bool amd_grid_ask(struct harness *harness, struct vordec_session *session) {
  const struct shape usual = {128, 8, 11, 8, 1, VORDEC_BOUNDARY_ZERO};
  const bool fp64 = harness->device.capabilities & VORDEC_CAP_FP64;
  return ask_rollouts(harness, session, VORDEC_FP32) && (!fp64 || ask_rollouts(harness, session, VORDEC_FP64)) &&
         ask_simulations(harness, session, VORDEC_FP32) && (!fp64 || ask_simulations(harness, session, VORDEC_FP64)) &&
         ask_fused(harness, session, VORDEC_FP32) && (!fp64 || ask_fused(harness, session, VORDEC_FP64)) &&
         ask_encoders(harness, session, VORDEC_FP32) && (!fp64 || ask_encoders(harness, session, VORDEC_FP64)) &&
         ask_residuals(harness, session, VORDEC_FP32) && (!fp64 || ask_residuals(harness, session, VORDEC_FP64)) &&
         (!fp64 || ask_comparers(harness, session)) && ask_both(harness, session, &usual, "direct") &&
         ask_sizes(harness, session) && ask_variants(harness, session);
}
