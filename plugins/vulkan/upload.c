#include "upload.h"

#include "host.h"
#include "transfer.h"

#define TABLE_COUNT 7

struct table_part {
  enum plan_buffer target;
  const void *content;
  uint64_t size;
};

/* exp(2 pi i j / n) in the plan's precision, rounded from double. */
static void *make_twiddles(const struct vordec_plan *plan) {
  void *table = host_alloc(plan->session->host, (size_t)plan->n * 2, plan->real_bytes);
  if (!table) return NULL;
  for (size_t j = 0; j < plan->n; j++) {
    /* An angle of at most an eighth of a turn and its exact reflections keep the table accurate and symmetric. */
    const uint64_t eight = 8 * (uint64_t)j, n = plan->n;
    const uint64_t octant = eight / n;
    const uint64_t near = octant & 1 ? (octant + 1) * n - eight : eight - octant * n;
    const double angle = 6.283185307179586476925 * (double)near / (8.0 * (double)n);
    const double c = cos(angle), s = sin(angle);
    const double first[8] = {c, s, -s, -c, -c, -s, s, c}, second[8] = {s, c, c, s, -s, -c, -c, -s};
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)table)[2 * j] = first[octant];
      ((double *)table)[2 * j + 1] = second[octant];
    } else {
      ((float *)table)[2 * j] = (float)first[octant];
      ((float *)table)[2 * j + 1] = (float)second[octant];
    }
  }
  return table;
}

/* In the plan's precision. NULL: out of memory. */
static void *make_weights(const struct vordec_plan *plan) {
  const struct energy_table *energies = &plan->energies;
  void *weights = host_alloc(plan->session->host, energies->count, plan->real_bytes);
  for (uint32_t i = 0; i < energies->count && weights; i++) {
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)weights)[i] = energies->weights[i];
    } else {
      ((float *)weights)[i] = (float)energies->weights[i];
    }
  }
  return weights;
}

static enum vordec_status copy_parts(struct vordec_plan *plan, const struct table_part *parts,
                                     struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct transfer list[TABLE_COUNT];
  struct buffer staging;
  uint64_t size = 0;
  for (int i = 0; i < TABLE_COUNT; i++) {
    list[i] = (struct transfer){plan->buffers[parts[i].target].handle, {.srcOffset = size, .size = parts[i].size}};
    size += parts[i].size;
  }
  enum vordec_status status = buffer_create(session, BUFFER_UPLOAD, size, "table upload", &staging, error);
  if (status) return status;
  for (int i = 0; i < TABLE_COUNT; i++) {
    if (parts[i].size) memcpy((char *)staging.mapped + list[i].region.srcOffset, parts[i].content, parts[i].size);
  }
  status = transfer_once(session, &staging, list, TABLE_COUNT, error);
  buffer_destroy(session, &staging);
  return status;
}

enum vordec_status upload_tables(struct vordec_plan *plan, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->host;
  const struct mode_table *low = &plan->low_modes, *kept = &plan->kept_modes;
  const struct energy_table *energies = &plan->energies;
  void *twiddles = make_twiddles(plan), *weights = make_weights(plan);
  const struct table_part parts[TABLE_COUNT] = {
      {PLAN_TWIDDLE, twiddles, 2ull * plan->n * plan->real_bytes},
      {PLAN_LOW_MODES, low->modes, (uint64_t)low->mode_count * sizeof *low->modes},
      {PLAN_LOW_COLUMNS, low->columns, (uint64_t)low->column_count * sizeof *low->columns},
      {PLAN_KEPT_MODES, kept->modes, (uint64_t)kept->mode_count * sizeof *kept->modes},
      {PLAN_KEPT_COLUMNS, kept->columns, (uint64_t)kept->column_count * sizeof *kept->columns},
      {PLAN_ENERGY_MODES, energies->modes, (uint64_t)energies->count * sizeof *energies->modes},
      {PLAN_ENERGY_WEIGHTS, weights, (uint64_t)energies->count * plan->real_bytes},
  };
  const enum vordec_status status =
      twiddles && weights ? copy_parts(plan, parts, error) : host_no_memory(error, "the plan's tables");
  host_free(host, twiddles);
  host_free(host, weights);
  return status;
}
