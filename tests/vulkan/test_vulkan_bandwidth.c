/* SPDX-License-Identifier: MIT */
/*
 * Filling device memory, timed: the whole buffer in every run, seconds that fit into the call, nothing left behind, and
 * a failure of each Vulkan call in turn told as what it is.
 */
#include "driver.h"
#include "vulkan_faults.h"

#include "core/base/clock.h"
#include <string.h>

static struct harness harness;

static const struct vordec_bandwidth_interface *interface_of(void) {
  const struct vordec_bandwidth_interface *interface = harness.backend->get_interface(VORDEC_BANDWIDTH_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

static struct vordec_bandwidth_result fill(struct vordec_session *session, uint64_t bytes) {
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  driver_must(interface_of()->fill(session, bytes, &result, &error), &error);
  return result;
}

/* ---- what is filled ---- */

static PFN_vkCmdFillBuffer real_fill;
static PFN_vkCreateBuffer real_create_buffer;
static PFN_vkGetPhysicalDeviceQueueFamilyProperties real_families;
static unsigned fills;
static VkDeviceSize filled_from, filled_size, buffer_size;

static VKAPI_ATTR void VKAPI_CALL watched_fill(VkCommandBuffer commands, VkBuffer buffer, VkDeviceSize offset,
                                               VkDeviceSize size, uint32_t data) {
  fills++;
  filled_from = offset;
  filled_size = size;
  real_fill(commands, buffer, offset, size, data);
}

static VKAPI_ATTR VkResult VKAPI_CALL watched_create_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                                            const VkAllocationCallbacks *callbacks, VkBuffer *buffer) {
  buffer_size = info->size;
  return real_create_buffer(device, info, callbacks, buffer);
}

static VKAPI_ATTR void VKAPI_CALL no_timestamps(VkPhysicalDevice device, uint32_t *count,
                                                VkQueueFamilyProperties *list) {
  real_families(device, count, list);
  for (uint32_t i = 0; list && i < *count; i++) list[i].timestampValidBits = 0;
}

static void watch(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_DEVICE) return;
  real_fill = table->CmdFillBuffer;
  real_create_buffer = table->CreateBuffer;
  table->CmdFillBuffer = watched_fill;
  table->CreateBuffer = watched_create_buffer;
}

static void take_timestamps(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_families = table->GetPhysicalDeviceQueueFamilyProperties;
  table->GetPhysicalDeviceQueueFamilyProperties = no_timestamps;
}

static void the_whole_buffer(void **state) {
  (void)state;
  static const uint64_t sizes[] = {1, 4, 1000, 1003, (uint64_t)8 << 20};
  harness.debug->set_table_hook(watch);
  struct vordec_session *session = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    fills = 0;
    const double start = clock_s();
    const struct vordec_bandwidth_result result = fill(session, sizes[i]);
    const double call = clock_s() - start;
    assert_int_equal(fills, 1); /* recorded once, submitted often */
    assert_int_equal(filled_from, 0);
    assert_true(filled_size == VK_WHOLE_SIZE || filled_size == buffer_size);
    assert_true(result.bytes <= buffer_size && result.bytes <= sizes[i] && result.bytes + 4 > sizes[i]);
    assert_true(result.seconds > 0.0 && result.seconds < call);
    assert_int_equal(result.device_timestamps, (harness.device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  }
  harness.backend->close(session);
}

static void without_timestamps(void **state) {
  (void)state;
  harness.debug->set_table_hook(take_timestamps);
  struct vordec_session *session = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  const double start = clock_s();
  const struct vordec_bandwidth_result result = fill(session, 1 << 20);
  assert_true(result.seconds > 0.0 && result.seconds < clock_s() - start);
  assert_false(result.device_timestamps);
  harness.backend->close(session);
}

/* More than there is: less is filled, and said so. */
static void more_than_there_is(void **state) {
  (void)state;
  if (harness.device.type != VORDEC_DEVICE_SOFTWARE) skip(); /* would take all of a GPU's buffer limit */
  struct vordec_session *session = harness_session(&harness);
  const struct vordec_bandwidth_result result = fill(session, UINT64_MAX);
  assert_true(result.bytes > 0 && result.bytes <= harness.device.max_buffer_bytes);
  harness.backend->close(session);
}

/* ---- failures ---- */

static void fail_each_call(VkResult failure, enum vordec_status expected) {
  harness.debug->set_table_hook(faults_hook);
  bool done = false;
  for (unsigned i = 1; !done; i++) {
    assert_true(i < 500);
    struct vordec_bandwidth_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    faults_arm(0, VK_SUCCESS);
    struct vordec_session *session = harness_session(&harness);
    const long objects = faults_live(), allocations = harness_left(&harness);
    faults_arm(i, failure);
    const enum vordec_status status = interface_of()->fill(session, 1 << 16, &result, &error);
    const char *call = faults_failed();
    done = call == NULL;
    assert_int_equal(faults_live(), objects);
    assert_int_equal(harness_left(&harness), allocations);
    if (done) {
      driver_must(status, &error);
      assert_true(i > 40); /* a dozen runs of three calls each, and what they need */
    } else {
      const bool waited = strcmp(call, "vkWaitForFences") == 0;
      if (status != (waited ? VORDEC_E_DEVICE_LOST : expected) || !strstr(error.message, call)) {
        fail_msg("call %u, %s: status %d, \"%s\"", i, call, (int)status, error.message);
      }
      const bool dead = status == VORDEC_E_DEVICE_LOST;
      faults_arm(0, VK_SUCCESS);
      assert_int_equal(interface_of()->fill(session, 1 << 16, &result, &error), dead ? status : VORDEC_OK);
    }
    faults_arm(0, VK_SUCCESS);
    harness.backend->close(session);
    assert_int_equal(faults_live(), 0);
  }
  harness.debug->set_table_hook(NULL);
}

static void out_of_memory(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_OUT_OF_DEVICE_MEMORY, VORDEC_E_NO_MEMORY);
}

static void device_lost(void **state) {
  (void)state;
  fail_each_call(VK_ERROR_DEVICE_LOST, VORDEC_E_DEVICE_LOST);
}

static int open_all(void **state) {
  (void)state;
  return !harness_open(&harness);
}

static int close_all(void **state) {
  (void)state;
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0 || harness_left(&harness) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_whole_buffer), cmocka_unit_test(without_timestamps), cmocka_unit_test(more_than_there_is),
      cmocka_unit_test(out_of_memory),    cmocka_unit_test(device_lost),
  };
  return cmocka_run_group_tests_name("vulkan bandwidth", tests, open_all, close_all);
}
