#include "rollout_memory.h"

#include "gpu/transfer.h"
#include "gpu/vulkan_host.h"
#include "state_handover.h"

#define STAGING_BYTES (16u << 20)

struct part {
  struct buffer *buffer;
  enum buffer_place place;
  uint64_t size;
  const char *name;
};

/* What the buffers of each heap take must be there, and the largest must fit into one. */
static enum vordec_status check_room(const struct vordec_session *session, const struct part *parts, size_t count,
                                     struct vordec_error *error) {
  const struct device_facts *facts = &session->gpu.facts;
  uint64_t need[VK_MAX_MEMORY_HEAPS] = {0};
  for (size_t i = 0; i < count; i++) {
    if (parts[i].size > facts->max_buffer_bytes) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "the rollout needs a buffer of %llu bytes (%s); %.200s allows %llu",
                         (unsigned long long)parts[i].size, parts[i].name, facts->info.name,
                         (unsigned long long)facts->max_buffer_bytes);
    }
    const uint32_t type = buffer_memory_type(facts, parts[i].place, UINT32_MAX);
    if (type != UINT32_MAX) need[facts->memory.memoryTypes[type].heapIndex] += parts[i].size;
  }
  for (uint32_t heap = 0; heap < facts->memory.memoryHeapCount; heap++) {
    const uint64_t available = need[heap] ? device_heap_available(&session->gpu.vk, facts, heap) : 0;
    if (need[heap] <= available) continue;
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                       "the rollout needs %llu bytes of device memory; %.200s has %llu available",
                       (unsigned long long)need[heap], facts->info.name, (unsigned long long)available);
  }
  return VORDEC_OK;
}

enum vordec_status rollout_memory_create(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  const uint64_t row = (uint64_t)rollout->pitch * rollout->real_bytes;
  const struct part parts[] = {{&rollout->a, BUFFER_DEVICE, row * rollout->d, "rollout operator"},
                               {&rollout->z, BUFFER_DEVICE, row, "rollout state"},
                               {&rollout->next, BUFFER_DEVICE, row, "rollout next state"},
                               {&rollout->readback, BUFFER_READBACK, row, "rollout readback"}};
  const size_t count = sizeof parts / sizeof *parts;
  enum vordec_status status = check_room(session, parts, count, error);
  for (size_t i = 0; i < count && !status; i++) {
    status = buffer_create(&session->gpu, parts[i].place, parts[i].size, parts[i].name, parts[i].buffer, error);
  }
  return status ? status : state_handover_take(session, rollout->d, rollout->precision, &rollout->handover, error);
}

void rollout_memory_destroy(struct vordec_backend_rollout *rollout) {
  struct vordec_session *session = rollout->session;
  state_handover_drop(session, rollout->handover);
  buffer_destroy(&session->gpu, &rollout->readback);
  buffer_destroy(&session->gpu, &rollout->next);
  buffer_destroy(&session->gpu, &rollout->z);
  buffer_destroy(&session->gpu, &rollout->a);
}

/* One row in the rollout's precision, padded with zeros. Returns the index of an entry that is not finite there, or d.
 */
static uint32_t put_row(const struct vordec_backend_rollout *rollout, const double *from, void *to) {
  uint32_t bad = rollout->d;
  memset(to, 0, (size_t)rollout->pitch * rollout->real_bytes);
  for (uint32_t i = rollout->d; i-- > 0;) {
    if (rollout->precision == VORDEC_FP64) {
      ((double *)to)[i] = from[i];
      if (!isfinite(from[i])) bad = i;
    } else {
      const float value = (float)from[i];
      ((float *)to)[i] = value;
      if (!isfinite(value)) bad = i;
    }
  }
  return bad;
}

static const char *dtype_name(const struct vordec_backend_rollout *rollout) {
  return rollout->precision == VORDEC_FP64 ? "float64" : "float32";
}

static enum vordec_status upload_state(struct vordec_backend_rollout *rollout, const struct buffer *staging,
                                       const double *z0, struct vordec_error *error) {
  const uint32_t bad = put_row(rollout, z0, staging->mapped);
  if (bad < rollout->d) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %u is not finite in %s", (unsigned)bad,
                       dtype_name(rollout));
  }
  const struct transfer transfer = {rollout->z.handle, {.size = rollout->z.size}};
  return transfer_once(rollout->session, staging, &transfer, 1, error);
}

static enum vordec_status upload_rows(struct vordec_backend_rollout *rollout, const struct buffer *staging,
                                      const double *a, uint32_t first, uint32_t count, struct vordec_error *error) {
  const uint64_t row = (uint64_t)rollout->pitch * rollout->real_bytes;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t bad = put_row(rollout, a + (size_t)(first + i) * rollout->d, (char *)staging->mapped + i * row);
    if (bad == rollout->d) continue;
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "A: entry (%u, %u) is not finite in %s",
                       (unsigned)(first + i), (unsigned)bad, dtype_name(rollout));
  }
  const struct transfer transfer = {rollout->a.handle, {.dstOffset = first * row, .size = count * row}};
  return transfer_once(rollout->session, staging, &transfer, 1, error);
}

enum vordec_status rollout_memory_upload(struct vordec_backend_rollout *rollout,
                                         const struct vordec_rollout_setup *setup, struct vordec_error *error) {
  const uint64_t row = (uint64_t)rollout->pitch * rollout->real_bytes;
  const uint32_t fitting = row < STAGING_BYTES ? (uint32_t)(STAGING_BYTES / row) : 1;
  const uint32_t rows = fitting < rollout->d ? fitting : rollout->d;
  struct buffer staging;
  enum vordec_status status =
      buffer_create(&rollout->session->gpu, BUFFER_UPLOAD, rows * row, "rollout upload", &staging, error);
  if (status) return status;
  status = upload_state(rollout, &staging, setup->z0, error);
  for (uint32_t first = 0; first < rollout->d && !status; first += rows) {
    const uint32_t left = rollout->d - first;
    status = upload_rows(rollout, &staging, setup->a, first, left < rows ? left : rows, error);
  }
  buffer_destroy(&rollout->session->gpu, &staging);
  return status;
}

void rollout_memory_widen(const struct vordec_backend_rollout *rollout, double *z) {
  if (rollout->precision == VORDEC_FP64) {
    memcpy(z, rollout->readback.mapped, rollout->d * sizeof *z);
    return;
  }
  const float *values = rollout->readback.mapped;
  for (uint32_t i = 0; i < rollout->d; i++) z[i] = (double)values[i];
}
