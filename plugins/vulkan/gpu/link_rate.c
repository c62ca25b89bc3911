/* SPDX-License-Identifier: MIT */
#include "link_rate.h"

#include "buffer.h"
#include "measure.h"
#include "vulkan_host.h"

#define RUNS 9    /* an odd number, so that there is a median */
#define WARMUPS 3 /* runs before those that count */

struct copy_route {
  struct vordec_session *session;
  struct buffer from, to;
  VkCommandBuffer commands;
};

static void route_destroy(struct copy_route *route) {
  struct vordec_session *session = route->session;
  session_settle(session);
  if (route->commands)
    session->gpu.vk.FreeCommandBuffers(session->gpu.device, session->copy_commands, 1, &route->commands);
  buffer_destroy(&session->gpu, &route->from);
  buffer_destroy(&session->gpu, &route->to);
}

static enum vordec_status record(struct copy_route *route, struct vordec_error *error) {
  struct vordec_session *session = route->session;
  const struct vk_table *vk = &session->gpu.vk;
  const VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                                .commandPool = session->copy_commands,
                                                .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                                .commandBufferCount = 1};
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  const VkBufferCopy region = {.size = route->to.size};
  const VkMemoryBarrier barrier = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT};
  VkResult result = vk->AllocateCommandBuffers(session->gpu.device, &allocate, &route->commands);
  if (result != VK_SUCCESS) {
    route->commands = VK_NULL_HANDLE;
    return gpu_fail(&session->gpu, result, "vkAllocateCommandBuffers", error);
  }
  result = vk->BeginCommandBuffer(route->commands, &begin);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkBeginCommandBuffer", error);
  vk->CmdCopyBuffer(route->commands, route->from.handle, route->to.handle, 1, &region);
  vk->CmdPipelineBarrier(route->commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
  result = vk->EndCommandBuffer(route->commands);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&session->gpu, result, "vkEndCommandBuffer", error);
}

/* Times the runs by the host's clock, since a queue that only copies cannot reset time marks. A copy worth timing takes
 * far longer than the wait for it. */
static enum vordec_status time_runs(const struct copy_route *route, struct vordec_bandwidth_result *result,
                                    struct vordec_error *error) {
  struct vordec_session *session = route->session;
  double seconds[RUNS];
  for (int run = -WARMUPS; run < RUNS; run++) {
    const double start_ms = host_ms(session->gpu.host);
    const enum vordec_status status = session_run(session, session->copy_queue, &route->commands, 1, error);
    if (status) return status;
    if (run >= 0) seconds[run] = 1e-3 * (host_ms(session->gpu.host) - start_ms);
  }
  result->bytes = route->to.size;
  result->seconds = measure_median(seconds, RUNS);
  result->device_timestamps = false;
  return VORDEC_OK;
}

enum vordec_status link_rate_measure(struct vordec_session *session, uint64_t bytes,
                                     struct vordec_bandwidth_result *result, struct vordec_error *error) {
  struct copy_route route = {.session = session};
  enum vordec_status status = gpu_check(&session->gpu, error);
  if (status) return status;
  const uint64_t chosen = measure_bytes(&session->gpu, bytes);
  if (chosen == 0) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "%.200s has no memory left to copy",
                       session->gpu.facts.info.name);
  }
  status = buffer_create(&session->gpu, BUFFER_DEVICE, chosen, "link, device", &route.from, error);
  if (!status) status = buffer_create(&session->gpu, BUFFER_LENT, chosen, "link, host", &route.to, error);
  if (!status) status = record(&route, error);
  if (!status) status = time_runs(&route, result, error);
  route_destroy(&route);
  return status;
}
