/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/process.h"
#include "errors.h"

enum vordec_status vordec_metrics_create(const struct vordec_runtime *runtime, const struct vordec_layout *layout,
                                         const struct vordec_decoder *decoder, const struct vordec_rollout *rollout,
                                         struct vordec_metrics **metrics, struct vordec_error *error) {
  struct vordec_error scratch;
  *metrics = NULL;
  if (!decoder && !rollout) {
    return vordec_fail(error_or(error, &scratch), VORDEC_E_USAGE, 0,
                       "metrics need a decoder or a rollout, and neither is given");
  }
  *metrics = calloc(1, sizeof **metrics);
  if (!*metrics) return error_no_memory(error_or(error, &scratch));
  **metrics = (struct vordec_metrics){
      .owner = process_token(), .runtime = runtime, .layout = layout, .decoder = decoder, .rollout = rollout};
  return VORDEC_OK;
}

enum vordec_status vordec_metrics_create_simulation(const struct vordec_runtime *runtime,
                                                    const struct vordec_simulation *simulation,
                                                    struct vordec_metrics **metrics, struct vordec_error *error) {
  struct vordec_error scratch;
  *metrics = calloc(1, sizeof **metrics);
  if (!*metrics) return error_no_memory(error_or(error, &scratch));
  **metrics = (struct vordec_metrics){.owner = process_token(), .runtime = runtime, .simulation = simulation};
  return VORDEC_OK;
}

void vordec_metrics_set_simulation(struct vordec_metrics *metrics, const struct vordec_simulation *simulation) {
  metrics->simulation = simulation;
}

enum vordec_status vordec_metrics_create_encoder(const struct vordec_runtime *runtime,
                                                 const struct vordec_encoder *encoder, struct vordec_metrics **metrics,
                                                 struct vordec_error *error) {
  struct vordec_error scratch;
  *metrics = calloc(1, sizeof **metrics);
  if (!*metrics) return error_no_memory(error_or(error, &scratch));
  **metrics = (struct vordec_metrics){.owner = process_token(), .runtime = runtime, .encoder = encoder};
  return VORDEC_OK;
}

void vordec_metrics_set_encoder(struct vordec_metrics *metrics, const struct vordec_encoder *encoder) {
  metrics->encoder = encoder;
}

void vordec_metrics_set_comparer(struct vordec_metrics *metrics, const struct vordec_comparer *comparer) {
  metrics->comparer = comparer;
}

void vordec_metrics_set_field_uses(struct vordec_metrics *metrics, const struct vordec_field_uses *uses) {
  metrics->uses = *uses;
}

bool metrics_are_here(const struct vordec_metrics *metrics) {
  return metrics->owner == process_token();
}

void vordec_metrics_destroy(struct vordec_metrics *metrics) {
  if (!metrics || !metrics_are_here(metrics)) return;
  for (int i = 0; i < METRICS_TIMINGS; i++) free(metrics->timings[i]);
  free(metrics->entries);
  free(metrics->hashes);
  free(metrics->comparisons);
  free(metrics);
}

/* ---- collecting ---- */

/* Makes room for one more element of `size` bytes, by doubling. */
static bool grow(void **array, size_t count, size_t *room, size_t size) {
  if (count < *room) return true;
  const size_t wanted = *room ? 2 * *room : 16;
  void *grown = realloc(*array, wanted * size);
  if (!grown) return false;
  *array = grown;
  *room = wanted;
  return true;
}

static bool add_timings(struct vordec_metrics *metrics, double share, const struct vordec_decode_report *report) {
  if (metrics->decodes == metrics->decodes_room) {
    const size_t room = metrics->decodes_room ? 2 * metrics->decodes_room : 16;
    for (int i = 0; i < METRICS_TIMINGS; i++) {
      double *grown = realloc(metrics->timings[i], room * sizeof *grown);
      if (!grown) return false;
      metrics->timings[i] = grown;
    }
    metrics->decodes_room = room;
  }
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) metrics->timings[i][metrics->decodes] = report->stage_ms[i] / share;
  metrics->timings[METRICS_TOTAL][metrics->decodes++] = report->total_ms / share;
  return true;
}

/* Rows of a rollout that were decoded at once count as one decode each, with an equal share of the time. */
static bool add_decodes(struct vordec_metrics *metrics, size_t rows, const struct vordec_decode_report *report) {
  bool ok = true;
  for (size_t row = 0; row < rows && ok; row++) ok = add_timings(metrics, (double)rows, report);
  return ok;
}

/* Of what the next entries are. */
struct moment {
  size_t t, state;
};

static struct moment moment_of(const struct vordec_metrics *metrics, size_t t0, size_t i) {
  const struct vordec_rollout *rollout = metrics->rollout;
  const size_t states = rollout ? rollout->states : 1, rows = rollout ? rollout->rows : 1;
  if (states == 1) return (struct moment){t0 + i * (rows > 1 ? rollout->row_steps : 1), METRICS_ALONE};
  return (struct moment){t0 + i / states * rollout->row_steps, i % states};
}

/* n E of a band: the caller's, or what the state asks for; for a rollout, what the last decode took from its states. */
static double target(const struct vordec_metrics *metrics, const struct vordec_decode_io *io, int band, size_t i) {
  const struct synthesis *synthesis = &metrics->decoder->synthesis;
  if (io->band[band]) return io->band_energy[band][i];
  if (!synthesis_makes(synthesis, (enum band)band)) return NAN;
  if (io->z) return synthesis_targets(synthesis, io->z + i * synthesis->layout->info.d).energy[band];
  return i < synthesis->target_room ? synthesis->target[band][i] : NAN;
}

static bool add_entry(struct vordec_metrics *metrics, struct moment at, size_t i, const struct vordec_decode_io *io) {
  if (!grow((void **)&metrics->entries, metrics->entry_count, &metrics->entry_room, sizeof *metrics->entries)) {
    return false;
  }
  struct metrics_decode *entry = &metrics->entries[metrics->entry_count++];
  *entry = (struct metrics_decode){.t = at.t, .state = at.state, .has_scalars = io->scalars != NULL};
  if (io->scalars) entry->scalars = io->scalars[i];
  for (int band = 0; band < 2; band++) entry->band_target[band] = target(metrics, io, band, i);
  return true;
}

static bool add_hash(struct vordec_metrics *metrics, struct moment at, const char *what, const void *data,
                     size_t size) {
  if (!grow((void **)&metrics->hashes, metrics->hash_count, &metrics->hash_room, sizeof *metrics->hashes)) return false;
  struct metrics_hash *entry = &metrics->hashes[metrics->hash_count++];
  entry->t = at.t;
  entry->state = at.state;
  entry->what = what;
  vordec_hash(data, size, entry->digest);
  return true;
}

static bool add_hashes(struct vordec_metrics *metrics, struct moment at, size_t i, const struct vordec_decode_io *io) {
  const struct vordec_decoder *decoder = metrics->decoder;
  const uint64_t wanted = config_number(decoder->runtime->config, CONFIG_METRICS_HASH);
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n, d = decoder->layout->info.d;
  const size_t field = cells * (decoder->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
  bool ok = true;
  if ((wanted & HASH_Z) && io->z) ok = ok && add_hash(metrics, at, "z", io->z + i * d, d * sizeof(double));
  if ((wanted & HASH_OMEGA_LP) && io->omega_lp) {
    ok = ok && add_hash(metrics, at, "omega_lp", (const char *)io->omega_lp + i * field, field);
  }
  if ((wanted & HASH_MASK) && io->mask) ok = ok && add_hash(metrics, at, "mask", io->mask + i * cells, cells);
  if ((wanted & HASH_OMEGA_HAT) && io->omega_hat) {
    ok = ok && add_hash(metrics, at, "omega_hat", (const char *)io->omega_hat + i * field, field);
  }
  return ok;
}

enum vordec_status vordec_metrics_add(struct vordec_metrics *metrics, size_t t0, const struct vordec_decode_io *io,
                                      const struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  if (!metrics_are_here(metrics)) return error_other_process("collection of metrics", error_or(error, &scratch));
  if (!metrics->decoder) {
    return vordec_fail(error_or(error, &scratch), VORDEC_E_USAGE, 0, "a decode without a decoder");
  }
  bool ok = add_decodes(metrics, io->rollout ? io->count / io->rollout->states : 1, report);
  for (size_t i = 0; i < io->count && ok; i++) {
    const struct moment at = moment_of(metrics, t0, i);
    ok = add_entry(metrics, at, i, io) && add_hashes(metrics, at, i, io);
  }
  return ok ? VORDEC_OK : error_no_memory(error_or(error, &scratch));
}

enum vordec_status vordec_metrics_add_state_hash(struct vordec_metrics *metrics, size_t t, const char *digest,
                                                 struct vordec_error *error) {
  struct vordec_error scratch;
  if (!metrics_are_here(metrics)) return error_other_process("collection of metrics", error_or(error, &scratch));
  if (!grow((void **)&metrics->hashes, metrics->hash_count, &metrics->hash_room, sizeof *metrics->hashes)) {
    return error_no_memory(error_or(error, &scratch));
  }
  struct metrics_hash *entry = &metrics->hashes[metrics->hash_count++];
  *entry = (struct metrics_hash){.t = t, .state = METRICS_ALONE, .what = "z"};
  snprintf(entry->digest, sizeof entry->digest, "%s", digest);
  return VORDEC_OK;
}

void vordec_metrics_set_run(struct vordec_metrics *metrics, const struct vordec_run *run) {
  metrics->has_run = true;
  metrics->run = *run;
}

void vordec_metrics_set_training(struct vordec_metrics *metrics, size_t last_step) {
  metrics->has_training = true;
  metrics->last_training_step = last_step;
}

enum vordec_status vordec_metrics_add_comparison(struct vordec_metrics *metrics, size_t t,
                                                 const struct vordec_comparison *comparison,
                                                 struct vordec_error *error) {
  struct vordec_error scratch;
  if (!metrics_are_here(metrics)) return error_other_process("collection of metrics", error_or(error, &scratch));
  if (!comparison) return vordec_fail(error_or(error, &scratch), VORDEC_E_USAGE, 0, "a comparison without numbers");
  if (!grow((void **)&metrics->comparisons, metrics->comparison_count, &metrics->comparison_room,
            sizeof *metrics->comparisons)) {
    return error_no_memory(error_or(error, &scratch));
  }
  metrics->comparisons[metrics->comparison_count++] = (struct metrics_comparison){t, *comparison};
  return VORDEC_OK;
}
