#include "vulkan_bandwidth.h"

#include <stdlib.h>

#include "buffer.h"
#include "vulkan_host.h"

#define RUNS 9    /* odd */
#define WARMUPS 3 /* not counted */
#define MARKS 2u  /* of a run */
#define WORD 4u   /* what a fill's size must be a multiple of */

struct bench {
  struct vordec_session *session;
  struct buffer buffer;
  VkQueryPool queries; /* two time marks; NULL: no timestamps */
  VkCommandBuffer commands;
};

static void bench_destroy(struct bench *bench) {
  struct vordec_session *session = bench->session;
  const struct vk_table *vk = &session->vk;
  session_settle(session);
  if (bench->commands) vk->FreeCommandBuffers(session->device, session->commands, 1, &bench->commands);
  if (bench->queries) vk->DestroyQueryPool(session->device, bench->queries, NULL);
  buffer_destroy(session, &bench->buffer);
}

/* As many bytes as asked for, but at most half of what the device has left, so that nothing else is pushed out. */
static uint64_t choose_bytes(const struct vordec_session *session, uint64_t asked) {
  const struct device_facts *facts = &session->facts;
  const uint32_t type = buffer_memory_type(facts, BUFFER_DEVICE, UINT32_MAX);
  const uint32_t heap = type == UINT32_MAX ? 0 : facts->memory.memoryTypes[type].heapIndex;
  const uint64_t room = device_heap_available(&session->vk, facts, heap) / 2;
  uint64_t bytes = asked < WORD ? WORD : asked;
  if (bytes > room) bytes = room;
  if (bytes > facts->max_buffer_bytes) bytes = facts->max_buffer_bytes;
  return bytes / WORD * WORD;
}

static enum vordec_status create_objects(struct bench *bench, struct vordec_error *error) {
  struct vordec_session *session = bench->session;
  const struct vk_table *vk = &session->vk;
  if (session->facts.timestamp_bits) {
    const VkQueryPoolCreateInfo queries = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = MARKS};
    const VkResult result = vk->CreateQueryPool(session->device, &queries, NULL, &bench->queries);
    if (result != VK_SUCCESS) {
      bench->queries = VK_NULL_HANDLE;
      return session_fail(session, result, "vkCreateQueryPool", error);
    }
  }
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkResult result = vk->AllocateCommandBuffers(session->device, &allocate, &bench->commands);
  if (result == VK_SUCCESS) return VORDEC_OK;
  bench->commands = VK_NULL_HANDLE;
  return session_fail(session, result, "vkAllocateCommandBuffers", error);
}

/* The barriers keep a run's writes between its own marks. */
static void record_fill(const struct bench *bench) {
  const struct vk_table *vk = &bench->session->vk;
  const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT};
  vk->CmdPipelineBarrier(bench->commands, transfer, transfer, 0, 1, &barrier, 0, NULL, 0, NULL);
  if (bench->queries) {
    vk->CmdResetQueryPool(bench->commands, bench->queries, 0, MARKS);
    vk->CmdWriteTimestamp(bench->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, bench->queries, 0);
  }
  vk->CmdFillBuffer(bench->commands, bench->buffer.handle, 0, VK_WHOLE_SIZE, 0x3f800000u);
  vk->CmdPipelineBarrier(bench->commands, transfer, transfer, 0, 1, &barrier, 0, NULL, 0, NULL);
  if (bench->queries) {
    vk->CmdWriteTimestamp(bench->commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, bench->queries, 1);
  }
}

static enum vordec_status record(const struct bench *bench, struct vordec_error *error) {
  struct vordec_session *session = bench->session;
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  const char *call = "vkBeginCommandBuffer";
  VkResult result = session->vk.BeginCommandBuffer(bench->commands, &begin);
  if (result == VK_SUCCESS) {
    record_fill(bench);
    call = "vkEndCommandBuffer";
    result = session->vk.EndCommandBuffer(bench->commands);
  }
  return result == VK_SUCCESS ? VORDEC_OK : session_fail(session, result, call, error);
}

/* What the device's clock says of the run that has just finished; 0 where its marks are missing. */
static VkResult read_marks(const struct bench *bench, double *seconds) {
  const struct vordec_session *session = bench->session;
  const struct device_facts *facts = &session->facts;
  struct {
    uint64_t ticks, available;
  } marks[MARKS] = {{0, 0}, {0, 0}};
  const VkResult read =
      session->vk.GetQueryPoolResults(session->device, bench->queries, 0, MARKS, sizeof marks, marks, sizeof *marks,
                                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  *seconds = 0.0;
  if (read != VK_SUCCESS && read != VK_NOT_READY) return read;
  if (!marks[0].available || !marks[1].available) return VK_SUCCESS;
  const uint64_t valid = facts->timestamp_bits >= 64 ? UINT64_MAX : (1ull << facts->timestamp_bits) - 1;
  *seconds =
      (double)((marks[1].ticks - marks[0].ticks) & valid) * (double)facts->properties.limits.timestampPeriod * 1e-9;
  return VK_SUCCESS;
}

struct sample {
  double host_s, device_s;
};

static enum vordec_status run_once(const struct bench *bench, struct sample *sample, struct vordec_error *error) {
  struct vordec_session *session = bench->session;
  const double start_ms = host_ms(session->host);
  const enum vordec_status status = session_submit(session, &bench->commands, 1, error);
  if (status) return status;
  *sample = (struct sample){.host_s = 1e-3 * (host_ms(session->host) - start_ms)};
  if (!bench->queries) return VORDEC_OK;
  const VkResult result = read_marks(bench, &sample->device_s);
  return result == VK_SUCCESS ? VORDEC_OK : session_fail(session, result, "vkGetQueryPoolResults", error);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double values[RUNS]) {
  qsort(values, RUNS, sizeof *values, ascending);
  return values[RUNS / 2];
}

static enum vordec_status time_runs(const struct bench *bench, struct vordec_bandwidth_result *result,
                                    struct vordec_error *error) {
  double host[RUNS], device[RUNS];
  bool marked = bench->queries != VK_NULL_HANDLE;
  for (int run = -WARMUPS; run < RUNS; run++) {
    struct sample sample;
    const enum vordec_status status = run_once(bench, &sample, error);
    if (status) return status;
    if (run < 0) continue;
    host[run] = sample.host_s;
    device[run] = sample.device_s;
    marked = marked && sample.device_s > 0.0;
  }
  result->bytes = bench->buffer.size;
  result->seconds = median(marked ? device : host);
  result->device_timestamps = marked;
  return VORDEC_OK;
}

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  struct bench bench = {.session = session};
  enum vordec_status status = session_check(session, error);
  if (status) return status;
  const uint64_t chosen = choose_bytes(session, bytes);
  if (chosen == 0) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "%.200s has no memory left to fill",
                       session->facts.info.name);
  }
  status = buffer_create(session, BUFFER_DEVICE, chosen, "bandwidth", &bench.buffer, error);
  if (!status) status = create_objects(&bench, error);
  if (!status) status = record(&bench, error);
  if (!status) status = time_runs(&bench, result, error);
  if (!status && result->bytes > bytes) result->bytes = bytes; /* fewer than a word were asked for */
  bench_destroy(&bench);
  return status;
}

const struct vordec_bandwidth_interface vulkan_bandwidth_interface = {
    .struct_size = sizeof(struct vordec_bandwidth_interface),
    .fill = fill,
};
