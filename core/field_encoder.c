/* SPDX-License-Identifier: MIT */
#include "field_encoder.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"
#include "simulation.h"

#define BATCH_CELLS ((size_t)1 << 28) /* most in the fields of one submission */

/* ---- making it ---- */

static bool find_interface(void *ctx, const struct engine *engine) {
  struct vordec_encoder *encoder = ctx;
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_encode_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_ENCODE_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return false;
  encoder->interface = interface;
  return interface->create && interface->destroy && interface->encode;
}

static struct vordec_encode_setup describe(const struct vordec_encoder *encoder) {
  const struct encode_bands *bands = &encoder->bands;
  const struct mask_settings *mask = &encoder->mask;
  return (struct vordec_encode_setup){.struct_size = sizeof(struct vordec_encode_setup),
                                      .n = (uint32_t)bands->n,
                                      .batch = (uint32_t)encoder->batch,
                                      .low_count = bands->low_pairs,
                                      .mid_count = bands->mid_pairs,
                                      .low_index = bands->low_index,
                                      .mid_index = bands->mid_index,
                                      .smooth_width = mask->smooth_width,
                                      .smooth_kernel = mask->smooth_kernel,
                                      .boundary = mask->boundary,
                                      .tau = mask->tau,
                                      .majority_iters = mask->majority_iters};
}

static enum vordec_status make_backend(void *ctx, const struct placement_try *with, bool *made,
                                       struct vordec_error *error) {
  struct vordec_encoder *encoder = ctx;
  struct vordec_encode_setup setup = describe(encoder);
  setup.precision = with->precision;
  setup.fft = with->fft;
  const enum vordec_status status =
      encoder->interface->create(with->engine->session, &setup, &encoder->backend, with->info, error);
  if (status) encoder->backend = NULL;
  *made = encoder->backend != NULL;
  return status;
}

static void discard_backend(void *ctx) {
  struct vordec_encoder *encoder = ctx;
  if (encoder->backend) encoder->interface->destroy(encoder->backend);
  encoder->backend = NULL;
}

static enum vordec_status place(struct vordec_encoder *encoder, struct vordec_runtime *runtime,
                                const struct vordec_decoder *decoder, const struct vordec_simulation *simulation,
                                struct vordec_error *error) {
  const struct placement_desc desc = {
      .runtime = runtime,
      .role = SELECT_ENCODE,
      .backend = CONFIG_ENCODE_BACKEND,
      .precision = CONFIG_ENCODE_PRECISION,
      .fft = "auto",
      .what = "encoder",
      .work = "encoding",
      .rule = "auto: the simulation's or the decode's backend if it can, else cpu",
      .beside = {simulation ? simulation->place.engine : NULL, decoder ? decoder->engine : NULL},
      .find = find_interface,
      .make = make_backend,
      .discard = discard_backend,
      .ctx = encoder};
  return placement_make(&desc, &encoder->place, error);
}

static size_t choose_batch(size_t n, size_t hint) {
  const size_t most = BATCH_CELLS / (n * n), wanted = hint ? hint : 1;
  return most == 0 ? 1 : wanted < most ? wanted : most;
}

static enum vordec_status make_room(struct vordec_encoder *encoder, struct vordec_error *error) {
  const size_t batch = encoder->batch, low = encoder->bands.low_pairs, mid = encoder->bands.mid_pairs;
  encoder->low = calloc(batch * low + 1, 2 * sizeof *encoder->low);
  encoder->mid = calloc(batch * mid + 1, 2 * sizeof *encoder->mid);
  encoder->high = calloc(batch, sizeof *encoder->high);
  encoder->support = calloc(batch, sizeof *encoder->support);
  const bool made = encoder->low && encoder->mid && encoder->high && encoder->support;
  return made ? VORDEC_OK : error_no_memory(error);
}

enum vordec_status vordec_encoder_create(struct vordec_runtime *runtime, struct vordec_decoder *decoder,
                                         struct vordec_simulation *simulation, const struct vordec_encoder_desc *desc,
                                         struct vordec_encoder **encoder, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *encoder = NULL;
  if (!runtime_is_here(runtime)) return error_other_process("runtime", error);
  struct vordec_encoder *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  enum vordec_status status = encode_bands_create(desc, &made->bands, error);
  if (!status) {
    mask_settings_for_encodes(runtime->config, desc->n, &made->mask);
    status = mask_settings_check(runtime->config, &made->mask, desc->n, error);
    made->batch = choose_batch(desc->n, desc->batch);
  }
  if (!status) status = make_room(made, error);
  if (!status) status = place(made, runtime, decoder, simulation, error);
  if (status) {
    vordec_encoder_destroy(made);
    return status;
  }
  *encoder = made;
  return VORDEC_OK;
}

void vordec_encoder_destroy(struct vordec_encoder *encoder) {
  if (!encoder || (encoder->place.engine && !engine_is_here(encoder->place.engine))) return;
  discard_backend(encoder);
  placement_release(&encoder->place);
  encode_bands_destroy(&encoder->bands);
  free(encoder->low);
  free(encoder->mid);
  free(encoder->high);
  free(encoder->support);
  free(encoder->fields);
  free(encoder);
}

void vordec_encoder_get(const struct vordec_encoder *encoder, struct vordec_encoder_info *info) {
  const struct placement *place = &encoder->place;
  const struct encode_bands *bands = &encoder->bands;
  const struct mask_settings *mask = &encoder->mask;
  *info = (struct vordec_encoder_info){
      .backend_requested = config_text(place->runtime->config, CONFIG_ENCODE_BACKEND),
      .backend_used = place->engine->backend->name,
      .reason = placement_reason(place),
      .fft_used = place->info.fft,
      .device = place->engine->device,
      .precision = place->precision,
      .encode_device = place->device,
      .batch = encoder->batch,
      .host_bytes = place->info.host_bytes,
      .device_bytes = place->info.device_bytes,
      .open_ms = place->open_ms,
      .create_ms = place->create_ms,
      .warmup_ms = place->info.warmup_ms,
      .n = bands->n,
      .m = bands->m,
      .d = 2 * bands->m + 4 + 2 * bands->anchors,
      .anchors = bands->anchors,
      .mid_modes = bands->mid_modes,
      .high_modes = bands->high_modes,
      .mask_low = bands->mask_low,
      .anchor_idx = bands->chosen ? bands->anchor : NULL,
      .smooth_width = mask->smooth_width,
      .majority_iters = mask->majority_iters,
      .smooth_kernel = mask->smooth_kernel,
      .boundary = mask->boundary,
      .tau = mask->tau,
  };
}

enum vordec_status vordec_encoder_set_anchors(struct vordec_encoder *encoder, const int64_t *anchor_idx, size_t count,
                                              struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(encoder->place.engine, error);
  if (status) return status;
  return engine_leave(encoder->place.engine, encode_bands_set_anchors(&encoder->bands, anchor_idx, count, error));
}

/* ---- what is to be encoded ---- */

/* The fields of one vordec_encode(). */
struct encoding_call {
  struct vordec_encoder *encoder;
  const struct vordec_encode_io *io;
  double device_ms;
  bool device_timestamps;
};

static bool is_in_place(const struct encoding_call *call) {
  const struct vordec_simulation *simulation = call->io->simulation;
  return simulation && simulation->place.engine == call->encoder->place.engine;
}

static enum vordec_status check_source(const struct encoding_call *call, size_t count, struct vordec_error *error) {
  const struct vordec_encode_io *io = call->io;
  const size_t n = call->encoder->bands.n;
  if (!io->omega == !io->simulation) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: give either omega or a simulation");
  }
  if (count == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: 0 fields; give at least one");
  if (!io->simulation) return VORDEC_OK;
  if (io->simulation->desc.n != n) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "encode: the simulation's grid is N = %zu, the encoder's N = %zu",
                       io->simulation->desc.n, n);
  }
  return simulation_check_members(io->simulation, io->first_member, count, error);
}

#define CHECKED_AT_ONCE                                                                                                \
  ((size_t)1024) /* cells: nothing is asked of each by itself, so that several are looked at in a go */

/* Returns the first cell that a precision cannot hold, or one shortly before it; `cells`: there is none. */
static size_t find_unfit(const double *omega, size_t cells, bool fp64) {
  for (size_t first = 0; first < cells; first += CHECKED_AT_ONCE) {
    const size_t left = cells - first, count = left < CHECKED_AT_ONCE ? left : CHECKED_AT_ONCE;
    const double *at = omega + first;
    unsigned unfit = 0;
    if (fp64) {
      for (size_t i = 0; i < count; i++) unfit |= !(fabs(at[i]) <= DBL_MAX);
    } else {
      for (size_t i = 0; i < count; i++) unfit |= !(fabsf((float)at[i]) <= FLT_MAX);
    }
    if (unfit) return first;
  }
  return cells;
}

/* Field number `number` of the call. */
static enum vordec_status check_field(const struct encoding_call *call, const double *omega, size_t number,
                                      struct vordec_error *error) {
  const size_t n = call->encoder->bands.n;
  const bool fp64 = call->encoder->place.precision == VORDEC_FP64;
  char which[32] = "";
  for (size_t i = find_unfit(omega, n * n, fp64); i < n * n; i++) {
    if (isfinite(fp64 ? omega[i] : (double)(float)omega[i])) continue;
    if (call->io->count > 1) snprintf(which, sizeof which, "[%zu]", number);
    return vordec_fail(error, VORDEC_E_INPUT, 0, "vorticity%s: %s at row %zu, column %zu", which,
                       isfinite(omega[i]) ? "beyond fp32" : "not finite", i / n, i % n);
  }
  return VORDEC_OK;
}

/* Fetches the members of a simulation on another engine. Not while in a call. */
static enum vordec_status fetch_fields(const struct encoding_call *call, size_t first, size_t count,
                                       struct vordec_error *error) {
  struct vordec_encoder *encoder = call->encoder;
  const size_t cells = encoder->bands.n * encoder->bands.n;
  if (!encoder->fields) encoder->fields = malloc(encoder->batch * cells * sizeof *encoder->fields);
  if (!encoder->fields) return error_no_memory(error);
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < count && !status; i++) {
    status = vordec_simulation_read(call->io->simulation, call->io->first_member + first + i,
                                    encoder->fields + i * cells, error);
  }
  return status;
}

/* Says where `count` fields from number `first` on come from. */
static enum vordec_status find_fields(const struct encoding_call *call, size_t first, size_t count,
                                      struct vordec_encode_job *job, struct vordec_error *error) {
  struct vordec_encoder *encoder = call->encoder;
  const struct vordec_encode_io *io = call->io;
  const size_t cells = encoder->bands.n * encoder->bands.n;
  if (is_in_place(call)) {
    job->simulation = io->simulation->members;
    job->first_member = (uint32_t)(io->first_member + first);
    return VORDEC_OK;
  }
  enum vordec_status status = io->simulation ? fetch_fields(call, first, count, error) : VORDEC_OK;
  if (status) return status;
  job->omega = io->simulation ? encoder->fields : io->omega + first * cells;
  for (size_t i = 0; i < count && !status; i++) status = check_field(call, job->omega + i * cells, first + i, error);
  return status;
}

/* ---- measuring ---- */

static enum vordec_status fail_value(const char *what, double value, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_FAILED, 0, "encode: the backend measured %s of %g, which is impossible", what,
                     value);
}

/* Finite fields have finite coefficients; their squares may be too large. */
static enum vordec_status check_measured(const struct encoding_call *call, size_t count, struct vordec_error *error) {
  const struct vordec_encoder *encoder = call->encoder;
  const struct encode_bands *bands = &encoder->bands;
  double sum = 0;
  for (size_t i = 0; i < 2 * count * bands->low_pairs; i++) sum += encoder->low[i] - encoder->low[i];
  for (size_t i = 0; i < 2 * count * bands->mid_pairs; i++) sum += fabs(encoder->mid[i]) * fabs(encoder->mid[i]);
  for (size_t i = 0; i < count; i++) sum += encoder->high[i];
  if (!isfinite(sum)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "vorticity: so large that its energy overflows %s",
                       encoder->place.precision == VORDEC_FP64 ? "fp64" : "fp32");
  }
  for (size_t i = 0; i < count; i++) {
    if (!(encoder->high[i] >= 0)) return fail_value("an energy", encoder->high[i], error);
    if (encoder->support[i] >= 0 && encoder->support[i] <= 1) continue;
    return fail_value("a support", encoder->support[i], error);
  }
  return VORDEC_OK;
}

static void count_bytes(struct vordec_encoder *encoder, const struct vordec_encode_job *job) {
  const struct vordec_device *device = &encoder->place.engine->device;
  const size_t cells = job->count * encoder->bands.n * encoder->bands.n;
  const size_t numbers = 2 * (encoder->bands.low_pairs + encoder->bands.mid_pairs) + 2; /* .. energy and support */
  if (job->omega) link_count(&encoder->link, device, LINK_FIELDS_IN, cells * sizeof *job->omega);
  if (job->mask) link_count(&encoder->link, device, LINK_FIELDS_OUT, cells * sizeof *job->mask);
  link_count(&encoder->link, device, LINK_STATES_OUT, job->count * numbers * sizeof(double));
}

static enum vordec_status run_job(struct encoding_call *call, const struct vordec_encode_job *job,
                                  struct vordec_error *error) {
  struct vordec_encoder *encoder = call->encoder;
  struct vordec_encode_result result = {.struct_size = sizeof result};
  struct evidence_verdict verdict;
  intake_ready(error);
  const uint64_t start = clock_ns();
  enum vordec_status status = intake_status(encoder->interface->encode(encoder->backend, job, &result, error), error);
  const double host_ms = (double)(clock_ns() - start) * 1e-6;
  intake_evidence(&result.evidence);
  if (engine_leave(encoder->place.engine, status)) return status;
  count_bytes(encoder, job);
  evidence_judge_encode(&encoder->place.engine->device, &result, host_ms, &verdict);
  call->device_ms += verdict.timed ? result.device_ms : NAN;
  call->device_timestamps = call->device_timestamps && result.evidence.device_timestamps;
  status = placement_weigh(&encoder->place, &verdict, error);
  return status ? status : check_measured(call, job->count, error);
}

/* Measures `count` fields from number `first` on, at most a batch. */
static enum vordec_status measure(struct encoding_call *call, size_t first, size_t count, struct vordec_error *error) {
  struct vordec_encoder *encoder = call->encoder;
  struct vordec_encode_job job = {.struct_size = sizeof job,
                                  .count = (uint32_t)count,
                                  .low = encoder->low,
                                  .mid = encoder->mid,
                                  .high = encoder->high,
                                  .support = encoder->support};
  if (call->io->mask) job.mask = call->io->mask + first * encoder->bands.n * encoder->bands.n;
  enum vordec_status status = find_fields(call, first, count, &job, error);
  if (!status) status = engine_enter(encoder->place.engine, error);
  return status ? status : run_job(call, &job, error);
}

/* Which process the encoder belongs to is checked before whatever else is wrong with a call. */
static enum vordec_status begin(const struct encoding_call *call, size_t count, struct vordec_error *error) {
  struct engine *engine = call->encoder->place.engine;
  const enum vordec_status status = engine_enter(engine, error);
  return status ? status : engine_leave(engine, check_source(call, count, error));
}

enum vordec_status vordec_encoder_choose_anchors(struct vordec_encoder *encoder, const struct vordec_encode_io *io,
                                                 struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_encode_io first = *io;
  first.count = 1;
  first.mask = NULL;
  struct encoding_call call = {.encoder = encoder, .io = &first};
  enum vordec_status status = begin(&call, 1, error);
  if (!status) status = measure(&call, 0, 1, error);
  if (!status) encode_bands_choose(&encoder->bands, encoder->mid);
  return status;
}

static void assemble(const struct encoding_call *call, size_t first, size_t count) {
  struct vordec_encoder *encoder = call->encoder;
  struct encode_bands *bands = &encoder->bands;
  if (!bands->chosen) encode_bands_choose(bands, encoder->mid);
  const size_t d = 2 * bands->m + 4 + 2 * bands->anchors;
  for (size_t i = 0; i < count; i++) {
    const struct encode_measured measured = {.low = encoder->low + 2 * i * bands->low_pairs,
                                             .mid = encoder->mid + 2 * i * bands->mid_pairs,
                                             .high = encoder->high[i],
                                             .support = encoder->support[i]};
    encode_bands_assemble(bands, &measured, call->io->z + (first + i) * d);
  }
}

enum vordec_status vordec_encode(struct vordec_encoder *encoder, const struct vordec_encode_io *io,
                                 struct vordec_encode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct encoding_call call = {.encoder = encoder, .io = io, .device_timestamps = true};
  const uint64_t start = clock_ns();
  enum vordec_status status = begin(&call, io->count, error);
  for (size_t first = 0; first < io->count && !status; first += encoder->batch) {
    const size_t left = io->count - first, count = left < encoder->batch ? left : encoder->batch;
    status = measure(&call, first, count, error);
    if (!status) assemble(&call, first, count);
  }
  if (status || !report) return status;
  *report = (struct vordec_encode_report){.total_ms = (double)(clock_ns() - start) * 1e-6,
                                          .device_ms = call.device_ms,
                                          .encode_device = encoder->place.device,
                                          .device_timestamps = call.device_timestamps,
                                          .in_place = is_in_place(&call)};
  return VORDEC_OK;
}
