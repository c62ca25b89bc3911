/* SPDX-License-Identifier: MIT */
/*
 * Plans whose fields others see: on a device with small buffers, where a batch is made in chunks; and these and shelves
 * with each Vulkan call failing in turn. What holds everywhere, the conformance suite checks.
 */
#include "driver.h"
#include "vulkan_faults.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N 24u
#define STATES 7u
#define CELLS ((size_t)N * N)

static struct harness harness;
static struct sample sample;
static float *states;           /* as floats */
static struct outputs expected; /* of an ordinary plan */

static const struct vordec_export_interface *exports(void) {
  return harness.backend->get_interface(VORDEC_EXPORT_INTERFACE);
}

static struct vordec_plan_desc plan_desc(uint32_t outputs) {
  struct vordec_plan_desc desc = sample_plan(&sample, STATES);
  desc.fft = "direct";
  desc.outputs = outputs;
  desc.residuals = 0;
  return desc;
}

static size_t open_files(void) {
  DIR *folder = opendir("/proc/self/fd");
  size_t count = 0;
  assert_non_null(folder);
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

/* ---- a cycle: all slots but those of semaphores, which llvmpipe does not share ---- */

static enum vordec_status make_plan(struct vordec_session *session, struct vordec_plan **plan,
                                    struct vordec_error *error) {
  const struct vordec_plan_desc desc = plan_desc(VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT);
  const struct vordec_export_setup setup = {.struct_size = sizeof setup, .takes_z = true};
  struct vordec_plan_info info = {.struct_size = sizeof info};
  return exports()->plan_create(session, &desc, &setup, plan, &info, error);
}

static enum vordec_status take_fd(struct vordec_plan *plan, struct vordec_error *error) {
  int fd = -1;
  const enum vordec_status status = exports()->memory_fd(plan, VORDEC_EXPORTED_OMEGA_LP, &fd, error);
  if (!status) assert_int_equal(close(fd), 0);
  return status;
}

/* z: the host's, or NULL: what was written to the plan's memory. */
static enum vordec_status decode(struct vordec_plan *plan, const double *z, struct vordec_error *error) {
  const struct vordec_export_job job = {.struct_size = sizeof job, .takes_z = z == NULL};
  const struct vordec_decode_job all = {
      .struct_size = sizeof all, .count = STATES, .z = z, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  enum vordec_status status = exports()->prepare(plan, &job, error);
  if (!status) status = harness.backend->decode(plan, &all, &result, error);
  if (status) return status;
  assert_true(result.evidence.dispatches_recorded > 0);
  assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  return VORDEC_OK;
}

static enum vordec_status look(struct vordec_plan *plan, struct vordec_error *error) {
  static float lp[STATES * N * N], hat[STATES * N * N];
  static int8_t mask[STATES * N * N];
  memset(lp, 0xff, sizeof lp);
  enum vordec_status status = exports()->read(plan, VORDEC_EXPORTED_OMEGA_LP, 0, sizeof lp, lp, error);
  if (!status) status = exports()->read(plan, VORDEC_EXPORTED_OMEGA_HAT, 0, sizeof hat, hat, error);
  if (!status) status = exports()->read(plan, VORDEC_EXPORTED_MASK, 0, sizeof mask, mask, error);
  if (status) return status;
  assert_memory_equal(lp, expected.omega_lp, sizeof lp);
  assert_memory_equal(hat, expected.omega_hat, sizeof hat);
  assert_memory_equal(mask, expected.mask, sizeof mask);
  return VORDEC_OK;
}

static enum vordec_status cycle(struct vordec_session *session, struct vordec_error *error) {
  struct vordec_plan *plan = NULL;
  const uint64_t bytes = (uint64_t)STATES * sample.d * sizeof *states;
  enum vordec_status status = make_plan(session, &plan, error);
  if (!status) status = take_fd(plan, error);
  if (!status) status = decode(plan, sample.z, error);
  if (!status) status = look(plan, error);
  if (!status) status = exports()->write(plan, VORDEC_EXPORTED_Z, 0, bytes, states, error);
  if (!status) status = decode(plan, NULL, error);
  if (!status) status = look(plan, error);
  harness.backend->plan_destroy(plan);
  return status;
}

/* ---- chunks ---- */

static PFN_vkGetPhysicalDeviceProperties real_properties;

/* Room for two fields and a half: chunks of 2, 2, 2 and 1. */
static VKAPI_ATTR void VKAPI_CALL small_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.maxStorageBufferRange = (uint32_t)(CELLS * sizeof(float) * 5 / 2);
}

static void shrink_buffers(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_properties = table->GetPhysicalDeviceProperties;
  table->GetPhysicalDeviceProperties = small_properties;
}

static void bits_do_not_depend_on_chunks(void **state) {
  struct vordec_error error = {0};
  (void)state;
  harness.debug->set_table_hook(shrink_buffers);
  struct vordec_session *session = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  driver_must(cycle(session, &error), &error);
  harness.backend->close(session);
}

/* In the third chunk something is wrong: it is named by its place among all states. */
static void wrong_states_of_later_chunks(void **state) {
  const uint64_t at = 4ull * sample.d * sizeof *states;
  const float nan = NAN;
  struct vordec_error error = {0};
  struct vordec_plan *plan = NULL;
  (void)state;
  harness.debug->set_table_hook(shrink_buffers);
  struct vordec_session *session = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  driver_must(make_plan(session, &plan, &error), &error);
  driver_must(
      exports()->write(plan, VORDEC_EXPORTED_Z, 0, (uint64_t)STATES * sample.d * sizeof *states, states, &error),
      &error);
  driver_must(exports()->write(plan, VORDEC_EXPORTED_Z, at + 5 * sizeof nan, sizeof nan, &nan, &error), &error);
  assert_int_equal(decode(plan, NULL, &error), VORDEC_E_INPUT);
  assert_non_null(strstr(error.message, "entry 5 (Re low) of state 4 is NaN"));
  driver_must(
      exports()->write(plan, VORDEC_EXPORTED_Z, at, sample.d * sizeof *states, states + 4 * (size_t)sample.d, &error),
      &error);
  driver_must(decode(plan, NULL, &error), &error);
  driver_must(look(plan, &error), &error);
  harness.backend->plan_destroy(plan);
  harness.backend->close(session);
}

/* ---- values of a semaphore, which llvmpipe has, but does not share ---- */

static struct {
  struct vk_table vk;
  VkDevice device;
  VkSemaphore semaphore;
  unsigned submissions;
} posed;

static VKAPI_ATTR void VKAPI_CALL posed_semaphores(VkPhysicalDevice device,
                                                   const VkPhysicalDeviceExternalSemaphoreInfo *info,
                                                   VkExternalSemaphoreProperties *found) {
  posed.vk.GetPhysicalDeviceExternalSemaphoreProperties(device, info, found);
  found->externalSemaphoreFeatures |= VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT;
}

/* The one extension more that it would take. */
static VKAPI_ATTR VkResult VKAPI_CALL posed_extensions(VkPhysicalDevice device, const char *layer, uint32_t *count,
                                                       VkExtensionProperties *list) {
  const uint32_t room = *count;
  const VkResult result = posed.vk.EnumerateDeviceExtensionProperties(device, layer, count, list);
  if (result != VK_SUCCESS || (list && *count == room)) return result;
  if (list) list[*count] = (VkExtensionProperties){.extensionName = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME};
  ++*count;
  return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL posed_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                                   const VkAllocationCallbacks *callbacks, VkDevice *device) {
  const char *names[32];
  VkDeviceCreateInfo fewer = *info;
  fewer.ppEnabledExtensionNames = names;
  fewer.enabledExtensionCount = 0;
  for (uint32_t i = 0; i < info->enabledExtensionCount && i < 32; i++) {
    const char *name = info->ppEnabledExtensionNames[i];
    if (strcmp(name, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME) != 0) names[fewer.enabledExtensionCount++] = name;
  }
  return posed.vk.CreateDevice(physical, &fewer, callbacks, device);
}

static VKAPI_ATTR VkResult VKAPI_CALL posed_semaphore(VkDevice device, const VkSemaphoreCreateInfo *info,
                                                      const VkAllocationCallbacks *callbacks, VkSemaphore *semaphore) {
  VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                    .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
  const VkSemaphoreCreateInfo unshared = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
  assert_non_null(info->pNext); /* no other is made here */
  const VkResult result = posed.vk.CreateSemaphore(device, &unshared, callbacks, semaphore);
  posed.device = device;
  posed.semaphore = *semaphore;
  return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL counted_submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos,
                                                     VkFence fence) {
  posed.submissions++;
  return posed.vk.QueueSubmit(queue, count, infos, fence);
}

static void pose_semaphores(struct vk_table *table, enum vk_table_part part) {
  if (part == VK_TABLE_PART_INSTANCE) {
    posed.vk.GetPhysicalDeviceExternalSemaphoreProperties = table->GetPhysicalDeviceExternalSemaphoreProperties;
    posed.vk.GetDeviceProcAddr = table->GetDeviceProcAddr;
    posed.vk.EnumerateDeviceExtensionProperties = table->EnumerateDeviceExtensionProperties;
    posed.vk.CreateDevice = table->CreateDevice;
    table->EnumerateDeviceExtensionProperties = posed_extensions;
    table->CreateDevice = posed_device;
    table->GetPhysicalDeviceExternalSemaphoreProperties = posed_semaphores;
  } else if (part == VK_TABLE_PART_DEVICE) {
    posed.vk.CreateSemaphore = table->CreateSemaphore;
    posed.vk.QueueSubmit = table->QueueSubmit;
    table->CreateSemaphore = posed_semaphore;
    table->QueueSubmit = counted_submit;
  }
}

static void pose_semaphores_of_small_buffers(struct vk_table *table, enum vk_table_part part) {
  pose_semaphores(table, part);
  shrink_buffers(table, part);
}

static uint64_t semaphore_value(void) {
  uint64_t value = UINT64_MAX;
  const PFN_vkGetSemaphoreCounterValueKHR get =
      (PFN_vkGetSemaphoreCounterValueKHR)posed.vk.GetDeviceProcAddr(posed.device, "vkGetSemaphoreCounterValueKHR");
  assert_non_null(get);
  assert_int_equal(get(posed.device, posed.semaphore, &value), VK_SUCCESS);
  return value;
}

/* The last submission may be one that no fence tells of. */
static void await_value(uint64_t value) {
  const VkSemaphoreWaitInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                    .semaphoreCount = 1,
                                    .pSemaphores = &posed.semaphore,
                                    .pValues = &value};
  const PFN_vkWaitSemaphoresKHR await =
      (PFN_vkWaitSemaphoresKHR)posed.vk.GetDeviceProcAddr(posed.device, "vkWaitSemaphoresKHR");
  assert_non_null(await);
  assert_int_equal(await(posed.device, &info, 10ull * 1000 * 1000 * 1000), VK_SUCCESS);
}

static void give_value(uint64_t value) {
  const VkSemaphoreSignalInfo info = {
      .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = posed.semaphore, .value = value};
  const PFN_vkSignalSemaphoreKHR signal =
      (PFN_vkSignalSemaphoreKHR)posed.vk.GetDeviceProcAddr(posed.device, "vkSignalSemaphoreKHR");
  assert_non_null(signal);
  assert_int_equal(signal(posed.device, &info), VK_SUCCESS);
}

/* Decodes whose states are there when the semaphore has the value that the host gives it; early: before they start. */
static void decode_by_values(struct vordec_session *session, bool early) {
  const struct vordec_stream_interface *stream = harness.backend->get_interface(VORDEC_STREAM_INTERFACE);
  const uint64_t bytes = (uint64_t)STATES * sample.d * sizeof *states;
  const struct vordec_decode_job all = {
      .struct_size = sizeof all, .count = STATES, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_plan *plan = NULL;
  struct vordec_error error;
  driver_must(make_plan(session, &plan, &error), &error);
  assert_true(exports()->has_semaphore(plan));
  driver_must(exports()->write(plan, VORDEC_EXPORTED_Z, 0, bytes, states, &error), &error);
  for (uint64_t value = 1; value < 9; value += 3) { /* the third is the consumer's: nobody waits for it here */
    const struct vordec_export_job job = {
        .struct_size = sizeof job, .takes_z = true, .wait = value, .signal = value + 1};
    driver_must(exports()->prepare(plan, &job, &error), &error);
    if (early) give_value(value);
    posed.submissions = 0;
    driver_must(stream->submit(plan, &all, &error), &error);
    if (!early) {
      assert_int_equal(posed.submissions, 1); /* the values go along */
      assert_true(semaphore_value() < value);
      give_value(value);
    }
    driver_must(stream->wait(plan, &result, &error), &error);
    await_value(value + 1);
    assert_int_equal(semaphore_value(), value + 1);
    driver_must(look(plan, &error), &error);
  }
  harness.backend->plan_destroy(plan);
}

static void values_order_decodes(void **state) {
  (void)state;
  harness.debug->set_table_hook(pose_semaphores);
  struct vordec_session *session = harness_session(&harness);
  decode_by_values(session, false);
  harness.backend->close(session);
  harness.submission_ms = 1; /* what is waited for then comes ahead of several submissions */
  session = harness_session(&harness);
  decode_by_values(session, true);
  harness.backend->close(session);
  harness.submission_ms = 0;
  harness.debug->set_table_hook(pose_semaphores_of_small_buffers);
  session = harness_session(&harness);
  decode_by_values(session, true);
  harness.backend->close(session);
  harness.debug->set_table_hook(NULL);
}

/* ---- faults ---- */

/* A copy of what a simulation holds, on a shelf; the simulation stays. */
#define SIDE 16u

static struct vordec_backend_simulation *simulation;

static const struct vordec_simulation_interface *simulations(void) {
  return harness.backend->get_interface(VORDEC_SIMULATE_INTERFACE);
}

static void begin_simulation(struct vordec_session *session) {
  const struct vordec_simulation_setup setup = {.struct_size = sizeof setup,
                                                .n = SIDE,
                                                .members = 1,
                                                .precision = VORDEC_FP32,
                                                .fft = "direct",
                                                .dt = 0.02,
                                                .nu0 = 0.01,
                                                .cs = 0.2};
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error;
  double omega[SIDE * SIDE];
  for (size_t i = 0; i < SIDE * SIDE; i++) omega[i] = (double)(i * i % 17) - 8.0;
  driver_must(simulations()->create(session, &setup, &simulation, &info, &error), &error);
  driver_must(simulations()->set(simulation, 0, omega, &error), &error);
}

static void end_simulation(void) {
  simulations()->destroy(simulation);
  simulation = NULL;
}

static enum vordec_status look_at_copy(const struct vordec_shelf_interface *shelves, struct vordec_shelf *shelf,
                                       struct vordec_error *error) {
  float seen[SIDE * SIDE];
  memset(seen, 0xff, sizeof seen);
  const enum vordec_status status = shelves->read(shelf, 0, sizeof seen, seen, error);
  for (size_t i = 0; i < SIDE * SIDE && !status; i++) assert_true(seen[i] == (float)(i * i % 17) - 8.0f);
  return status;
}

static enum vordec_status copy_cycle(struct vordec_session *session, struct vordec_error *error) {
  const struct vordec_shelf_interface *shelves = harness.backend->get_interface(VORDEC_SHELF_INTERFACE);
  const struct vordec_shelf_setup setup = {.struct_size = sizeof setup, .simulation = simulation};
  struct vordec_shelf *shelf = NULL;
  int fd = -1;
  enum vordec_status status = shelves->create(session, &setup, &shelf, error);
  if (!status) status = shelves->memory_fd(shelf, &fd, error);
  if (!status) assert_int_equal(close(fd), 0);
  if (!status) status = shelves->fill(shelf, 0, 0, error);
  if (!status) status = shelves->wait(shelf, error);
  if (!status) status = look_at_copy(shelves, shelf, error);
  shelves->destroy(shelf);
  return status;
}

/* What fails, with what it needs to be there. */
struct subject {
  enum vordec_status (*cycle)(struct vordec_session *session, struct vordec_error *error);
  void (*begin)(struct vordec_session *session);
  void (*end)(void);
  unsigned calls; /* at least */
};

static struct vordec_session *open_session(const struct subject *subject) {
  struct vordec_error error;
  struct vordec_session *session = harness_session(&harness);
  if (subject->begin) subject->begin(session);
  driver_must(subject->cycle(session, &error), &error); /* what the session keeps is there now */
  return session;
}

static void close_session(const struct subject *subject, struct vordec_session *session) {
  if (subject->end) subject->end();
  harness.backend->close(session);
  assert_int_equal(faults_live(), 0);
}

static void fail_each_call(const struct subject *subject) {
  struct vordec_error error = {0};
  bool seen = false;
  harness.debug->set_table_hook(faults_hook);
  struct vordec_session *session = open_session(subject);
  const size_t files = open_files();
  long live = faults_live();
  faults_note();
  driver_must(subject->cycle(session, &error), &error);
  const unsigned total = faults_calls();
  assert_true(total > subject->calls);
  for (unsigned i = 1; i <= total; i++) {
    if (!faults_worth(i, VK_ERROR_OUT_OF_HOST_MEMORY)) continue;
    faults_arm(i, VK_ERROR_OUT_OF_HOST_MEMORY);
    const enum vordec_status status = subject->cycle(session, &error);
    faults_arm(0, VK_SUCCESS);
    if (!status) continue; /* a cache that is not kept, say */
    seen = seen || strstr(error.message, "vkGetMemoryFdKHR");
    if (status == VORDEC_E_DEVICE_LOST) { /* a wait that failed ends a session */
      close_session(subject, session);
      session = open_session(subject);
      live = faults_live();
      continue;
    }
    assert_int_equal(status, VORDEC_E_NO_MEMORY);
    assert_int_equal(faults_live(), live);
    assert_int_equal(open_files(), files);
  }
  assert_true(seen);
  driver_must(subject->cycle(session, &error), &error);
  close_session(subject, session);
  assert_int_equal(harness_left(&harness), 0);
  harness.debug->set_table_hook(NULL);
}

static void each_call_failing(void **state) {
  const struct subject fields = {.cycle = cycle, .calls = 50};
  const struct subject copies = {.cycle = copy_cycle, .begin = begin_simulation, .end = end_simulation, .calls = 15};
  (void)state;
  fail_each_call(&fields);
  fail_each_call(&copies);
}

/* ---- the fixture ---- */

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  sample_create(&sample, N, 3, 4, 0, STATES);
  states = calloc((size_t)STATES * sample.d, sizeof *states);
  if (!states) return 1;
  for (size_t i = 0; i < (size_t)STATES * sample.d; i++) states[i] = (float)sample.z[i];
  const struct vordec_plan_desc desc = plan_desc(ALL_OUTPUTS);
  struct vordec_plan_info info;
  struct vordec_session *session = harness_session(&harness);
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  outputs_create(&expected, &desc, STATES);
  const struct vordec_decode_job job = driver_job(&sample, &expected, 0);
  driver_run(&harness, plan, &job);
  harness.backend->plan_destroy(plan);
  harness.backend->close(session);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  free(states);
  outputs_destroy(&expected);
  sample_destroy(&sample);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bits_do_not_depend_on_chunks),
      cmocka_unit_test(wrong_states_of_later_chunks),
      cmocka_unit_test(values_order_decodes),
      cmocka_unit_test(each_call_failing),
  };
  return cmocka_run_group_tests_name("vulkan export", tests, open_all, close_all);
}
