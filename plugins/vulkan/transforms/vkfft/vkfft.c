#include "vkfft.h"

#include "gpu/cache.h"
#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "vkfft_calls.h"
#include "vkfft_header.h"

#include <glslang/Include/glslang_c_interface.h>
#include <pthread.h>

#define KEY_MAX 96

struct vkfft {
  struct vkfft_tracker tracker;
  struct vkfft_setup setup;
  struct vkfft_application *application;
  char key[KEY_MAX];
};

static pthread_once_t compiler_once = PTHREAD_ONCE_INIT;

/* Once and for all: a second finalisation in VkFFT would pull the ground from under another thread. */
static void start_compiler(void) {
  glslang_initialize_process();
}

bool vkfft_serves(uint32_t n) {
  static const uint32_t primes[] = {2, 3, 5, 7, 11, 13};
  for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
    while (n % primes[i] == 0) n /= primes[i];
  }
  return n == 1;
}

static enum vordec_status explain(struct vordec_plan *plan, const struct vkfft *vkfft, int code,
                                  struct vordec_error *error) {
  if (vkfft->tracker.error != VK_SUCCESS) {
    return session_fail(plan->session, vkfft->tracker.error, vkfft->tracker.call, error);
  }
  if (code == 0 || code == 1) return host_no_memory(error, "VkFFT");
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "VkFFT cannot serve N = %u, batch %u in %s (its code %d)", (unsigned)plan->n,
                     (unsigned)plan->chunk, plan->desc.precision == VORDEC_FP64 ? "fp64" : "fp32", code);
}

static void prepare(struct vordec_plan *plan, struct vkfft *vkfft) {
  struct vordec_session *session = plan->session;
  vkfft->tracker = (struct vkfft_tracker){.host = session->host,
                                          .vk = &session->vk,
                                          .device = session->device,
                                          .pipeline_cache = session->pipeline_cache,
                                          .error = VK_SUCCESS};
  vkfft->setup = (struct vkfft_setup){.physical_device = &session->facts.handle,
                                      .device = &session->device,
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

/* Runs VkFFT's planner; *code is its verdict. On failure everything it left is swept away. */
static bool create_application(struct vordec_plan *plan, struct vkfft *vkfft, void *stored, int *code) {
  prepare(plan, vkfft);
  vkfft->setup.stored = stored;
  vkfft_calls_enter(&vkfft->tracker);
  vkfft->application = vkfft_application_create(&vkfft->setup, code);
  vkfft_calls_leave();
  vkfft->setup.stored = NULL;
  if (vkfft->application && vkfft->tracker.error == VK_SUCCESS) return true;
  /* VkFFT's uploads may still run if a wait of its failed. */
  plan->session->vk.DeviceWaitIdle(plan->session->device);
  vkfft_calls_sweep(&vkfft->tracker);
  vkfft->application = NULL;
  return false;
}

enum vordec_status vkfft_create(struct vordec_plan *plan, struct vkfft **out, bool *cached,
                                struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct vkfft *vkfft = host_alloc(session->host, 1, sizeof *vkfft);
  if (!vkfft) return host_no_memory(error, "VkFFT");
  /* VkFFT submits its uploads with the session's fence and expects it unsignalled. */
  const VkResult reset = session->vk.ResetFences(session->device, 1, &session->fence);
  if (reset != VK_SUCCESS) {
    host_free(session->host, vkfft);
    return session_fail(session, reset, "vkResetFences", error);
  }
  pthread_once(&compiler_once, start_compiler);
  snprintf(vkfft->key, sizeof vkfft->key, "vkfft %d N %u batch %u %s", vkfft_version(), (unsigned)plan->n,
           (unsigned)plan->chunk, plan->desc.precision == VORDEC_FP64 ? "fp64" : "fp32");
  int code = 0;
  size_t size = 0;
  void *stored = cache_load(session, vkfft->key, &size);
  bool made = stored && create_application(plan, vkfft, stored, &code);
  *cached = made;
  host_free(session->host, stored);
  if (!made && vkfft->tracker.error == VK_SUCCESS) made = create_application(plan, vkfft, NULL, &code);
  if (!made) {
    const enum vordec_status status = explain(plan, vkfft, code, error);
    host_free(session->host, vkfft);
    return status;
  }
  *out = vkfft;
  return VORDEC_OK;
}

void vkfft_destroy(struct vordec_session *session, struct vkfft *vkfft) {
  if (!vkfft) return;
  vkfft_calls_enter(&vkfft->tracker);
  vkfft_application_destroy(vkfft->application);
  vkfft_calls_leave();
  vkfft_calls_sweep(&vkfft->tracker);
  host_free(session->host, vkfft);
}

void vkfft_keep(struct vordec_session *session, const struct vkfft *vkfft) {
  size_t size = 0;
  const void *stored = vkfft_application_stored(vkfft->application, &size);
  if (stored) cache_store(session, vkfft->key, stored, size);
}

void vkfft_record(struct recorder *recorder, struct vkfft *vkfft) {
  if (recorder->result != VK_SUCCESS) return;
  vkfft_calls_enter(&vkfft->tracker);
  const uint64_t before = vkfft->tracker.dispatches;
  const int code = vkfft_application_append(vkfft->application, recorder->segment->commands);
  recorder->segment->dispatches += vkfft->tracker.dispatches - before;
  vkfft_calls_leave();
  if (code == 0) return;
  recorder->result = vkfft->tracker.error != VK_SUCCESS ? vkfft->tracker.error : VK_ERROR_UNKNOWN;
  recorder->call = vkfft->tracker.error != VK_SUCCESS ? vkfft->tracker.call : "VkFFTAppend";
}

uint64_t vkfft_device_bytes(const struct vkfft *vkfft) {
  return vkfft ? vkfft->tracker.memory_bytes : 0;
}
