/* SPDX-License-Identifier: MIT */
/* What a run did, as one JSON object (docs/metrics.schema.json). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/base/sort.h"
#include "core/base/utf8.h"
#include "core/policy/fft_names.h"
#include "errors.h"
#include "json_builder.h"
#include "json_flags.h"
#include "metrics.h"

/* The version of docs/metrics.schema.json: one more with each key that is added or changed. A file without it has
 * version 1. */
#define METRICS_VERSION 9

struct spread {
  double min, median, max;
};

/* If one value is not known, nothing can be said about all. */
static struct spread spread_of(double *values, size_t count) {
  bool known = count > 0;
  for (size_t i = 0; i < count; i++) known = known && isfinite(values[i]);
  if (!known) return (struct spread){NAN, NAN, NAN};
  sort_numbers(values, count);
  const double upper = values[count / 2], lower = values[(count - 1) / 2];
  return (struct spread){values[0], 0.5 * (lower + upper), values[count - 1]};
}

/* Says whether all devices that decoded measured the time. */
static bool has_timestamps(const struct vordec_decoder *decoder) {
  bool all = true;
  for (size_t i = 0; i < decoder->team_size; i++) {
    if (decoder->team[i]->decode_device) all = all && decoder->team[i]->device_timestamps;
  }
  return all;
}

static cJSON *timings_json(const struct vordec_metrics *metrics) {
  struct json_builder medians = {cJSON_CreateObject(), false}, min = {cJSON_CreateObject(), false},
                      max = {cJSON_CreateObject(), false};
  double *sorted = malloc((metrics->decodes + 1) * sizeof *sorted);
  bool ok = sorted && medians.object && min.object && max.object;
  for (int i = 0; ok && i < METRICS_TIMINGS; i++) {
    char key[32];
    snprintf(key, sizeof key, "%s_ms", i == METRICS_TOTAL ? "total" : vordec_stage_name((enum vordec_stage)i));
    memcpy(sorted, metrics->timings[i] ? metrics->timings[i] : sorted, metrics->decodes * sizeof *sorted);
    const struct spread spread = spread_of(sorted, metrics->decodes);
    json_put_number(&medians, key, spread.median);
    json_put_number(&min, key, spread.min);
    json_put_number(&max, key, spread.max);
  }
  free(sorted);
  json_put(&medians, "min", min.object);
  json_put(&medians, "max", max.object);
  json_put_text(&medians, "source", has_timestamps(metrics->decoder) ? "device_timestamps" : "host_clock");
  if (ok && !medians.failed && !min.failed && !max.failed) return medians.object;
  cJSON_Delete(medians.object);
  return NULL;
}

/* Says whether step t lies inside the training frames, if there were any. */
static void put_train(struct json_builder *item, const struct vordec_metrics *metrics, size_t t) {
  if (metrics->has_training) json_put(item, "train", cJSON_CreateBool(t <= metrics->last_training_step));
}

/* Says which of the states of the run's rollout it is, if there are several. */
static void put_state(struct json_builder *item, size_t state) {
  if (state != METRICS_ALONE) json_put_number(item, "state", (double)state);
}

static cJSON *scalars_json(const struct vordec_metrics *metrics, const struct metrics_decode *entry) {
  struct json_builder item = {cJSON_CreateObject(), false};
  json_put_number(&item, "t", (double)entry->t);
  put_state(&item, entry->state);
  put_train(&item, metrics, entry->t);
  json_put_number(&item, "energy_lp", entry->scalars.energy_lp);
  json_put_number(&item, "enstrophy_lp", entry->scalars.enstrophy_lp);
  json_put_number(&item, "energy_hat", entry->scalars.energy_hat);
  json_put_number(&item, "enstrophy_hat", entry->scalars.enstrophy_hat);
  json_put_number(&item, "support_frac", entry->scalars.support_frac);
  json_put_number(&item, "residual_absmax", entry->scalars.residual_absmax);
  json_put_number(&item, "resid_mid_target", entry->band_target[0]);
  json_put_number(&item, "resid_mid_achieved", entry->scalars.band_energy[0]);
  json_put_number(&item, "resid_high_target", entry->band_target[1]);
  json_put_number(&item, "resid_high_achieved", entry->scalars.band_energy[1]);
  return json_built(&item);
}

static cJSON *decode_metrics_json(const struct vordec_metrics *metrics) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; list && i < metrics->entry_count; i++) {
    if (!metrics->entries[i].has_scalars) continue;
    cJSON *item = scalars_json(metrics, &metrics->entries[i]);
    if (item && cJSON_AddItemToArray(list, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(list);
    return NULL;
  }
  return list;
}

static cJSON *hashes_json(const struct vordec_metrics *metrics) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; list && i < metrics->hash_count; i++) {
    struct json_builder item = {cJSON_CreateObject(), false};
    json_put_number(&item, "t", (double)metrics->hashes[i].t);
    put_state(&item, metrics->hashes[i].state);
    put_train(&item, metrics, metrics->hashes[i].t);
    json_put_text(&item, "what", metrics->hashes[i].what);
    json_put_text(&item, "hash", metrics->hashes[i].digest);
    if (!item.failed && cJSON_AddItemToArray(list, item.object)) continue;
    cJSON_Delete(item.object);
    cJSON_Delete(list);
    return NULL;
  }
  return list;
}

static cJSON *comparison_json(const struct vordec_metrics *metrics, const struct metrics_comparison *entry) {
  const struct vordec_comparison *values = &entry->values;
  struct json_builder item = {cJSON_CreateObject(), false};
  json_put_number(&item, "t", (double)entry->t);
  put_train(&item, metrics, entry->t);
  json_put_number(&item, "relative_l2", values->relative_l2);
  json_put_number(&item, "correlation", values->correlation);
  json_put_number(&item, "relative_l2_persistence", values->relative_l2_persistence);
  json_put_number(&item, "relative_l2_climatology", values->relative_l2_climatology);
  json_put_number(&item, "relative_l2_encoding", values->relative_l2_encoding);
  return json_built(&item);
}

static cJSON *comparisons_json(const struct vordec_metrics *metrics) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; list && i < metrics->comparison_count; i++) {
    cJSON *item = comparison_json(metrics, &metrics->comparisons[i]);
    if (item && cJSON_AddItemToArray(list, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(list);
    return NULL;
  }
  return list;
}

static cJSON *device_json(const struct vordec_device *device) {
  char uuid[33];
  for (int i = 0; i < 16; i++) snprintf(uuid + 2 * i, 3, "%02x", device->uuid[i]);
  struct json_builder item = {cJSON_CreateObject(), false};
  json_put_text(&item, "name", device->name);
  json_put_text(&item, "type", vordec_device_type_name(device->type));
  json_put_text(&item, "uuid", uuid);
  json_put_text(&item, "driver", device->driver);
  json_put_text(&item, "api", device->api);
  return json_built(&item);
}

static cJSON *plan_json(const struct vordec_decoder *decoder) {
  struct json_builder item = {cJSON_CreateObject(), false};
  json_put_number(&item, "open_ms", decoder->open_ms);
  json_put_number(&item, "create_ms", decoder->create_ms);
  json_put_number(&item, "warmup_ms", decoder->plan_info.warmup_ms);
  json_put_number(&item, "batch", (double)decoder->batch_size);
  json_put_number(&item, "host_bytes", (double)decoder->plan_info.host_bytes);
  json_put_number(&item, "device_bytes", (double)decoder->plan_info.device_bytes);
  return json_built(&item);
}

/* What simulates, or else what encodes. */
static const struct placement *placement_of(const struct vordec_metrics *metrics) {
  return metrics->simulation ? &metrics->simulation->place : &metrics->encoder->place;
}

/* The precision that a run is named after: that of its steps, or else that of its fields, or else that of the
 * simulation or the encoder. */
static enum vordec_precision run_precision(const struct vordec_metrics *metrics) {
  if (metrics->rollout) return metrics->rollout->precision;
  return metrics->decoder ? metrics->decoder->selection.precision : placement_of(metrics)->precision;
}

static const char *dtype(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? "float64" : "float32";
}

/* The shape of the states, if there are any. */
static void put_shape(struct json_builder *root, const struct vordec_metrics *metrics) {
  struct vordec_encoder_info encoded;
  double n = NAN, d = NAN, m = NAN;
  if (metrics->layout) {
    n = (double)metrics->layout->info.n;
    d = (double)metrics->layout->info.d;
    m = (double)metrics->layout->info.m;
  } else if (metrics->encoder) {
    vordec_encoder_get(metrics->encoder, &encoded);
    n = (double)encoded.n;
    d = (double)encoded.d;
    m = (double)encoded.m;
  } else {
    n = (double)metrics->simulation->desc.n;
  }
  json_put_number(root, "N", n);
  json_put_number(root, "D", d);
  json_put_number(root, "M", m);
}

static void put_run(struct json_builder *root, const struct vordec_metrics *metrics) {
  char now[32];
  const time_t seconds = time(NULL);
  struct tm utc;
  strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
  json_put_number(root, "metrics_version", METRICS_VERSION);
  json_put_text(root, "vordec_version", vordec_version());
  json_put_text(root, "git_describe", vordec_git_describe());
  json_put_text(root, "run_ts", now);
  put_shape(root, metrics);
  json_put_number(root, "steps", metrics->has_run ? (double)metrics->run.steps : NAN);
  json_put_number(root, "train_steps", metrics->has_training ? (double)metrics->last_training_step : NAN);
  json_put_number(root, "dt", metrics->has_run ? metrics->run.dt : NAN);
  json_put_text(root, "dtype", dtype(run_precision(metrics)));
  json_put(root, "config", config_json(metrics->runtime->config));
}

/* Writes three keys about one role; a part that the run does not use is null. A reason is needed if what was used is
 * not what was asked for. */
static void put_role(struct json_builder *root, const char *role, const char *asked, const char *used,
                     const char *reason) {
  char key[48];
  const bool moved = asked && used && strcmp(asked, used) != 0;
  const char *requested = asked ? fft_present_name(asked) : NULL;
  snprintf(key, sizeof key, "%s_backend_requested", role);
  json_put_text(root, key, requested);
  snprintf(key, sizeof key, "%s_backend_used", role);
  json_put_text(root, key, used);
  snprintf(key, sizeof key, "%s_backend_reason", role);
  json_put_text(root, key, moved && *reason ? reason : NULL);
}

static void put_placed_role(struct json_builder *root, const char *role, const struct placement *place) {
  if (!place) {
    put_role(root, role, NULL, NULL, "");
    return;
  }
  put_role(root, role, config_text(place->runtime->config, place->backend), place->engine->backend->name,
           placement_reason(place));
}

/* What made the bands that were synthesised, and why that is not what decoded. */
static void put_residual(struct json_builder *root, const char *used, const char *reason) {
  json_put_text(root, "residual_backend_used", used);
  json_put_text(root, "residual_backend_reason", used && *reason ? reason : NULL);
}

static void put_roles(struct json_builder *root, const struct vordec_metrics *metrics) {
  const struct vordec_config *config = metrics->runtime->config;
  const struct vordec_decoder *decoder = metrics->decoder;
  const struct vordec_rollout *rollout = metrics->rollout;
  if (decoder) {
    const bool fft_moved = decoder->flags.raised[FLAG_FFT_FALLBACK];
    put_role(root, "decode", config_text(config, CONFIG_DECODE_BACKEND), decoder->engine->backend->name,
             vordec_decoder_reason(decoder));
    put_role(root, "fft", config_text(config, CONFIG_DECODE_FFT), decoder->plan_info.fft,
             fft_moved ? decoder->flags.why[FLAG_FFT_FALLBACK] : decoder->plan_info.fft_reason);
    put_residual(root, vordec_decoder_residual_backend(decoder), vordec_decoder_residual_reason(decoder));
  } else {
    put_role(root, "decode", NULL, NULL, "");
    put_role(root, "fft", NULL, NULL, "");
    put_residual(root, NULL, "");
  }
  if (rollout) {
    const char *rule = decoder ? "auto: the decode backend if it can, else cpu" : "auto: cpu, since nothing is decoded";
    put_role(root, "op", config_text(config, CONFIG_OP_BACKEND), rollout->engine->backend->name,
             *rollout->why ? rollout->why : rule);
  } else {
    put_role(root, "op", NULL, NULL, "");
  }
  put_placed_role(root, "les", metrics->simulation ? &metrics->simulation->place : NULL);
  put_placed_role(root, "encode", metrics->encoder ? &metrics->encoder->place : NULL);
}

/* Of all devices of a decoder. */
struct states_decoded {
  uint64_t in_place, uploaded, band_bytes;
};

static struct states_decoded count_decoded(const struct vordec_decoder *decoder) {
  struct states_decoded all = {0};
  for (size_t i = 0; decoder && i < decoder->team_size; i++) {
    all.in_place += decoder->team[i]->states_in_place;
    all.uploaded += decoder->team[i]->states_uploaded;
    all.band_bytes += decoder->team[i]->band_bytes;
  }
  return all;
}

/* True if both ran on a GPU, every decode took the state from where the steps left it, and no copy went to the host in
 * between. */
static bool hotloop_on_gpu(const struct vordec_metrics *metrics) {
  const struct vordec_decoder *decoder = metrics->decoder;
  const struct vordec_rollout *rollout = metrics->rollout;
  const char *claim = decoder ? decoder_device_claim(decoder) : NULL;
  if (!rollout || !claim || !rollout->op_device) return false;
  const struct states_decoded states = count_decoded(decoder);
  return strcmp(claim, "gpu") == 0 && strcmp(rollout->op_device, "gpu") == 0 && states.in_place > 0 &&
         states.uploaded == 0 && rollout->host_visits == 0 && states.band_bytes == 0;
}

static struct link_bytes count_link(const struct vordec_metrics *metrics) {
  const struct vordec_decoder *decoder = metrics->decoder;
  struct link_bytes all = {0};
  /* The metrics of its leader count those of a whole team. */
  const size_t decoders = decoder && !decoder->leader ? decoder->team_size : 0;
  for (size_t i = 0; i < decoders; i++) link_add(&all, &decoder->team[i]->link);
  if (metrics->rollout) link_add(&all, &metrics->rollout->link);
  if (metrics->simulation) link_add(&all, &metrics->simulation->link);
  if (metrics->encoder) link_add(&all, &metrics->encoder->link);
  if (metrics->comparer) link_add(&all, &metrics->comparer->link);
  return all;
}

/* Fields that came to the host are listed by what they were used for; those of which nothing was said are listed as
 * others. */
static cJSON *link_json(const struct vordec_metrics *metrics) {
  struct json_builder item = {cJSON_CreateObject(), false};
  const struct vordec_field_uses *uses = &metrics->uses;
  const struct link_bytes link = count_link(metrics);
  const uint64_t told = uses->pictures + uses->files + uses->hashes + uses->numbers + uses->journal;
  const uint64_t out = link.of[LINK_FIELDS_OUT];
  json_put_number(&item, "operators_in", (double)link.of[LINK_OPERATORS_IN]);
  json_put_number(&item, "states_in", (double)link.of[LINK_STATES_IN]);
  json_put_number(&item, "states_out", (double)link.of[LINK_STATES_OUT]);
  json_put_number(&item, "sums_out", (double)link.of[LINK_SUMS_OUT]);
  json_put_number(&item, "fields_in", (double)link.of[LINK_FIELDS_IN]);
  json_put_number(&item, "fields_for_pictures", (double)uses->pictures);
  json_put_number(&item, "fields_for_files", (double)uses->files);
  json_put_number(&item, "fields_for_hashes", (double)uses->hashes);
  json_put_number(&item, "fields_for_numbers", (double)uses->numbers);
  json_put_number(&item, "fields_for_journal", (double)uses->journal);
  json_put_number(&item, "fields_for_others", (double)(out > told ? out - told : 0));
  return json_built(&item);
}

static cJSON *hotloop_json(const struct vordec_metrics *metrics) {
  if (!metrics->rollout) return cJSON_CreateNull();
  struct json_builder item = {cJSON_CreateObject(), false};
  const struct states_decoded states = count_decoded(metrics->decoder);
  json_put_number(&item, "host_visits", (double)metrics->rollout->host_visits);
  json_put_number(&item, "hash_readbacks", (double)metrics->rollout->hash_readbacks);
  json_put_number(&item, "states_in_place", (double)states.in_place);
  json_put_number(&item, "states_uploaded", (double)states.uploaded);
  json_put_number(&item, "band_bytes", (double)states.band_bytes);
  json_put(&item, "link", link_json(metrics));
  return json_built(&item);
}

static cJSON *share_json(const struct vordec_decoder *decoder, size_t i) {
  struct vordec_decoder_share share;
  struct json_builder item = {cJSON_CreateObject(), false};
  vordec_decoder_get_share(decoder, i, &share);
  json_put(&item, "device", device_json(&share.device));
  json_put_text(&item, "decode_device", share.decode_device);
  json_put_number(&item, "states", (double)share.states);
  json_put(&item, "lost", cJSON_CreateBool(share.lost));
  return json_built(&item);
}

/* What each of several devices did; null if one decodes alone. */
static cJSON *shares_json(const struct vordec_decoder *decoder) {
  if (!decoder || decoder->team_size == 1) return cJSON_CreateNull();
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; list && i < decoder->team_size; i++) {
    cJSON *item = share_json(decoder, i);
    if (item && cJSON_AddItemToArray(list, item)) continue;
    cJSON_Delete(item);
    cJSON_Delete(list);
    return NULL;
  }
  return list;
}

/* What the run is shown with: what decoded, or else what rolled out, or else what simulated or encoded. */
static const struct engine *engine_of(const struct vordec_metrics *metrics) {
  if (metrics->decoder) return metrics->decoder->engine;
  return metrics->rollout ? metrics->rollout->engine : placement_of(metrics)->engine;
}

static void put_devices(struct json_builder *root, const struct vordec_metrics *metrics) {
  const struct vordec_config *config = metrics->runtime->config;
  const struct placement *simulation = metrics->simulation ? &metrics->simulation->place : NULL;
  const struct placement *encoder = metrics->encoder ? &metrics->encoder->place : NULL;
  json_put_text(root, "decode_device", metrics->decoder ? decoder_device_claim(metrics->decoder) : NULL);
  json_put_text(root, "op_device", metrics->rollout ? metrics->rollout->op_device : NULL);
  json_put_number(root, "op_states", metrics->rollout ? (double)metrics->rollout->states : NAN);
  json_put_number(root, "op_stride", metrics->rollout ? (double)metrics->rollout->stride : NAN);
  json_put_text(root, "les_device", simulation ? simulation->device : NULL);
  json_put_text(root, "les_dtype", simulation ? dtype(simulation->precision) : NULL);
  json_put_text(root, "encode_device", encoder ? encoder->device : NULL);
  json_put_text(root, "encode_dtype", encoder ? dtype(encoder->precision) : NULL);
  json_put(root, "device", device_json(&engine_of(metrics)->device));
  json_put(root, "devices", shares_json(metrics->decoder));
  json_put(root, "gpu_hotloop_active", cJSON_CreateBool(hotloop_on_gpu(metrics)));
  json_put(root, "hotloop", hotloop_json(metrics));
  json_put_text(root, "policy", config_text(config, CONFIG_DECODE_POLICY));
  json_put_text(root, "observer", config_text(config, CONFIG_DECODE_OBSERVER));
}

/* The buffers of the plan, and the operator and states of a rollout on a device with memory of its own. */
static double device_bytes(const struct vordec_metrics *metrics) {
  const struct vordec_rollout *rollout = metrics->rollout;
  double bytes = 0.0;
  for (size_t i = 0; metrics->decoder && i < metrics->decoder->team_size; i++) {
    bytes += (double)metrics->decoder->team[i]->plan_info.device_bytes;
    bytes += (double)metrics->decoder->team[i]->slot_bytes;
  }
  if (rollout) bytes += (double)rollout->slot_bytes;
  if (rollout && rollout->engine->device.type != VORDEC_DEVICE_HOST) {
    const double real = rollout->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float), d = (double)rollout->d;
    const double rows = rollout->room > 1 ? (double)rollout->room : 0.0;
    bytes += (d * d + (2.0 + rows) * (double)rollout->states * d) * real;
  }
  if (metrics->simulation) {
    bytes += (double)metrics->simulation->place.info.device_bytes + (double)metrics->simulation->slot_bytes;
  }
  if (metrics->encoder) bytes += (double)metrics->encoder->place.info.device_bytes;
  return bytes;
}

static void put_results(struct json_builder *root, const struct vordec_metrics *metrics) {
  const struct vordec_decoder *decoder = metrics->decoder;
  const bool timings = config_number(metrics->runtime->config, CONFIG_METRICS_TIMINGS) && metrics->decodes > 0;
  const double steps = metrics->has_run ? (double)metrics->run.steps : 0.0;
  const double seconds = metrics->has_run && metrics->rollout ? metrics->run.rollout_s : NAN;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  json_put(root, "plan", decoder ? plan_json(decoder) : cJSON_CreateNull());
  json_put(root, "timings_ms", timings ? timings_json(metrics) : cJSON_CreateNull());
  json_put(root, "decode_metrics", decode_metrics_json(metrics));
  json_put(root, "comparison", comparisons_json(metrics));
  json_put(root, "hashes", hashes_json(metrics));
  json_put_number(root, "rollout_s", seconds);
  json_put_number(root, "ns_per_step", steps > 0.0 ? 1e9 * seconds / steps : NAN);
  json_put_number(root, "steps_per_sec", steps > 0.0 ? steps / seconds : NAN);
  json_put_number(root, "nan_inf_hits", metrics->has_run ? (double)metrics->run.nan_inf_hits : 0.0);
  json_put_number(root, "rss_max_mb", (double)usage.ru_maxrss / 1024.0);
  json_put_number(root, "device_memory_mb", device_bytes(metrics) / 1048576.0);
}

static void put_placed_flag(struct perf_flags *all, enum perf_flag flag, const struct placement *place) {
  if (place && place->flags.raised[flag]) flags_raise(all, flag, place->flags.why[flag]);
}

static void put_decoder_flag(struct perf_flags *all, enum perf_flag flag, const struct vordec_decoder *decoder) {
  for (size_t i = 0; decoder && i < decoder->team_size; i++) {
    if (decoder->team[i]->flags.raised[flag]) flags_raise(all, flag, decoder->team[i]->flags.why[flag]);
  }
}

/* The flags of all parts together. */
static bool put_flags(struct json_builder *root, const struct vordec_metrics *metrics) {
  struct perf_flags *all = calloc(1, sizeof *all);
  if (!all) return false;
  for (int i = 0; i < FLAG_COUNT; i++) {
    const enum perf_flag flag = (enum perf_flag)i;
    put_decoder_flag(all, flag, metrics->decoder);
    if (metrics->rollout && metrics->rollout->flags.raised[i]) flags_raise(all, flag, metrics->rollout->flags.why[i]);
    put_placed_flag(all, flag, metrics->simulation ? &metrics->simulation->place : NULL);
    put_placed_flag(all, flag, metrics->encoder ? &metrics->encoder->place : NULL);
  }
  const bool ok = json_add_flags(all, root->object);
  free(all);
  return ok;
}

/* The text of an object with a newline at its end; NULL: out of memory. */
static char *print_line(const cJSON *object) {
  char *text = utf8_mend(cJSON_Print(object)), *line = NULL;
  if (text && asprintf(&line, "%s\n", text) < 0) line = NULL;
  cJSON_free(text);
  return line;
}

enum vordec_status vordec_metrics_json(const struct vordec_metrics *metrics, char **json, struct vordec_error *error) {
  struct vordec_error scratch;
  *json = NULL;
  if (!metrics_are_here(metrics)) return error_other_process("collection of metrics", error_or(error, &scratch));
  struct json_builder root = {cJSON_CreateObject(), false};
  if (root.object) {
    put_run(&root, metrics);
    put_roles(&root, metrics);
    put_devices(&root, metrics);
    put_results(&root, metrics);
    if (!root.failed && put_flags(&root, metrics)) *json = print_line(root.object);
  }
  cJSON_Delete(root.object);
  return *json ? VORDEC_OK : error_no_memory(error_or(error, &scratch));
}
