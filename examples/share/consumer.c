/* SPDX-License-Identifier: MIT */
/*
 * The consumer: takes the memory that the producer sends, imports it into Vulkan and copies the fields to the host.
 *
 *   consumer SOCKET          prints the digest of what it found; exit code 1 if that is not the producer's
 *   consumer SOCKET die      kills itself as soon as the memory is imported
 *   consumer SOCKET late     reads when the producer is gone
 *
 * It needs no more of vordec than its hash.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vordec/vordec.h>
#include <vulkan/vulkan.h>

#include "share_message.h"

#define MUST(call)                                                                                                     \
  do {                                                                                                                 \
    const VkResult result_ = (call);                                                                                   \
    if (result_ != VK_SUCCESS) {                                                                                       \
      fprintf(stderr, "consumer: %s: VkResult %d\n", #call, (int)result_);                                             \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* ---- the socket ---- */

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if (connection >= 0 && connect(connection, (const struct sockaddr *)&address, sizeof address) == 0) return connection;
  perror(path);
  exit(1);
}

static int receive(int connection, struct share_message *message) {
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
  struct msghdr all = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  const ssize_t bytes = recvmsg(connection, &all, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  const struct cmsghdr *head = bytes == (ssize_t)sizeof *message ? CMSG_FIRSTHDR(&all) : NULL;
  int fd = -1;
  if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(head), sizeof fd);
  if (fd >= 0) return fd;
  fprintf(stderr, "consumer: the producer sent no memory\n");
  exit(1);
}

/* ---- Vulkan ---- */

struct vulkan {
  VkInstance instance;
  VkPhysicalDevice physical;
  VkDevice device;
  VkQueue queue;
  uint32_t family;
};

static VkPhysicalDevice find_device(VkInstance instance, const uint8_t uuid[16]) {
  VkPhysicalDevice list[16];
  uint32_t count = 16;
  if (vkEnumeratePhysicalDevices(instance, &count, list) < 0) count = 0;
  for (uint32_t i = 0; i < count; i++) {
    VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 all = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id};
    vkGetPhysicalDeviceProperties2(list[i], &all);
    if (memcmp(id.deviceUUID, uuid, 16) == 0) return list[i];
  }
  fprintf(stderr, "consumer: the producer's device is not one of this process's\n");
  exit(1);
}

static uint32_t find_family(VkPhysicalDevice physical) {
  VkQueueFamilyProperties list[16];
  uint32_t count = 16, i = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, list);
  while (i + 1 < count && !(list[i].queueFlags & VK_QUEUE_COMPUTE_BIT)) i++;
  return i;
}

static struct vulkan open_vulkan(const uint8_t uuid[16]) {
  static const char *const extensions[] = {VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME};
  const VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_1};
  const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
  const float priority = 1.0f;
  struct vulkan vulkan;
  MUST(vkCreateInstance(&info, NULL, &vulkan.instance));
  vulkan.physical = find_device(vulkan.instance, uuid);
  vulkan.family = find_family(vulkan.physical);
  const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                         .queueFamilyIndex = vulkan.family,
                                         .queueCount = 1,
                                         .pQueuePriorities = &priority};
  const VkDeviceCreateInfo device = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                     .queueCreateInfoCount = 1,
                                     .pQueueCreateInfos = &queue,
                                     .enabledExtensionCount = 1,
                                     .ppEnabledExtensionNames = extensions};
  MUST(vkCreateDevice(vulkan.physical, &device, NULL, &vulkan.device));
  vkGetDeviceQueue(vulkan.device, vulkan.family, 0, &vulkan.queue);
  return vulkan;
}

static uint32_t find_memory(const struct vulkan *vulkan, uint32_t types, VkMemoryPropertyFlags flags) {
  VkPhysicalDeviceMemoryProperties all;
  vkGetPhysicalDeviceMemoryProperties(vulkan->physical, &all);
  uint32_t i = 0;
  while (i + 1 < all.memoryTypeCount && (!(types >> i & 1) || (all.memoryTypes[i].propertyFlags & flags) != flags)) i++;
  return i;
}

static VkBuffer make_buffer(const struct vulkan *vulkan, uint64_t bytes, VkBufferUsageFlags usage, const void *next) {
  VkBuffer buffer;
  const VkBufferCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = next, .size = bytes, .usage = usage};
  MUST(vkCreateBuffer(vulkan->device, &info, NULL, &buffer));
  return buffer;
}

/* A buffer over the producer's memory. Vulkan owns the file descriptor once the import has worked. */
static VkBuffer import(const struct vulkan *vulkan, const struct share_message *message, int fd) {
  const VkExternalMemoryBufferCreateInfo external = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
                                                     .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
  const VkBuffer buffer = make_buffer(vulkan, message->offset + message->bytes,
                                      VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                          VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                                      &external);
  VkMemoryRequirements need;
  VkDeviceMemory memory;
  vkGetBufferMemoryRequirements(vulkan->device, buffer, &need);
  const VkMemoryDedicatedAllocateInfo dedicated = {.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
                                                   .buffer = buffer};
  const VkImportMemoryFdInfoKHR handle = {.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
                                          .pNext = message->dedicated ? &dedicated : NULL,
                                          .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                                          .fd = fd};
  const VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                     .pNext = &handle,
                                     .allocationSize = message->size,
                                     .memoryTypeIndex =
                                         find_memory(vulkan, need.memoryTypeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT)};
  MUST(vkAllocateMemory(vulkan->device, &info, NULL, &memory));
  MUST(vkBindBufferMemory(vulkan->device, buffer, memory, 0));
  return buffer;
}

/* Copies the fields to memory that the host sees. */
static const void *fetch(const struct vulkan *vulkan, VkBuffer from, const struct share_message *message) {
  const VkBuffer to = make_buffer(vulkan, message->bytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, NULL);
  VkMemoryRequirements need;
  VkDeviceMemory memory;
  VkCommandPool pool;
  VkCommandBuffer commands;
  void *mapped = NULL;
  vkGetBufferMemoryRequirements(vulkan->device, to, &need);
  const VkMemoryAllocateInfo info = {
      .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
      .allocationSize = need.size,
      .memoryTypeIndex = find_memory(vulkan, need.memoryTypeBits,
                                     VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)};
  MUST(vkAllocateMemory(vulkan->device, &info, NULL, &memory));
  MUST(vkBindBufferMemory(vulkan->device, to, memory, 0));
  MUST(vkMapMemory(vulkan->device, memory, 0, VK_WHOLE_SIZE, 0, &mapped));

  const VkCommandPoolCreateInfo pooled = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                          .queueFamilyIndex = vulkan->family};
  MUST(vkCreateCommandPool(vulkan->device, &pooled, NULL, &pool));
  const VkCommandBufferAllocateInfo one = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                           .commandPool = pool,
                                           .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           .commandBufferCount = 1};
  MUST(vkAllocateCommandBuffers(vulkan->device, &one, &commands));
  const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  const VkBufferCopy region = {.srcOffset = message->offset, .size = message->bytes};
  const VkMemoryBarrier seen = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                .dstAccessMask = VK_ACCESS_HOST_READ_BIT};
  /* The fields come from a queue of another device's: this one takes them over. */
  const VkBufferMemoryBarrier taken = {.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
                                       .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT,
                                       .srcQueueFamilyIndex = VK_QUEUE_FAMILY_EXTERNAL,
                                       .dstQueueFamilyIndex = vulkan->family,
                                       .buffer = from,
                                       .size = VK_WHOLE_SIZE};
  MUST(vkBeginCommandBuffer(commands, &begin));
  vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 1,
                       &taken, 0, NULL);
  vkCmdCopyBuffer(commands, from, to, 1, &region);
  vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &seen, 0, NULL, 0,
                       NULL);
  MUST(vkEndCommandBuffer(commands));
  const VkSubmitInfo submit = {
      .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &commands};
  MUST(vkQueueSubmit(vulkan->queue, 1, &submit, VK_NULL_HANDLE));
  MUST(vkQueueWaitIdle(vulkan->queue));
  return mapped;
}

int main(int argc, char **argv) {
  struct share_message message;
  char digest[33], end;
  if (argc < 2) {
    fprintf(stderr, "usage: consumer SOCKET [die | late]\n");
    return 2;
  }
  const char *how = argc > 2 ? argv[2] : "";
  const int connection = connect_to(argv[1]), fd = receive(connection, &message);
  const struct vulkan vulkan = open_vulkan(message.uuid);
  const VkBuffer fields = import(&vulkan, &message, fd);
  if (strcmp(how, "die") == 0) raise(SIGKILL);
  while (strcmp(how, "late") == 0 && read(connection, &end, 1) > 0) continue;
  vordec_hash(fetch(&vulkan, fields, &message), message.bytes, digest);
  printf("%s\n", digest);
  return strcmp(digest, message.digest) != 0; /* the kernel takes back all that was made here */
}
