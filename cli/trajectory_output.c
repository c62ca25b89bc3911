#include "trajectory_output.h"

#include <stdlib.h>
#include <vordec/backend.h>

#include "io/npz.h"

struct trajectory_output {
  struct simulation_setup setup;
  struct npz_writer *writer;
  struct npz_stream *frames;
  double *omega;
  float *narrowed; /* NULL: frames are stored as they are */
};

enum vordec_status trajectory_output_create(const char *path, const struct simulation_setup *setup, bool narrow,
                                            struct trajectory_output **output, struct vordec_error *error) {
  const size_t n = setup->les.n, shape[2] = {n, n};
  enum vordec_status status = VORDEC_OK;
  struct trajectory_output *made = *output = calloc(1, sizeof *made);
  if (!made) goto no_memory;
  made->setup = *setup;
  made->omega = malloc(n * n * sizeof *made->omega);
  if (narrow) made->narrowed = malloc(n * n * sizeof *made->narrowed);
  if (!made->omega || (narrow && !made->narrowed)) goto no_memory;
  status = npz_writer_create(path, &made->writer, error);
  if (!status) {
    status = npz_writer_add_stream(made->writer, "traj", narrow ? NPY_F4 : NPY_F8, 2, shape, &made->frames, error);
  }
  if (!status) return VORDEC_OK;
  goto fail;

no_memory:
  status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for N = %zu", n);
fail:
  trajectory_output_destroy(made);
  *output = NULL;
  return status;
}

enum vordec_status trajectory_output_append(struct trajectory_output *output, const struct les *les,
                                            struct vordec_error *error) {
  les_get(les, output->omega);
  return trajectory_output_append_field(output, output->omega, error);
}

enum vordec_status trajectory_output_append_field(struct trajectory_output *output, const double *omega,
                                                  struct vordec_error *error) {
  const size_t cells = output->setup.les.n * output->setup.les.n;
  if (!output->narrowed) return npz_stream_append(output->frames, omega, error);
  for (size_t i = 0; i < cells; i++) output->narrowed[i] = (float)omega[i];
  return npz_stream_append(output->frames, output->narrowed, error);
}

size_t trajectory_output_frames(const struct trajectory_output *output) {
  return npz_stream_frames(output->frames);
}

enum vordec_status trajectory_output_commit(struct trajectory_output *output, size_t stride, uint64_t steps,
                                            struct vordec_error *error) {
  const struct simulation_setup *setup = &output->setup;
  const struct {
    const char *key;
    int64_t value;
  } counts[] = {{"N", (int64_t)setup->les.n},
                {"seed", setup->seeded ? (int64_t)setup->seed : -1},
                {"stride", (int64_t)stride},
                {"steps", (int64_t)steps}};
  const struct {
    const char *key;
    double value;
  } reals[] = {{"dt", setup->les.dt}, {"nu0", setup->les.nu0}, {"Cs", setup->les.cs}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof counts / sizeof *counts && !status; i++) {
    status = npz_writer_add_i64(output->writer, counts[i].key, counts[i].value, error);
  }
  for (size_t i = 0; i < sizeof reals / sizeof *reals && !status; i++) {
    status = npz_writer_add_f64(output->writer, reals[i].key, reals[i].value, error);
  }
  return status ? status : npz_writer_commit(output->writer, error);
}

void trajectory_output_destroy(struct trajectory_output *output) {
  if (!output) return;
  npz_writer_destroy(output->writer);
  free(output->omega);
  free(output->narrowed);
  free(output);
}
