/* SPDX-License-Identifier: MIT */
#include "upload.h"

#include "core/base/window.h"
#include "gpu/transfer.h"
#include "gpu/vulkan_host.h"
#include "transforms/unit_root.h"

#define TABLE_COUNT 8

/* Makes the values exp(2 pi i j / n) in the plan's precision, rounded from double. NULL: out of memory. */
static void *make_twiddles(const struct vordec_plan *plan) {
  void *table = host_alloc(plan->session->gpu.host, (size_t)plan->n * 2, plan->real_bytes);
  if (!table) return NULL;
  for (size_t j = 0; j < plan->n; j++) {
    const double complex root = unit_root(j, plan->n);
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)table)[2 * j] = creal(root);
      ((double *)table)[2 * j + 1] = cimag(root);
    } else {
      ((float *)table)[2 * j] = (float)creal(root);
      ((float *)table)[2 * j + 1] = (float)cimag(root);
    }
  }
  return table;
}

/* Converts the values to the plan's precision. NULL: out of memory. */
static void *make_reals(const struct vordec_plan *plan, const double *values, uint32_t count) {
  void *reals = host_alloc(plan->session->gpu.host, count, plan->real_bytes);
  for (uint32_t i = 0; i < count && reals; i++) {
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)reals)[i] = values[i];
    } else {
      ((float *)reals)[i] = (float)values[i];
    }
  }
  return reals;
}

/* Makes the table of the window, which has no bytes if the window needs none. False: out of memory. */
static bool make_window(const struct vordec_plan *plan, struct upload_part *part) {
  const struct vordec_host *host = plan->session->gpu.host;
  const uint32_t width = plan->desc.smooth_width;
  *part = (struct upload_part){.target = PLAN_WINDOW};
  if (plan->window_shape != VORDEC_SHAPE_TABLE) return true;
  double *weights = host_alloc(host, width, sizeof *weights);
  if (!weights) return false;
  window_weights(plan->desc.smooth_kernel, width, weights);
  part->content = make_reals(plan, weights, width);
  part->size = (uint64_t)width * plan->real_bytes;
  host_free(host, weights);
  return part->content != NULL;
}

enum vordec_status upload_parts(struct vordec_plan *plan, const struct upload_part *parts, uint32_t count,
                                struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct transfer list[UPLOAD_PARTS_MAX];
  struct buffer staging;
  uint64_t size = 0;
  for (uint32_t i = 0; i < count; i++) {
    list[i] = (struct transfer){.to = plan->buffers[parts[i].target].handle,
                                .region = {.srcOffset = size, .size = parts[i].size}};
    size += parts[i].size;
  }
  enum vordec_status status = buffer_create(&session->gpu, BUFFER_UPLOAD, size, "table upload", &staging, error);
  if (status) return status;
  for (uint32_t i = 0; i < count; i++) {
    if (parts[i].size) memcpy((char *)staging.mapped + list[i].region.srcOffset, parts[i].content, parts[i].size);
  }
  status = transfer_once(session, &staging, list, count, error);
  buffer_destroy(&session->gpu, &staging);
  return status;
}

enum vordec_status upload_tables(struct vordec_plan *plan, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  const struct mode_table *low = &plan->low_modes, *kept = &plan->kept_modes;
  const struct energy_table *energies = &plan->energies;
  void *twiddles = make_twiddles(plan), *weights = make_reals(plan, energies->weights, energies->count);
  struct upload_part window;
  const bool made = make_window(plan, &window) && twiddles && weights;
  const struct upload_part parts[TABLE_COUNT] = {
      {PLAN_TWIDDLE, twiddles, 2ull * plan->n * plan->real_bytes},
      {PLAN_LOW_MODES, low->modes, (uint64_t)low->mode_count * sizeof *low->modes},
      {PLAN_LOW_COLUMNS, low->columns, (uint64_t)low->column_count * sizeof *low->columns},
      {PLAN_KEPT_MODES, kept->modes, (uint64_t)kept->mode_count * sizeof *kept->modes},
      {PLAN_KEPT_COLUMNS, kept->columns, (uint64_t)kept->column_count * sizeof *kept->columns},
      {PLAN_ENERGY_MODES, energies->modes, (uint64_t)energies->count * sizeof *energies->modes},
      {PLAN_ENERGY_WEIGHTS, weights, (uint64_t)energies->count * plan->real_bytes},
      window,
  };
  const enum vordec_status status =
      made ? upload_parts(plan, parts, TABLE_COUNT, error) : host_no_memory(error, "the plan's tables");
  host_free(host, twiddles);
  host_free(host, weights);
  host_free(host, (void *)window.content);
  return status;
}
