#include "simulation.h"

#include <stdlib.h>
#include <vordec/backend.h>

#include "arguments.h"
#include "formats/field_file.h"
#include "science/start.h"

#define DEFAULT_N 128
#define DEFAULT_STEPS 400

enum vordec_status simulation_setup_read(const struct invocation *invocation, size_t default_stride,
                                         struct simulation_setup *setup, struct vordec_error *error) {
  const char *const *values = invocation->values;
  const struct vordec_config *config = invocation->config;
  size_t seed = 0;
  *setup = (struct simulation_setup){
      .les = {.dt = 0.01,
              .nu0 = 1e-4,
              .cs = 0.17,
              .filter = values[SIMULATION_FILTER] != NULL,
              .reference_mean = values[SIMULATION_REFERENCE_MEAN] != NULL,
              .threads = (uint32_t)strtoul(vordec_config_get(config, "cpu", "threads"), NULL, 10)},
      .steps = DEFAULT_STEPS,
      .stride = default_stride,
      .init = values[SIMULATION_INIT],
      .noise = values[SIMULATION_NOISE],
  };
  const struct {
    enum simulation_option option;
    const char *name;
    size_t min, max, *target;
  } numbers[] = {{SIMULATION_N, "N", 4, VORDEC_MAX_N, &setup->les.n},
                 {SIMULATION_STEPS, "steps", 1, STEPS_MAX, &setup->steps},
                 {SIMULATION_STRIDE, "stride", 1, STEPS_MAX, &setup->stride},
                 {SIMULATION_SEED, "seed", 0, INT64_MAX, &seed}};
  const struct {
    enum simulation_option option;
    const char *name;
    double *target;
  } reals[] = {{SIMULATION_DT, "dt", &setup->les.dt},
               {SIMULATION_NU0, "nu0", &setup->les.nu0},
               {SIMULATION_CS, "Cs", &setup->les.cs}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && !status; i++) {
    const char *text = values[numbers[i].option];
    if (text) status = command_number(numbers[i].name, text, numbers[i].min, numbers[i].max, numbers[i].target, error);
  }
  for (size_t i = 0; i < sizeof reals / sizeof *reals && !status; i++) {
    if (values[reals[i].option]) status = argument_real(reals[i].name, values[reals[i].option], reals[i].target, error);
  }
  if (!status && !(setup->les.dt > 0.0)) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--dt: %g is not a time step", setup->les.dt);
  }
  setup->seed = seed;
  setup->seeded = values[SIMULATION_SEED] || (!setup->init && !setup->noise);
  if (!status && setup->init && setup->noise) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--init-npy and --noise-npy both give the start: choose one");
  }
  return status;
}

/* A square field from an .npy file; its side must be that of --N, if that was given. */
static enum vordec_status read_start(const char *path, size_t *n, double **field, struct vordec_error *error) {
  const size_t asked = *n;
  const enum vordec_status status = field_file_read(path, n, field, error);
  if (status || !asked || asked == *n) return status;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape (%zu, %zu): expected (N, N) with N as --N says", path, *n,
                     *n);
}

static enum vordec_status draw_start(const struct simulation_setup *setup, double **field, struct vordec_error *error) {
  const size_t n = setup->les.n;
  *field = malloc(n * n * sizeof **field);
  if (!*field) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for N = %zu", n);
  start_noise(setup->seed, n, *field);
  return VORDEC_OK;
}

enum vordec_status simulation_create(struct simulation_setup *setup, struct les **les, struct vordec_error *error) {
  const char *path = setup->init ? setup->init : setup->noise;
  double *field = NULL;
  enum vordec_status status = VORDEC_OK;
  *les = NULL;
  if (path) status = read_start(path, &setup->les.n, &field, error);
  if (!setup->les.n) setup->les.n = DEFAULT_N;
  if (!status) status = les_create(&setup->les, les, error);
  if (!status && !path) status = draw_start(setup, &field, error);
  if (!status && !setup->init) status = start_smooth(setup->les.n, field, field, error);
  if (!status && les_set(*les, field, error)) {
    const struct vordec_error inner = *error;
    status =
        vordec_fail(error, inner.status, inner.reason, "%s%s%.500s", path ? path : "", path ? ": " : "", inner.message);
  }
  free(field);
  if (status) {
    les_destroy(*les);
    *les = NULL;
  }
  return status;
}

struct trajectory_desc simulation_trajectory(const struct simulation_setup *setup) {
  return (struct trajectory_desc){
      .n = setup->les.n,
      .dt = setup->les.dt,
      .nu0 = setup->les.nu0,
      .cs = setup->les.cs,
      .seed = setup->seeded ? (int64_t)setup->seed : -1,
  };
}
