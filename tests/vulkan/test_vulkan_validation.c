/* SPDX-License-Identifier: MIT */
/*
 * The count of validation messages counts: a mistake made on purpose must show, or the other tests' zero means nothing.
 * Without a validation layer there is nothing to test.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;
static PFN_vkCreateFence real_create_fence;

static VKAPI_ATTR VkResult VKAPI_CALL create_fence_wrongly(VkDevice device, const VkFenceCreateInfo *info,
                                                           const VkAllocationCallbacks *callbacks, VkFence *fence) {
  VkFenceCreateInfo wrong = *info;
  wrong.flags = 0x8000; /* no such flag */
  const VkResult result = real_create_fence(device, &wrong, callbacks, fence);
  return result;
}

static void make_mistake(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_DEVICE) return;
  real_create_fence = table->CreateFence;
  table->CreateFence = create_fence_wrongly;
}

static void a_mistake_is_counted(void **state) {
  (void)state;
  const char *layers = getenv("VK_INSTANCE_LAYERS");
  if (!layers || !strstr(layers, "validation")) skip();
  harness.debug->set_table_hook(make_mistake);
  struct vordec_session *session = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  harness.backend->close(session);
  if (harness.debug->validation_messages() == 0) {
    fprintf(stderr, "the validation layer is not installed: zero messages prove nothing here\n");
    skip();
  }
  assert_non_null(strstr(harness.host.last_line, "flags"));
}

static int open_all(void **state) {
  (void)state;
  return !harness_open(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mistake_is_counted),
  };
  return cmocka_run_group_tests_name("vulkan validation", tests, open_all, NULL);
}
