/* SPDX-License-Identifier: MIT */
#include "vulkan_session.h"

#include "vk_result.h"
#include "vulkan_host.h"

#include <stddef.h>
#include <unistd.h>

struct wanted {
  uint32_t index;
  bool found;
  struct device_facts *facts;
};

static bool pick_device(void *ctx, const struct device_facts *facts) {
  struct wanted *wanted = ctx;
  if (facts->info.index != wanted->index) return true;
  *wanted->facts = *facts;
  wanted->found = true;
  return false;
}

static enum vordec_status find_device(struct vordec_session *session, uint32_t index, struct vordec_error *error) {
  struct wanted wanted = {.index = index, .facts = &session->gpu.facts};
  const enum vordec_status status = device_visit(session->instance, pick_device, &wanted, error);
  if (status) return status;
  if (!wanted.found) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_DEVICE_NOT_FOUND, "there is no Vulkan device %u",
                       (unsigned)index);
  }
  if (session->gpu.facts.info.unusable) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, session->gpu.facts.info.unusable, "%.200s cannot be used: %.200s",
                       session->gpu.facts.info.name, session->gpu.facts.info.unusable_detail);
  }
  return VORDEC_OK;
}

#define EXTENSIONS_MAX 4

static uint32_t list_extensions(const struct device_facts *facts, const char *names[EXTENSIONS_MAX]) {
  uint32_t count = 0;
  if (facts->has_memory_budget) names[count++] = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
  if (facts->shares_memory) names[count++] = VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME;
  if (facts->shares_semaphores) names[count++] = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME;
  if (facts->shares_semaphores) names[count++] = VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME;
  return count;
}

static enum vordec_status create_device(struct vordec_session *session, struct vordec_error *error) {
  const struct device_facts *facts = &session->gpu.facts;
  const float priority = 1.0f;
  const uint32_t families[] = {facts->queue_family, facts->copy_family};
  VkDeviceQueueCreateInfo queues[2];
  for (int i = 0; i < 2; i++) {
    queues[i] = (VkDeviceQueueCreateInfo){.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                          .queueFamilyIndex = families[i],
                                          .queueCount = 1,
                                          .pQueuePriorities = &priority};
  }
  const VkPhysicalDeviceFeatures features = {.shaderFloat64 = facts->has_fp64};
  const char *extensions[EXTENSIONS_MAX];
  VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES, .timelineSemaphore = VK_TRUE};
  const VkDeviceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
      .pNext = facts->shares_semaphores ? &timeline : NULL,
      .queueCreateInfoCount = device_copies_apart(facts) ? 2 : 1,
      .pQueueCreateInfos = queues,
      .enabledExtensionCount = list_extensions(facts, extensions),
      .ppEnabledExtensionNames = extensions,
      .pEnabledFeatures = &features,
  };
  VkDevice device = VK_NULL_HANDLE;
  const VkResult result = session->gpu.vk.CreateDevice(facts->handle, &info, NULL, &device);
  if (result != VK_SUCCESS) return vk_fail(error, result, "vkCreateDevice");
  session->gpu.device = device;
  const enum vordec_status status = vk_table_load_device(&session->gpu.vk, device, error);
  if (status) return status;
  session->gpu.vk.GetDeviceQueue(device, facts->queue_family, 0, &session->queue);
  session->gpu.vk.GetDeviceQueue(device, facts->copy_family, 0, &session->copy_queue);
  debug_name(&session->gpu.vk, device, VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)session->queue, "vordec queue");
  if (device_copies_apart(facts)) {
    debug_name(&session->gpu.vk, device, VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)session->copy_queue,
               "vordec copies");
  }
  return VORDEC_OK;
}

/* Creates a pool whose command buffers can be recorded anew one by one. */
static VkResult create_pool(struct vordec_session *session, uint32_t family, VkCommandPool *pool) {
  const VkCommandPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                        .queueFamilyIndex = family};
  const VkResult result = session->gpu.vk.CreateCommandPool(session->gpu.device, &info, NULL, pool);
  if (result != VK_SUCCESS) *pool = VK_NULL_HANDLE;
  return result;
}

static enum vordec_status create_objects(struct vordec_session *session, struct vordec_error *error) {
  VkResult result = create_pool(session, session->gpu.facts.queue_family, &session->commands);
  if (result == VK_SUCCESS) {
    result = create_pool(session, session->gpu.facts.copy_family, &session->copy_commands);
  }
  if (result != VK_SUCCESS) return vk_fail(error, result, "vkCreateCommandPool");
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  result = session->gpu.vk.CreateFence(session->gpu.device, &fence, NULL, &session->fence);
  if (result != VK_SUCCESS) {
    session->fence = VK_NULL_HANDLE;
    return vk_fail(error, result, "vkCreateFence");
  }
  return kernels_init(&session->kernels, &session->gpu, session->compile_threads, error);
}

static double limit_of(const struct vordec_session_desc *desc) {
  const bool told =
      desc->struct_size >= offsetof(struct vordec_session_desc, submission_ms) + sizeof desc->submission_ms;
  return told ? (double)desc->submission_ms : 0.0;
}

/* More threads would not be faster, since memory is not. */
#define COPY_THREADS_MAX 16u

static uint32_t threads_of(const struct vordec_session_desc *desc) {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  const uint32_t all = online > 0 ? (uint32_t)online : 1, wanted = desc->threads ? desc->threads : all;
  return wanted < all ? wanted : all;
}

enum vordec_status vulkan_session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **out, struct vordec_error *error) {
  struct vordec_session *session = host_alloc(host, 1, sizeof *session);
  struct instance *instance = host_alloc(host, 1, sizeof *instance);
  enum vordec_status status = VORDEC_OK;
  if (!session || !instance) {
    status = host_no_memory(error, "a session");
    host_free(host, instance);
    host_free(host, session);
    return status;
  }
  session->gpu.host = host;
  session->submission_ms = limit_of(desc);
  session->compile_threads = threads_of(desc);
  session->copy_threads = session->compile_threads < COPY_THREADS_MAX ? session->compile_threads : COPY_THREADS_MAX;
  session->instance = instance;
  status = instance_create(instance, host, error);
  if (status) goto fail;
  session->gpu.vk = instance->vk;
  status = find_device(session, desc->device_index, error);
  if (status) goto fail;
  status = create_device(session, error);
  if (status) goto fail;
  status = create_objects(session, error);
  if (status) goto fail;
  *out = session;
  return VORDEC_OK;
fail:
  vulkan_session_close(session);
  return status;
}

void vulkan_session_close(struct vordec_session *session) {
  if (!session) return;
  const struct vordec_host *host = session->gpu.host;
  const struct vk_table *vk = &session->gpu.vk;
  if (session->gpu.device && vk->DestroyDevice) {
    if (vk->DeviceWaitIdle) vk->DeviceWaitIdle(session->gpu.device);
    kernels_finish(&session->kernels);
    if (session->fence) vk->DestroyFence(session->gpu.device, session->fence, NULL);
    if (session->copy_commands) vk->DestroyCommandPool(session->gpu.device, session->copy_commands, NULL);
    if (session->commands) vk->DestroyCommandPool(session->gpu.device, session->commands, NULL);
    vk->DestroyDevice(session->gpu.device, NULL);
  }
  instance_destroy(session->instance);
  host_free(host, session->instance);
  host_free(host, session);
}

void session_settle(struct vordec_session *session) {
  if (session->gpu.failure.status || session->pending_jobs > 0) session->gpu.vk.DeviceWaitIdle(session->gpu.device);
}

VkResult session_make_semaphore(const struct vordec_session *session, VkSemaphore *semaphore) {
  const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  const VkResult result = session->gpu.vk.CreateSemaphore(session->gpu.device, &info, NULL, semaphore);
  if (result != VK_SUCCESS) *semaphore = VK_NULL_HANDLE;
  return result;
}

VkResult session_start(const struct vordec_session *session, const struct submission *submission) {
  /* The wait is for all stages, so that what is timed does not begin before what it waits for has ended. */
  const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  const VkTimelineSemaphoreSubmitInfo values = {
      .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
      .waitSemaphoreValueCount = submission->wait ? 1 : 0,
      .pWaitSemaphoreValues = &submission->wait_value,
      .signalSemaphoreValueCount = submission->signal ? 1 : 0,
      .pSignalSemaphoreValues = &submission->signal_value,
  };
  const VkSubmitInfo info = {
      .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
      .pNext = submission->wait_value || submission->signal_value ? &values : NULL,
      .waitSemaphoreCount = submission->wait ? 1 : 0,
      .pWaitSemaphores = &submission->wait,
      .pWaitDstStageMask = &stages,
      .commandBufferCount = submission->count,
      .pCommandBuffers = submission->commands,
      .signalSemaphoreCount = submission->signal ? 1 : 0,
      .pSignalSemaphores = &submission->signal,
  };
  return session->gpu.vk.QueueSubmit(submission->queue, 1, &info, submission->fence);
}

enum vordec_status session_await(struct vordec_session *session, VkFence fence, struct vordec_error *error) {
  const VkResult result = session->gpu.vk.WaitForFences(session->gpu.device, 1, &fence, VK_TRUE, SESSION_WAIT_NS);
  if (result == VK_SUCCESS) return VORDEC_OK;
  /* After any failed wait the device may still be working on our memory, so that nothing more may be asked of it. */
  vk_fail(error, result, "vkWaitForFences");
  if (!vk_status_is_fatal(error->status)) error->status = VORDEC_E_DEVICE_LOST;
  error->reason = VORDEC_REASON_NONE;
  return gpu_note(&session->gpu, error);
}

enum vordec_status session_run(struct vordec_session *session, VkQueue queue, const VkCommandBuffer *commands,
                               uint32_t count, struct vordec_error *error) {
  const struct submission submission = {.queue = queue, .commands = commands, .count = count, .fence = session->fence};
  const char *call = "vkResetFences";
  VkResult result = session->gpu.vk.ResetFences(session->gpu.device, 1, &session->fence);
  if (result == VK_SUCCESS) {
    call = "vkQueueSubmit";
    result = session_start(session, &submission);
  }
  return result == VK_SUCCESS ? session_await(session, session->fence, error)
                              : gpu_fail(&session->gpu, result, call, error);
}

enum vordec_status session_submit(struct vordec_session *session, const VkCommandBuffer *commands, uint32_t count,
                                  struct vordec_error *error) {
  return session_run(session, session->queue, commands, count, error);
}
