/* SPDX-License-Identifier: MIT */
#include "trajectory_output.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "array_file.h"

struct trajectory_output {
  struct trajectory_desc desc;
  struct array_sink *sink;
  struct array_stream *frames;
  float *narrowed; /* NULL: frames are stored as they are */
};

enum vordec_status trajectory_output_create(const char *path, const struct trajectory_desc *desc,
                                            struct trajectory_output **output, struct vordec_error *error) {
  const size_t n = desc->n;
  const struct npy_form frame = {field_type_stored(desc->stored, NPY_F8), 2, {n, n}};
  enum vordec_status status = VORDEC_OK;
  struct trajectory_output *made = *output = calloc(1, sizeof *made);
  if (!made) goto no_memory;
  made->desc = *desc;
  made->desc.storage.series = true;
  if (frame.type == NPY_F4 && !(made->narrowed = malloc(n * n * sizeof *made->narrowed))) goto no_memory;
  status = array_file_create(path, &made->desc.storage, &made->sink, error);
  if (!status) status = array_sink_add_stream(made->sink, "traj", &frame, &made->frames, error);
  if (!status) return VORDEC_OK;
  goto fail;

no_memory:
  status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for N = %zu", n);
fail:
  trajectory_output_destroy(made);
  *output = NULL;
  return status;
}

enum vordec_status trajectory_output_append(struct trajectory_output *output, const double *omega,
                                            struct vordec_error *error) {
  const size_t cells = output->desc.n * output->desc.n;
  if (!output->narrowed) return array_stream_append(output->frames, omega, error);
  field_type_convert(omega, NPY_F8, output->narrowed, NPY_F4, cells);
  return array_stream_append(output->frames, output->narrowed, error);
}

size_t trajectory_output_frames(const struct trajectory_output *output) {
  return array_stream_rows(output->frames);
}

enum vordec_status trajectory_output_commit(struct trajectory_output *output, size_t stride, uint64_t steps,
                                            struct vordec_error *error) {
  const struct trajectory_desc *desc = &output->desc;
  const struct {
    const char *key;
    int64_t value;
  } counts[] = {{"N", (int64_t)desc->n},
                {"seed", desc->seed},
                {"dealias", desc->dealias},
                {"stride", (int64_t)stride},
                {"steps", (int64_t)steps}};
  const struct {
    const char *key;
    double value;
  } reals[] = {{"dt", desc->dt},
               {"nu0", desc->nu0},
               {"Cs", desc->cs},
               {"L", desc->box},
               {"start_peak", desc->start_peak},
               {"start_width", desc->start_width},
               {"start_rms", desc->start_rms}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < sizeof counts / sizeof *counts && !status; i++) {
    status = array_sink_add_i64(output->sink, counts[i].key, counts[i].value, error);
  }
  for (size_t i = 0; i < sizeof reals / sizeof *reals && !status; i++) {
    if (isnan(reals[i].value)) continue;
    status = array_sink_add_f64(output->sink, reals[i].key, reals[i].value, error);
  }
  return status ? status : array_sink_commit(output->sink, error);
}

void trajectory_output_destroy(struct trajectory_output *output) {
  if (!output) return;
  array_sink_destroy(output->sink);
  free(output->narrowed);
  free(output);
}
