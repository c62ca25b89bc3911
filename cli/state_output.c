#include "state_output.h"

#include <math.h>
#include <vordec/backend.h>

#include "io/npz.h"

#define DTYPE_FLOAT64 1

static enum vordec_status add_arrays(struct npz_writer *writer, const struct state_output *output,
                                     struct vordec_error *error) {
  const struct encode_info *info = output->info;
  const size_t z_shape[2] = {output->count, info->d}, cells = info->n * info->n;
  enum vordec_status status = npz_writer_add(writer, "z", NPY_F8, output->batched ? 2 : 1,
                                             z_shape + (output->batched ? 0 : 1), output->z, error);
  if (!status) status = npz_writer_add(writer, "mask_low", NPY_B1, 1, &cells, info->mask_low, error);
  if (!status) status = npz_writer_add(writer, "anchor_idx", NPY_I8, 1, &info->anchors, info->anchor_idx, error);
  return status;
}

static enum vordec_status add_scalars(struct npz_writer *writer, const struct state_output *output,
                                      struct vordec_error *error) {
  const struct encode_desc *desc = output->desc;
  enum vordec_status status = npz_writer_add_i64(writer, "N", (int64_t)desc->n, error);
  if (!status) status = npz_writer_add_f64(writer, "k_cut", desc->k_cut, error);
  if (!status) status = npz_writer_add_f64(writer, "resid_mid_cut", desc->resid_mid_cut, error);
  if (!status) status = npz_writer_add_i64(writer, "topk_mid", (int64_t)desc->topk_mid, error);
  if (!status) status = npz_writer_add_f64(writer, "dashi_tau", desc->tau, error);
  if (!status) status = npz_writer_add_i64(writer, "dashi_smooth_k", (int64_t)desc->smooth_width, error);
  if (!status) status = npz_writer_add_i64(writer, "dtype_code", DTYPE_FLOAT64, error);
  if (!status && output->seed >= 0) status = npz_writer_add_i64(writer, "seed", output->seed, error);
  if (!status && !isnan(output->dt)) status = npz_writer_add_f64(writer, "dt", output->dt, error);
  return status;
}

enum vordec_status state_output_write(const char *path, const struct state_output *output, struct vordec_error *error) {
  struct npz_writer *writer = NULL;
  enum vordec_status status = npz_writer_create(path, &writer, error);
  if (!status) status = add_arrays(writer, output, error);
  if (!status) status = add_scalars(writer, output, error);
  if (!status) status = npz_writer_commit(writer, error);
  npz_writer_destroy(writer);
  return status;
}
