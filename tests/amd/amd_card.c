/* SPDX-License-Identifier: MIT */
#include "amd_card.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFERS_MAX 16
#define STATISTICS_MAX 48

#define FUNCTION(card, name) ((PFN_##name)(void (*)(void))(card)->get((card)->instance, #name))

static PFN_vkGetInstanceProcAddr open_loader(void) {
  void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  union {
    void *object;
    PFN_vkGetInstanceProcAddr function;
  } entry = {.object = library ? dlsym(library, "vkGetInstanceProcAddr") : NULL};
  return entry.function;
}

static bool make_instance(struct amd_card *card) {
  const PFN_vkCreateInstance create = FUNCTION(card, vkCreateInstance);
  const VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2};
  const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
  return create && create(&info, NULL, &card->instance) == VK_SUCCESS;
}

/* Whether it is RADV's; then its facts are the card's. */
static bool describe(struct amd_card *card, VkPhysicalDevice physical) {
  VkPhysicalDeviceSubgroupProperties subgroup = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
  VkPhysicalDeviceDriverProperties driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
                                             .pNext = &subgroup};
  VkPhysicalDeviceProperties2 properties = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};
  VkPhysicalDeviceFeatures features;
  FUNCTION(card, vkGetPhysicalDeviceProperties2)(physical, &properties);
  if (driver.driverID != VK_DRIVER_ID_MESA_RADV) return false;
  FUNCTION(card, vkGetPhysicalDeviceFeatures)(physical, &features);
  card->properties = properties.properties;
  card->subgroup_size = subgroup.subgroupSize;
  card->has_fp64 = features.shaderFloat64;
  return true;
}

static bool make_device(struct amd_card *card, VkPhysicalDevice physical) {
  const float priority = 1.0f;
  const char *const extension = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  const VkDeviceQueueCreateInfo queue = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      .pipelineExecutableInfo = VK_TRUE};
  const VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                              .pNext = &executable,
                                              .features = {.shaderFloat64 = card->has_fp64}};
  const VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                   .pNext = &features,
                                   .queueCreateInfoCount = 1,
                                   .pQueueCreateInfos = &queue,
                                   .enabledExtensionCount = 1,
                                   .ppEnabledExtensionNames = &extension};
  return FUNCTION(card, vkCreateDevice)(physical, &info, NULL, &card->device) == VK_SUCCESS;
}

bool amd_card_open(struct amd_card *card, const char *family) {
  *card = (struct amd_card){.get = open_loader()};
  if (!card->get || setenv("RADV_FORCE_FAMILY", family, 1)) return false;
  if (setenv("MESA_SHADER_CACHE_DISABLE", "true", 1) || !make_instance(card)) return false;
  VkPhysicalDevice list[16];
  uint32_t count = sizeof list / sizeof *list;
  const VkResult result = FUNCTION(card, vkEnumeratePhysicalDevices)(card->instance, &count, list);
  for (uint32_t i = 0; (result == VK_SUCCESS || result == VK_INCOMPLETE) && i < count; i++) {
    if (describe(card, list[i]) && make_device(card, list[i])) return true;
  }
  amd_card_close(card);
  return false;
}

void amd_card_close(struct amd_card *card) {
  if (card->device) FUNCTION(card, vkDestroyDevice)(card->device, NULL);
  if (card->instance) FUNCTION(card, vkDestroyInstance)(card->instance, NULL);
  card->device = VK_NULL_HANDLE;
  card->instance = VK_NULL_HANDLE;
}

static void note(struct amd_figures *figures, const VkPipelineExecutableStatisticKHR *statistic) {
  const struct {
    const char *name;
    uint64_t *figure;
  } names[] = {{"VGPRs", &figures->vgprs},
               {"SGPRs", &figures->sgprs},
               {"Spilled VGPRs", &figures->spilled_vgprs},
               {"Spilled SGPRs", &figures->spilled_sgprs},
               {"Scratch size", &figures->scratch},
               {"LDS size", &figures->lds},
               {"Subgroups per SIMD", &figures->waves},
               {"Instructions", &figures->instructions},
               {"Code size", &figures->code_bytes},
               {"Inverse Throughput", &figures->cycles}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(statistic->name, names[i].name) == 0) *names[i].figure = statistic->value.u64;
  }
}

static VkResult read_figures(const struct amd_card *card, VkPipeline pipeline, struct amd_figures *figures) {
  const VkPipelineInfoKHR info = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  const VkPipelineExecutableInfoKHR executable = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR,
                                                  .pipeline = pipeline};
  VkPipelineExecutablePropertiesKHR properties = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
  VkPipelineExecutableStatisticKHR list[STATISTICS_MAX];
  uint32_t one = 1, count = STATISTICS_MAX;
  for (uint32_t i = 0; i < count; i++) {
    list[i] = (VkPipelineExecutableStatisticKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
  }
  VkResult result = FUNCTION(card, vkGetPipelineExecutablePropertiesKHR)(card->device, &info, &one, &properties);
  if (result != VK_SUCCESS) return result;
  figures->wave = properties.subgroupSize;
  result = FUNCTION(card, vkGetPipelineExecutableStatisticsKHR)(card->device, &executable, &count, list);
  for (uint32_t i = 0; result == VK_SUCCESS && i < count; i++) note(figures, &list[i]);
  return result;
}

struct objects {
  VkDescriptorSetLayout set;
  VkPipelineLayout layout;
  VkShaderModule module;
  VkPipeline pipeline;
};

static VkResult make_layout(const struct amd_card *card, const struct amd_request *request, struct objects *objects) {
  VkDescriptorSetLayoutBinding bindings[BUFFERS_MAX];
  for (uint32_t i = 0; i < request->buffers; i++) {
    bindings[i] = (VkDescriptorSetLayoutBinding){.binding = i,
                                                 .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                                 .descriptorCount = 1,
                                                 .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT};
  }
  const VkDescriptorSetLayoutCreateInfo set = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                               .bindingCount = request->buffers,
                                               .pBindings = bindings};
  const VkPushConstantRange range = {.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT, .size = request->push_bytes};
  const VkPipelineLayoutCreateInfo layout = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                             .setLayoutCount = 1,
                                             .pSetLayouts = &objects->set,
                                             .pushConstantRangeCount = request->push_bytes ? 1 : 0,
                                             .pPushConstantRanges = &range};
  if (request->buffers > BUFFERS_MAX) return VK_ERROR_UNKNOWN;
  const VkResult result = FUNCTION(card, vkCreateDescriptorSetLayout)(card->device, &set, NULL, &objects->set);
  if (result != VK_SUCCESS) return result;
  return FUNCTION(card, vkCreatePipelineLayout)(card->device, &layout, NULL, &objects->layout);
}

static VkResult make_pipeline(const struct amd_card *card, const struct amd_request *request, struct objects *objects) {
  VkSpecializationMapEntry entries[AMD_CONSTANTS_MAX];
  for (uint32_t i = 0; i < request->count; i++) {
    entries[i] = (VkSpecializationMapEntry){i, i * (uint32_t)sizeof(uint32_t), sizeof(uint32_t)};
  }
  const VkSpecializationInfo special = {request->count, entries, request->count * sizeof(uint32_t), request->constants};
  const VkShaderModuleCreateInfo module = {
      .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = request->bytes, .pCode = request->code};
  const VkResult result = FUNCTION(card, vkCreateShaderModule)(card->device, &module, NULL, &objects->module);
  if (result != VK_SUCCESS) return result;
  const VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                            .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR,
                                            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                      .module = objects->module,
                                                      .pName = "main",
                                                      .pSpecializationInfo = &special},
                                            .layout = objects->layout};
  return FUNCTION(card, vkCreateComputePipelines)(card->device, VK_NULL_HANDLE, 1, &info, NULL, &objects->pipeline);
}

VkResult amd_card_build(const struct amd_card *card, const struct amd_request *request, struct amd_figures *figures) {
  struct objects objects = {0};
  *figures = (struct amd_figures){0};
  VkResult result = make_layout(card, request, &objects);
  if (result == VK_SUCCESS) result = make_pipeline(card, request, &objects);
  if (result == VK_SUCCESS) result = read_figures(card, objects.pipeline, figures);
  FUNCTION(card, vkDestroyPipeline)(card->device, objects.pipeline, NULL);
  FUNCTION(card, vkDestroyShaderModule)(card->device, objects.module, NULL);
  FUNCTION(card, vkDestroyPipelineLayout)(card->device, objects.layout, NULL);
  FUNCTION(card, vkDestroyDescriptorSetLayout)(card->device, objects.set, NULL);
  return result;
}
