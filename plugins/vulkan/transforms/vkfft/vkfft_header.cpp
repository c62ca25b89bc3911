/* SPDX-License-Identifier: MIT */
// vkfft_header.cpp - the one place that sees VkFFT's header, and the only C++: VkFFT 1.2.26 hands glslang a resource
// table that lacks fields of newer glslang releases, and a class with an operator& can hand over glslang's own instead.
#include "vkfft_header.h"

#include "vkfft_calls.h"

#include <cinttypes>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory.h>

#include <glslang/Include/glslang_c_interface.h>
#ifdef VORDEC_VKFFT_OLD_RESOURCES
#include <glslang/Public/resource_limits_c.h>
namespace {
// Stands for glslang_resource_t in VkFFT: takes its positional values, ignores them.
struct default_resource_table {
  struct value {
    value(int) {}
    value(std::initializer_list<int>) {}
  };
  default_resource_table(std::initializer_list<value>) {}
  const glslang_resource_s *operator&() const {
    return glslang_default_resource();
  }
};
} // namespace
#define glslang_resource_t default_resource_table
#endif

// In this order.
#include "vkfft_names.h"

#include <vkFFT.h>

int vkfft_version(void) {
  return VkFFTGetVersion();
}

static VkFFTConfiguration configure(struct vkfft_setup *setup) {
  VkFFTConfiguration c = {};
  const uint64_t n = setup->n;
  c.FFTdim = 2;
  c.size[0] = n;
  c.size[1] = n;
  c.physicalDevice = setup->physical_device;
  c.device = setup->device;
  c.queue = setup->queue;
  c.commandPool = setup->command_pool;
  c.fence = setup->fence;
  c.isCompilerInitialized = 1;
  c.numberBatches = setup->batch;
  c.doublePrecision = setup->fp64;
  c.performR2C = 1;
  c.makeInversePlanOnly = 1;
  // Out of place: the padded half spectrum is worked on where it lies, the last pass writes the dense field.
  c.buffer = setup->spectrum;
  c.bufferSize = &setup->spectrum_bytes;
  c.isInputFormatted = 1;
  c.inverseReturnToInputBuffer = 1;
  c.inputBuffer = setup->field;
  c.inputBufferSize = &setup->field_bytes;
  c.inputBufferStride[0] = n;
  c.inputBufferStride[1] = n * n;
  c.inputBufferStride[2] = n * n; // from one transform of the batch to the next
  if (setup->stored) {
    c.loadApplicationFromString = 1;
    c.loadApplicationString = setup->stored;
  } else {
    c.saveApplicationToString = 1;
  }
  return c;
}

struct vkfft_application *vkfft_application_create(struct vkfft_setup *setup, int *code) {
  // VkFFT reads the application before it writes it: it must start zeroed, as vkfft_calloc() does.
  VkFFTApplication *app = static_cast<VkFFTApplication *>(vkfft_calloc(1, sizeof *app));
  *code = 0;
  if (!app) return NULL;
  *code = initializeVkFFT(app, configure(setup));
  if (*code == VKFFT_SUCCESS) return reinterpret_cast<struct vkfft_application *>(app);
  vkfft_free(app);
  return NULL;
}

void vkfft_application_destroy(struct vkfft_application *application) {
  if (!application) return;
  deleteVkFFT(reinterpret_cast<VkFFTApplication *>(application));
  vkfft_free(application);
}

int vkfft_application_append(struct vkfft_application *application, VkCommandBuffer commands) {
  VkFFTLaunchParams launch = {};
  launch.commandBuffer = &commands;
  return VkFFTAppend(reinterpret_cast<VkFFTApplication *>(application), 1, &launch);
}

const void *vkfft_application_stored(const struct vkfft_application *application, size_t *size) {
  const VkFFTApplication *app = reinterpret_cast<const VkFFTApplication *>(application);
  *size = app->applicationStringSize;
  return app->saveApplicationString;
}
