#include "upload.h"

#include "host.h"

#define TABLE_COUNT 5

struct table_part {
  enum plan_buffer target;
  const void *content;
  uint64_t size, offset;
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

static enum vordec_status copy_parts(struct vordec_plan *plan, const struct buffer *staging,
                                     const struct table_part *parts, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const struct vk_table *vk = &session->vk;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                          .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  const char *call = "vkAllocateCommandBuffers";
  VkResult result = vk->AllocateCommandBuffers(session->device, &allocate, &commands);
  if (result != VK_SUCCESS) return session_fail(session, result, call, error);
  call = "vkBeginCommandBuffer";
  result = vk->BeginCommandBuffer(commands, &begin);
  if (result == VK_SUCCESS) {
    for (int i = 0; i < TABLE_COUNT; i++) {
      const VkBufferCopy region = {.srcOffset = parts[i].offset, .size = parts[i].size};
      if (region.size == 0) continue;
      vk->CmdCopyBuffer(commands, staging->handle, plan->buffers[parts[i].target].handle, 1, &region);
    }
    call = "vkEndCommandBuffer";
    result = vk->EndCommandBuffer(commands);
  }
  enum vordec_status status = VORDEC_OK;
  if (result == VK_SUCCESS) {
    status = session_submit(session, &commands, 1, error);
  } else {
    status = session_fail(session, result, call, error);
  }
  session_settle(session);
  vk->FreeCommandBuffers(session->device, session->commands, 1, &commands);
  return status;
}

enum vordec_status upload_tables(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  const struct mode_table *low = &plan->low_modes, *kept = &plan->kept_modes;
  void *twiddles = make_twiddles(plan);
  if (!twiddles) return host_no_memory(error, "the twiddle table");
  struct table_part parts[TABLE_COUNT] = {
      {PLAN_TWIDDLE, twiddles, 2ull * plan->n * plan->real_bytes, 0},
      {PLAN_LOW_MODES, low->modes, (uint64_t)low->mode_count * sizeof *low->modes, 0},
      {PLAN_LOW_COLUMNS, low->columns, (uint64_t)low->column_count * sizeof *low->columns, 0},
      {PLAN_KEPT_MODES, kept->modes, (uint64_t)kept->mode_count * sizeof *kept->modes, 0},
      {PLAN_KEPT_COLUMNS, kept->columns, (uint64_t)kept->column_count * sizeof *kept->columns, 0},
  };
  uint64_t size = 0;
  for (int i = 0; i < TABLE_COUNT; i++) {
    parts[i].offset = size;
    size += parts[i].size;
  }
  struct buffer staging;
  enum vordec_status status = buffer_create(session, BUFFER_UPLOAD, size, "table upload", &staging, error);
  if (!status) {
    for (int i = 0; i < TABLE_COUNT; i++) {
      if (parts[i].size) memcpy((char *)staging.mapped + parts[i].offset, parts[i].content, parts[i].size);
    }
    const VkResult result = buffer_flush(session, &staging);
    status = result == VK_SUCCESS ? copy_parts(plan, &staging, parts, error)
                                  : session_fail(session, result, "vkFlushMappedMemoryRanges", error);
    buffer_destroy(session, &staging);
  }
  host_free(session->host, twiddles);
  return status;
}
