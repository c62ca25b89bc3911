/* SPDX-License-Identifier: MIT */
/*
 * Why there is no device: each way of having none has its own reason. The loader's environment is set by the test
 * itself before the first use; what the environment cannot produce comes through the function table.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct harness harness;
static char folder[256];

static void count_devices(void *ctx, const struct vordec_device *device) {
  assert_int_equal(device->struct_size, sizeof *device);
  assert_true(device->name[0] != 0 && device->driver[0] != 0 && strncmp(device->api, "Vulkan 1.", 9) == 0);
  assert_true(device->capabilities & VORDEC_CAP_FP32);
  assert_true(device->memory_bytes > 0 && device->max_buffer_bytes > 0 && device->subgroup_size > 0);
  assert_true(device->max_workgroup_size >= 128 && device->shared_memory_bytes >= 16384);
  ++*(unsigned *)ctx;
}

static enum vordec_status probe(unsigned *devices, struct vordec_error *error) {
  *devices = 0;
  *error = (struct vordec_error){0};
  return harness.backend->probe(&harness.host.table, count_devices, devices, error);
}

static void refused(enum vordec_reason reason, const char *word) {
  unsigned devices;
  struct vordec_error error;
  assert_int_equal(probe(&devices, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(devices, 0);
  if (error.reason != reason) fail_msg("reason %d instead of %d: %s", (int)error.reason, (int)reason, error.message);
  if (!strstr(error.message, word)) fail_msg("no \"%s\" in: %s", word, error.message);
}

/* Points the loader at a driver description with this text. */
static void use_driver(const char *text) {
  char path[300];
  snprintf(path, sizeof path, "%s/driver.json", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  setenv("VK_ICD_FILENAMES", path, 1);
  setenv("VK_DRIVER_FILES", path, 1);
}

static void use_default_drivers(void) {
  unsetenv("VK_ICD_FILENAMES");
  unsetenv("VK_DRIVER_FILES");
}

static void a_device_is_found(void **state) {
  (void)state;
  unsigned first, second;
  struct vordec_error error;
  driver_must(probe(&first, &error), &error);
  driver_must(probe(&second, &error), &error);
  assert_true(first > 0 && first == second);
}

static void no_driver(void **state) {
  (void)state;
  setenv("VK_ICD_FILENAMES", "", 1);
  setenv("VK_DRIVER_FILES", "/nonexistent-folder", 1);
  refused(VORDEC_REASON_NO_DRIVER, "no driver");
  use_default_drivers();
}

static void broken_description(void **state) {
  (void)state;
  use_driver("{ \"file_format_version\": \"1.0.0\", \"ICD\": { \"library_path\": ");
  refused(VORDEC_REASON_BROKEN_DRIVER, "driver.json");
  use_default_drivers();
}

static void missing_library(void **state) {
  (void)state;
  use_driver("{ \"file_format_version\": \"1.0.0\", \"ICD\": { \"library_path\": \"/nonexistent/libdriver.so\", "
             "\"api_version\": \"1.3.0\" } }");
  refused(VORDEC_REASON_BROKEN_DRIVER, "/nonexistent/libdriver.so");
  use_default_drivers();
}

/* ---- through the function table ---- */

static void without_loader(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_GLOBAL) table->GetInstanceProcAddr = NULL;
}

static void no_loader(void **state) {
  (void)state;
  harness.debug->set_table_hook(without_loader);
  refused(VORDEC_REASON_NO_LOADER, "libvulkan.so.1");
  harness.debug->set_table_hook(NULL);
}

static VKAPI_ATTR VkResult VKAPI_CALL zero_devices(VkInstance instance, uint32_t *count, VkPhysicalDevice *list) {
  (void)instance;
  (void)list;
  *count = 0;
  return VK_SUCCESS;
}

static void without_devices(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_INSTANCE) table->EnumeratePhysicalDevices = zero_devices;
}

static void no_device(void **state) {
  (void)state;
  harness.debug->set_table_hook(without_devices);
  refused(VORDEC_REASON_NO_DEVICE, "no device");
  harness.debug->set_table_hook(NULL);
}

static PFN_vkGetPhysicalDeviceFeatures real_features;
static PFN_vkGetPhysicalDeviceProperties real_properties;
static PFN_vkGetPhysicalDeviceProperties2 real_properties_2;
static PFN_vkGetPhysicalDeviceQueueFamilyProperties real_families;

static VKAPI_ATTR void VKAPI_CALL features_without_fp64(VkPhysicalDevice device, VkPhysicalDeviceFeatures *features) {
  real_features(device, features);
  features->shaderFloat64 = VK_FALSE;
}

static VKAPI_ATTR void VKAPI_CALL small_workgroups(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.maxComputeWorkGroupInvocations = 128;
}

static VKAPI_ATTR void VKAPI_CALL no_timestamps(VkPhysicalDevice device, uint32_t *count,
                                                VkQueueFamilyProperties *families) {
  real_families(device, count, families);
  for (uint32_t i = 0; families && i < *count; i++) families[i].timestampValidBits = 0;
}

static VKAPI_ATTR void VKAPI_CALL no_compute(VkPhysicalDevice device, uint32_t *count,
                                             VkQueueFamilyProperties *families) {
  real_families(device, count, families);
  for (uint32_t i = 0; families && i < *count; i++) families[i].queueFlags &= ~(VkQueueFlags)VK_QUEUE_COMPUTE_BIT;
}

static void without_fp64(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_features = table->GetPhysicalDeviceFeatures;
  table->GetPhysicalDeviceFeatures = features_without_fp64;
}

static void with_small_workgroups(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_properties = table->GetPhysicalDeviceProperties;
  table->GetPhysicalDeviceProperties = small_workgroups;
}

static void without_timestamps(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_families = table->GetPhysicalDeviceQueueFamilyProperties;
  table->GetPhysicalDeviceQueueFamilyProperties = no_timestamps;
}

static void without_compute(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_families = table->GetPhysicalDeviceQueueFamilyProperties;
  table->GetPhysicalDeviceQueueFamilyProperties = no_compute;
}

static VKAPI_ATTR void VKAPI_CALL no_period(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.timestampPeriod = 0.0f;
}

static VKAPI_ATTR void VKAPI_CALL endless_period(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.timestampPeriod = INFINITY;
}

static VKAPI_ATTR void VKAPI_CALL posing_type(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
}

static VKAPI_ATTR void VKAPI_CALL no_heaps(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *memory) {
  (void)device;
  *memory = (VkPhysicalDeviceMemoryProperties){.memoryHeapCount = 0};
}

static VKAPI_ATTR void VKAPI_CALL zero_uuid(VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties) {
  real_properties_2(device, properties);
  for (VkBaseOutStructure *next = properties->pNext; next; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES) continue;
    VkPhysicalDeviceIDProperties *id = (void *)next;
    memset(id->deviceUUID, 0, sizeof id->deviceUUID);
  }
}

static void replace_properties(struct vk_table *table, enum vk_table_part part,
                               PFN_vkGetPhysicalDeviceProperties replacement) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_properties = table->GetPhysicalDeviceProperties;
  table->GetPhysicalDeviceProperties = replacement;
}

static void without_period(struct vk_table *table, enum vk_table_part part) {
  replace_properties(table, part, no_period);
}

static void with_endless_period(struct vk_table *table, enum vk_table_part part) {
  replace_properties(table, part, endless_period);
}

static void with_posing_type(struct vk_table *table, enum vk_table_part part) {
  replace_properties(table, part, posing_type);
}

static void without_heaps(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_INSTANCE) table->GetPhysicalDeviceMemoryProperties = no_heaps;
}

static void without_uuid(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_properties_2 = table->GetPhysicalDeviceProperties2;
  table->GetPhysicalDeviceProperties2 = zero_uuid;
}

static void keep_device(void *ctx, const struct vordec_device *device) {
  struct vordec_device *kept = ctx;
  if (device->index == harness.device.index) *kept = *device;
}

static struct vordec_device probe_with(vk_table_hook hook) {
  struct vordec_device device = {0};
  struct vordec_error error = {0};
  harness.debug->set_table_hook(hook);
  driver_must(harness.backend->probe(&harness.host.table, keep_device, &device, &error), &error);
  return device;
}

static void refused_open(enum vordec_reason reason) {
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = harness.device.index};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  assert_int_equal(harness.backend->open(&harness.host.table, &desc, &session, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, reason);
  assert_null(session);
}

static void unsuitable_devices_say_why(void **state) {
  (void)state;
  struct vordec_device device = probe_with(with_small_workgroups);
  assert_int_equal(device.unusable, VORDEC_REASON_DEVICE_UNSUITABLE);
  assert_non_null(strstr(device.unusable_detail, "256"));
  refused_open(VORDEC_REASON_DEVICE_UNSUITABLE);
  device = probe_with(without_compute);
  assert_int_equal(device.unusable, VORDEC_REASON_DEVICE_UNSUITABLE);
  assert_non_null(strstr(device.unusable_detail, "compute"));
  refused_open(VORDEC_REASON_DEVICE_UNSUITABLE);
  harness.debug->set_table_hook(NULL);
}

/* One sign is enough. */
static void no_hardware_behind_it(void **state) {
  (void)state;
  static const struct {
    vk_table_hook hook;
    const char *word;
  } rows[] = {
      {without_heaps, "memory"}, {without_period, "period"}, {with_endless_period, "period"}, {without_uuid, "UUID"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct vordec_device device = probe_with(rows[i].hook);
    assert_int_equal(device.unusable, VORDEC_REASON_NULL_DEVICE);
    assert_non_null(strstr(device.unusable_detail, rows[i].word));
    refused_open(VORDEC_REASON_NULL_DEVICE);
  }
  harness.debug->set_table_hook(NULL);
}

/* A program that poses as hardware is given away by its driver's id. Of hardware the type stands. */
static void programs_are_software(void **state) {
  (void)state;
  const bool program = harness.device.type == VORDEC_DEVICE_SOFTWARE;
  const struct vordec_device device = probe_with(with_posing_type);
  assert_int_equal(device.type, program ? VORDEC_DEVICE_SOFTWARE : VORDEC_DEVICE_DISCRETE);
  assert_int_equal(device.unusable, VORDEC_REASON_NONE);
  harness.debug->set_table_hook(NULL);
}

static void fp64_is_refused_where_missing(void **state) {
  (void)state;
  const struct vordec_device device = probe_with(without_fp64);
  assert_false(device.capabilities & VORDEC_CAP_FP64);
  struct vordec_session *session = harness_session(&harness);
  struct sample sample;
  sample_create(&sample, 8, 2, 0, 0, 1);
  struct vordec_plan_desc desc = sample_plan(&sample, 1);
  desc.precision = VORDEC_FP64;
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  assert_int_equal(harness.backend->plan_create(session, &desc, &plan, &info, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_NO_FP64);
  harness.backend->close(session);
  harness.debug->set_table_hook(NULL);
  sample_destroy(&sample);
}

static void no_timestamps_no_times(void **state) {
  (void)state;
  const struct vordec_device device = probe_with(without_timestamps);
  assert_false(device.capabilities & VORDEC_CAP_TIMESTAMPS);
  struct vordec_session *session = harness_session(&harness);
  struct sample sample;
  sample_create(&sample, 8, 2, 4, 0, 1);
  const struct vordec_plan_desc desc = sample_plan(&sample, 1);
  struct vordec_plan_info info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  struct outputs outputs;
  outputs_create(&outputs, &desc, 1);
  const struct vordec_decode_job job = driver_job(&sample, &outputs, ALL_RESIDUALS);
  const struct vordec_decode_result result = driver_run(&harness, plan, &job);
  assert_false(result.evidence.device_timestamps);
  assert_true(result.evidence.dispatches_completed == result.evidence.dispatches_recorded);
  for (int stage = 0; stage < VORDEC_STAGE_COUNT; stage++) assert_true(result.stage_ms[stage] == 0.0);
  harness.backend->plan_destroy(plan);
  harness.backend->close(session);
  harness.debug->set_table_hook(NULL);
  outputs_destroy(&outputs);
  sample_destroy(&sample);
}

static void unknown_device(void **state) {
  (void)state;
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = 99};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  assert_int_equal(harness.backend->open(&harness.host.table, &desc, &session, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_DEVICE_NOT_FOUND);
}

static void other_abi(void **state) {
  (void)state;
  assert_int_equal(harness.backend->abi_major, VORDEC_ABI_MAJOR);
  assert_int_equal(harness.backend->struct_size, sizeof(struct vordec_backend));
  assert_string_equal(harness.backend->name, "vulkan");
  assert_null(harness.backend->get_interface("vordec.rollout/3"));
  harness.backend->close(NULL);
  harness.backend->plan_destroy(NULL);
}

static int open_all(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/vordec-probe-XXXXXX");
  return !mkdtemp(folder) || !harness_open(&harness);
}

static int close_all(void **state) {
  (void)state;
  char path[300];
  snprintf(path, sizeof path, "%s/driver.json", folder);
  unlink(path);
  rmdir(folder);
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_device_is_found),
      cmocka_unit_test(no_driver),
      cmocka_unit_test(broken_description),
      cmocka_unit_test(missing_library),
      cmocka_unit_test(no_loader),
      cmocka_unit_test(no_device),
      cmocka_unit_test(unsuitable_devices_say_why),
      cmocka_unit_test(no_hardware_behind_it),
      cmocka_unit_test(programs_are_software),
      cmocka_unit_test(fp64_is_refused_where_missing),
      cmocka_unit_test(no_timestamps_no_times),
      cmocka_unit_test(unknown_device),
      cmocka_unit_test(other_abi),
  };
  return cmocka_run_group_tests_name("vulkan probe", tests, open_all, close_all);
}
