/* Making a decoder: selection under the policy, then session and plan. Decoding itself is in decode.c. */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

#define CANDIDATE_MAX 64
#define AUTO_BATCH_CELLS ((size_t)1 << 28) /* fields of one submission under batch = auto: 1 GiB in fp32 */

/* ---- the plan's description ---- */

static size_t choose_batch(const struct vordec_config *config, size_t n, size_t hint) {
  const size_t asked = (size_t)config_number(config, CONFIG_DECODE_BATCH);
  if (asked) return asked;
  size_t most = AUTO_BATCH_CELLS / (n * n);
  if (most == 0) most = 1;
  if (hint == 0) hint = 1;
  return hint < most ? hint : most;
}

/* Keys whose limits depend on the grid; everything else was checked when it was set. */
static enum vordec_status check_mask(const struct vordec_config *config, size_t n, struct vordec_error *error) {
  const uint64_t width = config_number(config, CONFIG_MASK_SMOOTH_WIDTH);
  const char *where = config_where(config, CONFIG_MASK_SMOOTH_WIDTH);
  if (width > n) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [mask] smooth_width = %llu is wider than the grid (N = %zu)",
                       where, (unsigned long long)width, n);
  }
  if (width % 2 == 0 && config_number(config, CONFIG_MASK_SMOOTH_KERNEL) == VORDEC_SMOOTH_TRIANGLE) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0,
                       "%s: [mask] smooth_width = %llu is even; the triangle needs an odd width", where,
                       (unsigned long long)width);
  }
  return VORDEC_OK;
}

static struct vordec_plan_desc describe_plan(const struct vordec_decoder *decoder) {
  const struct vordec_config *config = decoder->runtime->config;
  const struct vordec_layout *layout = decoder->layout;
  return (struct vordec_plan_desc){
      .struct_size = sizeof(struct vordec_plan_desc),
      .n = (uint32_t)layout->info.n,
      .batch = (uint32_t)decoder->batch,
      .precision = decoder->selection.precision,
      .fft = decoder->selection.fft,
      .d = (uint32_t)layout->info.d,
      .m = (uint32_t)layout->info.m,
      .anchors = (uint32_t)layout->info.anchors,
      .low_index = layout->low_index,
      .anchor_index = layout->anchor_index,
      .max_kept = (uint32_t)layout->info.max_kept,
      .smooth_width = (uint32_t)config_number(config, CONFIG_MASK_SMOOTH_WIDTH),
      .smooth_kernel = (enum vordec_smooth_kernel)config_number(config, CONFIG_MASK_SMOOTH_KERNEL),
      .boundary = (enum vordec_boundary)config_number(config, CONFIG_MASK_BOUNDARY),
      .tau = config_real(config, CONFIG_MASK_TAU),
      .majority_iters = (uint32_t)config_number(config, CONFIG_MASK_MAJORITY_ITERS),
      .gate = (enum vordec_gate)config_number(config, CONFIG_COMBINE_GATE),
      .include_anchors = config_number(config, CONFIG_COMBINE_ANCHORS) == ANCHORS_INCLUDE,
      .outputs = decoder->outputs,
      .residuals = decoder->residuals,
  };
}

/* ---- selection ---- */

struct search {
  struct select_request request;
  struct runtime_backend *backends[CANDIDATE_MAX];
  struct select_candidate candidates[CANDIDATE_MAX];
  size_t count;
  char fallback_text[256];
};

static void refresh(struct select_candidate *candidate, const struct runtime_backend *backend) {
  candidate->name = backend->name;
  candidate->state = backend->state;
  candidate->failure = backend->failure;
  candidate->devices = backend->devices;
  candidate->device_count = backend->device_count;
  candidate->ffts = backend->plugin.backend.ffts;
}

static enum vordec_status add_candidate(struct vordec_runtime *runtime, const char *name, struct search *search,
                                        struct vordec_error *error) {
  for (size_t i = 0; i < search->count; i++) {
    if (strcmp(search->candidates[i].name, name) == 0) return VORDEC_OK;
  }
  if (search->count == CANDIDATE_MAX) return VORDEC_OK;
  struct runtime_backend *backend = runtime_backend(runtime, name);
  if (!backend) return error_no_memory(error);
  search->backends[search->count] = backend;
  refresh(&search->candidates[search->count++], backend);
  return VORDEC_OK;
}

static enum vordec_status gather_candidates(struct vordec_runtime *runtime, struct search *search,
                                            struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (strcmp(search->request.backend, "auto") != 0) {
    status = add_candidate(runtime, search->request.backend, search, error);
    for (size_t i = 0; i < search->request.fallback_count && !status; i++) {
      status = add_candidate(runtime, search->request.fallback[i], search, error);
    }
    return status;
  }
  char **names = NULL;
  size_t count = 0;
  status = loader_list(runtime->folder, &names, &count, error);
  for (size_t i = 0; i < count && !status; i++) status = add_candidate(runtime, names[i], search, error);
  loader_free_names(names, count);
  if (status == VORDEC_E_UNSUPPORTED) error->status = status = VORDEC_E_REFUSED;
  return status;
}

/* ---- session and plan ---- */

static void close_backend(struct vordec_decoder *decoder) {
  if (!decoder->backend) return;
  const struct vordec_backend *slots = &decoder->backend->plugin.backend;
  if (decoder->plan) slots->plan_destroy(decoder->plan);
  if (decoder->session) slots->close(decoder->session);
  decoder->plan = NULL;
  decoder->session = NULL;
}

static bool offers(const struct vordec_backend *slots, const char *fft) {
  for (const char *const *name = slots->ffts; *name; name++) {
    if (strcmp(*name, fft) == 0) return true;
  }
  return false;
}

/* A plan must be there, say which FFT it uses, and use the one asked for. */
static enum vordec_status check_plan(struct vordec_decoder *decoder, struct vordec_error *error) {
  if (!decoder->plan) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI, "made no plan and gave no reason");
  }
  struct vordec_plan_info *info = &decoder->plan_info;
  const char *asked = decoder->selection.fft;
  info->fft[sizeof info->fft - 1] = '\0';
  info->fft_reason[sizeof info->fft_reason - 1] = '\0';
  const bool kept = strcmp(asked, "auto") == 0 || strcmp(asked, info->fft) == 0;
  if (kept && offers(&decoder->backend->plugin.backend, info->fft)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_EVIDENCE, "asked for fft '%s', its plan claims '%s'",
                     asked, info->fft);
}

static enum vordec_status open_backend(struct vordec_decoder *decoder, struct runtime_backend *backend,
                                       struct vordec_error *error) {
  const struct vordec_config *config = decoder->runtime->config;
  const struct vordec_backend *slots = &backend->plugin.backend;
  decoder->backend = backend;
  decoder->device = backend->devices[decoder->selection.device];
  const struct vordec_session_desc session_desc = {
      .struct_size = sizeof session_desc,
      .device_index = decoder->device.index,
      .threads = (uint32_t)config_number(config, CONFIG_CPU_THREADS),
  };
  backend->plugin.pinned = true;
  enum vordec_status status = slots->open(&decoder->runtime->host, &session_desc, &decoder->session, error);
  if (status) return status;
  const struct vordec_plan_desc plan_desc = describe_plan(decoder);
  decoder->plan_info = (struct vordec_plan_info){.struct_size = sizeof decoder->plan_info};
  status = slots->plan_create(decoder->session, &plan_desc, &decoder->plan, &decoder->plan_info, error);
  if (!status) status = check_plan(decoder, error);
  if (status) close_backend(decoder);
  return status;
}

/* Whether a failure to open or plan is one that another choice could mend. */
static bool another_may(const struct vordec_decoder *decoder, const struct select_request *request,
                        enum vordec_status status) {
  if (status == VORDEC_E_UNSUPPORTED) return true;
  const bool may_move = request->permissive || strcmp(request->backend, "auto") == 0;
  return status == VORDEC_E_NO_MEMORY && may_move && decoder->device.type != VORDEC_DEVICE_HOST;
}

static void note_failure(struct search *search, size_t index, const struct vordec_error *error) {
  struct select_candidate *candidate = &search->candidates[index];
  if (error->reason == VORDEC_REASON_FFT_SIZE && strcmp(search->request.fft, "auto") != 0 &&
      !candidate->fft_failure.status) {
    candidate->fft_failure = *error;
    return;
  }
  candidate->state = CANDIDATE_FAILED;
  candidate->failure = *error;
}

/* Asks select_backend() again after each probe and each failure; every round settles one candidate, so it ends. */
static enum vordec_status settle(struct vordec_decoder *decoder, struct search *search, struct vordec_error *error) {
  for (;;) {
    struct selection *selection = &decoder->selection;
    select_backend(&search->request, search->candidates, search->count, selection);
    const size_t index = selection->candidate;
    if (selection->verdict == SELECT_REFUSE) {
      return vordec_fail(error, VORDEC_E_REFUSED, selection->reason, "%s", selection->message);
    }
    if (selection->verdict == SELECT_PROBE) {
      runtime_probe(decoder->runtime, search->backends[index]);
      refresh(&search->candidates[index], search->backends[index]);
      continue;
    }
    const enum vordec_status status = open_backend(decoder, search->backends[index], error);
    if (!status) return VORDEC_OK;
    if (!another_may(decoder, &search->request, status)) return status;
    note_failure(search, index, error);
  }
}

static void announce(struct vordec_decoder *decoder) {
  decoder->flags = decoder->selection.flags;
  for (int i = 0; i < FLAG_COUNT; i++) {
    if (!decoder->flags.raised[i]) continue;
    log_line(&decoder->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name((enum perf_flag)i), decoder->flags.why[i]);
  }
}

enum vordec_status vordec_decoder_create(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                         const struct vordec_decoder_desc *desc, struct vordec_decoder **decoder,
                                         struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *decoder = NULL;
  const uint64_t start = runtime_clock_ns();
  enum vordec_status status = check_mask(runtime->config, layout->info.n, error);
  if (status) return status;
  struct search *search = calloc(1, sizeof *search);
  struct vordec_decoder *made = calloc(1, sizeof *made);
  if (!search || !made) {
    free(search);
    free(made);
    return error_no_memory(error);
  }
  made->runtime = runtime;
  made->layout = layout;
  made->batch = choose_batch(runtime->config, layout->info.n, desc->batch);
  made->outputs = desc->outputs;
  made->residuals = desc->residuals;
  atomic_flag_clear(&made->busy);
  runtime_request(runtime->config, search->fallback_text, sizeof search->fallback_text, &search->request);

  pthread_mutex_lock(&runtime->lock);
  status = gather_candidates(runtime, search, error);
  if (!status) status = settle(made, search, error);
  pthread_mutex_unlock(&runtime->lock);
  free(search);
  if (status) {
    free(made);
    return status;
  }
  made->create_ms = (double)(runtime_clock_ns() - start) * 1e-6;
  announce(made);
  *decoder = made;
  return VORDEC_OK;
}

void vordec_decoder_destroy(struct vordec_decoder *decoder) {
  if (!decoder) return;
  close_backend(decoder);
  free(decoder);
}

void vordec_decoder_get(const struct vordec_decoder *decoder, struct vordec_decoder_info *info) {
  const struct vordec_config *config = decoder->runtime->config;
  *info = (struct vordec_decoder_info){
      .backend_requested = config_text(config, CONFIG_DECODE_BACKEND),
      .backend_used = decoder->backend->name,
      .fft_requested = config_text(config, CONFIG_DECODE_FFT),
      .fft_used = decoder->plan_info.fft,
      .device = decoder->device,
      .precision = decoder->selection.precision,
      .batch = decoder->batch,
      .host_bytes = decoder->plan_info.host_bytes,
      .device_bytes = decoder->plan_info.device_bytes,
      .warmup_ms = decoder->plan_info.warmup_ms,
      .create_ms = decoder->create_ms,
  };
}
