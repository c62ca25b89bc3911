/* SPDX-License-Identifier: MIT */
/*
 * vulkan_kernels.h - the embedded shaders as compute pipelines of a device, and the driver's cache of them.
 */
#ifndef VORDEC_VULKAN_KERNELS_H
#define VORDEC_VULKAN_KERNELS_H

#include "gpu.h"

enum kernel {
  KERNEL_SCATTER_LOWK = 0,
  KERNEL_DIRECT_COLUMNS,
  KERNEL_DIRECT_ROWS,
  KERNEL_SMOOTH,
  KERNEL_ABSMAX,
  KERNEL_TERNARY_THRESHOLD,
  KERNEL_MAJORITY,
  KERNEL_SUPPORT,
  KERNEL_MEAN_SQUARE,
  KERNEL_BAND_GAIN,
  KERNEL_COMBINE,
  KERNEL_UNPACK_STATE,
  KERNEL_TAKE_Z,
  KERNEL_ENERGY,
  KERNEL_ROLLOUT_STEP,
  KERNEL_ROLLOUT_BATCH,
  KERNEL_PRUNED_COLUMNS,
  KERNEL_PRUNED_ROWS,
  KERNEL_PRUNED_ABSMAX,
  KERNEL_PRUNED_TERNARY,
  KERNEL_PRUNED_MASK,
  KERNEL_PRUNED_FIELD,
  KERNEL_PRUNED_FIELD_DENSE,
  KERNEL_BIT_MAJORITY,
  KERNEL_UNPACK_PLANES,
  KERNEL_WINDOW_ROWS,
  KERNEL_WINDOW_COLUMNS,
  KERNEL_TERNARY_PLANES,
  KERNEL_ADJOINT_ROWS,
  KERNEL_ADJOINT_COLUMNS,
  KERNEL_ADJOINT_GRADIENT,
  KERNEL_FIELD_REST,
  KERNEL_TAKE_FIELD,
  KERNEL_UNPACK_BANDS,
  KERNEL_BAND_COLUMNS,
  KERNEL_BAND_ROWS,
  KERNEL_HAT_ROWS,
  KERNEL_HAT_COLUMNS,
  KERNEL_MOMENTS,
  KERNEL_ADD_FIELD,
  KERNEL_MODE_ENERGIES,
  KERNEL_SHELLS,
  KERNEL_SIMULATE_COLUMNS,
  KERNEL_SIMULATE_ROWS,
  KERNEL_SIMULATE_FUSED_COLUMNS,
  KERNEL_SIMULATE_FUSED_ROWS,
  KERNEL_COUNT
};

#define KERNEL_BUFFERS_MAX 8
#define KERNEL_CONSTANTS_MAX 17 /* as many as PIPELINE_CONSTANTS_MAX */

struct kernel_source {
  const char *name;
  const uint32_t *code[2]; /* by enum vordec_precision; NULL: not in this one */
  size_t bytes[2];
  uint32_t buffers;    /* bindings 0 .. buffers - 1, all storage buffers */
  uint32_t push_bytes; /* push constants */
  bool specialised;    /* its pipelines belong to plans, made by kernels_specialise() */
};

extern const struct kernel_source kernel_sources[KERNEL_COUNT];

/* Constants 0 .. count - 1 of a specialised kernel. */
struct kernel_constants {
  uint32_t count, values[KERNEL_CONSTANTS_MAX];
};

/* A specialised pipeline that is wanted. */
struct kernel_wanted {
  enum kernel kernel;
  enum vordec_precision precision;
  struct kernel_constants constants;
};

struct specialised; /* a pipeline with its constants; plans of the same shape share it */

struct kernels {
  struct gpu *gpu;
  uint32_t threads; /* that may compile at once */
  VkPipelineCache pipeline_cache;
  uint64_t pipeline_cache_bytes;                             /* size when last loaded or saved */
  struct specialised *specialised;                           /* in use or kept, the latest one first */
  VkDescriptorSetLayout set_layouts[KERNEL_BUFFERS_MAX + 1]; /* by number of buffers */
  VkPipelineLayout layouts[KERNEL_COUNT];
  VkPipeline pipelines[2][KERNEL_COUNT]; /* by precision; made when first needed; none if specialised */
};

/* Starts a zeroed one, with the pipeline cache that is stored on disk; `threads` may compile at once. The device must
 * outlive it. */
enum vordec_status kernels_init(struct kernels *kernels, struct gpu *gpu, uint32_t threads, struct vordec_error *error);
/* Accepts a zeroed one. Pipelines that were handed out are destroyed, too. */
void kernels_finish(struct kernels *kernels);

/* Stores the pipeline cache on disk if it has grown. */
void kernels_save(struct kernels *kernels);

/* Makes the layouts and the pipelines of one precision, unless they exist already. What was made stays on failure and
 * is destroyed with the rest. */
enum vordec_status kernels_build(struct kernels *kernels, enum vordec_precision precision, struct vordec_error *error);

/* Allocates a descriptor set of the kernel over its buffers, in binding order; NULL on failure. Needs kernels_build().
 */
VkResult kernels_bind(const struct kernels *kernels, VkDescriptorPool pool, enum kernel kernel, const VkBuffer *buffers,
                      VkDescriptorSet *set);

/* Points a set to other buffers; no submission in progress uses the set. */
void kernels_rebind(const struct kernels *kernels, enum kernel kernel, const VkBuffer *buffers, VkDescriptorSet set);

/* Makes those of a list of at most so many that do not exist yet, several at once, for kernels_specialise() to find.
 * What was made stays on failure. Needs kernels_build(). */
#define KERNELS_PREPARED_MAX 32u
enum vordec_status kernels_prepare(struct kernels *kernels, const struct kernel_wanted *list, uint32_t count,
                                   struct vordec_error *error);

/* Returns a pipeline with these constants; NULL on failure. It must be given back to kernels_release(). Some unused
 * ones are kept for the next plan: making one takes time, and drivers do not free all that it took. Needs
 * kernels_build(). */
enum vordec_status kernels_specialise(struct kernels *kernels, enum kernel kernel, enum vordec_precision precision,
                                      const struct kernel_constants *constants, VkPipeline *pipeline,
                                      struct vordec_error *error);
/* Accepts NULL. */
void kernels_release(struct kernels *kernels, VkPipeline pipeline);

#endif
