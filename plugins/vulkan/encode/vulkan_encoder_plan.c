#include "vulkan_encoder_plan.h"

#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "plan/plan_memory.h"
#include "plan/plan_segments.h"
#include "plan/upload.h"
#include "transforms/transform_direct.h"
#include "transforms/unit_root.h"
#include "vulkan_encoder_record.h"

#define COLUMN_SHARE_MAX_FP32 4u
#define COLUMN_SHARE_MAX_FP64 3u
#define TALL_TILE_CELLS 1024u       /* N from which tiles of twice the height leave no part of a large device idle */
#define TALL_TILE_BYTES (24u << 10) /* that they may take */

static uint32_t half_row(const struct vordec_plan *plan) {
  return plan->n / 2 + 1;
}

/* ---- a way from no modes to a field ---- */

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct mode_table *table = &plan->low_modes;
  const uint64_t pair = 2ull * plan->real_bytes, field = (uint64_t)plan->cells * plan->real_bytes;
  const uint64_t partials = needs[PLAN_PARTIALS].per_state, sums = 2 * table->mode_count * pair;
  const uint64_t lines = 2ull * table->column_count * plan->n * pair;
  encoder_mask_list_needs(plan, needs);
  needs[PLAN_MODE_SPECTRUM] = need_of("mode spectrum", BUFFER_DEVICE, 0, table->mode_count * pair);
  needs[PLAN_LINES] = need_of("lines", BUFFER_DEVICE, 0, lines);
  needs[PLAN_FIELD_UPLOAD] = need_of("field upload", BUFFER_UPLOAD, 0, field);
  needs[PLAN_PAIR_BASIS] =
      need_of("basis of pairs", BUFFER_DEVICE, (uint64_t)table->column_count * half_row(plan) * pair, 0);
  needs[PLAN_SUMS] = need_of("sums of modes", BUFFER_DEVICE, 0, sums);
  needs[PLAN_SUMS_READBACK] = need_of("readback of sums", BUFFER_READBACK, 0, sums);
  needs[PLAN_PARTIALS_READBACK] = need_of("partial readback", BUFFER_READBACK, 0, partials);
}

/* exp(2 pi i kx p / n) for each column of the table and 0 <= p <= n / 2, in the plan's precision. */
static void *make_basis(const struct vordec_plan *plan) {
  const struct mode_table *table = &plan->low_modes;
  const size_t half = half_row(plan);
  void *basis = host_alloc(plan->session->gpu.host, table->column_count * half * 2, plan->real_bytes);
  for (size_t i = 0; i < table->column_count * half && basis; i++) {
    const double complex root = unit_root(table->columns[i / half].kx * (uint64_t)(i % half), plan->n);
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)basis)[2 * i] = creal(root);
      ((double *)basis)[2 * i + 1] = cimag(root);
    } else {
      ((float *)basis)[2 * i] = (float)creal(root);
      ((float *)basis)[2 * i + 1] = (float)cimag(root);
    }
  }
  return basis;
}

static enum vordec_status upload_basis(struct vordec_plan *plan, struct vordec_error *error) {
  void *basis = make_basis(plan);
  if (!basis) return host_no_memory(error, "the encoder's tables");
  const struct upload_part part = {PLAN_PAIR_BASIS, basis, plan->buffers[PLAN_PAIR_BASIS].size};
  const enum vordec_status status = upload_parts(plan, &part, 1, error);
  host_free(plan->session->gpu.host, basis);
  return status;
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_backend_encoder *encoder = encoder_of(plan);
  const struct kernel_constants constants = {2, {encoder->line_share, encoder->column_share}};
  enum vordec_status status = encoder_mask_create(plan, &encoder->mask, error);
  if (status || plan->low_modes.mode_count == 0) return status;
  status = kernels_specialise(&plan->session->kernels, KERNEL_ADJOINT_ROWS, plan->desc.precision, &constants,
                              &encoder->along_x, error);
  return status ? status : upload_basis(plan, error);
}

static void destroy(struct vordec_plan *plan) {
  struct vordec_backend_encoder *encoder = encoder_of(plan);
  encoder_mask_destroy(&plan->session->kernels, &encoder->mask);
  kernels_release(&plan->session->kernels, encoder->along_x);
  encoder->along_x = VK_NULL_HANDLE;
}

/* It has no field of its own to make, as an encoder's plan is handed one: record_field is never asked for. */
static const struct transform transform_given = {
    .name = TRANSFORM_DIRECT_NAME,
    .list_needs = list_needs,
    .create = create,
    .destroy = destroy,
    .record_mask = record_encoder_mask,
};

/* ---- the plan ---- */

static struct vordec_plan_desc describe(const struct vordec_encode_setup *setup) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = setup->n,
                                   .batch = setup->batch,
                                   .precision = setup->precision,
                                   .fft = TRANSFORM_DIRECT_NAME,
                                   .smooth_width = setup->smooth_width,
                                   .smooth_kernel = setup->smooth_kernel,
                                   .boundary = setup->boundary,
                                   .tau = setup->tau,
                                   .majority_iters = setup->majority_iters,
                                   .outputs = VORDEC_MASK};
}

static enum vordec_status make_table(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup,
                                     struct vordec_error *error) {
  struct vordec_plan *plan = encoder->plan;
  const struct vordec_host *host = plan->session->gpu.host;
  const uint32_t low = setup->low_count, count = low + setup->mid_count;
  if (count == 0) return VORDEC_OK;
  uint32_t *index = host_alloc(host, count, sizeof *index);
  if (!index) return host_no_memory(error, "the encoder's modes");
  if (low) memcpy(index, setup->low_index, low * sizeof *index);
  if (setup->mid_count) memcpy(index + low, setup->mid_index, setup->mid_count * sizeof *index);
  const enum vordec_status status = mode_table_build_once(host, plan->n, index, count, &plan->low_modes, error);
  host_free(host, index);
  return status;
}

/* As few tiles side by side as their greatest width allows, and each no wider than it must be. */
static void choose_tile(struct vordec_backend_encoder *encoder) {
  const struct vordec_plan *plan = encoder->plan;
  const bool fp64 = plan->desc.precision == VORDEC_FP64;
  const uint32_t shared_bytes = plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize;
  const uint32_t most = fp64 ? COLUMN_SHARE_MAX_FP64 : COLUMN_SHARE_MAX_FP32;
  const uint32_t tiles = encoder_groups(plan->low_modes.column_count, most * TILE_SIDE);
  encoder->column_share = tiles ? encoder_groups(plan->low_modes.column_count, tiles * TILE_SIDE) : 1;
  encoder->line_share = !fp64 && plan->n > TALL_TILE_CELLS && shared_bytes >= TALL_TILE_BYTES ? 4 : 2;
}

static enum vordec_status bind_take(struct vordec_backend_encoder *encoder, struct vordec_error *error) {
  const struct vordec_plan *plan = encoder->plan;
  VkBuffer buffers[KERNEL_BUFFERS_MAX];
  for (uint32_t i = 0; i < KERNEL_BUFFERS_MAX; i++) buffers[i] = plan->buffers[PLAN_OMEGA_LP].handle;
  const VkResult result = kernels_bind(&plan->session->kernels, plan->sets, KERNEL_TAKE_FIELD, buffers, &encoder->take);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(&plan->session->gpu, result, "vkAllocateDescriptorSets", error);
}

enum vordec_status vulkan_encoder_plan_create(struct vordec_backend_encoder *encoder,
                                              const struct vordec_encode_setup *setup, struct vordec_plan_info *info,
                                              struct vordec_error *error) {
  const struct vordec_plan_desc desc = describe(setup);
  struct vordec_plan *plan = encoder->plan = plan_begin(encoder->session, &desc, error);
  if (!plan) return error->status;
  plan->script = &encode_script;
  plan->transform_state = encoder;
  encoder->low_count = setup->low_count;
  encoder->mid_count = setup->mid_count;
  enum vordec_status status = make_table(encoder, setup, error);
  if (status) return status;
  choose_tile(encoder);
  status = plan_use(plan, &transform_given, error);
  if (!status) status = bind_take(encoder, error);
  return status ? status : plan_finish(plan, info, error);
}

void vulkan_encoder_plan_destroy(struct vordec_backend_encoder *encoder) {
  vulkan_plan_destroy(encoder->plan);
}
