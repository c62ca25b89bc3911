#include "session.h"

#include "cache.h"
#include "host.h"
#include "vk_result.h"

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
  const VkDeviceQueueCreateInfo queue = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
      .queueFamilyIndex = facts->queue_family,
      .queueCount = 1,
      .pQueuePriorities = &priority,
  };
  const VkPhysicalDeviceFeatures features = {.shaderFloat64 = facts->has_fp64};
  const char *budget = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
  const VkDeviceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
      .queueCreateInfoCount = 1,
      .pQueueCreateInfos = &queue,
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
  debug_name(&session->vk, device, VK_OBJECT_TYPE_QUEUE, (uint64_t)(uintptr_t)session->queue, "vordec queue");
  return VORDEC_OK;
}

static enum vordec_status create_objects(struct vordec_session *session, struct vordec_error *error) {
  const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                        .queueFamilyIndex = session->facts.queue_family};
  VkResult result = session->vk.CreateCommandPool(session->device, &pool, NULL, &session->commands);
  if (result != VK_SUCCESS) {
    session->commands = VK_NULL_HANDLE;
    return vk_fail(error, result, "vkCreateCommandPool");
  }
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
  if (session->failure.status) session->vk.DeviceWaitIdle(session->device);
}

enum vordec_status session_submit(struct vordec_session *session, const VkCommandBuffer *commands, uint32_t count,
                                  struct vordec_error *error) {
  const struct vk_table *vk = &session->vk;
  const char *call = "vkResetFences";
  VkResult result = vk->ResetFences(session->device, 1, &session->fence);
  if (result == VK_SUCCESS) {
    const VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = count, .pCommandBuffers = commands};
    call = "vkQueueSubmit";
    result = vk->QueueSubmit(session->queue, 1, &info, session->fence);
  }
  if (result == VK_SUCCESS) {
    call = "vkWaitForFences";
    result = vk->WaitForFences(session->device, 1, &session->fence, VK_TRUE, SESSION_WAIT_NS);
    /* After any failed wait the device may still be at work on our memory: nothing more may be asked of it. */
    if (result != VK_SUCCESS) {
      vk_fail(error, result, call);
      if (!vk_status_is_fatal(error->status)) error->status = VORDEC_E_DEVICE_LOST;
      error->reason = VORDEC_REASON_NONE;
      return session_note(session, error);
    }
  }
  if (result == VK_SUCCESS) return VORDEC_OK;
  return session_fail(session, result, call, error);
}
