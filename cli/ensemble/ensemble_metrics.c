/* SPDX-License-Identifier: MIT */
#include "ensemble_metrics.h"

#include <vordec/error.h>

#include "cli/frames/simulation_frames.h"
#include "cli/json_read.h"
#include "cli/metrics_join.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the metrics");
}

static void name_member(cJSON *metrics, const char *list, size_t number) {
  for (cJSON *item = json_first_of(metrics, list); item; item = item->next) {
    cJSON_AddNumberToObject(item, "member", (double)number);
  }
}

/* The device's memory, with what is there beside the member. */
static void add_kept(cJSON *metrics, uint64_t bytes) {
  cJSON *memory = cJSON_GetObjectItem(metrics, "device_memory_mb");
  if (memory) cJSON_SetNumberValue(memory, memory->valuedouble + (double)bytes / 1048576.0);
}

/* Of the member alone. */
static cJSON *make(struct snapshot_run *run, struct vordec_error *error) {
  static const char *const lists[] = {"decode_metrics", "comparison", "hashes"};
  const struct training_span *training = &run->states.training;
  struct vordec_metrics *metrics = run->decodes.metrics;
  char *text = NULL;
  vordec_metrics_set_run(metrics, &run->decodes.rollout.run);
  if (training->known) vordec_metrics_set_training(metrics, training->last);
  snapshot_decodes_tell_uses(&run->decodes);
  if (vordec_metrics_json(metrics, &text, error)) return NULL;
  cJSON *made = cJSON_Parse(text);
  vordec_free(text);
  if (!made || !cJSON_AddNumberToObject(made, "members", 1.0)) {
    cJSON_Delete(made);
    fail_memory(error);
    return NULL;
  }
  if (run->request.member.number > 0) cJSON_DeleteItemFromObject(made, "op_states"); /* they follow each other */
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) name_member(made, lists[i], run->request.member.number);
  return made;
}

enum vordec_status ensemble_metrics_note_frames(struct ensemble_metrics *metrics, const struct snapshot_states *states,
                                                struct vordec_error *error) {
  struct vordec_metrics *made = NULL;
  char *text = NULL;
  enum vordec_status status = vordec_metrics_create_encoder(states->runtime, states->encoder, &made, error);
  if (!status) {
    vordec_metrics_set_simulation(made, simulation_frames_simulation(states->frames));
    status = vordec_metrics_json(made, &text, error);
  }
  vordec_metrics_destroy(made);
  if (status) return status;
  cJSON *noted = cJSON_Parse(text);
  vordec_free(text);
  if (!noted) return fail_memory(error);
  if (!metrics->frames) {
    metrics->frames = noted;
    return VORDEC_OK;
  }
  metrics_join(metrics->frames, noted);
  cJSON_Delete(noted);
  return VORDEC_OK;
}

/* Where frames and states were made is known of their own time alone. */
static void say_frames(const struct ensemble_metrics *metrics) {
  static const char *const keys[] = {"les_device", "encode_device"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const cJSON *known = cJSON_GetObjectItem(metrics->frames, keys[i]);
    if (cJSON_IsString(known)) cJSON_ReplaceItemInObject(metrics->root, keys[i], cJSON_Duplicate(known, true));
  }
}

enum vordec_status ensemble_metrics_take(struct ensemble_metrics *metrics, struct snapshot_run *run,
                                         struct vordec_error *error) {
  cJSON *made = make(run, error);
  if (!made) return error->status;
  add_kept(made, metrics->kept_bytes);
  if (!metrics->root) {
    metrics->root = made;
  } else {
    metrics_join(metrics->root, made);
    cJSON_Delete(made);
  }
  say_frames(metrics);
  return VORDEC_OK;
}

void ensemble_metrics_release(struct ensemble_metrics *metrics) {
  cJSON_Delete(metrics->root);
  cJSON_Delete(metrics->frames);
  *metrics = (struct ensemble_metrics){.root = NULL};
}
