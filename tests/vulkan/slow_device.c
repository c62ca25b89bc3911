/* SPDX-License-Identifier: MIT */
#include "slow_device.h"

#include <stdlib.h>
#include <string.h>

#define LOGS_MAX 1024
#define MARKS_MAX 16
#define RESULTS_MAX 4096
#define KINDS 5

struct mark {
  VkQueryPool pool;
  uint32_t query;
  double at_ms;
};

/* What a command buffer holds. */
struct log {
  VkCommandBuffer commands;
  VkPipeline pipeline;
  double work, unit; /* as many times workgroup_ms; unit: what cannot be cut */
  uint64_t dispatches;
  struct mark marks[MARKS_MAX];
  unsigned mark_count;
};

static struct vk_table real;
static struct log logs[LOGS_MAX];
static struct mark results[RESULTS_MAX]; /* at_ms by the clock */
static struct {
  VkPipeline handle;
  bool whole; /* its dispatches cannot be cut */
} pipelines[LOGS_MAX];
static double workgroup_ms, clock_ms = 1000.0;
static bool marks_there = true;
static struct slow_device_report report;

void slow_device_set(double ms) {
  workgroup_ms = ms;
}

void slow_device_marks(bool there) {
  marks_there = there;
}

struct slow_device_report slow_device_take(void) {
  const struct slow_device_report taken = report;
  report = (struct slow_device_report){0};
  return taken;
}

uint64_t slow_device_clock_ns(void *ctx) {
  (void)ctx;
  return (uint64_t)(clock_ms * 1e6);
}

static struct log *log_of(VkCommandBuffer commands) {
  struct log *empty = NULL;
  for (size_t i = 0; i < LOGS_MAX; i++) {
    if (logs[i].commands == commands) return &logs[i];
    if (!logs[i].commands && !empty) empty = &logs[i];
  }
  if (!empty) abort();
  *empty = (struct log){.commands = commands};
  return empty;
}

static size_t place_of(VkPipeline pipeline) {
  size_t empty = LOGS_MAX;
  for (size_t i = 0; i < LOGS_MAX; i++) {
    if (pipelines[i].handle == pipeline) return i;
    if (!pipelines[i].handle && empty == LOGS_MAX) empty = i;
  }
  if (empty == LOGS_MAX) abort();
  pipelines[empty].handle = pipeline;
  return empty;
}

static VKAPI_ATTR void VKAPI_CALL destroy_pipeline(VkDevice device, VkPipeline pipeline,
                                                   const VkAllocationCallbacks *callbacks) {
  if (pipeline) pipelines[place_of(pipeline)].handle = VK_NULL_HANDLE;
  real.DestroyPipeline(device, pipeline, callbacks);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t number,
                                                       const VkComputePipelineCreateInfo *infos,
                                                       const VkAllocationCallbacks *callbacks, VkPipeline *handles) {
  const VkResult result = real.CreateComputePipelines(device, cache, number, infos, callbacks, handles);
  for (uint32_t i = 0; i < number && result == VK_SUCCESS; i++) {
    pipelines[place_of(handles[i])].whole = !(infos[i].flags & VK_PIPELINE_CREATE_DISPATCH_BASE_BIT);
  }
  return result;
}

static void spend(struct log *log, double work, double unit) {
  log->work += work;
  if (unit > log->unit) log->unit = unit;
}

static VKAPI_ATTR void VKAPI_CALL free_commands(VkDevice device, VkCommandPool pool, uint32_t number,
                                                const VkCommandBuffer *list) {
  for (uint32_t i = 0; i < number; i++) {
    if (list[i]) log_of(list[i])->commands = VK_NULL_HANDLE;
  }
  real.FreeCommandBuffers(device, pool, number, list);
}

static VKAPI_ATTR VkResult VKAPI_CALL begin(VkCommandBuffer commands, const VkCommandBufferBeginInfo *info) {
  *log_of(commands) = (struct log){.commands = commands};
  return real.BeginCommandBuffer(commands, info);
}

static VKAPI_ATTR void VKAPI_CALL bind(VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline) {
  log_of(commands)->pipeline = pipeline;
  real.CmdBindPipeline(commands, point, pipeline);
}

static void count(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  struct log *log = log_of(commands);
  const size_t place = place_of(log->pipeline);
  const double each = 1.0 + (double)(place % KINDS), all = (double)x * y * z * each;
  spend(log, all, pipelines[place].whole ? all : each);
  log->dispatches++;
}

static VKAPI_ATTR void VKAPI_CALL dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z) {
  count(commands, x, y, z);
  real.CmdDispatch(commands, x, y, z);
}

static VKAPI_ATTR void VKAPI_CALL dispatch_base(VkCommandBuffer commands, uint32_t x0, uint32_t y0, uint32_t z0,
                                                uint32_t x, uint32_t y, uint32_t z) {
  count(commands, x, y, z);
  real.CmdDispatchBase(commands, x0, y0, z0, x, y, z);
}

static VKAPI_ATTR void VKAPI_CALL copy(VkCommandBuffer commands, VkBuffer from, VkBuffer to, uint32_t regions,
                                       const VkBufferCopy *list) {
  for (uint32_t i = 0; i < regions; i++) {
    spend(log_of(commands), (double)list[i].size / 65536.0, 1.0);
  }
  real.CmdCopyBuffer(commands, from, to, regions, list);
}

static VKAPI_ATTR void VKAPI_CALL timestamp(VkCommandBuffer commands, VkPipelineStageFlagBits stage, VkQueryPool pool,
                                            uint32_t query) {
  struct log *log = log_of(commands);
  if (log->mark_count == MARKS_MAX) abort();
  log->marks[log->mark_count++] = (struct mark){pool, query, log->work};
  real.CmdWriteTimestamp(commands, stage, pool, query);
}

static struct mark *result_of(VkQueryPool pool, uint32_t query) {
  struct mark *empty = NULL;
  for (size_t i = 0; i < RESULTS_MAX; i++) {
    if (results[i].pool == pool && results[i].query == query) return &results[i];
    if (!results[i].pool && !empty) empty = &results[i];
  }
  if (!empty) abort();
  *empty = (struct mark){pool, query, 0.0};
  return empty;
}

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t batches, const VkSubmitInfo *infos,
                                             VkFence fence) {
  double ms = 0.0, unit_ms = 0.0;
  for (uint32_t b = 0; b < batches; b++) {
    for (uint32_t c = 0; c < infos[b].commandBufferCount; c++) {
      const struct log *log = log_of(infos[b].pCommandBuffers[c]);
      for (unsigned i = 0; i < log->mark_count; i++) {
        result_of(log->marks[i].pool, log->marks[i].query)->at_ms = clock_ms + ms + log->marks[i].at_ms * workgroup_ms;
      }
      ms += log->work * workgroup_ms;
      if (log->unit * workgroup_ms > unit_ms) unit_ms = log->unit * workgroup_ms;
      report.dispatches += log->dispatches;
    }
  }
  clock_ms += ms;
  report.submissions++;
  report.sum_ms += ms;
  if (ms > report.longest_ms) report.longest_ms = ms;
  if (ms - unit_ms > report.excess_ms) report.excess_ms = ms - unit_ms;
  return real.QueueSubmit(queue, batches, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL get_results(VkDevice device, VkQueryPool pool, uint32_t first, uint32_t queries,
                                                  size_t size, void *data, VkDeviceSize stride,
                                                  VkQueryResultFlags flags) {
  const VkResult result = real.GetQueryPoolResults(device, pool, first, queries, size, data, stride, flags);
  for (uint32_t i = 0; i < queries && result == VK_SUCCESS; i++) {
    uint64_t *ticks = (uint64_t *)(void *)((char *)data + i * stride);
    *ticks = (uint64_t)(result_of(pool, first + i)->at_ms * 1e6); /* llvmpipe counts nanoseconds */
  }
  return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_queries(VkDevice device, VkQueryPool pool,
                                                  const VkAllocationCallbacks *callbacks) {
  for (size_t i = 0; i < RESULTS_MAX; i++) {
    if (results[i].pool == pool) results[i].pool = VK_NULL_HANDLE;
  }
  real.DestroyQueryPool(device, pool, callbacks);
}

static VKAPI_ATTR void VKAPI_CALL families(VkPhysicalDevice device, uint32_t *count_out,
                                           VkQueueFamilyProperties *list) {
  real.GetPhysicalDeviceQueueFamilyProperties(device, count_out, list);
  for (uint32_t i = 0; i < *count_out && list && !marks_there; i++) list[i].timestampValidBits = 0;
}

#define SWAP(name, wrapped)                                                                                            \
  do {                                                                                                                 \
    real.name = table->name;                                                                                           \
    table->name = wrapped;                                                                                             \
  } while (0)

void slow_device_hook(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_INSTANCE) SWAP(GetPhysicalDeviceQueueFamilyProperties, families);
  if (part != VK_TABLE_PART_DEVICE) return;
  SWAP(BeginCommandBuffer, begin);
  SWAP(FreeCommandBuffers, free_commands);
  SWAP(CreateComputePipelines, create_pipelines);
  SWAP(DestroyPipeline, destroy_pipeline);
  SWAP(CmdBindPipeline, bind);
  SWAP(CmdDispatch, dispatch);
  SWAP(CmdDispatchBase, dispatch_base);
  SWAP(CmdCopyBuffer, copy);
  SWAP(CmdWriteTimestamp, timestamp);
  SWAP(QueueSubmit, submit);
  SWAP(GetQueryPoolResults, get_results);
  SWAP(DestroyQueryPool, destroy_queries);
}
