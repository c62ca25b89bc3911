/* SPDX-License-Identifier: MIT */
#include "rollout_memory.h"

#include "gpu/transfer.h"
#include "gpu/vulkan_host.h"

#define STAGING_BYTES (16u << 20)

struct part {
  struct buffer *buffer;
  enum buffer_place place;
  uint64_t size;
  const char *name;
};

/* Checks that each heap has room for its buffers, and that the largest is not larger than a buffer may be. */
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
  const uint64_t row = rollout_row_bytes(rollout), states = row * rollout->groups * rollout->group_states;
  const struct part parts[] = {{&rollout->a, BUFFER_DEVICE, row * rollout->d, "rollout operator"},
                               {&rollout->z, BUFFER_DEVICE, states, "rollout state"},
                               {&rollout->next, BUFFER_DEVICE, states, "rollout next state"},
                               {&rollout->readback, BUFFER_READBACK, states, "rollout readback"}};
  const size_t count = sizeof parts / sizeof *parts;
  enum vordec_status status = check_room(session, parts, count, error);
  for (size_t i = 0; i < count && !status; i++) {
    status = buffer_create(&session->gpu, parts[i].place, parts[i].size, parts[i].name, parts[i].buffer, error);
  }
  return status;
}

enum vordec_status rollout_memory_make_rows(struct vordec_backend_rollout *rollout, uint64_t bytes,
                                            struct buffer *buffer, struct vordec_error *error) {
  const struct part part = {buffer, BUFFER_DEVICE, bytes, "rollout rows"};
  const enum vordec_status status = check_room(rollout->session, &part, 1, error);
  return status ? status : buffer_create(&rollout->session->gpu, part.place, part.size, part.name, buffer, error);
}

void rollout_memory_destroy(struct vordec_backend_rollout *rollout) {
  struct vordec_session *session = rollout->session;
  buffer_destroy(&session->gpu, &rollout->readback);
  buffer_destroy(&session->gpu, &rollout->next);
  buffer_destroy(&session->gpu, &rollout->z);
  buffer_destroy(&session->gpu, &rollout->a);
}

/* Converts one row to the rollout's precision and pads it with zeros. Returns the index of an entry that is not finite
 * in that precision, or d if there is none. */
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

/* Rows on their way to a buffer of the device: those of A, or of states. */
struct rows {
  const double *from;
  uint32_t given, count; /* rows beyond those given are zeros */
  const struct buffer *to;
  const char *name; /* what a wrong entry is called; both its numbers follow */
};

static enum vordec_status fail_entry(const struct vordec_backend_rollout *rollout, const struct rows *rows,
                                     uint32_t row, uint32_t entry, struct vordec_error *error) {
  if (rows->given == 1 && rows->to == &rollout->z) {
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %u is not finite in %s", (unsigned)entry,
                       dtype_name(rollout));
  }
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "%s: entry (%u, %u) is not finite in %s", rows->name,
                     (unsigned)row, (unsigned)entry, dtype_name(rollout));
}

static enum vordec_status upload_block(struct vordec_backend_rollout *rollout, const struct buffer *staging,
                                       const struct rows *rows, uint32_t first, uint32_t count,
                                       struct vordec_error *error) {
  const uint64_t row = rollout_row_bytes(rollout);
  memset(staging->mapped, 0, count * row);
  for (uint32_t i = first; i < first + count && i < rows->given; i++) {
    const uint32_t bad =
        put_row(rollout, rows->from + (size_t)i * rollout->d, (char *)staging->mapped + (i - first) * row);
    if (bad < rollout->d) return fail_entry(rollout, rows, i, bad, error);
  }
  const struct transfer transfer = {.to = rows->to->handle, .region = {.dstOffset = first * row, .size = count * row}};
  return transfer_once(rollout->session, staging, &transfer, 1, error);
}

static enum vordec_status upload_rows(struct vordec_backend_rollout *rollout, const struct buffer *staging,
                                      const struct rows *rows, struct vordec_error *error) {
  const uint32_t most = (uint32_t)(staging->size / rollout_row_bytes(rollout));
  enum vordec_status status = VORDEC_OK;
  for (uint32_t first = 0; first < rows->count && !status; first += most) {
    const uint32_t left = rows->count - first;
    status = upload_block(rollout, staging, rows, first, left < most ? left : most, error);
  }
  return status;
}

enum vordec_status rollout_memory_upload(struct vordec_backend_rollout *rollout,
                                         const struct vordec_rollout_setup *setup, struct vordec_error *error) {
  const uint64_t row = rollout_row_bytes(rollout);
  const struct rows states = {setup->z0, rollout->states, rollout->groups * rollout->group_states, &rollout->z, "z"};
  const struct rows matrix = {setup->a, rollout->d, rollout->d, &rollout->a, "A"};
  const uint32_t longest = states.count > matrix.count ? states.count : matrix.count;
  const uint32_t fitting = row < STAGING_BYTES ? (uint32_t)(STAGING_BYTES / row) : 1;
  struct buffer staging;
  enum vordec_status status =
      buffer_create(&rollout->session->gpu, BUFFER_UPLOAD, (fitting < longest ? fitting : longest) * row,
                    "rollout upload", &staging, error);
  if (status) return status;
  status = upload_rows(rollout, &staging, &states, error);
  if (!status) status = upload_rows(rollout, &staging, &matrix, error);
  buffer_destroy(&rollout->session->gpu, &staging);
  return status;
}

void rollout_memory_widen(const struct vordec_backend_rollout *rollout, uint32_t count, double *z) {
  for (uint32_t state = 0; state < count; state++, z += rollout->d) {
    const void *row = (const char *)rollout->readback.mapped + state * rollout_row_bytes(rollout);
    if (rollout->precision == VORDEC_FP64) {
      memcpy(z, row, rollout->d * sizeof *z);
      continue;
    }
    for (uint32_t i = 0; i < rollout->d; i++) z[i] = (double)((const float *)row)[i];
  }
}
