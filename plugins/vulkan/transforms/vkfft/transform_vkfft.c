/* SPDX-License-Identifier: MIT */
#include "transform_vkfft.h"

#include "gpu/cache.h"
#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "plan/plan_memory.h"
#include "plan/record.h"
#include "transforms/selftest.h"
#include "vkfft_calls.h"
#include "vkfft_header.h"

#include <glslang/Include/glslang_c_interface.h>
#include <pthread.h>

#define KEY_MAX 96

/* Beyond this size VkFFT splits an axis, and takes a buffer of its own for that, as large as the spectrum. */
#define ONE_PASS_MAX 2048u

struct vkfft {
  struct vkfft_tracker tracker;
  struct vkfft_setup setup;
  struct vkfft_application *application;
  char key[KEY_MAX];
  bool loaded; /* it came from the disk cache, which only keeps what has passed the self-test */
};

static struct vkfft *vkfft_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

static pthread_once_t compiler_once = PTHREAD_ONCE_INIT;

/* Starts the compiler for good. If VkFFT started and ended it each time, it could end it while another thread compiles.
 * */
static void start_compiler(void) {
  glslang_initialize_process();
}

/* Whether VkFFT serves the size. Version 1.2.26 fails silently if a prime factor exceeds 13. */
static enum vordec_status serves(uint32_t n, struct vordec_error *error) {
  static const uint32_t primes[] = {2, 3, 5, 7, 11, 13};
  uint32_t rest = n;
  for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
    while (rest % primes[i] == 0) rest /= primes[i];
  }
  if (rest == 1) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "VkFFT is not used for N = %u, which has a prime factor above 13", (unsigned)n);
}

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const uint64_t half_row = plan->n / 2 + 1, spectrum = plan->n * half_row * 2 * plan->real_bytes;
  needs[PLAN_HALF_SPECTRUM] = need_of("half spectrum", BUFFER_DEVICE, 0, spectrum);
  if (plan->n > ONE_PASS_MAX) needs[PLAN_HALF_SPECTRUM].beside = spectrum;
  /* VkFFT 1.2.26 binds its output with the size of its input. */
  if (needs[PLAN_OMEGA_LP].per_state < spectrum) needs[PLAN_OMEGA_LP].per_state = spectrum;
  plan_memory_need_sums(plan, &plan->low_modes, needs); /* for the self-test */
}

static enum vordec_status explain(struct vordec_plan *plan, const struct vkfft *vkfft, int code,
                                  struct vordec_error *error) {
  if (vkfft->tracker.error != VK_SUCCESS) {
    return gpu_fail(&plan->session->gpu, vkfft->tracker.error, vkfft->tracker.call, error);
  }
  if (code == 0 || code == 1) return host_no_memory(error, "VkFFT");
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "VkFFT cannot serve N = %u, batch %u in %s (its code %d)", (unsigned)plan->n,
                     (unsigned)plan->chunk, plan->desc.precision == VORDEC_FP64 ? "fp64" : "fp32", code);
}

static void prepare(struct vordec_plan *plan, struct vkfft *vkfft) {
  struct vordec_session *session = plan->session;
  vkfft->tracker = (struct vkfft_tracker){.host = session->gpu.host,
                                          .vk = &session->gpu.vk,
                                          .device = session->gpu.device,
                                          .pipeline_cache = session->kernels.pipeline_cache,
                                          .error = VK_SUCCESS};
  vkfft->setup = (struct vkfft_setup){.physical_device = &session->gpu.facts.handle,
                                      .device = &session->gpu.device,
                                      .queue = &session->queue,
                                      .command_pool = &session->commands,
                                      .fence = &session->fence,
                                      .n = plan->n,
                                      .batch = plan->chunk,
                                      .spectrum_bytes = plan->buffers[PLAN_HALF_SPECTRUM].size,
                                      .field_bytes = plan->buffers[PLAN_OMEGA_LP].size,
                                      .fp64 = plan->desc.precision == VORDEC_FP64,
                                      .spectrum = &plan->buffers[PLAN_HALF_SPECTRUM].handle,
                                      .field = &plan->buffers[PLAN_OMEGA_LP].handle};
}

/* Runs VkFFT's planner, whose answer goes to *code. On failure everything that it has left behind is destroyed. */
static bool create_application(struct vordec_plan *plan, struct vkfft *vkfft, void *stored, int *code) {
  prepare(plan, vkfft);
  vkfft->setup.stored = stored;
  vkfft_calls_enter(&vkfft->tracker);
  vkfft->application = vkfft_application_create(&vkfft->setup, code);
  vkfft_calls_leave();
  vkfft->setup.stored = NULL;
  if (vkfft->application && vkfft->tracker.error == VK_SUCCESS) return true;
  /* If one of VkFFT's waits has failed, its uploads may still be running. */
  plan->session->gpu.vk.DeviceWaitIdle(plan->session->gpu.device);
  vkfft_calls_sweep(&vkfft->tracker);
  vkfft->application = NULL;
  return false;
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct vkfft *vkfft = host_alloc(session->gpu.host, 1, sizeof *vkfft);
  if (!vkfft) return host_no_memory(error, "VkFFT");
  /* VkFFT submits its uploads with the session's fence, and expects that nothing has signalled it. */
  const VkResult reset = session->gpu.vk.ResetFences(session->gpu.device, 1, &session->fence);
  if (reset != VK_SUCCESS) {
    host_free(session->gpu.host, vkfft);
    return gpu_fail(&session->gpu, reset, "vkResetFences", error);
  }
  pthread_once(&compiler_once, start_compiler);
  snprintf(vkfft->key, sizeof vkfft->key, "vkfft %d N %u batch %u %s", vkfft_version(), (unsigned)plan->n,
           (unsigned)plan->chunk, plan->desc.precision == VORDEC_FP64 ? "fp64" : "fp32");
  int code = 0;
  size_t size = 0;
  void *stored = cache_load(&session->gpu, vkfft->key, &size);
  bool made = stored && create_application(plan, vkfft, stored, &code);
  vkfft->loaded = made;
  host_free(session->gpu.host, stored);
  if (!made && vkfft->tracker.error == VK_SUCCESS) made = create_application(plan, vkfft, NULL, &code);
  if (!made) {
    const enum vordec_status status = explain(plan, vkfft, code, error);
    host_free(session->gpu.host, vkfft);
    return status;
  }
  plan->transform_state = vkfft;
  plan->device_bytes += vkfft->tracker.memory_bytes;
  return VORDEC_OK;
}

static void destroy(struct vordec_plan *plan) {
  struct vkfft *vkfft = vkfft_of(plan);
  if (!vkfft) return;
  vkfft_calls_enter(&vkfft->tracker);
  vkfft_application_destroy(vkfft->application);
  vkfft_calls_leave();
  vkfft_calls_sweep(&vkfft->tracker);
  host_free(plan->session->gpu.host, vkfft);
  plan->transform_state = NULL;
}

/* Stores what was compiled in the disk cache. */
static void keep(const struct vordec_plan *plan, const struct vkfft *vkfft) {
  size_t size = 0;
  const void *stored = vkfft_application_stored(vkfft->application, &size);
  if (stored) cache_store(&plan->session->gpu, vkfft->key, stored, size);
}

static enum vordec_status prove(struct vordec_plan *plan, struct vordec_error *error) {
  const struct vkfft *vkfft = vkfft_of(plan);
  if (vkfft->loaded) return VORDEC_OK;
  const enum vordec_status status = selftest_run(plan, error);
  if (!status) keep(plan, vkfft);
  return status;
}

static void record_spectrum(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const uint32_t pitch = plan->n / 2 + 1;
  const struct scatter_lowk_push push = {.entries = plan->low_modes.mode_count,
                                         .coef_stride = plan->coef_stride,
                                         .re_offset = 0,
                                         .im_offset = plan->desc.m,
                                         .spectrum_stride = plan->n * pitch,
                                         .pitch = pitch,
                                         .n = plan->n};
  const enum plan_buffer buffers[] = {PLAN_COEF, PLAN_LOW_MODES, PLAN_HALF_SPECTRUM};
  /* The transform also works in place, so that what was zero before the last decode no longer is. */
  record_zero(recorder, PLAN_HALF_SPECTRUM);
  record_kernel(recorder, KERNEL_SCATTER_LOWK, buffers, &push, plan->low_modes.mode_count);
}

/* Tells the recorder of a dispatch of VkFFT's. Each may be a submission of its own, but none can be divided. */
static bool dispatched(void *ctx) {
  struct recorder *recorder = ctx;
  const bool anew = record_foreign_dispatch(recorder);
  vkfft_of(recorder->plan)->tracker.halted = recorder->result != VK_SUCCESS;
  return anew;
}

static void record_field(struct recorder *recorder) {
  struct vkfft *vkfft = vkfft_of(recorder->plan);
  VkCommandBuffer commands = record_foreign(recorder);
  if (!commands) return;
  vkfft_calls_enter(&vkfft->tracker);
  vkfft->tracker.dispatched = dispatched;
  vkfft->tracker.ctx = recorder;
  const int code = vkfft_application_append(vkfft->application, commands);
  vkfft->tracker.dispatched = NULL;
  vkfft->tracker.halted = false;
  vkfft_calls_leave();
  if (code == 0 || recorder->result != VK_SUCCESS) {
    record_barrier(recorder);
    return;
  }
  recorder->result = vkfft->tracker.error != VK_SUCCESS ? vkfft->tracker.error : VK_ERROR_UNKNOWN;
  recorder->call = vkfft->tracker.error != VK_SUCCESS ? vkfft->tracker.call : "VkFFTAppend";
}

const struct transform transform_vkfft = {
    .name = TRANSFORM_VKFFT_NAME,
    .serves = serves,
    .list_needs = list_needs,
    .create = create,
    .prove = prove,
    .destroy = destroy,
    .record_spectrum = record_spectrum,
    .record_field = record_field,
};
