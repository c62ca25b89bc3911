/* SPDX-License-Identifier: MIT */
/* A decoder on one device: selection under the policy, then session and plan. decoder_create.c combines several. */
#include "decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/utf8.h"
#include "core/policy/fft_names.h"
#include "errors.h"
#include "intake.h"
#include "mask_settings.h"
#include "plan_claims.h"
#include "team_members.h"

#define AUTO_BATCH_CELLS ((size_t)1 << 28) /* fields of one submission under batch = auto: 1 GiB in fp32 */

_Static_assert(SYNTHESIS_BATCHES == DECODER_DEPTH_MAX, "each batch under way has bands of its own");

/* ---- the plan's description ---- */

/* hint: how many states of a call fall to this device. */
static size_t choose_batch(const struct vordec_config *config, size_t n, size_t hint) {
  const size_t asked = (size_t)config_number(config, CONFIG_DECODE_BATCH);
  if (asked) return asked;
  size_t most = AUTO_BATCH_CELLS / (n * n);
  if (most == 0) most = 1;
  if (hint == 0) hint = 1;
  return hint < most ? hint : most;
}

/* Undefined bits would be outputs that never come. */
static enum vordec_status check_bits(const struct vordec_decoder_desc *desc, struct vordec_error *error) {
  const uint32_t outputs =
      desc->outputs & ~(uint32_t)(VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS);
  const uint32_t residuals = desc->residuals & ~(uint32_t)(VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID |
                                                           VORDEC_RESIDUAL_HIGH | VORDEC_RESIDUAL_PHASES);
  if (!outputs && !residuals) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%s has unknown bits: 0x%x", outputs ? "outputs" : "residuals",
                     outputs ? outputs : residuals);
}

/* The bands that others make for the decoder's backend. */
static uint32_t bands_handed_over(const struct synthesis *synthesis) {
  return synthesis->interface ? 0 : synthesis->setup.bands;
}

struct vordec_plan_desc decoder_describe_plan(const struct vordec_decoder *decoder) {
  const struct vordec_config *config = decoder->runtime->config;
  const struct vordec_layout *layout = decoder->layout;
  struct mask_settings mask;
  mask_settings_for_decodes(config, &mask);
  return (struct vordec_plan_desc){
      .struct_size = sizeof(struct vordec_plan_desc),
      .n = (uint32_t)layout->info.n,
      .batch = (uint32_t)decoder->batch_size,
      .precision = decoder->selection.precision,
      .fft = decoder->selection.fft,
      .d = (uint32_t)layout->info.d,
      .m = (uint32_t)layout->info.m,
      .anchors = (uint32_t)layout->info.anchors,
      .low_index = layout->low_index,
      .anchor_index = layout->anchor_index,
      .max_kept = (uint32_t)layout->info.max_kept,
      .smooth_width = mask.smooth_width,
      .smooth_kernel = mask.smooth_kernel,
      .boundary = mask.boundary,
      .tau = mask.tau,
      .majority_iters = mask.majority_iters,
      .gate = (enum vordec_gate)config_number(config, CONFIG_COMBINE_GATE),
      .include_anchors = config_number(config, CONFIG_COMBINE_ANCHORS) == ANCHORS_INCLUDE,
      .outputs = decoder->outputs,
      .residuals = decoder->residuals | bands_handed_over(&decoder->synthesis),
  };
}

/* ---- the plan ---- */

/* Makes a plan that makes the bands of the residual, if there are to be any and the backend has such plans. */
static enum vordec_status call_plan_create(const struct vordec_decoder *decoder, const struct engine *engine,
                                           const struct vordec_plan_desc *desc, struct vordec_plan **plan,
                                           struct vordec_plan_info *info, struct vordec_error *error) {
  const struct synthesis *synthesis = &decoder->synthesis;
  intake_ready(error);
  if (synthesis_is_on(synthesis) && synthesis->interface) {
    return intake_status(synthesis->interface->plan_create(engine->session, desc, &synthesis->setup, plan, info, error),
                         error);
  }
  return intake_status(engine_slots(engine)->plan_create(engine->session, desc, plan, info, error), error);
}

static enum vordec_status make_plan(struct vordec_decoder *decoder, const struct engine *engine, const char *fft,
                                    struct vordec_plan **plan, struct vordec_plan_info *info,
                                    struct vordec_error *error) {
  const struct vordec_backend *slots = engine_slots(engine);
  struct vordec_plan_desc desc = decoder_describe_plan(decoder);
  desc.fft = fft;
  *info = (struct vordec_plan_info){.struct_size = sizeof *info};
  const uint64_t start = clock_ns();
  enum vordec_status status = call_plan_create(decoder, engine, &desc, plan, info, error);
  const double call_ms = (double)(clock_ns() - start) * 1e-6;
  const struct plan_claims claims = {.engine = engine, .what = "plan", .fft = fft, .call_ms = call_ms};
  if (!status) status = plan_claims_check(&claims, *plan != NULL, info, decoder->plan_doubt, error);
  if (status && *plan) slots->plan_destroy(*plan);
  if (status) *plan = NULL;
  return status;
}

static const struct vordec_stream_interface *find_stream(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_stream_interface *stream =
      slots->get_interface ? slots->get_interface(VORDEC_STREAM_INTERFACE) : NULL;
  if (!stream || stream->struct_size < sizeof *stream) return NULL;
  return stream->submit && stream->wait && !stream->host_alloc == !stream->host_free ? stream : NULL;
}

/* Makes further plans, so that batches overlap. A plan for which the device has no room is done without. */
static enum vordec_status make_more_plans(struct vordec_decoder *decoder, const struct engine *engine,
                                          struct vordec_error *error) {
  struct vordec_plan_info *first = &decoder->plan_info;
  decoder->depth = 1;
  while (decoder->stream && decoder->depth < decoder->depth_asked) {
    struct vordec_plan_info info;
    const enum vordec_status status =
        make_plan(decoder, engine, first->fft, &decoder->batches[decoder->depth].plan, &info, error);
    if (status == VORDEC_E_NO_MEMORY || status == VORDEC_E_UNSUPPORTED) {
      log_line(&decoder->runtime->log, VORDEC_LOG_INFO, "%s: batches do not overlap: %s", engine->backend->name,
               error->message);
      return VORDEC_OK;
    }
    if (status) return status;
    decoder->depth++;
    first->host_bytes += info.host_bytes;
    first->device_bytes += info.device_bytes;
    first->warmup_ms += info.warmup_ms;
  }
  return VORDEC_OK;
}

static void destroy_plans(struct vordec_decoder *decoder, const struct engine *engine) {
  for (size_t i = DECODER_DEPTH_MAX; i-- > 0;) {
    if (decoder->batches[i].plan) engine_slots(engine)->plan_destroy(decoder->batches[i].plan);
    decoder->batches[i].plan = NULL;
  }
}

/* Makes plans with bands of their own if possible; otherwise with room for bands that others make. */
static enum vordec_status make_first_plan(struct vordec_decoder *decoder, const struct engine *engine,
                                          struct vordec_error *error) {
  struct synthesis *synthesis = &decoder->synthesis;
  struct vordec_plan **plan = &decoder->batches[0].plan;
  synthesis->interface = synthesis_is_on(synthesis) ? synthesis_find(engine) : NULL;
  synthesis->why[0] = '\0';
  if (synthesis_is_on(synthesis) && !synthesis->interface) {
    snprintf(synthesis->why, sizeof synthesis->why, "%s has no %s", engine->backend->name, VORDEC_RESIDUAL_INTERFACE);
  }
  const enum vordec_status status =
      make_plan(decoder, engine, decoder->selection.fft, plan, &decoder->plan_info, error);
  if (status != VORDEC_E_UNSUPPORTED || !synthesis->interface) return status;
  synthesis->interface = NULL;
  snprintf(synthesis->why, sizeof synthesis->why, "%s: %.560s", engine->backend->name, error->message);
  utf8_mend(synthesis->why);
  return make_plan(decoder, engine, decoder->selection.fft, plan, &decoder->plan_info, error);
}

/* As many as were asked for. A call of more states than a plan holds is several batches, and these overlap, too. */
static size_t choose_depth(size_t asked, size_t states, size_t batch) {
  if (asked > DECODER_DEPTH_MAX || states > batch) return DECODER_DEPTH_MAX;
  return asked ? asked : 1;
}

/* How many states go to the device at once depends on how many devices there are. */
static void choose_sizes(struct vordec_decoder *decoder, const struct decoder_wish *wish, const struct engine *engine) {
  if (wish->leader) {
    decoder->batch_size = wish->leader->batch_size;
    decoder->depth_asked = wish->leader->depth_asked;
    return;
  }
  const struct vordec_config *config = decoder->runtime->config;
  struct team_members members;
  team_members_of(config, wish->request, engine, &members);
  const size_t states = wish->desc->batch / members.count + (wish->desc->batch % members.count > 0);
  decoder->batch_size = choose_batch(config, decoder->layout->info.n, states);
  decoder->depth_asked = choose_depth(wish->desc->depth, states, decoder->batch_size);
}

static bool are_one(const struct engine *a, const struct engine *b) {
  return a->backend == b->backend && a->device.index == b->device.index;
}

/* Says whether this device can share the work of the leader and of its other devices so far. */
static enum vordec_status check_team(const struct vordec_decoder *leader, const struct engine *engine,
                                     struct vordec_error *error) {
  if (!leader) return VORDEC_OK;
  const struct vordec_device *own = &engine->device, *first = &leader->engine->device;
  const bool may_share = config_number(leader->runtime->config, CONFIG_DECODE_SHARE_DEVICES) != 0;
  for (size_t i = 0; i < leader->team_size && !may_share; i++) {
    if (!are_one(leader->team[i]->engine, engine)) continue;
    return vordec_fail(error, VORDEC_E_CONFIG, 0,
                       "[decode] devices = %.200s names device %u (%.120s) twice: name each once, or allow it with "
                       "[decode] share_devices = true",
                       config_text(leader->runtime->config, CONFIG_DECODE_DEVICES), own->index, own->name);
  }
  if (own->type == first->type && strcmp(own->name, first->name) == 0 && strcmp(own->driver, first->driver) == 0) {
    return VORDEC_OK;
  }
  vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_DEVICE_UNSUITABLE,
              "device %u is %.120s (%.60s), but device %u is %.120s (%.60s): the results of one run come from one kind "
              "of device",
              own->index, own->name, own->driver, first->index, first->name, first->driver);
  utf8_mend(error->message);
  return VORDEC_E_REFUSED;
}

/* What is made, and of what. */
struct equipping {
  struct vordec_decoder *decoder;
  const struct decoder_wish *wish;
};

/* Makes the plans for the selection on a session. */
static enum vordec_status make_plans(const struct equipping *equipping, struct engine *engine,
                                     struct vordec_error *error) {
  struct vordec_decoder *decoder = equipping->decoder;
  const uint64_t start = clock_ns();
  if (check_team(equipping->wish->leader, engine, error)) return error->status;
  choose_sizes(decoder, equipping->wish, engine);
  const struct vordec_plan_desc desc = decoder_describe_plan(decoder);
  decoder->stream = find_stream(engine);
  for (size_t i = 0; i < DECODER_DEPTH_MAX; i++) decoder->batches[i].under_way = &engine->under_way;
  decoder->plan_doubt[0] = '\0';
  decoder->limits = limits_of(&desc);
  enum vordec_status status = make_first_plan(decoder, engine, error);
  if (!status) status = make_more_plans(decoder, engine, error);
  if (status) destroy_plans(decoder, engine);
  decoder->create_ms = (double)(clock_ns() - start) * 1e-6;
  return status;
}

/* engine_create()'s last step. */
static enum vordec_status equip_with_plans(void *ctx, struct engine *engine, struct vordec_error *error) {
  const struct equipping *equipping = ctx;
  equipping->decoder->selection = engine->selection;
  return make_plans(equipping, engine, error);
}

/* ---- beside a simulation ---- */

/* Says whether what [decode] asks for would have found this engine: the simulation was placed by the same request, or
 * names the same backend. */
static bool is_same_choice(const struct placement *place, const struct select_request *request) {
  const struct engine *engine = place->engine;
  const char *asked = config_text(place->runtime->config, place->backend);
  const bool by_rule = strcmp(asked, "auto") == 0 && !*place->why;
  if (engine->selection.downgraded || !engine_meets(engine, request->backend)) return false;
  return by_rule || strcmp(asked, request->backend) == 0;
}

/* What the engine was selected with, except for what concerned the simulation alone. */
static struct selection selection_beside(const struct engine *engine) {
  struct selection selection = engine->selection;
  for (enum perf_flag flag = 0; flag < FLAG_COUNT; flag++) {
    if (flag != FLAG_SOFTWARE_DEVICE) selection.flags.raised[flag] = false;
  }
  return selection;
}

/* Uses the simulation's session, if that is where the decoder would go and there is room; otherwise, without an error,
 * the decoder has no engine. What stands against it is reported where a session of its own is looked for. */
static enum vordec_status share_engine(const struct equipping *equipping, struct vordec_error *error) {
  struct vordec_decoder *decoder = equipping->decoder;
  const struct placement *place = equipping->wish->beside;
  const struct select_request *request = equipping->wish->request;
  if (!place || !is_same_choice(place, request)) return VORDEC_OK;
  struct engine *engine = place->engine;
  decoder->selection = selection_beside(engine);
  if (select_judge_device(request, &engine->device, &decoder->selection.precision)) return VORDEC_OK;
  decoder->selection.fft = fft_name_for(engine->backend->name, request->fft);
  enum vordec_status status = engine_enter(engine, error);
  if (status) return status;
  status = engine_leave(engine, make_plans(equipping, engine, error));
  if (!status) decoder->engine = engine_retain(engine);
  return status == VORDEC_E_UNSUPPORTED || status == VORDEC_E_NO_MEMORY ? VORDEC_OK : status;
}

/* Reports what a plan claims but cannot be; then nothing can be said about its decodes. */
static void doubt_plan(struct vordec_decoder *decoder) {
  if (!decoder->plan_doubt[0]) return;
  decoder->decode_device = "unknown";
  flags_raise(&decoder->flags, FLAG_EVIDENCE_MISSING, decoder->plan_doubt);
  log_line(&decoder->runtime->log, VORDEC_LOG_WARNING, "%s: %s: %s", flag_name(FLAG_EVIDENCE_MISSING),
           decoder->engine->backend->name, decoder->plan_doubt);
}

static enum vordec_status open_synthesis(struct vordec_decoder *decoder, struct vordec_error *error) {
  const struct vordec_plan_desc desc = decoder_describe_plan(decoder);
  return synthesis_open(&decoder->synthesis, &desc, decoder->batch_size, error);
}

enum vordec_status decoder_open(struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                const struct decoder_wish *wish, struct vordec_decoder **decoder,
                                struct vordec_error *error) {
  const struct vordec_decoder_desc *desc = wish->desc;
  const uint64_t start = clock_ns();
  *decoder = NULL;
  enum vordec_status status = check_bits(desc, error);
  struct mask_settings mask;
  mask_settings_for_decodes(runtime->config, &mask);
  if (!status) status = mask_settings_check(runtime->config, &mask, layout->info.n, error);
  if (status) return status;
  struct vordec_decoder *made = calloc(1, sizeof *made), **team = calloc(1, sizeof *team);
  if (!made || !team) {
    free(made);
    free(team);
    return error_no_memory(error);
  }
  team[0] = made;
  made->team = team;
  made->team_size = 1;
  made->runtime = runtime;
  made->layout = layout;
  made->leader = wish->leader;
  made->outputs = desc->outputs;
  made->residuals = desc->residuals & ~(uint32_t)VORDEC_RESIDUAL_PHASES;
  struct equipping equipping = {made, wish};
  status = synthesis_describe(&made->synthesis, runtime, layout, desc, error);
  if (!status) status = share_engine(&equipping, error);
  const bool shared = made->engine != NULL; /* then it was announced */
  if (!status && !shared) {
    status = engine_create(runtime, wish->request, equip_with_plans, &equipping, &made->engine, error);
  }
  if (!status) status = open_synthesis(made, error);
  if (status) {
    decoder_close(made);
    return status;
  }
  made->open_ms = (double)(clock_ns() - start) * 1e-6 - made->create_ms;
  made->flags = made->selection.flags;
  if (!wish->leader && !shared) engine_announce(made->engine);
  doubt_plan(made);
  *decoder = made;
  return VORDEC_OK;
}

void decoder_close(struct vordec_decoder *decoder) {
  if (!decoder || (decoder->engine && !engine_is_here(decoder->engine))) return;
  struct vordec_error ignored;
  for (size_t i = 0; i < decoder->depth; i++) batch_wait(&decoder->batches[i], &ignored);
  if (decoder->engine) destroy_plans(decoder, decoder->engine);
  engine_release(decoder->engine);
  synthesis_release(&decoder->synthesis);
  free(decoder->team);
  free(decoder);
}

/* ---- several of them ---- */

const char *decoder_device_claim(const struct vordec_decoder *decoder) {
  const char *claim = NULL;
  for (size_t i = 0; i < decoder->team_size; i++) {
    const char *own = decoder->team[i]->decode_device;
    if (!own || (claim && strcmp(claim, own) == 0)) continue;
    const bool doubted = strcmp(own, "unknown") == 0 || (claim && strcmp(claim, "unknown") == 0);
    if (doubted) return "unknown";
    claim = claim ? "cpu" : own;
  }
  return claim;
}

/* ---- what it is ---- */

const char *vordec_decoder_reason(const struct vordec_decoder *decoder) {
  const char *asked = config_text(decoder->runtime->config, CONFIG_DECODE_BACKEND);
  if (strcmp(asked, decoder->engine->backend->name) == 0) return "";
  const char *why = decoder->selection.message;
  if (*why) return why;
  return strcmp(asked, "gpu") == 0 ? "gpu: the first usable one" : "auto: the first usable of what is installed";
}

void vordec_decoder_get(const struct vordec_decoder *decoder, struct vordec_decoder_info *info) {
  const struct vordec_config *config = decoder->runtime->config;
  *info = (struct vordec_decoder_info){
      .backend_requested = config_text(config, CONFIG_DECODE_BACKEND),
      .backend_used = decoder->engine->backend->name,
      .fft_requested = fft_present_name(config_text(config, CONFIG_DECODE_FFT)),
      .fft_used = decoder->plan_info.fft,
      .device = decoder->engine->device,
      .precision = decoder->selection.precision,
      .batch = decoder->batch_size,
      .depth = decoder->depth,
      .host_bytes = decoder->plan_info.host_bytes,
      .device_bytes = decoder->plan_info.device_bytes,
      .warmup_ms = decoder->plan_info.warmup_ms,
      .open_ms = decoder->open_ms,
      .create_ms = decoder->create_ms,
  };
}

/* ---- the residual that it synthesises ---- */

const char *vordec_decoder_residual_backend(const struct vordec_decoder *decoder) {
  const struct synthesis *synthesis = &decoder->synthesis;
  if (!synthesis_is_on(synthesis)) return NULL;
  return (synthesis->host ? synthesis->host : decoder->engine)->backend->name;
}

const char *vordec_decoder_residual_reason(const struct vordec_decoder *decoder) {
  return decoder->synthesis.why;
}

void vordec_decoder_set_step(struct vordec_decoder *decoder, size_t step) {
  for (size_t i = 0; i < decoder->team_size; i++) {
    decoder->team[i]->synthesis.step_is_set = step != VORDEC_STEP_AUTO;
    decoder->team[i]->synthesis.step = (uint32_t)step;
  }
}

void vordec_decoder_get_targets(const struct vordec_decoder *decoder, const double *z,
                                struct vordec_residual_targets *targets) {
  *targets = (struct vordec_residual_targets){0};
  if (synthesis_is_on(&decoder->synthesis)) *targets = synthesis_targets(&decoder->synthesis, z);
}

enum vordec_status vordec_decoder_set_phases(struct vordec_decoder *decoder, const double *const phases[2],
                                             struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (!decoder->synthesis.setup.phases || !synthesis_is_on(&decoder->synthesis)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "phases are given that the decoder was not made for");
  }
  const enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  if (decoder->call.open || decoder->under_way > 0) {
    return engine_leave(decoder->engine, vordec_fail(error, VORDEC_E_BUSY, 0, "a decode is under way: end it first"));
  }
  enum vordec_status set = VORDEC_OK;
  for (size_t i = 0; i < decoder->team_size && !set; i++) {
    set = synthesis_set_phases(&decoder->team[i]->synthesis, phases, error);
  }
  return engine_leave(decoder->engine, set);
}
