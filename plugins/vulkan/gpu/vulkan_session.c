#include "vulkan_session.h"

#include "cache.h"
#include "vk_result.h"
#include "vulkan_host.h"

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
  struct wanted wanted = {.index = index, .facts = &session->facts};
  const enum vordec_status status = device_visit(session->instance, pick_device, &wanted, error);
  if (status) return status;
  if (!wanted.found) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_DEVICE_NOT_FOUND, "there is no Vulkan device %u",
                       (unsigned)index);
  }
  if (session->facts.info.unusable) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, session->facts.info.unusable, "%.200s cannot be used: %.200s",
                       session->facts.info.name, session->facts.info.unusable_detail);
  }
  return VORDEC_OK;
}

static enum vordec_status create_device(struct vordec_session *session, struct vordec_error *error) {
  const struct device_facts *facts = &session->facts;
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
  const char *budget = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
  const VkDeviceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
      .queueCreateInfoCount = session_copies_apart(session) ? 2 : 1,
      .pQueueCreateInfos = queues,
      .enabledExtensionCount = facts->has_memory_budget ? 1 : 0,
      .ppEnabledExtensionNames = &budget,
      .pEnabledFeatures = &features,
  };
  VkDevice device = VK_NULL_HANDLE;
  const VkResult result = session->vk.CreateDevice(facts->handle, &info, NULL, &device);
  if (result != VK_SUCCESS) return vk_fail(error, result, "vkCreateDevice");
  session->device = device;
  const enum vordec_status status = vk_table_load_device(&session->vk, device, error);
  if (status) return status;
  session->vk.GetDeviceQueue(device, facts->queue_family, 0, &session->queue);
  session->vk.GetDeviceQueue(device, facts->copy_family, 0, &session->copy_queue);
  debug_name(&session->vk, device, VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)session->queue, "vordec queue");
  if (session_copies_apart(session)) {
    debug_name(&session->vk, device, VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)session->copy_queue, "vordec copies");
  }
  return VORDEC_OK;
}

/* Its command buffers can be recorded anew, each by itself. */
static VkResult create_pool(struct vordec_session *session, uint32_t family, VkCommandPool *pool) {
  const VkCommandPoolCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
                                        .queueFamilyIndex = family};
  const VkResult result = session->vk.CreateCommandPool(session->device, &info, NULL, pool);
  if (result != VK_SUCCESS) *pool = VK_NULL_HANDLE;
  return result;
}

static enum vordec_status create_objects(struct vordec_session *session, struct vordec_error *error) {
  VkResult result = create_pool(session, session->facts.queue_family, &session->commands);
  if (result == VK_SUCCESS) {
    result = create_pool(session, session->facts.copy_family, &session->copy_commands);
  }
  if (result != VK_SUCCESS) return vk_fail(error, result, "vkCreateCommandPool");
  const VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  result = session->vk.CreateFence(session->device, &fence, NULL, &session->fence);
  if (result != VK_SUCCESS) {
    session->fence = VK_NULL_HANDLE;
    return vk_fail(error, result, "vkCreateFence");
  }
  return cache_open_pipelines(session, error);
}

enum vordec_status session_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
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
  session->host = host;
  session->instance = instance;
  status = instance_create(instance, host, error);
  if (status) goto fail;
  session->vk = instance->vk;
  status = find_device(session, desc->device_index, error);
  if (status) goto fail;
  status = create_device(session, error);
  if (status) goto fail;
  status = create_objects(session, error);
  if (status) goto fail;
  *out = session;
  return VORDEC_OK;
fail:
  session_close(session);
  return status;
}

void session_close(struct vordec_session *session) {
  if (!session) return;
  const struct vordec_host *host = session->host;
  const struct vk_table *vk = &session->vk;
  if (session->device && vk->DestroyDevice) {
    if (vk->DeviceWaitIdle) vk->DeviceWaitIdle(session->device);
    kernels_destroy(session);
    if (session->pipeline_cache) vk->DestroyPipelineCache(session->device, session->pipeline_cache, NULL);
    if (session->fence) vk->DestroyFence(session->device, session->fence, NULL);
    if (session->copy_commands) vk->DestroyCommandPool(session->device, session->copy_commands, NULL);
    if (session->commands) vk->DestroyCommandPool(session->device, session->commands, NULL);
    vk->DestroyDevice(session->device, NULL);
  }
  instance_destroy(session->instance);
  host_free(host, session->instance);
  host_free(host, session);
}

enum vordec_status session_check(const struct vordec_session *session, struct vordec_error *error) {
  if (!session->failure.status) return VORDEC_OK;
  return vordec_fail(error, session->failure.status, session->failure.reason, "the session has failed before: %.500s",
                     session->failure.message);
}

enum vordec_status session_note(struct vordec_session *session, const struct vordec_error *error) {
  if (vk_status_is_fatal(error->status) && !session->failure.status) session->failure = *error;
  return error->status;
}

enum vordec_status session_fail(struct vordec_session *session, VkResult result, const char *call,
                                struct vordec_error *error) {
  vk_fail(error, result, call);
  return session_note(session, error);
}

void session_settle(struct vordec_session *session) {
  if (session->failure.status || session->under_way > 0) session->vk.DeviceWaitIdle(session->device);
}

VkResult session_make_semaphore(const struct vordec_session *session, VkSemaphore *semaphore) {
  const VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  const VkResult result = session->vk.CreateSemaphore(session->device, &info, NULL, semaphore);
  if (result != VK_SUCCESS) *semaphore = VK_NULL_HANDLE;
  return result;
}

VkResult session_start(const struct vordec_session *session, const struct submission *submission) {
  /* All stages: what is timed must not begin before what it waits for has ended. */
  const VkPipelineStageFlags stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
  const VkSubmitInfo info = {
      .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
      .waitSemaphoreCount = submission->wait ? 1 : 0,
      .pWaitSemaphores = &submission->wait,
      .pWaitDstStageMask = &stages,
      .commandBufferCount = submission->count,
      .pCommandBuffers = submission->commands,
      .signalSemaphoreCount = submission->signal ? 1 : 0,
      .pSignalSemaphores = &submission->signal,
  };
  return session->vk.QueueSubmit(submission->queue, 1, &info, submission->fence);
}

enum vordec_status session_await(struct vordec_session *session, VkFence fence, struct vordec_error *error) {
  const VkResult result = session->vk.WaitForFences(session->device, 1, &fence, VK_TRUE, SESSION_WAIT_NS);
  if (result == VK_SUCCESS) return VORDEC_OK;
  /* After any failed wait the device may still be at work on our memory: nothing more may be asked of it. */
  vk_fail(error, result, "vkWaitForFences");
  if (!vk_status_is_fatal(error->status)) error->status = VORDEC_E_DEVICE_LOST;
  error->reason = VORDEC_REASON_NONE;
  return session_note(session, error);
}

enum vordec_status session_run(struct vordec_session *session, VkQueue queue, const VkCommandBuffer *commands,
                               uint32_t count, struct vordec_error *error) {
  const struct submission submission = {.queue = queue, .commands = commands, .count = count, .fence = session->fence};
  const char *call = "vkResetFences";
  VkResult result = session->vk.ResetFences(session->device, 1, &session->fence);
  if (result == VK_SUCCESS) {
    call = "vkQueueSubmit";
    result = session_start(session, &submission);
  }
  return result == VK_SUCCESS ? session_await(session, session->fence, error)
                              : session_fail(session, result, call, error);
}

enum vordec_status session_submit(struct vordec_session *session, const VkCommandBuffer *commands, uint32_t count,
                                  struct vordec_error *error) {
  return session_run(session, session->queue, commands, count, error);
}
