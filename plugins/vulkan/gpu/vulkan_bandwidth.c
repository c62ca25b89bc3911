/* SPDX-License-Identifier: MIT */
#include "vulkan_bandwidth.h"

#include "buffer.h"
#include "measure.h"
#include "vulkan_host.h"
#include "vulkan_session.h"

#define RUNS 9    /* an odd number, so that there is a median */
#define WARMUPS 3 /* runs before those that count */
#define MARKS 2u  /* time marks of a run */
#define WORD 4u   /* the size of a fill must be a multiple of this */

struct bench {
  struct vordec_session *session;
  struct buffer buffer;
  VkQueryPool queries; /* holds two time marks; NULL: there are no timestamps */
  VkCommandBuffer commands;
};

static void bench_destroy(struct bench *bench) {
  struct vordec_session *session = bench->session;
  const struct vk_table *vk = &session->gpu.vk;
  session_settle(session);
  if (bench->commands) vk->FreeCommandBuffers(session->gpu.device, session->commands, 1, &bench->commands);
  if (bench->queries) vk->DestroyQueryPool(session->gpu.device, bench->queries, NULL);
  buffer_destroy(&session->gpu, &bench->buffer);
}

static enum vordec_status create_objects(struct bench *bench, struct vordec_error *error) {
  struct vordec_session *session = bench->session;
  const struct vk_table *vk = &session->gpu.vk;
  if (session->gpu.facts.timestamp_bits) {
    const VkQueryPoolCreateInfo queries = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO, .queryType = VK_QUERY_TYPE_TIMESTAMP, .queryCount = MARKS};
    const VkResult result = vk->CreateQueryPool(session->gpu.device, &queries, NULL, &bench->queries);
    if (result != VK_SUCCESS) {
      bench->queries = VK_NULL_HANDLE;
      return gpu_fail(&session->gpu, result, "vkCreateQueryPool", error);
    }
  }
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkResult result = vk->AllocateCommandBuffers(session->gpu.device, &allocate, &bench->commands);
  if (result == VK_SUCCESS) return VORDEC_OK;
  bench->commands = VK_NULL_HANDLE;
  return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
}

/* Records a fill. The barriers keep the writes of a run between its own time marks. */
static void record_fill(const struct bench *bench) {
  const struct vk_table *vk = &bench->session->gpu.vk;
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
  VkResult result = session->gpu.vk.BeginCommandBuffer(bench->commands, &begin);
  if (result == VK_SUCCESS) {
    record_fill(bench);
    call = "vkEndCommandBuffer";
    result = session->gpu.vk.EndCommandBuffer(bench->commands);
  }
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, call, error);
}

/* Reads how long the finished run took by the device's clock; 0 if its marks are missing. */
static VkResult read_marks(const struct bench *bench, double *seconds) {
  const struct vordec_session *session = bench->session;
  const struct device_facts *facts = &session->gpu.facts;
  struct {
    uint64_t ticks, available;
  } marks[MARKS] = {{0, 0}, {0, 0}};
  const VkResult read = session->gpu.vk.GetQueryPoolResults(
      session->gpu.device, bench->queries, 0, MARKS, sizeof marks, marks, sizeof *marks,
      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  *seconds = 0.0;
  if (read != VK_SUCCESS && read != VK_NOT_READY) return read;
  if (!marks[0].available || !marks[1].available) return VK_SUCCESS;
  *seconds = 1e-9 * device_ns_between(facts, marks[0].ticks, marks[1].ticks);
  return VK_SUCCESS;
}

struct sample {
  double host_s, device_s;
};

static enum vordec_status run_once(const struct bench *bench, struct sample *sample, struct vordec_error *error) {
  struct vordec_session *session = bench->session;
  const double start_ms = host_ms(session->gpu.host);
  const enum vordec_status status = session_submit(session, &bench->commands, 1, error);
  if (status) return status;
  *sample = (struct sample){.host_s = 1e-3 * (host_ms(session->gpu.host) - start_ms)};
  if (!bench->queries) return VORDEC_OK;
  const VkResult result = read_marks(bench, &sample->device_s);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, "vkGetQueryPoolResults", error);
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
  result->seconds = measure_median(marked ? device : host, RUNS);
  result->device_timestamps = marked;
  return VORDEC_OK;
}

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  struct bench bench = {.session = session};
  enum vordec_status status = gpu_check(&session->gpu, error);
  if (status) return status;
  const uint64_t chosen = measure_bytes(&session->gpu, bytes < WORD ? WORD : bytes) / WORD * WORD;
  if (chosen == 0) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "%.200s has no memory left to fill",
                       session->gpu.facts.info.name);
  }
  status = buffer_create(&session->gpu, BUFFER_DEVICE, chosen, "bandwidth", &bench.buffer, error);
  if (!status) status = create_objects(&bench, error);
  if (!status) status = record(&bench, error);
  if (!status) status = time_runs(&bench, result, error);
  if (!status && result->bytes > bytes) result->bytes = bytes; /* if fewer bytes than a word were asked for */
  bench_destroy(&bench);
  return status;
}

const struct vordec_bandwidth_interface vulkan_bandwidth_interface = {
    .struct_size = sizeof(struct vordec_bandwidth_interface),
    .fill = fill,
};
